"""Copies of the test database to break things in: real ones, so that what a killed process leaves behind is real."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection, connections

from okalib.rehearsal.scratch import outside


def copy(original: str, name: str) -> None:
    """Make a database that holds what another holds; nobody may be at work in that one."""
    with outside() as server:
        server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        server.execute(f'CREATE DATABASE "{name}" TEMPLATE "{original}" STRATEGY FILE_COPY')


def drop(name: str) -> None:
    with outside() as server:
        server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@contextmanager
def working_in(name: str) -> Iterator[None]:
    """Let Django's connection work in another database as long as the block lasts."""
    connection.close()
    before, connection.settings_dict["NAME"] = connection.settings_dict["NAME"], name
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = before


@contextmanager
def a_copy_of(original: str) -> Iterator[str]:
    """Work in a copy of a database, which is thrown away."""
    name = f"{original}_copy"
    copy(original, name)
    try:
        with working_in(name):
            yield name
    finally:
        drop(name)


# ── killing ──

READS = ("SELECT", "SAVEPOINT", "RELEASE", "ROLLBACK", "SET", "SHOW", "RESET")


class Writes:
    """Counts the statements that write, and does something before one of them."""

    def __init__(self, before: int = 0, do: Callable[[], None] = lambda: None) -> None:
        self.number = 0
        self._before, self._do = before, do

    def __call__(self, execute, sql, params, many, context):
        if not sql.lstrip().upper().startswith(READS):
            self.number += 1
            if self.number == self._before:
                self._do()
        return execute(sql, params, many, context)


def die() -> None:
    """Be killed, with no time to tidy up."""
    os.kill(os.getpid(), signal.SIGKILL)


def killed_at(number: int, work: Callable[[], object]) -> bool:
    """Do `work` in a process of its own and kill it (-9) before that write; False if it did not come to it."""
    connections.close_all()  # a forked child must not speak on its parent's connection
    child = os.fork()
    if child == 0:
        try:
            with connection.execute_wrapper(Writes(number, die)):
                work()
        finally:
            os._exit(0)  # not reached by a killed process
    _pid, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


def writes_of(work: Callable[[], object]) -> int:
    """Do `work` and return how often it wrote."""
    counter = Writes()
    with connection.execute_wrapper(counter):
        work()
    return counter.number


def wait_for(child: int) -> int:
    """Wait for a process and return what it ended with."""
    _pid, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)
