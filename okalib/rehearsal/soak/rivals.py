"""Two rivals on connections of their own, who begin at the same moment and stumble at random."""

from __future__ import annotations

import itertools
import random
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from django.db import connection

from okalib.rules import Refused

PATIENCE = 60  # seconds: nobody waits so long for a lock that somebody will let go
HELD_UP = 0.15  # seconds: who has not come through by then waits for a lock
LATE = 0.004  # seconds: how much later than the other a rival may begin
ONE_STATEMENT_IN = 4
STUMBLE = 0.003  # seconds before a statement, at most: the time in which the other one may slip through


class Rivals:
    """A lane a rival, kept open from race to race."""

    def __init__(self, lanes: int = 2) -> None:
        self._pool = ThreadPoolExecutor(lanes, thread_name_prefix="rival")
        self._lanes = lanes

    def race(self, works: Sequence[Callable[[], object]]) -> list[object]:
        """Do all at once, one a lane; returns what each answered, its Refused, or the exception that nobody expects."""
        start = threading.Barrier(len(works))
        running = [self._pool.submit(_run, work, start) for work in works]
        return [each.result(PATIENCE) for each in running]

    def slip_in(self, works: Sequence[Callable[[], object]], *, side: int, before: int) -> list[object] | None:
        """Let the other rival do all before the given statement of one side, unless a lock holds it up.

        Returns what each answered, or None where that side has fewer statements. So it is looked through without luck
        whether anything can come between.
        """
        there, done = threading.Event(), threading.Event()
        answers: list[object] = [None, None]
        pausing = self._pool.submit(_run_and_pause, works[side], before, there, done)
        answers[1 - side] = self._pool.submit(_run_between, works[1 - side], there, done).result(PATIENCE)
        answers[side], was_reached = pausing.result(PATIENCE)
        return answers if was_reached else None

    def close(self) -> None:
        """Close the connections and let the lanes go."""
        gate = threading.Barrier(self._lanes)
        for _lane in range(self._lanes):
            self._pool.submit(_close, gate)
        self._pool.shutdown()

    def __enter__(self) -> Rivals:
        return self

    def __exit__(self, *_what: object) -> None:
        self.close()


def _run(work: Callable[[], object], start: threading.Barrier) -> object:
    with suppress(threading.BrokenBarrierError):
        start.wait(PATIENCE)
    time.sleep(random.uniform(0, LATE))
    with connection.execute_wrapper(stumble):
        return _answer(work)


def _run_and_pause(
    work: Callable[[], object], before: int, there: threading.Event, done: threading.Event
) -> tuple[object, bool]:
    statements, was_reached = itertools.count(1), False

    def pause(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        nonlocal was_reached
        if next(statements) == before:
            was_reached = True
            there.set()
            done.wait(HELD_UP)
        return execute(sql, params, many, context)

    try:
        with connection.execute_wrapper(pause):
            return _answer(work), was_reached
    finally:
        there.set()


def _run_between(work: Callable[[], object], there: threading.Event, done: threading.Event) -> object:
    there.wait(PATIENCE)
    try:
        return _answer(work)
    finally:
        done.set()


def _answer(work: Callable[[], object]) -> object:
    try:
        return work()
    except Refused as refused:
        return refused
    except Exception as error:
        return error


def stumble(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
    """Wait a moment before some statements, as a busy machine does."""
    if not random.randrange(ONE_STATEMENT_IN):
        time.sleep(random.uniform(0, STUMBLE))
    return execute(sql, params, many, context)


def _close(gate: threading.Barrier) -> None:
    gate.wait(PATIENCE)  # each lane closes its own
    connection.close()
