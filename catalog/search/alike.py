"""Other titles by the same author and in the same series, for the page of a record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from catalog.models import Bib
from catalog.search import delta, find
from catalog.search.plan import Sql
from catalog.search.query import Query

LOOKED_AT = 100
"""Titles of each kind that are looked at: a series of ten thousand costs no more than one of a hundred."""


def alike(queries: Mapping[str, Query], *, other_than: int, most: int) -> dict[str, list[Bib]]:
    """Return under each name up to `most` bibs that a query finds, the newest first.

    Where more than a hundred of those changed since the last merge are found, these are the newest of some hundred.
    """
    found: dict[str, list[Bib]] = {name: [] for name in queries}
    with find.library() as library:
        library.read_ahead(queries.values())
        parts = [
            part
            for name, query in queries.items()
            if not query.is_empty
            for part in _parts(name, query, library, other_than, most)
        ]
        if not parts:
            return found
        chosen = Sql.joined("UNION ALL", parts)
        text = f"SELECT chosen.name AS found_by, b.* FROM ({chosen.text}) chosen JOIN catalog_bib b ON b.id = bib_id"  # noqa: S608
        bibs = list(Bib.objects.raw(text, chosen.params))
    for bib in sorted(bibs, key=lambda bib: (-(bib.year or 0), bib.pk)):
        found[bib.found_by].append(bib)  # type: ignore[attr-defined]
    return {name: bibs[:most] for name, bibs in found.items()}


def _parts(name: str, query: Query, library: find.Library, other_than: int, most: int) -> Iterator[Sql]:
    """Select (name, bib id) of what is found, in the postings and in the delta."""
    if numbers := list(library.newest(query, most + 1)):
        yield Sql(
            "SELECT %s::text AS name, bib_id FROM catalog_searchdocument WHERE number = ANY(%s) AND bib_id <> %s",
            [name, numbers, other_than],
        )
    if library.stale:
        found = delta.hits(Sql("e.bib_id, e.year"), query, library.folding, of=library.stale)
        yield Sql(
            f"""
            SELECT %s::text AS name, looked_at.bib_id
            FROM (SELECT * FROM ({found.text}) found WHERE bib_id <> %s LIMIT {LOOKED_AT}) looked_at
            ORDER BY looked_at.year DESC NULLS LAST, looked_at.bib_id LIMIT %s
            """,  # noqa: S608 - made of our own words; what is searched for travels as parameters
            [name, *found.params, other_than, most],
        )
