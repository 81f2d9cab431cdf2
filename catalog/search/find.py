"""The search itself: what the postings find and what is in the delta, counted, put in order and cut into pages.

1. Everything is read in one snapshot of the database.
2. `postings` gives the documents with the texts, as a bitmap; the bitmaps of the filters are laid over it, and what is
   stale is left out.
3. One statement searches the stale bibs (`delta`): their number, their facets, and the first of them in order.
4. Totals and facets of both are added. The first documents in order are fetched (`order`), and both are merged.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from django.db.models import QuerySet
from pyroaring import BitMap

from catalog.search import bits, delta, facets, facts, index, order, reading, tokens, variants
from catalog.search.facets import BESIDE, FACETS, Counts, FacetValue
from catalog.search.order import Found, Order
from catalog.search.plan import Sql, of_items
from catalog.search.postings import Postings
from catalog.search.query import Query, Sort
from catalog.search.variants import State

MOST_PER_PAGE = 1_000
LAST_PAGE = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Results:
    """A page of results. `total` is exact, `bib_ids` are in order, `page` and `pages` count from 1.

    `facets`: for each of FACETS its values over all results: `material` and `language` by count, `place` (sections) by
    count, `ndc1` (first digits of the classes) and `decade` (1990 for 1990–1999, newest first) in order. `lendable` and
    `available` have the one value "1" for the bibs that `lendable_only` and `available_now` would leave. `beside` has
    the values of a facet as they would be over the results of another query, for those that were asked for.
    """

    total: int = 0
    bib_ids: list[int] = field(default_factory=list)
    page: int = 1
    pages: int = 1
    facets: dict[str, list[FacetValue]] = field(default_factory=lambda: {name: [] for name in FACETS})
    beside: dict[str, list[FacetValue]] = field(default_factory=dict)
    notices: tuple[str, ...] = ()


def search(
    query: Query,
    *,
    page: int = 1,
    per_page: int = 20,
    demand: QuerySet | None = None,
    beside: Mapping[str, Query] | None = None,
) -> Results:
    """Find bibs: every one that contains what the query asks for, and no other (CAT-5, CAT-6).

    An empty query finds nothing. A page behind the last one is the last one. `demand` tells the order Sort.HOLDS how
    often each bib is reserved: a queryset of (bib id, number) from those who know; without it, that order is relevance.
    `beside`: queries for some facets by their names, to say what there would be without the condition on that facet;
    one that asks for nothing else has no values.
    """
    if query.is_empty:
        return Results(notices=query.notices)
    page, per_page = min(max(1, page), LAST_PAGE), min(max(1, per_page), MOST_PER_PAGE)
    if query.sort == Sort.HOLDS and demand is None:
        query = replace(query, sort=Sort.RELEVANCE)
    with library() as seen:
        return seen.results(query, page, per_page, order.counted(demand), beside or {})


@dataclass(frozen=True, slots=True)
class OfStale:
    """What is found among the stale bibs: how many, the first in order, and counts by facet."""

    total: int = 0
    first: tuple[Found, ...] = ()
    counts: Mapping[str, Counts] = field(default_factory=dict)


@contextmanager
def library() -> Iterator[Library]:
    """Return the catalogue as it is now, and stays as long as the block lasts."""
    with reading.snapshot(variants.STATE) as found:
        yield Library(variants.state_in(found))


class Library:
    """The catalogue as one search sees it."""

    def __init__(self, state: State) -> None:
        self.folding = state.folding
        self.facts = facts.of(state)
        self.stale = delta.stale(state)
        self.postings = Postings(self.facts, self.folding) if self.facts else None

    def results(self, query: Query, page: int, per_page: int, demand: Sql, beside: Mapping[str, Query]) -> Results:
        """Return a page of what a query finds, with counts."""
        ordered = Order(query, self.folding, demand)
        hits = self.documents(query)
        stale = self.stale_bibs(query, ordered, page * per_page, beside)
        total = len(hits) + stale.total
        pages = max(1, -(-total // per_page))
        page = min(page, pages)
        counts = self._counted(hits, FACETS)
        return Results(
            total=total,
            bib_ids=self.page(hits, ordered, stale.first, (page - 1) * per_page, per_page),
            page=page,
            pages=pages,
            facets={name: facets.together(name, counts[name], stale.counts.get(name, {})) for name in FACETS},
            beside={
                name: facets.together(
                    name,
                    {} if other.is_empty else self._counted(self.documents(other), [name])[name],
                    stale.counts.get(BESIDE + name, {}),
                )
                for name, other in beside.items()
            },
            notices=query.notices,
        )

    def _counted(self, hits: BitMap, wanted: list[str] | tuple[str, ...]) -> dict[str, Counts]:
        if self.facts is None:
            return {name: {} for name in wanted}
        return facets.by_bitmaps(hits, self.facts, wanted)

    # --- the postings ---

    def read_ahead(self, queries: Iterable[Query]) -> None:
        """Read at once what several queries will need."""
        if self.postings:
            self.postings.read_for(queries)

    def newest(self, query: Query, most: int) -> BitMap:
        """Return the newest documents that a query finds, `most` of them, without the stale ones."""
        hits = self.documents(query)
        return order.newest(hits, most, self.facts) if hits and self.facts else BitMap()

    def sharing_most(self, pieces: list[str], most: int) -> BitMap:
        """Return the documents with most of some pieces of words in title or author, some `most` of them."""
        if self.postings is None:
            return BitMap()
        with_at_least: list[BitMap] = []
        for found in self.postings.in_title_or_author(pieces):
            for place, among in enumerate(with_at_least):
                with_at_least[place], found = among | found, among & found
            with_at_least.append(found)
        chosen = BitMap()
        for among in reversed(with_at_least):
            chosen |= BitMap(bits.first(among - chosen, most - len(chosen)))
        return chosen

    def documents(self, query: Query) -> BitMap:
        """Return the documents that a query finds, without the stale ones."""
        if self.facts is None or self.postings is None:
            return BitMap()
        return bits.common([self.postings.texts(query), *self._filters(query)]) - self.stale.numbers

    def _filters(self, query: Query) -> list[BitMap]:
        known, postings = self.facts, self.postings
        assert known is not None and postings is not None  # noqa: S101 - `documents` has asked
        found = [known.all(facts.STAFF if query.for_staff else facts.PATRON)]
        if query.material:
            found.append(known.any_of(facts.MATERIAL, query.material))
        if query.language:
            found.append(known.any_of(facts.LANGUAGE, query.language))
        if (query.year_from, query.year_to) != (None, None):
            first, last = query.year_from or 0, 9999 if query.year_to is None else query.year_to
            found.append(bits.union(among for year, among in known.years if first <= year <= last))
        if query.isbn:
            found.append(postings.with_one_of(map(tokens.number, index.numbers(query.isbn))))
        if query.ndc:
            notation = index.notation(query.ndc)
            found.append(postings.with_one_of([tokens.ndc(notation)]) if notation else BitMap())
        if query.item_number or query.call_number:
            found += [postings.numbers_where(condition) for condition in of_items(query)]
        elif query.place or query.lendable_only or query.available_now:
            lendable = facts.LENDABLE if query.lendable_only else facts.PLACE
            kind = facts.AVAILABLE if query.available_now else lendable
            found.append(known.standing(kind, query.place) if query.place else known.anywhere[kind])
        return found

    # --- the delta ---

    def stale_bibs(self, query: Query, ordered: Order, most: int, beside: Mapping[str, Query]) -> OfStale:
        """Search the stale bibs, in one statement; return the first of them, `most` at most."""
        if not self.stale:
            return OfStale()
        found = delta.hits(ordered.columns, query, self.folding, of=self.stale, beside=ordered.joined)
        countings = [facets.over("hits"), facets.beside(beside, self.folding, self.stale)]
        tables = [
            Sql(f"demand (bib_id, holds) AS ({ordered.demand.text})", ordered.demand.params),
            Sql(f"hits AS MATERIALIZED ({found.text})", found.params),
            *(table for counting in countings for table in counting.tables),
        ]
        first = ordered.first_of("hits", most)
        selects = [first.text, *(select for counting in countings for select in counting.selects)]
        counted: dict[str, Counts] = {}
        bibs: list[Found] = []
        total = 0
        for kind, value, number in reading.rows(
            f"WITH {', '.join(table.text for table in tables)}"  # noqa: S608 - made of our own words
            f" SELECT 'total', NULL, count(*) FROM hits UNION ALL {' UNION ALL '.join(selects)}",
            [*(param for table in tables for param in table.params), *first.params],
        ):
            if kind == "total":
                total = number
            elif kind == "bib":
                bibs.append(Found(*json.loads(value)))
            else:
                counted.setdefault(kind, {})[value] = number
        return OfStale(total, tuple(bibs), counted)

    # --- a page ---

    def page(self, hits: BitMap, ordered: Order, stale: tuple[Found, ...], start: int, length: int) -> list[int]:
        """Return the bibs of a page, those of the postings and the first stale ones in one order."""
        found, scored = list(stale), BitMap()
        if hits and self.facts and self.postings:
            scored = ordered.candidates(hits, start + length, self.facts, self.postings)
            more = ordered.found(scored, hits)
            scored |= BitMap([number for number, _bib in more])
            found += [bib for _number, bib in more]
        bib_ids = [bib.bib_id for bib in sorted(found, key=ordered.key)[start : start + length]]
        missing = length - len(bib_ids)
        if self.postings and missing and len(scored) < len(hits):
            bib_ids += ordered.rest(hits, scored, max(0, start - len(found)), missing, self.postings)
        return bib_ids
