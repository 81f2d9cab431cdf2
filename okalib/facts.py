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

The function is called once for each set of its other arguments (variants), as `okalib.compiled` says; from then on
only the values are put in, and the server has planned the statement already.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.db import connections
from django.db.backends.postgresql import base
from django.db.models import QuerySet
from psycopg.sql import Literal
from psycopg.types.numeric import Int8

from okalib import replicas
from okalib.compiled import name_of, stand_ins_for


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
    """The compiled SQL, and the names of the values that belong into its places, one after the other."""

    sql: str
    names: tuple[str, ...]

    def answer(self, values: dict[str, Any]) -> dict[str, Any]:
        """Put the values in, ask, and return what was found by its names."""
        given = [values[name] for name in self.names]
        with _preparing_cursor(connections[replicas.reads_go_to()]) as cursor:
            # Of numbers the server is told one type, however large they are: each type would be a statement of its own.
            cursor.execute(self.sql, [Int8(value) if isinstance(value, int) else value for value in given])
            found = cursor.fetchone()[0]
        return dict(json.loads(found) if isinstance(found, str) else found)


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
        with wrap(base.ServerBindingCursor(session)) as cursor:  # type: ignore[attr-defined]
            yield cursor
    finally:
        session.prepare_threshold = before


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


def _compile(reads: Reads, types: dict[str, type], variant: dict[str, Any]) -> _Statement:
    """Write the statement. What is constant stands in it as it is: by that the server knows its partial indexes."""
    stand_ins = stand_ins_for(types)
    parts: list[str] = []
    names: list[str] = []
    for name, read in reads(**stand_ins, **variant).items():
        sql, params = read.query.query.sql_with_params()
        given = iter(params)

        def written(place: re.Match[str], given: Iterator[Any] = given) -> str:
            if place[0] == "%%":
                return place[0]
            value = next(given)
            stands_for = name_of(value, stand_ins)
            if stands_for is None:
                return Literal(value).as_string().replace("%", "%%")
            names.append(stands_for)
            return "%s"

        parts.append(f"'{name}', {read.around.format(re.sub('%[s%]', written, sql))}")
    return _Statement(f"SELECT jsonb_build_object({', '.join(parts)})", tuple(names))
