"""Counting the values that results share: over the results, and beside them without one of the conditions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from catalog.rules import Loanability, Whereabouts
from catalog.search.fold import Folding
from catalog.search.plan import Sql, conditions
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


def beside(queries: Mapping[str, Query], folding: Folding) -> Counting:
    """Count each facet over the results of a query of its own; one that asks for nothing is not counted."""
    counting = Counting([], [])
    for number, (facet, query) in enumerate(queries.items()):
        if query.is_empty:
            continue
        hits, found = f"beside_{number}", conditions(query, folding)
        table = (
            f"{hits} AS MATERIALIZED (SELECT e.bib_id, e.material, e.language, e.year, e.ndc1"  # noqa: S608 - our words
            f" FROM catalog_searchentry e JOIN catalog_bib b ON b.id = e.bib_id WHERE {found.text})"
        )
        counted = over(hits, [facet], prefix=BESIDE)
        counting.tables.extend([Sql(table, found.params), *counted.tables])
        counting.selects.extend(counted.selects)
    return counting


def in_order(facet: str, values: list[FacetValue]) -> list[FacetValue]:
    """Put the values of a facet in the order in which readers look for them."""
    if facet == "ndc1":
        return sorted(values, key=lambda one: one.value)
    if facet == "decade":
        return sorted(values, key=lambda one: -int(one.value))
    return sorted(values, key=lambda one: (-one.count, one.value))
