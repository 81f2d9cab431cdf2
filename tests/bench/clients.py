"""Several clients at once, each a process of its own, and what each of their calls took.

Beside the time that passed stands the work that was done: the processor's time of the client and of its session in
PostgreSQL. Where other programs share the machine, that is what comes nearest to the time on a machine of one's own.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter, process_time

import psutil
from django.db import connection, connections

Call = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Took:
    """What calls took: the seconds of each, the whole time, and the processor's seconds in the mean of a call."""

    seconds: list[float]
    whole: float
    work: float

    @property
    def rate(self) -> float:
        """How many calls a second."""
        return len(self.seconds) / self.whole


def timed(calls: Sequence[Call]) -> list[float]:
    """Make calls one after the other and return the seconds that each took."""
    seconds = []
    for call in calls:
        start = perf_counter()
        call()
        seconds.append(perf_counter() - start)
    return seconds


def together(clients: Sequence[Sequence[Call]]) -> Took:
    """Let each client make its calls in a process of its own, all at once.

    A client that fails ends the measurement: its error is raised here.
    """
    connections.close_all()  # a connection belongs to one process
    context = multiprocessing.get_context("fork")
    answers = context.SimpleQueue()
    start = context.Barrier(len(clients) + 1)

    def work(calls: Sequence[Call]) -> None:
        work_so_far = working()
        start.wait()
        try:
            before = work_so_far()
            seconds = timed(calls)
            answers.put((seconds, work_so_far() - before))
        except Exception as error:
            answers.put(error)

    running = [context.Process(target=work, args=[calls]) for calls in clients]
    for process in running:
        process.start()
    start.wait()
    began = perf_counter()
    found = [answers.get() for _process in running]
    whole = perf_counter() - began
    for process in running:
        process.join()
    if errors := [each for each in found if isinstance(each, Exception)]:
        raise errors[0]
    seconds = [one for each, _work in found for one in each]
    return Took(seconds, whole, sum(done for _each, done in found) / max(1, len(seconds)))


def working() -> Callable[[], float]:
    """Return what tells the processor's seconds that this process and its session in PostgreSQL have spent so far."""
    connection.ensure_connection()
    session = psutil.Process(connection.connection.info.backend_pid)

    def work_so_far() -> float:
        times = session.cpu_times()
        return process_time() + times.user + times.system

    return work_so_far
