"""Locks and indexes taken away, one at a time, to see that somebody would notice.

A lock is named by the function that takes it and by what it locks: "holds/actions/queue.py reserve Patron". The two
helpers `Patron.objects.lock` and `Bib.objects.lock` count as their callers.
An advisory lock, which is a number and no row, is named by the function alone: "okalib/jobs.py _alone".
"""

import ast
import sys
from contextlib import contextmanager
from copy import copy
from dataclasses import replace
from pathlib import Path

from django.db.backends.utils import CursorWrapper
from django.db.models import QuerySet

from okalib.compiled import Compiled

ROOT = str(Path(__file__).parents[2]) + "/"
COMPILED = "_row_to_lock"
HELPERS = {"lock", "lock_all", "asked", COMPILED}
PLAIN, PLAIN_ROWS = QuerySet.select_for_update, Compiled.rows
EXECUTE = CursorWrapper.execute


def taken_by(model):
    """Name the lock that the caller's caller takes."""
    return f"{_taker(sys._getframe(2))} {model.__name__}"


def _taker(frame):
    while not _is_ours(frame) or frame.f_code.co_name in HELPERS or frame.f_code.co_name.startswith("<"):
        frame = frame.f_back
    return f"{frame.f_code.co_filename.removeprefix(ROOT)} {frame.f_code.co_name}"


def _is_ours(frame):
    file = frame.f_code.co_filename
    return file.startswith(ROOT) and "/.venv/" not in file and "/tests/" not in file


@contextmanager
def without_lock(name):
    """Let everybody go through this lock as if it were not there."""
    with _asking_at_each_lock(lambda taken: taken == name):
        yield


@contextmanager
def without_advisory_lock(name):
    """Let everybody believe that they have this lock."""

    def execute(self, sql, params=None):
        is_taken = _takes_number(str(sql)) and _taker(sys._getframe(1)) == name
        return EXECUTE(self, "SELECT true") if is_taken else EXECUTE(self, sql, params)

    CursorWrapper.execute = execute
    try:
        yield
    finally:
        CursorWrapper.execute = EXECUTE


def _takes_number(words):
    return "advisory" in words and "unlock" not in words


@contextmanager
def noting_locks():
    """Yield the set of locks that are taken meanwhile."""
    taken = set()
    with _asking_at_each_lock(lambda name: taken.add(name)):
        yield taken


@contextmanager
def _asking_at_each_lock(is_open):
    """Leave out the locks that are open, also those of queries that are compiled once (okalib.compiled)."""

    def select_for_update(self, *args, **kwargs):
        is_compiled_and_kept = sys._getframe(1).f_code.co_name == COMPILED
        if not is_compiled_and_kept and is_open(taken_by(self.model)):
            return self.all()
        return PLAIN(self, *args, **kwargs)

    def rows(self, values):
        if self.query.query.select_for_update and is_open(taken_by(self.query.model)):
            self = copy(self)
            unlocked = self.statement.sql.partition(" FOR NO KEY UPDATE")[0]
            self.statement = replace(self.statement, sql=unlocked)
        return PLAIN_ROWS(self, values)

    QuerySet.select_for_update, Compiled.rows = select_for_update, rows
    try:
        yield
    finally:
        QuerySet.select_for_update, Compiled.rows = PLAIN, PLAIN_ROWS


def places_of_locks():
    """Name every function of ours that takes a lock on rows, read from the source: "holds/actions/queue.py reserve"."""
    return {place for place, function in _functions() if function.name not in HELPERS and _takes_lock(function)}


def places_of_advisory_locks():
    """Name every function of ours that takes an advisory lock, read from the source: "okalib/jobs.py _alone"."""
    return {
        place
        for place, function in _functions()
        for node in ast.walk(function)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _takes_number(node.value)
        if "pg_" in node.value
    }


def _functions():
    for app in ("okalib", "catalog", "notifications", "holds", "circulation", "delivery"):
        for file in Path(ROOT, app).rglob("*.py"):
            if "migrations" not in file.parts:
                for function in ast.walk(ast.parse(file.read_text())):
                    if isinstance(function, ast.FunctionDef):
                        yield f"{file.relative_to(ROOT)} {function.name}", function


def _takes_lock(function):
    calls = {
        node.func.attr
        for node in ast.walk(function)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    return not calls.isdisjoint({"select_for_update", *HELPERS})
