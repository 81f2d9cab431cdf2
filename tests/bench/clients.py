"""Several clients at once, each a process of its own, and what each of their calls took."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Sequence
from time import perf_counter

from django.db import connections

Call = Callable[[], object]


def timed(calls: Sequence[Call]) -> list[float]:
    """Make calls one after the other and return the seconds that each took."""
    seconds = []
    for call in calls:
        start = perf_counter()
        call()
        seconds.append(perf_counter() - start)
    return seconds


def together(clients: Sequence[Sequence[Call]]) -> tuple[list[float], float]:
    """Let each client make its calls in a process of its own, all at once; return all durations and the whole time.

    A client that fails ends the measurement: its error is raised here.
    """
    connections.close_all()  # a connection belongs to one process
    context = multiprocessing.get_context("fork")
    answers = context.SimpleQueue()
    start = context.Barrier(len(clients) + 1)

    def work(calls: Sequence[Call]) -> None:
        start.wait()
        try:
            answers.put(timed(calls))
        except Exception as error:
            answers.put(error)

    running = [context.Process(target=work, args=[calls]) for calls in clients]
    for process in running:
        process.start()
    start.wait()
    began = perf_counter()
    found = [answers.get() for _process in running]
    took = perf_counter() - began
    for process in running:
        process.join()
    if errors := [each for each in found if isinstance(each, Exception)]:
        raise errors[0]
    return [one for each in found for one in each], took
