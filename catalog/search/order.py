"""In which order bibs are shown: among the documents of the postings, and together with those of the delta.

No order needs all hits. By year, the bitmaps of the years are gone through from the newest on; by title, slices find
the first ones (`bits.lowest`). By relevance some hundred are scored, those that may come first; the rest follows by
rank, which is the order of the documents' numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import QuerySet
from pyroaring import BitMap

from catalog.search import bits, ranking, reading
from catalog.search.facts import Facts
from catalog.search.fold import Folding
from catalog.search.plan import Sql, whole_title
from catalog.search.postings import AUTHOR, TITLE, Postings
from catalog.search.query import Query, Sort

SCORED = 120
"""Documents that are scored; where no more are found, these are all."""

MOST_EXACT = 200
"""Of these, how many titles are scored that are exactly what is searched for."""

MOST_OF = {"beginnings": 30, "titles": 30, "authors": 15, "latest": 15}
"""Of each kind, how many are scored where more than SCORED are found, the first by rank."""


class Found(NamedTuple):
    """A bib with what it is put in order by."""

    bib_id: int
    relevance: float
    rank: int
    year: int | None
    reading: str
    title: str
    holds: int


@dataclass(frozen=True, slots=True)
class _Sort:
    by: str  # in SQL
    key: Any  # of a Found, the same in Python


_READING = "coalesce(nullif(e.reading_folded, ''), e.title_folded)"
_SORTS = {
    Sort.RELEVANCE: _Sort(
        'relevance DESC, rank DESC, title_folded COLLATE "C", bib_id',
        lambda bib: (-bib.relevance, -bib.rank, bib.title, bib.bib_id),
    ),
    Sort.YEAR: _Sort(
        'year DESC NULLS LAST, reading COLLATE "C", bib_id',
        lambda bib: (*_newest_first(bib), bib.reading, bib.bib_id),
    ),
    Sort.TITLE_KANA: _Sort('reading COLLATE "C", bib_id', lambda bib: (bib.reading, bib.bib_id)),
    Sort.HOLDS: _Sort(
        'holds DESC, year DESC NULLS LAST, reading COLLATE "C", bib_id',
        lambda bib: (-bib.holds, *_newest_first(bib), bib.reading, bib.bib_id),
    ),
}


def _newest_first(bib: Found) -> tuple[bool, int]:
    return bib.year is None, -(bib.year or 0)


def counted(demand: QuerySet | None) -> Sql:
    """Return the statement for how often bibs are reserved: (bib id, number)."""
    if demand is None:
        return Sql("SELECT NULL::bigint, 0::bigint WHERE false")
    text, params = demand.query.sql_with_params()
    return Sql(text, list(params))


class Order:
    """The order of one search."""

    def __init__(self, query: Query, folding: Folding, demand: Sql) -> None:
        self.query, self.folding, self.demand = query, folding, demand
        self._is_by_relevance = query.sort == Sort.RELEVANCE
        self._score = ranking.score(query, folding) if self._is_by_relevance else Sql("0")
        self.by, self.key = _SORTS[query.sort].by, _SORTS[query.sort].key
        self._title = whole_title(query, folding) if self._is_by_relevance else ""

    # --- in SQL, for the delta ---

    joined = "LEFT JOIN demand ON demand.bib_id = e.bib_id"

    @property
    def columns(self) -> Sql:
        """What is selected of an entry to count and to order it."""
        return Sql(
            f"e.bib_id, e.material, e.language, e.year, e.ndc1, e.title_folded, {_READING} AS reading,"
            f" coalesce(demand.holds, 0) AS holds, {ranking.RANK_WITHOUT_COPIES} AS rank,"
            f" ({self._score.text})::float8 AS relevance",
            self._score.params,
        )

    def first_of(self, hits: str, most: int) -> Sql:
        """Select ('bib', the values of a Found as JSON, 0) of the first of such hits."""
        return Sql(
            "(SELECT 'bib', json_build_array(bib_id, relevance, rank, year, reading, title_folded, holds)::text, 0"  # noqa: S608
            f" FROM {hits} ORDER BY {self.by} LIMIT %s)",
            [most],
        )

    # --- with bitmaps, for the postings ---

    def candidates(self, hits: BitMap, most: int, facts: Facts, postings: Postings) -> BitMap:
        """Return some of the hits: the first ones, `most` at most, are among them; by relevance those that score."""
        if len(hits) <= SCORED:
            return hits
        if self.query.sort == Sort.TITLE_KANA:
            return _first_titles(hits, most, facts)
        if self.query.sort == Sort.YEAR:
            return newest(hits, most, facts)
        if self.query.sort == Sort.HOLDS:
            return self._reserved(hits) | newest(hits, most, facts)
        return self._most_relevant(hits, most, facts, postings)

    def found(self, documents: BitMap, hits: BitMap) -> list[tuple[int, Found]]:
        """Return documents with what they are put in order by, and the hits whose title is all that is searched for."""
        chosen = Sql(
            "SELECT * FROM catalog_searchdocument WHERE number = ANY(%s::integer[])", [bits.as_array(documents)]
        )
        if self._title and len(documents) < len(hits):
            exact = Sql(
                "SELECT d.* FROM catalog_searchentry same JOIN catalog_searchdocument d ON d.bib_id = same.bib_id"
                " WHERE same.title_folded = %s LIMIT %s",
                [self._title, MOST_EXACT],
            )
            chosen = Sql.joined("UNION", [chosen, exact])
        demand, joined, holds = Sql(""), "", "0"
        if self.query.sort == Sort.HOLDS:
            demand = Sql(f"WITH demand (bib_id, holds) AS ({self.demand.text})", self.demand.params)
            joined, holds = self.joined, "coalesce(demand.holds, 0)"
        return [
            (number, Found(*row))
            for number, *row in reading.rows(
                f"{demand.text} SELECT d.number, e.bib_id, ({self._score.text})::float8, d.rank, e.year, {_READING},"  # noqa: S608
                f" e.title_folded, {holds} FROM ({chosen.text}) d"
                f" JOIN catalog_searchentry e ON e.bib_id = d.bib_id {joined}",
                [*demand.params, *self._score.params, *chosen.params],
            )
            if number in hits
        ]

    def rest(self, hits: BitMap, candidates: BitMap, skip: int, most: int, postings: Postings) -> list[int]:
        """Return bibs that were not scored, from a place on: those with the words in their titles first, by rank."""
        others = hits - candidates
        titled = others & postings.only_in(self.query, TITLE)
        numbers = [*bits.first(titled, skip + most), *bits.first(others - titled, skip + most)][skip : skip + most]
        found = dict(
            reading.rows("SELECT number, bib_id FROM catalog_searchdocument WHERE number = ANY(%s)", [numbers])
        )
        return [found[number] for number in numbers]

    def _most_relevant(self, hits: BitMap, most: int, facts: Facts, postings: Postings) -> BitMap:
        titled = hits & postings.only_in(self.query, TITLE)
        chosen = BitMap(bits.first(titled, MOST_OF["titles"]))
        if self._title:
            beginning = titled & postings.titles_beginning(self._title)
            chosen |= BitMap(bits.first(beginning, MOST_OF["beginnings"]))
        authored = hits & postings.only_in(self.query, AUTHOR)
        chosen |= BitMap(bits.first(authored, MOST_OF["authors"]))
        latest = (titled or hits) & facts.unranked
        chosen |= BitMap(bits.last(latest, MOST_OF["latest"]))
        missing = min(most, SCORED) - len(chosen)
        return chosen | BitMap(bits.first(hits - chosen, missing)) if missing > 0 else chosen

    def _reserved(self, hits: BitMap) -> BitMap:
        found = reading.rows(
            f"SELECT number FROM ({self.demand.text}) AS demand (bib_id, holds)"  # noqa: S608 - a queryset of ours
            " JOIN catalog_searchdocument d ON d.bib_id = demand.bib_id",
            self.demand.params,
        )
        return hits & BitMap([number for (number,) in found])


def _first_titles(hits: BitMap, most: int, facts: Facts) -> BitMap:
    """The first by title; those that came after the titles were put in order may be anywhere among them."""
    return bits.lowest(hits - facts.unranked, facts.title_order, most) | (hits & facts.unranked)


def newest(hits: BitMap, most: int, facts: Facts) -> BitMap:
    """Return the newest, of a year the first by title: `most`, and what is in no order yet."""
    chosen = BitMap()
    for _year, among in facts.years:
        part = hits & among
        if len(chosen) + len(part) >= most:
            return chosen | _first_titles(part, most - len(chosen), facts)
        chosen |= part
    return chosen | _first_titles(hits - chosen, most - len(chosen), facts)
