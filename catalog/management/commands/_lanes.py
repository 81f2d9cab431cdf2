"""Batches worked on side by side, each key always in the same lane, so that of two records with one key the later wins.

Lanes are processes with a database connection of their own: most of an import is reading and folding text, which one
Python process does on one processor only. A file that fills no batch is worked on in the calling process.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import chain, islice
from typing import TypeVar
from zlib import crc32

import django
from django.db import connection, connections

from okalib.embedded.children import die_with

Record = TypeVar("Record")
Result = TypeVar("Result")

MOST_WAITING = 2  # batches of a lane; more would only fill memory


def work_in_lanes(
    records: Iterable[Record],
    work: Callable[[list[Record]], Result],
    *,
    key: Callable[[Record], str],
    lanes: int,
    batch: int,
) -> Iterator[Result]:
    """Yield the results of `work` on batches of the records; `work`, records and results travel between processes.

    With one lane everything is done in the calling process. An error in a lane is raised here, after what was begun
    has ended.
    """
    incoming = iter(records)
    first = list(islice(incoming, batch))
    if lanes <= 1 or len(first) < batch:
        yield from (work(each) for each in _batches(chain(first, incoming), batch))
        return
    waiting: list[list[Record]] = [[] for _lane in range(lanes)]
    pending: list[deque[Future[Result]]] = [deque() for _lane in range(lanes)]
    pools = [_lane() for _number in range(lanes)]
    try:
        for record in chain(first, incoming):
            lane = crc32(key(record).encode()) % lanes
            waiting[lane].append(record)
            if len(waiting[lane]) == batch:
                pending[lane].append(pools[lane].submit(work, waiting[lane]))
                waiting[lane] = []
                if len(pending[lane]) > MOST_WAITING:
                    yield pending[lane].popleft().result()
        for lane, rest in enumerate(waiting):
            if rest:
                pending[lane].append(pools[lane].submit(work, rest))
        for futures in pending:
            while futures:
                yield futures.popleft().result()
    finally:
        for pool in pools:
            pool.shutdown(cancel_futures=True)


def _lane() -> ProcessPoolExecutor:
    """A process that begins anew: a fork would share our connections."""
    return ProcessPoolExecutor(
        1,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_settle,
        initargs=(os.getpid(), connection.settings_dict["NAME"]),
    )


def _settle(parent: int, database: str) -> None:
    """What a lane does first: live no longer than its parent, leave Ctrl-C to it, and work in the same database."""
    if sys.platform == "linux":
        die_with(parent)()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    connections["default"].settings_dict["NAME"] = database
    django.setup()


def _batches(records: Iterable[Record], size: int) -> Iterator[list[Record]]:
    waiting = iter(records)
    while batch := list(islice(waiting, size)):
        yield batch
