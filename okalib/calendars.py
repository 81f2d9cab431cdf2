"""The calendar of one library for those who edit it: a year, each day with a word, and why it is so (CAL-1 … CAL-4).

The words come from the same `OpeningDays` that every rule asks; here it is only said why a day is as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from django.db.models import Q

from okalib import days, queries
from okalib.days import ClosedReason, Hours, OpeningDays
from okalib.models import Closure, Holiday, Library, SpecialOpening, StaffAction, YearlyDay
from okalib.queries import DayShown

SUNDAY = 6
CHANGES_SHOWN = 5
CALENDAR_VERBS = [
    *("close_period", "change_closure", "remove_closure"),
    *("open_specially", "change_special_opening", "remove_special_opening"),
    *("set_pattern", "set_yearly", "remove_yearly", "close_in_emergency", "undo_emergency"),
]


class Mark(StrEnum):
    """The word on a day: nothing on a day with the hours of its weekday."""

    USUAL = "usual"
    WEEKLY = "weekly"
    SUBSTITUTE = "substitute"
    YEARLY = "yearly"
    HOLIDAY_CLOSED = "holiday_closed"
    CLOSURE = "closure"
    EMERGENCY = "emergency"
    HOLIDAY = "holiday"
    OPENING = "opening"
    HOURS = "hours"

    @property
    def is_closed(self) -> bool:
        """Whether the library is closed on a day with this word."""
        return self in CLOSED


CLOSED = {Mark.WEEKLY, Mark.SUBSTITUTE, Mark.YEARLY, Mark.HOLIDAY_CLOSED, Mark.CLOSURE, Mark.EMERGENCY}
OF_REASON = {
    ClosedReason.CLOSURE: Mark.CLOSURE,
    ClosedReason.YEARLY: Mark.YEARLY,
    ClosedReason.SUBSTITUTE: Mark.SUBSTITUTE,
    ClosedReason.WEEKLY: Mark.WEEKLY,
    ClosedReason.HOLIDAY: Mark.HOLIDAY_CLOSED,
}


@dataclass(frozen=True, slots=True)
class Day:
    """One day with its word, its hours and what is said of it in public."""

    day: date
    mark: Mark
    hours: Hours | None
    note: str


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days on end with one word, the same hours and note."""

    first_on: date
    last_on: date
    mark: Mark
    hours: Hours | None
    note: str


@dataclass(frozen=True, slots=True)
class Month:
    """A month in weeks from Sunday, None where another month's days would stand, and what is unusual in it."""

    first: date
    weeks: list[list[Day | None]]
    unusual: list[Stretch]


def year(library: Library, number: int, language: str = "ja") -> list[Month]:
    """Return the twelve months of a library, fetched with its calendar, each day with its word (CAL-1 … CAL-4)."""
    shown = some_days(library, date(number, 1, 1), date(number, 12, 31), language)
    return [_month([each for each in shown if each.day.month == month]) for month in range(1, 13)]


def some_days(library: Library, first: date, last: date, language: str = "ja") -> list[Day]:
    """Return days on end of a library, fetched with its calendar, each with its word."""
    opening = library.opening_days()
    in_emergency = [row for row in library.closures.all() if row.emergency_id is not None]
    return [
        Day(each.day, _mark(each, opening, in_emergency), each.hours, each.note)
        for each in queries.days_shown(library, first, last, language)
    ]


def _mark(shown: DayShown, opening: OpeningDays, in_emergency: Sequence[Closure]) -> Mark:
    if shown.why_closed is ClosedReason.CLOSURE:
        is_emergency = any(row.first_on <= shown.day <= row.last_on for row in in_emergency)
        return Mark.EMERGENCY if is_emergency else Mark.CLOSURE
    if shown.why_closed:
        return OF_REASON[shown.why_closed]
    usual = opening.weekly[shown.day.weekday()]
    if any(day == shown.day for day, _hours in opening.openings):
        return Mark.OPENING if without_exceptions(opening).hours_on(shown.day) is None else Mark.HOURS
    if shown.day in opening.holidays:
        return Mark.HOLIDAY
    return Mark.USUAL if shown.hours == usual else Mark.HOURS


def _month(shown: list[Day]) -> Month:
    blank = (shown[0].day.weekday() - SUNDAY) % 7
    cells: list[Day | None] = [*[None] * blank, *shown]
    cells += [None] * (-len(cells) % 7)
    weeks = [cells[start : start + 7] for start in range(0, len(cells), 7)]
    return Month(shown[0].day, weeks, stretches(each for each in shown if _is_unusual(each)))


def _is_unusual(shown: Day) -> bool:
    return shown.mark not in (Mark.USUAL, Mark.WEEKLY) or bool(shown.note)


def stretches(shown: Iterable[Day]) -> list[Stretch]:
    """Gather days that follow one another with the same word, hours and note."""
    found: list[Stretch] = []
    for each in shown:
        last = found[-1] if found else None
        is_the_same = last and (last.mark, last.hours, last.note) == (each.mark, each.hours, each.note)
        if last and is_the_same and days.plus(last.last_on, 1) == each.day:
            found[-1] = Stretch(last.first_on, each.day, each.mark, each.hours, each.note)
        else:
            found.append(Stretch(each.day, each.day, each.mark, each.hours, each.note))
    return found


# --- the pattern in a few words ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Weekdays:
    """Weekdays on end (Monday is 0) with the same hours; None is closed."""

    first: int
    last: int
    hours: Hours | None


def pattern(opening: OpeningDays) -> list[Weekdays]:
    """Return the weekly pattern from Monday on, weekdays with the same hours together (CAL-1)."""
    found: list[Weekdays] = []
    for weekday, hours in enumerate(opening.weekly):
        if found and found[-1].hours == hours:
            found[-1] = Weekdays(found[-1].first, weekday, hours)
        else:
            found.append(Weekdays(weekday, weekday, hours))
    return found


# --- what one may edit ---------------------------------------------------------------------------------------------


def library_with_calendar(library_id: int) -> Library | None:
    """Return a library with its calendar, one that was closed down too."""
    return Library.objects.with_calendar().filter(pk=library_id).first()


def libraries() -> list[tuple[int, str]]:
    """Return number and name of every library that is not closed down, the prefectural one first, for a choice."""
    return [(row.pk, row.label) for row in Library.objects.filter(closed_down_on=None)]


def exceptions(library: Library, first: date, last: date) -> list[Closure | SpecialOpening]:
    """Return the closures and exceptional openings of a library that touch these days, in order (CAL-4)."""
    closures = [row for row in library.closures.all() if row.first_on <= last and row.last_on >= first]
    openings = [row for row in library.special_openings.all() if first <= row.day <= last]
    return sorted(
        [*closures, *openings], key=lambda row: (row.first_on if isinstance(row, Closure) else row.day, row.pk)
    )


def closure(closure_id: int) -> Closure | None:
    """Return a closure with its library."""
    return Closure.objects.select_related("library").filter(pk=closure_id).first()


def opening(opening_id: int) -> SpecialOpening | None:
    """Return an exceptional opening with its library."""
    return SpecialOpening.objects.select_related("library").filter(pk=opening_id).first()


def yearly_day(yearly_id: int) -> YearlyDay | None:
    """Return a rule of every year with its library."""
    return YearlyDay.objects.select_related("library").filter(pk=yearly_id).first()


def holidays(number: int) -> list[Holiday]:
    """Return the national holidays of a year (CAL-7)."""
    return list(Holiday.objects.filter(day__year=number))


def changes(library: Library) -> list[StaffAction]:
    """Return who has changed this calendar last, and how (OPS-5)."""
    done = StaffAction.objects.filter(verb__in=CALENDAR_VERBS)
    about = done.filter(Q(subject=library.code) | Q(subject__startswith=f"{library.code} "))
    return list(about.select_related("by").order_by("-at", "-id")[:CHANGES_SHOWN])


# --- calendars as they would be ------------------------------------------------------------------------------------


def without_exceptions(opening: OpeningDays) -> OpeningDays:
    """Return the calendar of the pattern, the holidays and the rules of every year alone."""
    return OpeningDays(
        name=opening.name,
        weekly=opening.weekly,
        holiday_hours=opening.holiday_hours,
        holidays=opening.holidays,
        substitutes_holiday_closing=opening.substitutes_holiday_closing,
        yearly=opening.yearly,
    )


@dataclass(frozen=True, slots=True)
class Change:
    """Days on end on which two calendars differ in the same way; None is closed, `before` is of the first day."""

    first_on: date
    last_on: date
    before: Hours | None
    after: Hours | None

    @property
    def number_of_days(self) -> int:
        """How many days these are."""
        return days.days_between(self.first_on, self.last_on) + 1


def differences(before: OpeningDays, after: OpeningDays, first: date, last: date) -> list[Change]:
    """Return how `after` differs from `before` on the days from `first` to `last`, days on end together."""
    found: list[Change] = []
    for day in days.each_day(first, last):
        was, becomes = before.hours_on(day), after.hours_on(day)
        if was == becomes:
            continue
        latest = found[-1] if found else None
        # closed is closed, whatever the hours were
        is_the_same = latest and latest.after == becomes and (becomes is None or latest.before == was)
        if latest and is_the_same and days.plus(latest.last_on, 1) == day:
            found[-1] = Change(latest.first_on, day, latest.before, becomes)
        else:
            found.append(Change(day, day, was, becomes))
    return found
