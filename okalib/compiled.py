"""A query written in the words of the models and compiled to SQL once: later only the values are put in.

Django takes longer to write a query than PostgreSQL to answer it, and writes it anew each time. A page that is asked
for thirty times a second therefore names its queries:

    @compiled(bib=int)
    def _items_of(*, bib: int) -> QuerySet[Item]:
        return Item.objects.filter(bib=bib).select_related("location")

    _items_of(bib=12)   # a list of items

The function is called once for each set of its other arguments (variants), with numbers, days and lists that stand for
the real ones. Values must therefore only be compared with columns, a list of numbers by `__among`: what decides *which*
query is asked is a variant. The rows are asked for anew each time, from the database that the page reads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from copy import copy
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import wraps
from typing import Any, TypeVar

from django.db import connections
from django.db.models import Field, ForeignObject, Lookup, QuerySet
from django.db.models.sql.compiler import SQLCompiler
from django.db.transaction import TransactionManagementError

Row = TypeVar("Row")

STAND_INS: dict[type, Callable[[int], Any]] = {
    int: lambda number: -9_000_000_000_000 - number,
    date: lambda number: date(1, 1, 1 + number),
    datetime: lambda number: datetime(2, 1, 1 + number, tzinfo=UTC),
    list: lambda number: [-9_000_000_000_000 - number],
}
"""Numbers, days and lists of numbers that nobody means."""


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
class Places:
    """The parameters of compiled SQL: each is a constant, or the name of the value that belongs there."""

    places: tuple[tuple[str | None, Any], ...]

    @classmethod
    def of(cls, params: Iterable[Any], stand_ins: dict[str, Any]) -> Places:
        """Find the values by what stands for them."""
        return cls(tuple((name_of(value, stand_ins), value) for value in params))

    def filled(self, values: dict[str, Any]) -> list[Any]:
        """Put the values in."""
        return [constant if name is None else values[name] for name, constant in self.places]


def name_of(value: Any, stand_ins: dict[str, Any]) -> str | None:
    return next((name for name, one in stand_ins.items() if type(one) is type(value) and one == value), None)


def stand_ins_for(types: dict[str, type]) -> dict[str, Any]:
    """Return for each value by its name something of its type that nobody means."""
    return {name: STAND_INS[kind](number) for number, (name, kind) in enumerate(types.items())}


class Compiled:
    """A query that Django has compiled, ready to be sent with other values."""

    def __init__(self, query: QuerySet[Any, Any], stand_ins: dict[str, Any]) -> None:
        self.query = query
        self.compiler = query.query.get_compiler(query.db)
        self.sql, params = self.compiler.as_sql()
        self.places = Places.of(params, stand_ins)

    def rows(self, values: dict[str, Any]) -> list[Any]:
        """Ask, and let Django make of the rows what the query says: models, with what belongs to them, or values."""
        query, compiler, filled = self.query.all(), copy(self.compiler), self.places.filled(values)
        if query.query.select_for_update and not connections[query.db].in_atomic_block:
            raise TransactionManagementError("A row is locked inside a transaction.")
        compiler.using, compiler.connection = query.db, connections[query.db]
        compiler.as_sql = lambda *_args, **_words: (self.sql, filled)
        query.query.get_compiler = lambda *_args, **_words: compiler  # type: ignore[method-assign]
        return list(query)


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
