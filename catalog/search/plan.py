"""From a query to conditions of SQL: which bibs are found (CAT-5, CAT-6).

Each condition is true or false of a bib `b` with its entry `e`. Where a row of the delta `d` is at hand, its tokens
find candidates through the GIN index; where they do not prove a phrase, the folded text is looked at again. All that
a patron typed travels as parameters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from catalog.models import CALL_NUMBER_KEY, Item
from catalog.rules import Whereabouts
from catalog.search import index, tokens
from catalog.search.fold import PARTICLES, Folding
from catalog.search.query import Query, Term, Wish

COLUMNS = {
    "words": ("e.folded",),
    "title": ("e.titles", "e.readings"),
    "author": ("e.authors",),
    "publisher": ("e.publishers",),
    "subject": ("e.subjects",),
    "series": ("e.series",),
}
"""Where each text field looks."""

NUMBER = re.compile(r"[0-9]{6,}[0-9X]")
"""A word of the search box that may be an ISBN, an ISSN or an item number."""


@dataclass
class Sql:
    """A piece of SQL with its parameters."""

    text: str
    params: list[Any] = field(default_factory=list)

    @classmethod
    def joined(cls, by: str, pieces: Iterable[Sql]) -> Sql:
        """Join pieces, each in brackets: by AND, by OR."""
        pieces = list(pieces)
        return cls(
            f" {by} ".join(f"({piece.text})" for piece in pieces), [param for piece in pieces for param in piece.params]
        )


def conditions(query: Query, folding: Folding, *, by_tokens: bool = False) -> Sql:
    """Return what a bib `b` and its entry `e` must meet to be found; `by_tokens` asks the tokens of the delta `d`."""
    return Sql.joined(
        "AND",
        [
            VISIBLE_TO_STAFF if query.for_staff else VISIBLE,
            texts(query, folding, by_tokens=by_tokens),
            *_of_numbers(query, by_tokens),
            *_of_filters(query),
            *of_items(query),
        ],
    )


def texts(query: Query, folding: Folding, *, by_tokens: bool = False) -> Sql:
    """Return what the texts of an entry `e` must meet; nothing where no text is asked for."""
    found = [_wish(wish, name, folding, by_tokens) for name, wish in query.wishes.items() if wish]
    return Sql.joined("AND", found) if found else Sql("true")


VISIBLE_TO_STAFF = Sql("NOT b.is_suppressed")
VISIBLE = Sql(
    "NOT b.is_suppressed AND (NOT b.is_on_order OR EXISTS (SELECT FROM catalog_item i WHERE i.bib_id = b.id))"
)
"""The same bibs as `BibQuerySet.visible()` (CAT-5)."""


def _wish(wish: Wish, name: str, folding: Folding, by_tokens: bool) -> Sql:
    return Sql.joined("OR", (_alternative(terms, name, folding, by_tokens) for terms in wish.alternatives))


def _alternative(terms: tuple[Term, ...], name: str, folding: Folding, by_tokens: bool) -> Sql:
    found = [_term(term, name, folding, by_tokens) for term in terms if folding(term.text)]
    if beginning := only_marks(terms, folding):
        found.append(Sql("e.title_exact LIKE %s", [beginning]))
    return Sql.joined("AND", found)


def only_marks(terms: tuple[Term, ...], folding: Folding) -> str:
    """Return the pattern of a title that begins with these marks, where an alternative asks for nothing but marks.

    Marks between words (`Mac & Office`) ask for nothing.
    """
    if not all(term.is_excluded for term in terms if folding(term.text)):
        return ""
    marks = folding.exact("".join(term.text for term in terms if not term.is_excluded))
    return escaped(marks[: index.KEY_LENGTH]) + "%"


def _term(term: Term, name: str, folding: Folding, by_tokens: bool) -> Sql:
    found = term_condition(term.text, name, folding, by_tokens=by_tokens)
    return Sql(f"NOT ({found.text})", found.params) if term.is_excluded else found


def term_condition(text: str, name: str, folding: Folding, *, by_tokens: bool = False) -> Sql:
    """Return what one word or phrase of a text field asks of an entry `e`."""
    phrase = folding(text)
    found = Sql.joined("OR", (contains(column, phrase) for column in COLUMNS[name]))
    if by_tokens:
        proof = tokens.proof(phrase)
        by_index = Sql("d.tokens @@ %s::tsquery", [proof.condition])
        is_proved = name == "words" and proof.is_sure
        found = by_index if is_proved else Sql.joined("AND", [by_index, found])
    if name == "words" and (forms := numbers_in(text)):
        found = _or_number(found, forms, by_tokens)
    return found


def whole_title(query: Query, folding: Folding) -> str:
    """Return what a title would be that is all that is searched for, folded; "" where no text is."""
    texts = (term.text for wish in (query.words, query.title) for term in wish.wanted)
    return folding(" ".join(texts))[: index.KEY_LENGTH]


def contains(column: str, phrase: str, *, at_start: bool = False, at_end: bool = False) -> Sql:
    """Return the condition that a folded column contains a folded phrase; ハ may be a particle (CAT-6)."""
    if not PARTICLES.keys() & set(phrase):
        return Sql(f"{column} LIKE %s", [f"{'' if at_start else '%'}{phrase}{'' if at_end else '%'}"])
    pattern = "".join(f"[{letter}{PARTICLES[letter]}]" if letter in PARTICLES else letter for letter in phrase)
    return Sql(f"{column} ~ %s", [f"{'^' if at_start else ''}{pattern}{'$' if at_end else ''}"])


def escaped(text: str) -> str:
    """Return `text` for LIKE, with its wildcards meaning themselves."""
    return re.sub(r"([\\%_])", r"\\\1", text)


def numbers_in(text: str) -> list[str]:
    """Return the forms of a word of the search box that may be an ISBN, an ISSN or the number of an item."""
    return [form for form in index.numbers(text) if NUMBER.fullmatch(form)]


def bibs_of_items(forms: list[str]) -> list[int]:
    """Return the bibs of the items with these numbers."""
    return list(Item.objects.filter(item_number__in=forms).values_list("bib_id", flat=True))


def _or_number(found: Sql, forms: list[str], by_tokens: bool) -> Sql:
    choices = [found, _one_of_numbers(forms, by_tokens)]
    # Looked up first: an OR of an index and a subquery would have to read every row.
    if bib_ids := bibs_of_items(forms):
        choices.append(Sql("e.bib_id = ANY(%s)", [bib_ids]))
    return Sql.joined("OR", choices)


def _one_of_numbers(forms: list[str], by_tokens: bool) -> Sql:
    if by_tokens:
        return Sql("d.tokens @@ %s::tsquery", [tokens.any_of(map(tokens.number, forms))])
    return Sql("e.marks LIKE ANY(%s)", [[f"% {tokens.number(form)} %" for form in forms]])


def _of_numbers(query: Query, by_tokens: bool) -> list[Sql]:
    """The fields that are no texts: ISBN (wrong ones as typed, CAT-1) and the beginning of a class."""
    found = []
    if query.isbn:
        forms = index.numbers(query.isbn)
        found.append(_one_of_numbers(forms, by_tokens) if forms else Sql("false"))
    if query.ndc:
        notation = index.notation(query.ndc)
        if not notation:
            found.append(Sql("false"))
        elif by_tokens:
            condition = tokens.quoted(tokens.ndc(notation), is_beginning=True)
            found.append(Sql("d.tokens @@ %s::tsquery", [condition]))
        else:
            found.append(Sql("e.marks LIKE %s", [f"% {tokens.ndc(notation)}%"]))
    return found


def _of_filters(query: Query) -> list[Sql]:
    found = []
    if query.year_from is not None:
        found.append(Sql("e.year >= %s", [query.year_from]))
    if query.year_to is not None:
        found.append(Sql("e.year <= %s", [query.year_to]))
    if query.material:
        found.append(Sql("e.material = ANY(%s)", [list(query.material)]))
    if query.language:
        found.append(Sql("e.language = ANY(%s)", [list(query.language)]))
    return found


def of_items(query: Query) -> list[Sql]:
    """What one and the same item of an entry `e` must meet, if anything is asked of items."""
    found = Item.objects.exclude(whereabouts=Whereabouts.WITHDRAWN)
    if query.item_number:
        found = Item.objects.filter(item_number=re.sub(r"\W", "", _normal(query.item_number)))
    if query.call_number:
        beginning = re.sub(r"\s+", "", _normal(query.call_number))
        found = found.annotate(key=CALL_NUMBER_KEY).filter(key__startswith=beginning)
    if query.place:
        found = found.filter(location__section__in=query.place)
    if query.lendable_only or query.available_now:
        found = found.lendable()
    if query.available_now:
        found = found.on_shelf()
    if not any((query.item_number, query.call_number, query.place, query.lendable_only, query.available_now)):
        return []
    text, params = found.values("bib_id").query.sql_with_params()
    return [Sql(f"e.bib_id IN ({text})", list(params))]


def _normal(text: str) -> str:
    return unicodedata.normalize("NFKC", text.replace("\0", "")).upper()
