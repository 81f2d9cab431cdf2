"""Several reads of the database in one statement, written in the words of the models and compiled once.

Django takes longer to write a query than PostgreSQL to answer it, and a verb that asks ten times waits ten times. So a
verb that must know many small things names them all:

    @facts(patron=int, today=date)
    def standing(*, patron: int, today: date) -> dict[str, Read]:
        return {
            "overdue": count(Item.objects.filter(holder=patron, due_on__lt=today)),
            "blocks": rows(Block.objects.filter(patron=patron).values("kind", "until_on")),
        }

    standing(patron=12, today=today)   # {"overdue": 0, "blocks": [{"kind": "loans", "until_on": "2026-12-24"}]}

The function is called once for each set of its other arguments (variants), with numbers and dates that stand for the
real ones; the SQL is kept, and from then on only the values are put in. Values must therefore only be compared with
columns: what decides *which* query is asked is a variant.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import wraps
from typing import Any

from django.db import connections
from django.db.models import QuerySet

from okalib import replicas


@dataclass(frozen=True, slots=True)
class Read:
    """A query and what is wanted of its rows, as SQL around it."""

    query: QuerySet[Any, Any]
    around: str


def count(query: QuerySet[Any, Any]) -> Read:
    """How many rows there are."""
    return Read(query.order_by().values("pk"), "(SELECT count(*) FROM ({}) found)")


def first(query: QuerySet[Any, Any]) -> Read:
    """The first row by its columns (give `values`), or None."""
    return Read(query[:1], "(SELECT to_jsonb(found) FROM ({}) found)")


def rows(query: QuerySet[Any, Any]) -> Read:
    """Every row by its columns (give `values`); dates and times come as ISO texts."""
    return Read(query, "(SELECT coalesce(jsonb_agg(to_jsonb(found)), '[]') FROM ({}) found)")


Reads = Callable[..., dict[str, Read]]


@dataclass(frozen=True, slots=True)
class _Statement:
    """The compiled SQL; each parameter is a constant, or the name of the value that belongs there."""

    sql: str
    parameters: tuple[tuple[str | None, Any], ...]

    def answer(self, values: dict[str, Any]) -> dict[str, Any]:
        """Put the values in, ask, and return what was found by its names."""
        filled = [constant if name is None else values[name] for name, constant in self.parameters]
        with connections[replicas.reads_go_to()].cursor() as cursor:
            cursor.execute(self.sql, filled)
            found = cursor.fetchone()[0]
        return dict(json.loads(found) if isinstance(found, str) else found)


def facts(**types: type) -> Callable[[Reads], Callable[..., dict[str, Any]]]:
    """Make a function that names reads one that answers them; `types` are those of the values: int, date, datetime."""

    def make(reads: Reads) -> Callable[..., dict[str, Any]]:
        known: dict[tuple[Any, ...], _Statement] = {}

        @wraps(reads)
        def asked(**arguments: Any) -> dict[str, Any]:
            variant = {name: value for name, value in arguments.items() if name not in types}
            key = tuple(sorted(variant.items()))
            if key not in known:
                known[key] = _compile(reads, types, variant)
            return known[key].answer(arguments)

        return asked

    return make


_STAND_INS: dict[type, Callable[[int], Any]] = {
    int: lambda number: -9_000_000_000_000 - number,
    date: lambda number: date(1, 1, 1 + number),
    datetime: lambda number: datetime(2, 1, 1 + number, tzinfo=UTC),
}
"""Numbers and days that nobody means."""


def _compile(reads: Reads, types: dict[str, type], variant: dict[str, Any]) -> _Statement:
    stand_ins = {name: _STAND_INS[kind](number) for number, (name, kind) in enumerate(types.items())}
    names = {value: name for name, value in stand_ins.items()}
    parts, parameters = [], []
    for name, read in reads(**stand_ins, **variant).items():
        sql, given = read.query.query.sql_with_params()
        parts.append(f"'{name}', {read.around.format(sql)}")
        for value in given:
            is_stand_in = isinstance(value, int | date) and not isinstance(value, bool) and value in names
            parameters.append((names[value], None) if is_stand_in else (None, value))
    return _Statement(f"SELECT jsonb_build_object({', '.join(parts)})", tuple(parameters))
