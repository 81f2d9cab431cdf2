"""Reads the plan of every statement that a page or a verb sends, before it is carried out."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from django.db import connection

LARGE = frozenset(
    {
        "catalog_appearance",
        "catalog_bib",
        "catalog_item",
        "catalog_searchdocument",
        "catalog_searchentry",
        "catalog_searchname",
        "catalog_searchposting",
        "circulation_loan",
        "circulation_readingrecord",
        "circulation_restperiod",
        "delivery_bag",
        "delivery_slipline",
        "holds_basketline",
        "holds_hold",
        "holds_holdgroup",
        "holds_pullline",
        "holds_request",
        "notifications_notice",
        "okalib_block",
        "okalib_card",
        "okalib_patron",
        "okalib_patronview",
        "okalib_staffaction",
        "okalib_user",
    }
)
"""Tables that grow with the catalogue, the patrons or the years. Delta and touches do not: they are merged at 300."""

PLANNED = re.compile(r"\s*(?:SELECT|UPDATE|DELETE|WITH|INSERT\b.*\bSELECT\b|\(SELECT)", re.IGNORECASE | re.DOTALL)
NO_STATEMENT = re.compile(r"\s*(?:SAVEPOINT|RELEASE|ROLLBACK|SET\b|BEGIN|COMMIT)", re.IGNORECASE)


class Read:
    """What was sent to the database: the statements, and which large tables were gone through from end to end."""

    def __init__(self) -> None:
        self.statements: list[str] = []
        self.walks: dict[str, str] = {}

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        if not NO_STATEMENT.match(sql):
            self.statements.append(sql)
            if PLANNED.match(sql) and not many:
                self._explain(sql, params)
        return execute(sql, params, many, context)

    def _explain(self, sql: str, params: Any) -> None:
        with connection.connection.cursor() as cursor:
            plan = cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", params).fetchone()[0]
        plan = json.loads(plan) if isinstance(plan, str) else plan
        for walked in _walked(plan[0]["Plan"]):
            self.walks.setdefault(walked, sql)

    @property
    def repeated(self) -> list[tuple[str, int]]:
        """The statements sent more than once, the most frequent first: where rows are asked for one by one."""
        return [(sql, times) for sql, times in Counter(self.statements).most_common() if times > 1]


def _walked(node: dict[str, Any], *, is_limited: bool = False) -> Iterator[str]:
    """Name the large tables that a plan reads from end to end: row after row, or along a whole index."""
    relation, kind = node.get("Relation Name"), node["Node Type"]
    if relation in LARGE:
        is_index = kind in ("Index Scan", "Index Only Scan") and node["Index Name"] not in _partial_indexes()
        is_whole_index = is_index and "Index Cond" not in node and not is_limited
        if kind == "Seq Scan" or is_whole_index:
            yield f"{kind} on {relation}"
    for below in node.get("Plans", []):
        yield from _walked(below, is_limited=is_limited or kind == "Limit")


@cache
def _partial_indexes() -> frozenset[str]:
    """Indexes of a few rows of their table, which may be gone through."""
    with connection.connection.cursor() as cursor:
        rows = cursor.execute("SELECT indexrelid::regclass::text FROM pg_index WHERE indpred IS NOT NULL").fetchall()
    return frozenset(name for (name,) in rows)


@contextmanager
def reading() -> Iterator[Read]:
    """Read every statement sent as long as the block lasts."""
    read = Read()
    with connection.execute_wrapper(read):
        yield read
