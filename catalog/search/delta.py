"""The bibs that the postings are not believed about: changed since the last merge, or with other copies since.

A row of the delta has the tokens of its bib, a touch only says that copies or visibility changed. Both kinds are left
out of the bitmaps and searched for in SQL, so that a search always knows what has been committed. Before the first
merge everything is in the delta.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from pyroaring import BitMap

from catalog.search import reading
from catalog.search.fold import Folding
from catalog.search.plan import Sql, conditions
from catalog.search.query import Query
from catalog.search.variants import State


@dataclass(frozen=True, slots=True)
class Stale:
    """How many bibs are in the delta, how many touches there are, and the documents to leave out of the bitmaps."""

    deltas: int = 0
    touches: int = 0
    numbers: BitMap = field(default_factory=BitMap)

    def __bool__(self) -> bool:
        return bool(self.deltas or self.touches)


def stale(state: State) -> Stale:
    """Return what the postings are not believed about; without postings, touches mean nothing."""
    global _latest
    if not state.generation:
        return Stale(state.deltas)
    key, latest = state[1:-1], _latest
    if latest is None or latest[0] != key:
        has_any = state.deltas or state.touches
        numbers = BitMap([number for (number,) in reading.rows(_NUMBERS)]) if has_any else BitMap()
        _latest = latest = key, Stale(state.deltas, state.touches, numbers)
    return latest[1]


_latest: tuple[tuple, Stale] | None = None
_NUMBERS = """
    SELECT number FROM catalog_searchdocument
    WHERE bib_id = ANY(ARRAY(SELECT bib_id FROM catalog_searchdelta UNION SELECT bib_id FROM catalog_searchtouch))
"""


def hits(columns: Sql, query: Query, folding: Folding, *, of: Stale, beside: str = "") -> Sql:
    """Return the statement for columns of those of the stale bibs that a query finds.

    The columns may name the bib `b`, its entry `e`, and what `beside` joins to them.
    """
    found = conditions(query, folding, by_tokens=True)
    statement = Sql(
        f"SELECT {columns.text} FROM catalog_searchdelta d JOIN {_BIB.format('d')} {beside} WHERE {found.text}",  # noqa: S608
        [*columns.params, *found.params],
    )
    if not of.touches:
        return statement
    touched = conditions(query, folding)
    return Sql(
        f"{statement.text} UNION ALL"  # noqa: S608 - made of our own words; what was typed travels as parameters
        f" SELECT {columns.text} FROM ({_ONLY_TOUCHED}) t JOIN {_BIB.format('t')} {beside} WHERE {touched.text}",
        [*statement.params, *columns.params, *touched.params],
    )


_BIB = "catalog_searchentry e ON e.bib_id = {0}.bib_id JOIN catalog_bib b ON b.id = {0}.bib_id"
_ONLY_TOUCHED = """
    SELECT DISTINCT bib_id FROM catalog_searchtouch touch
    WHERE NOT EXISTS (SELECT FROM catalog_searchdelta d WHERE d.bib_id = touch.bib_id)
"""
