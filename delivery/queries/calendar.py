"""What a change of a calendar does to days, to what is on loan or kept, and to the runs, before it is made (CAL-4)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from circulation.models import Loan
from delivery import rules
from delivery.models import DeliveryRun
from holds.models import Hold
from holds.rules import HoldState
from okalib import calendars, days, objections
from okalib.calendars import Change
from okalib.days import OpeningDays
from okalib.models import Library
from okalib.rules import Refusal

LOOKED_AHEAD_DAYS = 366
AROUND_A_HOLIDAY_DAYS = 14
SUNDAY = 6


class Touch(StrEnum):
    """What closing a day does to a run."""

    DROPPED = "dropped"  # by the nightly plan, and the window before it is lengthened
    STAYS = "stays"  # staff have edited it, or it has begun
    SHUT = "shut"  # the pickup library is closed all through the window
    ARRIVAL = "arrival"  # its bags arrive on a closed day
    PLANNED = "planned"  # a Sunday that opens has a run from tonight


@dataclass(frozen=True, slots=True)
class RunTouched:
    """A run by its day of lending, and what becomes of it."""

    lend_on: date
    touch: Touch
    run_id: int | None = None


@dataclass(frozen=True, slots=True)
class CalendarEffect:
    """What a change would do, in days and in numbers of things whose date falls on a day that closes."""

    closes: list[Change]
    opens: list[Change]
    hours: list[Change]
    loans: int
    holds: int
    runs: list[RunTouched]
    refusals: list[Refusal]
    one_closing: tuple[date, date] | None
    """The first and the last day that close, where none between them is open: what an emergency closure takes."""

    @property
    def is_nothing(self) -> bool:
        """Whether no day changes."""
        return not (self.closes or self.opens or self.hours)

    @property
    def days_closing(self) -> int:
        """How many days become closed."""
        return sum(change.number_of_days for change in self.closes)

    @property
    def days_opening(self) -> int:
        """How many days become open."""
        return sum(change.number_of_days for change in self.opens)


def calendar_effect(
    library: Library, after: OpeningDays, today: date, *, first_on: date | None = None, last_on: date | None = None
) -> CalendarEffect:
    """Return what it means if a library, fetched with its calendar, has the calendar `after` (CAL-4, CAL-6).

    Days are looked at from today for a year, and from `first_on` to `last_on` where these lie further. Nothing of what
    is counted moves by such a change: the emergency closure moves it (CAL-8).
    """
    begin = min(first_on or today, today)
    end = max(last_on or today, days.plus(today, LOOKED_AHEAD_DAYS))
    changes = calendars.differences(library.opening_days(), after, begin, end)
    closing = [change for change in changes if change.after is None]
    opening = [change for change in changes if change.before is None]
    closed = [day for change in closing for day in days.each_day(change.first_on, change.last_on) if day >= today]
    opened = [day for change in opening for day in days.each_day(change.first_on, change.last_on) if day >= today]
    return CalendarEffect(
        closes=closing,
        opens=opening,
        hours=[change for change in changes if change.before and change.after],
        loans=Loan.objects.open().filter(return_to=library, due_on__in=closed, received_on=None).count(),
        holds=Hold.objects.filter(state=HoldState.READY, pickup_at=library, keep_until__in=closed).count(),
        runs=_runs_of_home(closed, opened) if library.is_home else _runs_to(library, after, closed),
        refusals=objections.to_calendar(after, today),
        one_closing=_one_closing(closing, after),
    )


def _one_closing(closing: list[Change], after: OpeningDays) -> tuple[date, date] | None:
    if not closing:
        return None
    first_on, last_on = closing[0].first_on, closing[-1].last_on
    return None if after.open_days(first_on, last_on) else (first_on, last_on)


def _runs_of_home(closed: Collection[date], opened: Collection[date]) -> list[RunTouched]:
    """A Sunday without an open house has no run, unless staff have taken it in hand (DLV-1)."""
    lending = DeliveryRun.objects.filter(lend_on__in=closed, is_cancelled=False, lent_at=None).order_by("lend_on")
    touched = [RunTouched(run.lend_on, Touch.STAYS if run.is_edited else Touch.DROPPED, run.pk) for run in lending]
    sundays = [day for day in opened if day.weekday() == SUNDAY]
    known = DeliveryRun.objects.filter(lend_on__in=sundays).values_list("lend_on", flat=True) if sundays else []
    return touched + [RunTouched(day, Touch.PLANNED) for day in sundays if day not in known]


def _runs_to(library: Library, after: OpeningDays, closed: Collection[date]) -> list[RunTouched]:
    """A pickup library that is shut all through a window gets nothing by that run; else bags come to a closed door."""
    if not closed or not library.is_pickup:
        return []
    coming = DeliveryRun.objects.filter(is_cancelled=False, window_to__gte=min(closed), lend_on__lte=max(closed))
    touched = []
    for run in coming.order_by("lend_on"):
        arrives_on = rules.arrival_day(run.dates, library.arrival_weekday)
        if not after.open_days(run.window_from, run.window_to):
            touched.append(RunTouched(run.lend_on, Touch.SHUT, run.pk))
        elif arrives_on in closed:
            touched.append(RunTouched(run.lend_on, Touch.ARRIVAL, run.pk))
    return touched


def libraries_touched(holidays: frozenset[date], changed: Collection[date]) -> list[str]:
    """Return the pickup libraries whose days change if these are the holidays; `changed` are those that differ (CAL-7).

    Holidays are those of every library, so that one of them moves the closed days of many.
    """
    if not changed:
        return []
    first, last = days.plus(min(changed), -1), days.plus(max(changed), AROUND_A_HOLIDAY_DAYS)
    touched = []
    for library in Library.objects.pickup_points().filter(is_home=False).with_opening_days():
        opening = library.opening_days()
        if calendars.differences(opening, replace(opening, holidays=holidays), first, last):
            touched.append(library.label)
    return touched
