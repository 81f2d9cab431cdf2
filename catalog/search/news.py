"""What is new for a search that somebody keeps: the same conditions, asked of new titles alone (SDI)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from catalog.models import OPEN_BATCH
from catalog.search import reading, variants
from catalog.search.plan import Sql, conditions
from catalog.search.query import Query


@dataclass(frozen=True, slots=True)
class Watch:
    """A search, and the batches of new titles to ask: those after `after`, up to `up_to` (see catalog.models.saved)."""

    query: Query
    after: int
    up_to: int = OPEN_BATCH


@dataclass(frozen=True, slots=True)
class News:
    """What is new for a search: how many bibs, and the latest of them."""

    total: int = 0
    bib_ids: tuple[int, ...] = ()


def news(watches: Sequence[Watch], *, most: int) -> list[News]:
    """Return what is new for each search, in one statement, with `most` bibs of each.

    Whether a copy stands on the shelf at this moment (`available_now`) is not asked: a new title is news all the same.
    """
    folding = variants.folding_of_index()
    asked = [replace(watch.query, available_now=False) for watch in watches]
    parts = [
        _part(place, watch, conditions(query, folding), most)
        for place, (watch, query) in enumerate(zip(watches, asked, strict=True))
        if not query.is_empty
    ]
    found: dict[int, News] = {}
    if parts:
        statement = Sql.joined("UNION ALL", parts)
        for place, total, bib_id in reading.rows(statement.text, statement.params):
            found[place] = News(total, (*found.get(place, News()).bib_ids, bib_id))
    return [
        News(one.total, tuple(sorted(one.bib_ids, reverse=True)))
        for one in (found.get(place, News()) for place in range(len(watches)))
    ]


def _part(place: int, watch: Watch, found: Sql, most: int) -> Sql:
    # As an array, what is new is known before the titles are looked at: a few hundred of a million.
    return Sql(
        f"""
        SELECT %s::integer, count(*) OVER (), e.bib_id
        FROM catalog_searchentry e JOIN catalog_bib b ON b.id = e.bib_id
        WHERE e.bib_id = ANY(ARRAY(SELECT bib_id FROM catalog_appearance WHERE batch > %s AND batch <= %s))
          AND {found.text}
        ORDER BY e.bib_id DESC LIMIT %s
        """,  # noqa: S608 - made of our own words; what was typed travels as parameters
        [place, watch.after, watch.up_to, *found.params, most],
    )
