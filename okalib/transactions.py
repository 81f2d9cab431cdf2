"""The verb is the transaction: one decorator says so for all of them."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from django.db import OperationalError, connection, transaction
from psycopg import errors

P = ParamSpec("P")
R = TypeVar("R")

TRIES = 5
WORTH_ANOTHER_TRY = (errors.DeadlockDetected, errors.SerializationFailure)


def verb(function: Callable[P, R]) -> Callable[P, R]:
    """Make a keyword-only function one transaction, done wholly or not at all.

    A deadlock or a serialization failure is retried unseen (A239), where the verb is the outermost transaction.
    An override is guarded before the transaction begins, so that an attempt without the right leaves its trace (A193).
    """

    @wraps(function)
    def one_transaction(*args: P.args, **kwargs: P.kwargs) -> R:
        _guard_override(function.__name__, kwargs)
        if connection.in_atomic_block:
            with transaction.atomic():
                return function(*args, **kwargs)
        for attempt in range(1, TRIES + 1):
            try:
                with transaction.atomic():
                    return function(*args, **kwargs)
            except OperationalError as failure:
                if attempt == TRIES or not isinstance(failure.__cause__, WORTH_ANOTHER_TRY):
                    raise
                time.sleep(random.uniform(0, 0.02 * attempt))  # noqa: S311 - spreads rivals, guards no secret
        raise AssertionError("unreachable")

    return one_transaction


@contextmanager
def can_be_done_again() -> Iterator[None]:
    """Let the commits of a job that does the same again after a crash not wait for the disk one by one.

    A crash of the whole server may take back the last moments, never half a transaction; who starts the job again gets
    what was taken back. Not for what anybody outside has been told. A block inside another leaves it as it was.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH was AS MATERIALIZED (SELECT current_setting('synchronous_commit') AS value)"
            " SELECT value, set_config('synchronous_commit', 'off', false) FROM was"
        )
        was = cursor.fetchone()[0]
    try:
        yield
    finally:
        if not connection.needs_rollback:
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('synchronous_commit', %s, false)", [was])


def _guard_override(name: str, arguments: dict[str, Any]) -> None:
    if arguments.get("override") is not None:
        from okalib.actions import staff

        staff.guard_override(override=arguments["override"], by=arguments["by"], verb=name, now=arguments["now"])
