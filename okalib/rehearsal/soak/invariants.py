"""Which invariants of the consistency check are broken, asked so often that the asking must cost next to nothing.

PostgreSQL would plan the questions for twenty times as long as it answers them. What is asked alike at all times is
put into words once, and planned once; what hangs on the day, once a day.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache, lru_cache

from django.db import connection
from django.db.models import QuerySet

from delivery import consistency
from okalib import clock
from okalib.rehearsal.soak.asking import ask

NOT_BY_RIVALS = {"run_not_lent", "run_not_announced", "job_not_run", "notice_not_sent", "notice_without_cause"}
"""Invariants about work that nobody does here: the timetable's, and the worker's who sends."""


def broken(now: datetime) -> list[str]:
    """The names of the invariants that are broken, with examples."""
    names = [name for question in (_at_all_times(), _at(now)) for (name,) in ask(question)]
    found = (consistency.INVARIANTS[name].check(now) for name in names)
    return [f"{each.name}: {', '.join(each.examples)}" for each in found]


@cache
def _at_all_times() -> str:
    """One question for all invariants that ask the same at any time."""
    now = clock.now()
    return _all_in_one([name for name in _names() if _is_timeless(name)], now)


@lru_cache(maxsize=2048)
def _at(now: datetime) -> str:
    """One question for those that hang on the day."""
    return _all_in_one([name for name in _names() if not _is_timeless(name)], now)


@cache
def _names() -> list[str]:
    """The invariants that are questions to the database."""
    found = {name: each.find(clock.now()) for name, each in consistency.INVARIANTS.items() if name not in NOT_BY_RIVALS}
    return [name for name, rows in found.items() if isinstance(rows, QuerySet)]


@cache
def _is_timeless(name: str) -> bool:
    now = clock.now()
    return _question(name, now) == _question(name, now + timedelta(days=1))


def _all_in_one(names: list[str], now: datetime) -> str:
    return " UNION ALL ".join(_question(name, now) for name in names)


def _question(name: str, now: datetime) -> str:
    found = consistency.INVARIANTS[name].find(now)
    assert isinstance(found, QuerySet)
    question, values = found.order_by().query.sql_with_params()
    with connection.cursor() as cursor:
        return str(cursor.mogrify(f"SELECT '{name}' WHERE EXISTS ({question})", values))
