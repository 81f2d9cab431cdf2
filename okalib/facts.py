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
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.db.models import QuerySet

from okalib import replicas
from okalib.compiled import Statement, stand_ins_for


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


def facts(**types: type) -> Callable[[Reads], Callable[..., dict[str, Any]]]:
    """Make a function that names reads one that answers them; `types` are those of the values: int, date, datetime."""

    def make(reads: Reads) -> Callable[..., dict[str, Any]]:
        known: dict[tuple[Any, ...], Statement] = {}

        @wraps(reads)
        def asked(**arguments: Any) -> dict[str, Any]:
            variant = {name: value for name, value in arguments.items() if name not in types}
            key = tuple(sorted(variant.items()))
            if key not in known:
                known[key] = _compile(reads, types, variant)
            [(found,)] = known[key].rows(arguments, using=replicas.reads_go_to())
            return dict(json.loads(found) if isinstance(found, str) else found)

        return asked

    return make


def _compile(reads: Reads, types: dict[str, type], variant: dict[str, Any]) -> Statement:
    stand_ins = stand_ins_for(types)
    parts: list[str] = []
    names: list[str] = []
    for name, read in reads(**stand_ins, **variant).items():
        one = Statement.of(*read.query.query.sql_with_params(), stand_ins)
        parts.append(f"'{name}', {read.around.format(one.sql)}")
        names += one.names
    return Statement(f"SELECT jsonb_build_object({', '.join(parts)})", tuple(names))
