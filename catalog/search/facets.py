"""Counting the values that results share: over the results, and beside them without one of the conditions.

What the postings find is counted by bitmaps, what is in the delta by SQL; `together` adds the two.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pyroaring import BitMap

from catalog.rules import Loanability, Whereabouts
from catalog.search import delta
from catalog.search.delta import Stale
from catalog.search.facts import AVAILABLE, LANGUAGE, LENDABLE, MATERIAL, NDC1, PLACE, Facts
from catalog.search.fold import Folding
from catalog.search.plan import Sql
from catalog.search.query import Query

_OF_BIBS = {
    "material": "SELECT '{kind}', material, count(*) FROM {hits} GROUP BY material",
    "language": "SELECT '{kind}', language, count(*) FROM {hits} WHERE language <> '' GROUP BY language",
    "decade": "SELECT '{kind}', (year / 10 * 10)::text, count(*) FROM {hits} WHERE year IS NOT NULL GROUP BY year / 10",
    "ndc1": "SELECT '{kind}', digit, count(*) FROM {hits}, unnest(string_to_array(ndc1, NULL)) AS digit GROUP BY digit",
}
_OF_ITEMS = {
    "place": "SELECT '{kind}', section, count(DISTINCT bib_id) FROM {copies} GROUP BY section",
    "lendable": "SELECT '{kind}', '1', count(DISTINCT bib_id) FROM {copies} WHERE is_lendable",
    "available": "SELECT '{kind}', '1', count(DISTINCT bib_id) FROM {copies} WHERE is_lendable AND is_on_shelf",
}
_COPIES = f"""{{copies}} AS MATERIALIZED (
    SELECT found.bib_id, l.section,
           i.loanability = '{Loanability.LENDABLE}' AS is_lendable, i.whereabouts = '{Whereabouts.SHELF}' AS is_on_shelf
    FROM {{hits}} found JOIN catalog_item i ON i.bib_id = found.bib_id JOIN catalog_location l ON l.id = i.location_id
    WHERE i.whereabouts <> '{Whereabouts.WITHDRAWN}'
)"""  # noqa: S608 - made of our own words

FACETS = (*_OF_BIBS, *_OF_ITEMS)
BESIDE = "beside "
"""Begins the kind of a row that was counted beside the results."""


@dataclass(frozen=True, slots=True)
class FacetValue:
    """A value that some of the results share, and how many do."""

    value: str
    count: int


Counts = dict[str, int]
"""How many bibs have each value of a facet."""


def by_bitmaps(hits: BitMap, facts: Facts, wanted: Iterable[str]) -> dict[str, Counts]:
    """Count facets over documents."""
    return {
        facet: {
            value: n for value, among in _documents(facet, facts).items() if (n := hits.intersection_cardinality(among))
        }
        for facet in wanted
    }


def _documents(facet: str, facts: Facts) -> Mapping[str, BitMap]:
    if facet == "decade":
        return facts.decades
    if facet == "place":
        return facts.sections[PLACE]
    if facet in (LENDABLE, AVAILABLE):
        return {"1": facts.anywhere[facet]}
    return facts.values({"material": MATERIAL, "language": LANGUAGE, "ndc1": NDC1}[facet])


@dataclass(frozen=True, slots=True)
class Counting:
    """Pieces of a statement: common table expressions, and SELECTs of (kind, value, count) to be united."""

    tables: list[Sql]
    selects: list[str]


def over(hits: str, facets: Iterable[str] = FACETS, *, prefix: str = "") -> Counting:
    """Count facets over a common table expression with the columns of an entry."""
    copies = f"copies_of_{hits}"
    selects = [(_OF_BIBS | _OF_ITEMS)[facet].format(kind=prefix + facet, hits=hits, copies=copies) for facet in facets]
    needs_copies = not _OF_ITEMS.keys().isdisjoint(facets)
    return Counting([Sql(_COPIES.format(hits=hits, copies=copies))] if needs_copies else [], selects)


def beside(queries: Mapping[str, Query], folding: Folding, of: Stale) -> Counting:
    """Count each facet over the stale bibs that a query of its own finds; one that asks for nothing is not counted."""
    counting = Counting([], [])
    for number, (facet, query) in enumerate(queries.items()):
        if query.is_empty:
            continue
        hits = f"beside_{number}"
        found = delta.hits(Sql("e.bib_id, e.material, e.language, e.year, e.ndc1"), query, folding, of=of)
        counted = over(hits, [facet], prefix=BESIDE)
        counting.tables.extend([Sql(f"{hits} AS MATERIALIZED ({found.text})", found.params), *counted.tables])
        counting.selects.extend(counted.selects)
    return counting


def together(facet: str, *counts: Counts) -> list[FacetValue]:
    """Add counts of one facet; its values in the order in which readers look for them."""
    added: Counter[str] = Counter(counts[0])
    for each in counts[1:]:
        if each:
            added.update(each)
    return in_order(facet, [FacetValue(value, count) for value, count in added.items() if count])


def in_order(facet: str, values: list[FacetValue]) -> list[FacetValue]:
    """Put the values of a facet in the order in which readers look for them."""
    if facet == "ndc1":
        return sorted(values, key=lambda one: one.value)
    if facet == "decade":
        return sorted(values, key=lambda one: -int(one.value))
    return sorted(values, key=lambda one: (-one.count, one.value))
