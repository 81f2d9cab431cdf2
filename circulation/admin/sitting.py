"""What the scan screens remember for a while: the last scan, so that it can be undone, and the sitting of a patron.

It lives in the cache alone, in no table, bound to the clerk's session, and forgets itself (RET-5). What could lead from
a returned item back to its patron is gone after ten minutes, with the next scan, or once it has been used. The list of
a sitting, for the screen and the receipt, is gone after thirty minutes or with the next patron's card.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

from django.core.cache import cache
from django.http import HttpRequest

from okalib import clock
from okalib.desk import Answer
from okalib.models import Patron

UNDO_SECONDS = 10 * 60
SITTING_SECONDS = 30 * 60
LONGEST_LIST = 30


@dataclass(frozen=True, slots=True)
class Deed:
    """The last thing that one screen has done: `words` name it on the button that undoes it."""

    id: str
    words: str
    memory: Any


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the list under the field: time, title, number, result; the loan, where one was made."""

    time: str
    title: str
    number: str
    result: str
    tone: str
    loan_id: int | None = None


def remember(request: HttpRequest, screen: str, words: str, memory: object) -> None:
    """Keep what the last scan of a screen did in place of the one before."""
    cache.set(_deed_key(request, screen), Deed(uuid4().hex, words, memory), UNDO_SECONDS)


def last_deed(request: HttpRequest, screen: str) -> Deed | None:
    """Return what would be undone now."""
    deed: Deed | None = cache.get(_deed_key(request, screen))
    return deed


def forget_deed(request: HttpRequest, screen: str) -> None:
    """Erase the memory of the last scan."""
    cache.delete(_deed_key(request, screen))


def row(title: str, number: str, answer: Answer, loan_id: int | None = None) -> Row:
    """Make a line of the list from the answer to a scan."""
    return Row(f"{clock.now():%H:%M}", title, number, answer.verb, answer.tone.value, loan_id)


def begin(request: HttpRequest, patron: Patron, *, after: Patron | None) -> None:
    """Begin the sitting of the patron whose card was scanned; that of the one before is over, unless it is the same."""
    if after != patron:
        cache.delete(_sitting_key(request, after))


def note(request: HttpRequest, patron: Patron | None, line: Row) -> None:
    """Write a line into the sitting of a patron, or of nobody, where no card has opened one."""
    lines = [line, *rows(request, patron)][:LONGEST_LIST]
    cache.set(_sitting_key(request, patron), lines, SITTING_SECONDS)


def strike_out(request: HttpRequest, patron: Patron, loan_id: int, words: str) -> None:
    """Say in the list that a loan has been taken back."""
    lines = [
        replace(line, result=words, tone="look", loan_id=None) if line.loan_id == loan_id else line
        for line in rows(request, patron)
    ]
    cache.set(_sitting_key(request, patron), lines, SITTING_SECONDS)


def rows(request: HttpRequest, patron: Patron | None) -> list[Row]:
    """Return what was done for this patron, or for nobody, at this desk, the latest first."""
    return cache.get(_sitting_key(request, patron)) or []


def _deed_key(request: HttpRequest, screen: str) -> str:
    return f"desk-deed:{request.session.session_key}:{screen}"


def _sitting_key(request: HttpRequest, patron: Patron | None) -> str:
    return f"desk-sitting:{request.session.session_key}:{patron.pk if patron else 0}"
