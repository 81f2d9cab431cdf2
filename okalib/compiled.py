"""A query written in the words of the models and compiled to SQL once: later only the values are put in.

Django takes longer to write a query, and PostgreSQL to plan it, than to answer it, and both do so anew each time. A
page that is asked for thirty times a second therefore names its queries:

    @compiled(bib=int)
    def _items_of(*, bib: int) -> QuerySet[Item]:
        return Item.objects.filter(bib=bib).select_related("location")

    _items_of(bib=12)   # a list of items

The function is called once for each set of its other arguments (variants), with numbers, days and lists that stand for
the real ones. Values must therefore only be compared with columns, a list of numbers by `__among`: what decides *which*
query is asked is a variant. The server keeps the plan; the rows are asked for anew each time, from the database that
the page reads.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import wraps
from types import SimpleNamespace
from typing import Any, TypeVar

from django.db import connections
from django.db.backends.postgresql import base
from django.db.models import Field, ForeignObject, Lookup, QuerySet
from django.db.models.sql.compiler import SQLCompiler
from django.db.transaction import TransactionManagementError
from psycopg.sql import Literal
from psycopg.types.numeric import Int8

Row = TypeVar("Row")

STAND_INS: dict[type, Callable[[int], Any]] = {
    int: lambda number: -9_000_000_000_000 - number,
    date: lambda number: date(1, 1, 1 + number),
    datetime: lambda number: datetime(2, 1, 1 + number, tzinfo=UTC),
    list: lambda number: [-9_000_000_000_000 - number],
}
"""Numbers, days and lists of numbers that nobody means."""

LARGEST = 2**63 - 1


@ForeignObject.register_lookup
@Field.register_lookup
class Among(Lookup):
    """`column__among=[1, 2]`: like `__in`, but the list is one value, so that the query is the same for any number.

    An empty list is asked for like any other; who has nothing to ask for asks nothing.
    """

    lookup_name = "among"
    prepare_rhs = False

    def as_sql(self, compiler: SQLCompiler, connection: Any) -> tuple[str, list[Any]]:
        """Write `column = ANY(list)`."""
        column, params = self.process_lhs(compiler, connection)
        return f"{column} = ANY(%s)", [*params, self.rhs]


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL that the server prepares, and the names of the values that belong into its places, one after the other."""

    sql: str
    names: tuple[str, ...]

    @classmethod
    def of(cls, sql: str, params: Iterable[Any], stand_ins: dict[str, Any]) -> Statement:
        """Find the values by what stands for them; constants are written into the SQL: they tell partial indexes."""
        given, names = iter(params), []

        def written(place: re.Match[str]) -> str:
            if place[0] == "%%":
                return place[0]
            value = next(given)
            stands_for = next(
                (name for name, one in stand_ins.items() if type(one) is type(value) and one == value), None
            )
            if stands_for is None:
                return Literal(value).as_string().replace("%", "%%")
            names.append(stands_for)
            return "%s"

        return cls(re.sub("%[s%]", written, sql), tuple(names))

    def rows(self, values: dict[str, Any], *, using: str) -> list[tuple[Any, ...]]:
        """Put the values in and ask a database."""
        with _preparing_cursor(connections[using]) as cursor:
            cursor.execute(self.sql, [_typed(values[name]) for name in self.names])
            found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def _typed(value: Any) -> Any:
    """Tell the server one type for all numbers, however large they are: each type would be a statement of its own."""
    if isinstance(value, list):
        return [_typed(number) for number in value]
    # An address may name a number that no column holds; nothing has the largest one either.
    return Int8(min(max(value, -LARGEST), LARGEST)) if isinstance(value, int) else value


class _Cursor(base.ServerBindingCursor):  # type: ignore[name-defined]
    """A cursor that sends the values beside the SQL, and whose SQL still stands in the log of queries."""

    def execute(self, query: str, params: Any = None, **more: Any) -> Any:
        """Send a statement, and remember its words."""
        done = super().execute(query, params, **more)
        self._query = SimpleNamespace(query=query.encode())
        return done


@contextmanager
def _preparing_cursor(server: Any) -> Iterator[Any]:
    """Open a cursor whose statements the server prepares and keeps: planning these takes ten times what they take.

    Django's own cursor puts the values into the SQL, and each is a new statement to the server. The connection keeps
    the text of all that it might prepare; so it prepares nothing else, such as what an import inserts.
    """
    server.close_if_health_check_failed()
    server.ensure_connection()
    wrap = server.make_debug_cursor if server.queries_logged else server.make_cursor
    session = server.connection
    before, session.prepare_threshold = session.prepare_threshold, 1
    try:
        with wrap(_Cursor(session)) as cursor:
            yield cursor
    finally:
        session.prepare_threshold = before


def stand_ins_for(types: dict[str, type]) -> dict[str, Any]:
    """Return for each value by its name something of its type that nobody means."""
    return {name: STAND_INS[kind](number) for number, (name, kind) in enumerate(types.items())}


class Compiled:
    """A query that Django has compiled, ready to be sent with other values."""

    def __init__(self, query: QuerySet[Any, Any], stand_ins: dict[str, Any]) -> None:
        self.query = query
        self.compiler = query.query.get_compiler(query.db)
        sql, params = self.compiler.as_sql()
        self.statement = Statement.of(sql, params, stand_ins)

    def rows(self, values: dict[str, Any]) -> list[Any]:
        """Ask, and let Django make of the rows what the query says: models, with what belongs to them, or values."""
        query, compiler = self.query.all(), copy(self.compiler)
        if query.query.select_for_update and not connections[query.db].in_atomic_block:
            raise TransactionManagementError("A row is locked inside a transaction.")
        compiler.using, compiler.connection = query.db, connections[query.db]

        def execute_sql(*_args: Any, **_words: Any) -> list[list[Any]]:
            rows = self.statement.rows(values, using=query.db)
            return [[row[: compiler.col_count] for row in rows] if compiler.has_extra_select else rows]

        compiler.execute_sql = execute_sql
        query.query.get_compiler = lambda *_args, **_words: compiler  # type: ignore[method-assign]
        return list(query)


def only(rows: Iterable[Row], missing: type[Exception]) -> Row:
    """Return the first of the rows; raise `missing` where there is none."""
    for row in rows:
        return row
    raise missing


def compiled(**types: type) -> Callable[[Callable[..., QuerySet[Any, Row]]], Callable[..., list[Row]]]:
    """Make a function that writes a query one that answers it; `types` are those of the values."""

    def make(write: Callable[..., QuerySet[Any, Row]]) -> Callable[..., list[Row]]:
        known: dict[tuple[Any, ...], Compiled] = {}

        @wraps(write)
        def asked(**arguments: Any) -> list[Row]:
            variant = {name: value for name, value in arguments.items() if name not in types}
            key = tuple(sorted(variant.items()))
            if key not in known:
                stand_ins = stand_ins_for(types)
                known[key] = Compiled(write(**stand_ins, **variant), stand_ins)
            return known[key].rows(arguments)

        return asked

    return make
