"""By when a waiting reservation will probably be ready: a range, never a promise (HLD-12).

The model in plain sentences:

1. A copy on loan comes back about its due date: most readers bring it in the days before, some late. One that is
   overdue has shown its reader to be slow, and may stay away as long again as it has been overdue.
2. Each reader ahead then has it for a *turn*: set aside, collected, read, brought back. Where it is collected at
   another library the turn is longer by the weekly run, the pickup window and the way back.
3. The copies are handed round in this manner, each to the next in the queue as it comes back, until it is the turn of
   the one who asks. What comes back while the house is closed is handed on when it opens.
4. Nobody knows how quick one reader is. So this is done twice: at a quick pace, which about one reservation in ten
   beats, and at a slow one, behind which about one in ten falls.
5. The more readers are ahead, the more the quick and the slow among them make up for each other: the mean of n turns
   strays a √n-th of what a single turn strays. So the longer the wait, the narrower the range in proportion.
6. Of those ahead some cancel, and who pauses now may not be back in time: the quick pace leaves out more of them.
7. From the day on which the copy is set aside to the day of collecting the rules of the house alone decide: told the
   day after, or the window of the first run whose cut-off it meets.

The figures of the two paces are our assumptions about readers. `tests/rules/test_forecast_measured.py` plays queues day
by day and measures how many of the dates fall inside; when real dates are known, they are to be measured the same way.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from math import sqrt

from okalib import days
from okalib.rules import Policy

DAYS_A_WEEK = 7


@dataclass(frozen=True, slots=True)
class Forecast:
    """The first and the last day of the range, both included."""

    earliest: date
    latest: date


@dataclass(frozen=True, slots=True)
class Pace:
    """How the readers of a queue behave on the mean, in days, and how far one of them strays from it."""

    collects_after: float  # from the day on which it is set aside
    returns_after_due: float  # negative: before the due date
    travels_back: float  # what was lent at another library
    share_gone: float  # of those ahead, who cancel before their turn
    share_resumed: float  # of those who pause now, who are back in time
    turn_strays: float  # one turn from the mean
    return_strays: float  # one return from its due date
    as_long_again: float  # an overdue copy stays away this many times as long as it has been overdue


QUICK = Pace(
    collects_after=3.6,
    returns_after_due=-1.2,
    travels_back=3.4,
    share_gone=0.07,
    share_resumed=0.5,
    turn_strays=-9.5,
    return_strays=-8.0,
    as_long_again=0.0,
)
SLOW = Pace(
    collects_after=4.0,
    returns_after_due=-0.7,
    travels_back=3.8,
    share_gone=0.04,
    share_resumed=0.9,
    turn_strays=8.0,
    return_strays=5.0,
    as_long_again=1.0,
)
HALF_A_WEEK = 3.5  # on the mean, until the next run
FROM_RUN_TO_END_OF_WINDOW = 11  # from Sunday to Thursday of next week (DLV-1)


def forecast(
    *,
    position: int,
    free_copies: int,
    due_dates: Sequence[date],
    today: date,
    opening: days.OpeningDays,
    policy: Policy,
    runs: Sequence[tuple[date, date]] = (),
    is_delivered: bool = False,
    set_aside: int = 0,
    delivered_ahead: int = 0,
    paused_ahead: int = 0,
) -> Forecast | None:
    """Return when the reservation at `position` (1 is the first) will probably be ready to collect (HLD-12).

    `free_copies` stand on the shelf, `set_aside` on the hold shelf; `due_dates` are those of the copies on loan. Of the
    readers ahead `delivered_ahead` collect elsewhere and `paused_ahead` pause. For a pickup library `runs` gives the
    cut-off and the first day of the window of the coming runs. None where no copy is to be expected, or no run planned.

    >>> from datetime import time
    >>> every_day = days.OpeningDays("", (days.Hours(time(9), time(17)),) * 7)
    >>> today = date(2026, 12, 1)
    >>> soon = forecast(position=1, free_copies=1, due_dates=[], today=today, opening=every_day, policy=Policy())
    >>> soon.earliest, soon.latest
    (datetime.date(2026, 12, 3), datetime.date(2026, 12, 3))
    """
    if position < 1 or not (free_copies or set_aside or due_dates) or (is_delivered and not runs):
        return None
    ahead, copies = position - 1, free_copies + set_aside + len(due_dates)
    share_delivered = delivered_ahead / ahead if ahead else 0.0
    ends = []
    for pace in (QUICK, SLOW):
        readers = round((ahead - paused_ahead) * (1 - pace.share_gone) + paused_ahead * pace.share_resumed)
        turn = _turn(pace, policy, share_delivered)
        off = pace.returns_after_due + pace.return_strays / sqrt(max(1, min(copies, position - copies + 1)))
        back = [
            *[1.0] * free_copies,
            *[max(1.0, turn + pace.turn_strays / 2 - 2)] * set_aside,
            *(_return(days.days_between(today, due), off, pace) for due in due_dates),
        ]
        turn = max(1.0, turn + pace.turn_strays / sqrt(max(1, readers)))
        ends.append(_ready_on(_secured_on(back, readers, turn, today, opening), opening, runs, is_delivered))
    return Forecast(ends[0], max(ends))


def _turn(pace: Pace, policy: Policy, share_delivered: float) -> float:
    """Return the mean of the days from one reader's copy being set aside to its being set aside for the next."""
    here = pace.collects_after + (policy.loan_days - 1) + pace.returns_after_due
    elsewhere = (
        (HALF_A_WEEK + FROM_RUN_TO_END_OF_WINDOW)
        + (policy.delivered_due_days + pace.returns_after_due)
        + pace.travels_back
    )
    return here * (1 - share_delivered) + elsewhere * share_delivered


def _return(due_in: int, off: float, pace: Pace) -> float:
    """Return in how many days a copy on loan comes back; an overdue one any day, or as long again and some days."""
    overdue = max(0, -due_in)
    return max(due_in + off, 1.0 + pace.as_long_again * (overdue + 4))


def _secured_on(back: list[float], readers: int, turn: float, today: date, opening: days.OpeningDays) -> date:
    """Hand the copies round, each to the next in the queue as it comes back; return the day of the one who asks."""
    heapq.heapify(back)
    for _earlier in range(readers):
        heapq.heapreplace(back, _open(back[0], today, opening) + max(turn, 1.0))
    return days.plus(today, int(_open(back[0], today, opening)))


def _open(offset: float, today: date, opening: days.OpeningDays) -> float:
    """Return that moment, or the opening of the next open day."""
    day = days.plus(today, int(offset))
    return offset if opening.is_open(day) else float(days.days_between(today, opening.on_or_after(day)))


def _ready_on(
    secured_on: date, opening: days.OpeningDays, runs: Sequence[tuple[date, date]], is_delivered: bool
) -> date:
    """The day after it was secured at the prefectural library, or the first day of its run's window elsewhere."""
    if not is_delivered:
        return opening.on_or_after(days.plus(secured_on, 1))
    return next(window_from for cut_off_on, window_from in _and_on(runs) if secured_on <= cut_off_on)


def _and_on(runs: Sequence[tuple[date, date]]) -> Iterator[tuple[date, date]]:
    """Yield the runs, and after the last that is planned one a week."""
    yield from runs
    cut_off_on, window_from = runs[-1]
    while True:
        cut_off_on, window_from = days.plus(cut_off_on, DAYS_A_WEEK), days.plus(window_from, DAYS_A_WEEK)
        yield cut_off_on, window_from
