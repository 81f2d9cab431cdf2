"""Descriptions as BibTeX entries, safe for LaTeX whatever a title is made of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from catalog.interchange.people import people
from catalog.interchange.record import BibRecord, Contributor
from catalog.interchange.text import clean, is_japanese
from catalog.rules import Material

MEDIA_TYPE = "application/x-bibtex"

_SPECIAL = {
    # Braces by name: BibTeX counts the escaped ones too, and one without its partner would swallow the next entries.
    "\\": r"\textbackslash{}",
    "{": r"\textbraceleft{}",
    "}": r"\textbraceright{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    **{letter: f"\\{letter}" for letter in "#$%&_"},
}
_SPECIALS = re.compile("[" + re.escape("".join(_SPECIAL)) + "]")


def bibtex(bibs: Iterable[tuple[BibRecord, str, int]]) -> str:
    """Return descriptions, each with its permanent address and the number that makes its key, as one file."""
    return "\n".join(_entry(bib, address, number) for bib, address, number in bibs)


def escaped(text: str) -> str:
    r"""Return a text in one line in which no character commands LaTeX or BibTeX.

    >>> print(escaped("C# & 100% {TeX}\n$x_1$"))
    C\# \& 100\% \textbraceleft{}TeX\textbraceright{} \$x\_1\$
    """
    return _SPECIALS.sub(lambda match: _SPECIAL[match[0]], clean(text))


def _entry(bib: BibRecord, address: str, number: int) -> str:
    kind = (
        "book" if bib.publisher and bib.material in (Material.BOOK, Material.COMIC, Material.PICTURE_BOOK) else "misc"
    )
    fields = "".join(f"  {name} = {{{value}}},\n" for name, value in _fields(bib, address) if value)
    return f"@{kind}{{bib{number},\n{fields}}}\n"


def _fields(bib: BibRecord, address: str) -> Iterator[tuple[str, str]]:
    who = people(bib.contributors)
    title = f"{bib.title} : {bib.subtitle}" if bib.subtitle else bib.title
    yield "author", _names(who.authors)
    yield "editor", _names(who.editors)
    yield "translator", _names(who.translators)
    yield "title", f"{{{escaped(title)}}}"  # a second pair of braces keeps the capitals of Latin titles
    yield "volume", escaped(bib.volume)
    yield "series", escaped("; ".join(bib.series))
    yield "edition", escaped(bib.edition)
    yield "publisher", escaped(bib.publisher)
    yield "address", escaped(bib.place)
    yield "year", escaped(str(bib.year) if bib.year else bib.date_text)
    yield "isbn", escaped(", ".join(bib.isbns))
    yield "issn", escaped(bib.issn)
    yield "language", escaped(bib.language)
    yield "keywords", escaped(", ".join(bib.subjects))
    yield "url", address


def _names(contributors: Iterable[Contributor]) -> str:
    return " and ".join(_name(person.name) for person in contributors)


def _name(name: str) -> str:
    """Write a name that BibTeX does not take apart wrongly: a blank in a Japanese one divides nothing."""
    is_one_piece = (
        re.search(r"\band\b", name) or name.count(",") > 1 or (is_japanese(name) and " " in name and "," not in name)
    )
    return f"{{{escaped(name)}}}" if is_one_piece else escaped(name)
