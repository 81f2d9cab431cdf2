"""Descriptions as RIS, which reference managers read: a tag, two blanks, a hyphen, a value; a line each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from catalog.interchange.people import people
from catalog.interchange.record import BibRecord
from catalog.interchange.text import clean
from catalog.rules import Material

MEDIA_TYPE = "application/x-research-info-systems"
END_OF_LINE = "\r\n"
KINDS = {
    Material.MAGAZINE: "JFULL",
    Material.VIDEO: "VIDEO",
    Material.MUSIC: "SOUND",
    Material.MAP: "MAP",
    Material.SCORE: "MUSIC",
    Material.MANUSCRIPT: "MANSCPT",
    Material.OTHER: "GEN",
}


def ris(bibs: Iterable[tuple[BibRecord, str]]) -> str:
    """Return descriptions, each with its permanent address, as one file."""
    return "".join(f"{tag}  - {value}{END_OF_LINE}" for bib, address in bibs for tag, value in _lines(bib, address))


def _lines(bib: BibRecord, address: str) -> Iterator[tuple[str, str]]:
    """Yield tags and values; a line break inside a value would begin a tag of its own, so none is left."""
    yield "TY", KINDS.get(bib.material, "BOOK")
    for tag, value in _values(bib, address):
        if text := clean(value):
            yield tag, text
    yield "ER", ""


def _values(bib: BibRecord, address: str) -> Iterator[tuple[str, str]]:
    who = people(bib.contributors)
    for tag, group in (("AU", who.authors), ("ED", who.editors), ("A4", who.translators)):
        yield from ((tag, person.name) for person in group)
    title = f"{bib.title} : {bib.subtitle}" if bib.subtitle else bib.title
    yield "TI", title
    yield "VL", bib.volume
    yield from (("T3", series) for series in bib.series)
    yield "ET", bib.edition
    yield "CY", bib.place
    yield "PB", bib.publisher
    yield "PY", str(bib.year or "")
    yield "SP", bib.extent
    yield from (("SN", number) for number in bib.isbns)
    yield "SN", bib.issn
    yield "LA", bib.language
    yield from (("KW", subject) for subject in bib.subjects)
    yield "UR", address
