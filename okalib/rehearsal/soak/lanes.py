"""Lanes of a soak: processes, each with an empty library of its own, that tell what they have done, one by one."""

from __future__ import annotations

import logging
import multiprocessing
import os
import queue
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Event

import django
from django.db import connection
from django.test.utils import override_settings
from django.utils.module_loading import import_string

from okalib.embedded.children import die_with
from okalib.rehearsal import scratch

LOOKS_UP = 2.0  # seconds between two looks at whether a lane has died


@dataclass(frozen=True, slots=True)
class Share:
    """What one lane does: how much of it, drawn with which seed, and which lane of how many it is."""

    amount: int
    seed: int
    lane: int = 0
    lanes: int = 1

    def __str__(self) -> str:
        """What a lane draws its lots with."""
        return f"{self.seed}, lane {self.lane} of {self.lanes}"


@dataclass(frozen=True, slots=True)
class Report:
    """One thing done, and what was wrong with it: nothing if all was well."""

    what: str = ""
    wrong: tuple[str, ...] = ()


Work = Callable[[Share], Iterator[Report]]


class LaneError(Exception):
    """A lane broke off; the message is its traceback."""


def in_lanes(work: Work, amount: int, *, seed: int, lanes: int) -> Iterator[Report]:
    """Yield what the lanes report, in the order in which it happens; `work` is a function of a module.

    With one lane all is done in the calling process and its database. With more, each lane copies that database, to
    which nobody may be connected meanwhile. Raises LaneError.
    """
    shares = [Share(amount // lanes + (lane < amount % lanes), seed, lane, lanes) for lane in range(lanes)]
    if lanes == 1:
        yield from work(shares[0])
        return
    context = multiprocessing.get_context("spawn")  # a fork would share our connections
    told: Queue[Report | str | None] = context.Queue()
    enough = context.Event()
    template = connection.settings_dict["NAME"]
    connection.close()
    name = f"{work.__module__}.{work.__qualname__}"  # by name: a lane can read it only when Django is set up
    running = [
        context.Process(target=_lane, args=(os.getpid(), template, name, share, told, enough)) for share in shares
    ]
    for process in running:
        process.start()
    try:
        yield from _heard(told, running)
    finally:
        enough.set()
        _let_end(told, running)


def _heard(told: Queue[Report | str | None], running: list[multiprocessing.context.SpawnProcess]) -> Iterator[Report]:
    at_work = len(running)
    while at_work:
        try:
            word = told.get(timeout=LOOKS_UP)
        except queue.Empty:
            if any(process.exitcode for process in running):
                raise LaneError("A lane was killed.") from None
            continue
        if word is None:
            at_work -= 1
        elif isinstance(word, str):
            raise LaneError(word)
        else:
            yield word


def _let_end(told: Queue[Report | str | None], running: list[multiprocessing.context.SpawnProcess]) -> None:
    """Wait for the lanes; who has something left to say does not end before somebody listens."""
    while any(process.is_alive() for process in running):
        with suppress(queue.Empty):
            told.get(timeout=0.1)


def _lane(parent: int, template: str, name: str, share: Share, told: Queue[Report | str | None], enough: Event) -> None:
    """Live no longer than the parent, leave Ctrl-C to it, and work in a copy of its empty library."""
    if sys.platform == "linux":
        die_with(parent)()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    django.setup()
    work: Work = import_string(name)
    try:
        with elsewhere(template=template):
            for report in work(share):
                told.put(report)
                if enough.is_set():
                    break
        told.put(None)
    except Exception:
        told.put(traceback.format_exc())


@contextmanager
def elsewhere(*, template: str = "") -> Iterator[str]:
    """An empty library, and a cache of its own: nothing of it reaches the real one. Yields the database's name."""
    own_cache = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "soak"}
    logging.getLogger("okalib").setLevel(logging.CRITICAL)
    with override_settings(CACHES={"default": own_cache}), scratch.fresh_database(template=template) as database:
        yield database
