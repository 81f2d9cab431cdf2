"""Which of the bibs that are found comes first (CAT-6).

Each term scores by the best place where it stands: exact title, beginning of the title, title, reading, author,
elsewhere; written as typed it scores above what only folds alike. A title that is the whole query leads. A word of
Latin letters that is only part of a longer word counts little. Among equals, popular and recent bibs come first.
"""

from __future__ import annotations

from typing import Any

from catalog.search import tokens
from catalog.search.fold import Folding
from catalog.search.index import KEY_LENGTH
from catalog.search.plan import Sql, contains, escaped
from catalog.search.query import Query

RANK_WITHOUT_COPIES = "coalesce(e.year, 1900)"
"""What the delta puts in order by: to count the copies of thousands of bibs for each search would cost too much."""

_COPIES = "(SELECT count(*) FROM catalog_item i WHERE i.bib_id = e.bib_id)::integer"
RANK = f"{RANK_WITHOUT_COPIES} + 5 * greatest(0, {_COPIES} - 1)"
"""What comes first among equals, whatever is searched for: the newer bib, and a copy more is worth five years."""

PART_OF_A_WORD = 20
"""How many times less a part of a Latin word counts than the word."""


def score(query: Query, folding: Folding) -> Sql:
    """Return the score of an entry `e` as SQL, higher is better; 0 where nothing is searched for but filters."""
    texts = [term.text for wish in query.wishes.values() for term in wish.wanted if folding(term.text)]
    scores = [_of_term(text, folding) for text in texts]
    if len(texts) > 1:
        scores.append(_of_whole(" ".join(texts), folding))
    return Sql.joined("+", scores) if scores else Sql("0")


def _of_term(text: str, folding: Folding) -> Sql:
    folded, exact = folding(text), folding.exact(text)
    key = folded[:KEY_LENGTH]
    exact_key = exact[:KEY_LENGTH]
    as_typed = Sql("5 * (e.exact LIKE %s)::int", [f"%{escaped(exact)}%"])
    places = [
        (Sql("e.title_exact = %s", [exact_key]), Sql("120")),
        (Sql("e.title_folded = %s", [key]), Sql("115")),
        (Sql("e.title_exact LIKE %s", [escaped(exact_key) + "%"]), Sql("80")),
        (Sql("e.title_folded LIKE %s", [key + "%"]), Sql("75")),
        (contains("e.titles", folded), Sql.joined("+", [Sql("60"), as_typed])),
        (contains("e.reading_folded", key, at_start=True, at_end=True), Sql.joined("+", [Sql("50"), as_typed])),
        (contains("e.readings", folded), Sql.joined("+", [Sql("40"), as_typed])),
        (contains("e.authors", folded), Sql.joined("+", [Sql("30"), as_typed])),
    ]
    choice = _first_of(places, otherwise=Sql.joined("+", [Sql("10"), as_typed]))
    words = list(tokens.words_of(folded))
    if not words:
        return choice
    are_whole = Sql.joined("AND", (Sql("strpos(e.marks, %s) > 0", [f" {tokens.whole(word)} "]) for word in words))
    return Sql(
        f"({choice.text}) / CASE WHEN {are_whole.text} THEN 1.0 ELSE {PART_OF_A_WORD} END",
        [*choice.params, *are_whole.params],
    )


def _of_whole(text: str, folding: Folding) -> Sql:
    """Several words that are, in this order, the title, its beginning or a part of it."""
    folded, exact = folding(text)[:KEY_LENGTH], folding.exact(text)[:KEY_LENGTH]
    places = [
        (Sql("e.title_exact = %s", [exact]), Sql("200")),
        (Sql("e.title_folded = %s", [folded]), Sql("190")),
        (Sql("e.title_folded LIKE %s", [folded + "%"]), Sql("60")),
        (contains("e.titles", folded), Sql("30")),
    ]
    return _first_of(places, otherwise=Sql("0"))


def _first_of(choices: list[tuple[Sql, Sql]], *, otherwise: Sql) -> Sql:
    params: list[Any] = []
    text = "CASE"
    for condition, value in choices:
        text += f" WHEN {condition.text} THEN {value.text}"
        params += [*condition.params, *value.params]
    return Sql(f"{text} ELSE {otherwise.text} END", [*params, *otherwise.params])
