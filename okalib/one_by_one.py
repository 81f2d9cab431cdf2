"""Many things, a transaction for each or for a handful: what fails is written down, the others go on (A75, OPS-2)."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

import structlog
from django.db import InterfaceError, OperationalError

K = TypeVar("K")
R = TypeVar("R")

_collected: ContextVar[list[str] | None] = ContextVar("failures", default=None)

log = structlog.get_logger("okalib.one_by_one")


def one_by_one(keys: Iterable[K], work: Callable[[K], R], *, what: str) -> list[R]:
    """Do `work` for each key and return the results of those that were done.

    A key whose work raises is left as it was, logged, and told to whoever is `collecting`, as
    "hold 12 skipped: KeyError at shelf.py:57". Where the database is out of reach, or where all of several fail, the
    error is everybody's and is raised.
    """
    done: list[R] = []
    failures: list[str] = []
    last: Exception | None = None
    for key in keys:
        try:
            done.append(work(key))
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:
            last = error
            failures.append(f"{what} {key} skipped: {type(error).__name__} at {place_of(error)}")
            log.error("skipped", what=what, key=key, kind=type(error).__name__, place=place_of(error))
    if last is not None and not done and len(failures) > 1:
        raise last
    if (collected := _collected.get()) is not None:
        collected += failures
    return done


HANDFUL = 25


def in_handfuls(keys: Sequence[K], work: Callable[[Sequence[K]], R]) -> tuple[list[R], list[K]]:
    """Do `work` for a handful of keys at a time, a transaction each, so that whoever needs one waits for a moment only.

    Returns the results, and the keys of the handfuls in which something failed: nothing of those was done, and one by
    one the key that it comes from is found and written down (A75). Without the database the error is raised.
    """
    done: list[R] = []
    left: list[K] = []
    for start in range(0, len(keys), HANDFUL):
        handful = keys[start : start + HANDFUL]
        try:
            done.append(work(handful))
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            left += handful
    return done, left


@contextmanager
def collecting() -> Iterator[list[str]]:
    """Yield the list that the failures of `one_by_one` are written into meanwhile: a job's row tells them to staff."""
    failures: list[str] = []
    token = _collected.set(failures)
    try:
        yield failures
    finally:
        _collected.reset(token)


def place_of(error: Exception) -> str:
    """Return the innermost line of our own that an error came through; its message may quote a person, this cannot."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "site-packages" not in frame.filename] or frames
    return f"{ours[-1].filename.rsplit('/', 1)[-1]}:{ours[-1].lineno}"
