"""The search itself: one statement gives the page, the exact total and the facets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from django.db import connection
from django.db.models import QuerySet

from catalog.search import facets, ranking, variants
from catalog.search.facets import BESIDE, FACETS, FacetValue
from catalog.search.plan import Sql, conditions
from catalog.search.query import Query, Sort

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
    results = _page(query, page, per_page, demand, beside or {})
    if not results.bib_ids and results.total:
        results = _page(query, results.pages, per_page, demand, beside or {})
    return results


def _page(query: Query, page: int, per_page: int, demand: QuerySet | None, beside: Mapping[str, Query]) -> Results:
    statement = _statement(query, page, per_page, demand, beside)
    counts: dict[str, list[FacetValue]] = {name: [] for name in (*FACETS, *(BESIDE + facet for facet in beside))}
    numbered: dict[int, int] = {}
    total = 0
    with connection.cursor() as cursor:
        cursor.execute(statement.text, statement.params)
        for kind, value, number in cursor.fetchall():
            if kind == "total":
                total = number
            elif kind == "bib":
                numbered[number] = int(value)
            else:
                counts[kind].append(FacetValue(value, number))
    return Results(
        total=total,
        bib_ids=[numbered[number] for number in sorted(numbered)],
        page=min(page, pages) if (pages := max(1, -(-total // per_page))) else 1,
        pages=pages,
        facets={facet: facets.in_order(facet, counts[facet]) for facet in FACETS},
        beside={facet: facets.in_order(facet, counts[BESIDE + facet]) for facet in beside},
        notices=query.notices,
    )


def _statement(query: Query, page: int, per_page: int, demand: QuerySet | None, beside: Mapping[str, Query]) -> Sql:
    folding = variants.folding_of_index()
    if query.sort == Sort.HOLDS and demand is None:
        query = replace(query, sort=Sort.RELEVANCE)
    relevance = ranking.score(query, folding) if query.sort == Sort.RELEVANCE else Sql("0")
    found = conditions(query, folding)
    counted = Sql("SELECT NULL::bigint, 0::bigint WHERE false")
    if demand is not None and query.sort == Sort.HOLDS:
        text, params = demand.query.sql_with_params()
        counted = Sql(text, list(params))
    order = _SORTS[query.sort]
    countings = [facets.over("hits"), facets.beside(beside, folding)]
    tables = [table for counting in countings for table in counting.tables]
    selects = [select for counting in countings for select in counting.selects]
    return Sql(
        f"""
        WITH demand (bib_id, holds) AS ({counted.text}),
        hits AS MATERIALIZED (
            SELECT e.bib_id, e.material, e.language, e.year, e.ndc1, e.title_folded,
                   coalesce(nullif(e.reading_folded, ''), e.title_folded) AS reading,
                   coalesce(demand.holds, 0) AS holds, {relevance.text} AS relevance
            FROM catalog_searchentry e JOIN catalog_bib b ON b.id = e.bib_id
                 LEFT JOIN demand ON demand.bib_id = e.bib_id
            WHERE {found.text}
        ),
        {", ".join(table.text for table in tables)}
        SELECT 'total', NULL, count(*) FROM hits
        UNION ALL (SELECT 'bib', bib_id::text, row_number() OVER (ORDER BY {order}) FROM hits
                   ORDER BY {order} LIMIT %s OFFSET %s)
        UNION ALL {" UNION ALL ".join(selects)}
        """,  # noqa: S608 - made of our own words; what was typed travels as parameters
        [
            *counted.params,
            *relevance.params,
            *found.params,
            *(param for table in tables for param in table.params),
            per_page,
            (page - 1) * per_page,
        ],
    )


_SORTS = {
    Sort.RELEVANCE: "relevance DESC, year DESC NULLS LAST, title_folded, bib_id",
    Sort.YEAR: "year DESC NULLS LAST, reading, bib_id",
    Sort.TITLE_KANA: "reading, bib_id",
    Sort.HOLDS: "holds DESC, year DESC NULLS LAST, bib_id",
}
