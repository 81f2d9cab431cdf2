"""Other titles by the same author and in the same series, for the page of a record."""

from __future__ import annotations

from collections.abc import Mapping

from catalog.models import Bib
from catalog.search import variants
from catalog.search.plan import Sql, conditions
from catalog.search.query import Query

LOOKED_AT = 100
"""Titles of each kind that are looked at: a series of ten thousand costs no more than one of a hundred."""


def alike(queries: Mapping[str, Query], *, other_than: int, most: int) -> dict[str, list[Bib]]:
    """Return under each name up to `most` bibs that a query finds, the newest first, in one statement.

    Where more than a hundred are found, these are the newest of some hundred of them, not of all.
    """
    folding = variants.folding_of_index()
    parts = [
        _newest(name, conditions(query, folding), other_than, most)
        for name, query in queries.items()
        if not query.is_empty
    ]
    found: dict[str, list[Bib]] = {name: [] for name in queries}
    if parts:
        chosen = Sql.joined("UNION ALL", parts)
        text = f"SELECT chosen.name AS found_by, b.* FROM ({chosen.text}) chosen JOIN catalog_bib b ON b.id = bib_id"  # noqa: S608
        bibs = Bib.objects.raw(text, chosen.params)
        for bib in sorted(bibs, key=lambda bib: (-(bib.year or 0), bib.pk)):
            found[bib.found_by].append(bib)  # type: ignore[attr-defined]
    return found


def _newest(name: str, found: Sql, other_than: int, most: int) -> Sql:
    return Sql(
        f"""
        SELECT %s::text AS name, looked_at.bib_id
        FROM (SELECT e.bib_id, e.year FROM catalog_searchentry e JOIN catalog_bib b ON b.id = e.bib_id
              WHERE {found.text} AND e.bib_id <> %s LIMIT {LOOKED_AT}) looked_at
        ORDER BY looked_at.year DESC NULLS LAST, looked_at.bib_id LIMIT %s
        """,  # noqa: S608 - made of our own words; what is searched for travels as parameters
        [name, *found.params, other_than, most],
    )
