"""Dates in Asia/Tokyo and the opening calendar of one library (CAL-1 … CAL-6).

Everything here is pure: it reads no clock, no database and no settings. An instant is an aware
`datetime`, a day is a `date` in Asia/Tokyo, and `day_of` is the one way from the first to the second.

An `OpeningDays` decides about a day by the first line of this table that applies to it:

    ====  =========================================  ===========================  ==============
    rank  what the calendar says of the day          the library is               `why_closed`
    ====  =========================================  ===========================  ==============
    1     a closure, one or several (CAL-4)          closed                       CLOSURE
    2     an exceptional opening or hours (CAL-4)    open with these hours
    3     a yearly rule without hours (CAL-3)        closed                       YEARLY
    4     a yearly rule with hours (CAL-3)           as below, within these hours if it is open
    5     holiday on a weekly closed day (CAL-2)     open with holiday hours, if  WEEKLY
                                                     it substitutes the closing
    6     any other holiday (CAL-1)                  open with holiday hours, if  HOLIDAY
                                                     there are any
    7     weekly closed day                          closed                       WEEKLY
    8     the first day that is no holiday after a   closed                       SUBSTITUTE
          holiday that was opened by rank 5 (CAL-2)
    9     any other day (CAL-1)                      open with the weekly hours
    ====  =========================================  ===========================  ==============

A closure stands above an exceptional opening, so that nobody's deadline falls on a day that an
emergency closes. Ranks 5 to 9 look at the weekly pattern and the holidays alone: a closure laid over
a holiday Monday does not reopen the Thursday that stands in for it, and so more closures never make
a date earlier.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import cached_property
from zoneinfo import ZoneInfo

TOKYO = ZoneInfo("Asia/Tokyo")

LONGEST_WALK = 400
"""Days within which a sound calendar has an open day (CAL-6)."""


# ── Instants and days ────────────────────────────────────────────────────────────────────────────


def day_of(moment: datetime) -> date:
    """Return the Tokyo date on which `moment` falls, wherever the server stands; a naive moment is a ValueError.

    >>> from datetime import UTC
    >>> day_of(datetime(2026, 12, 1, 15, 30, tzinfo=UTC))  # 00:30 in Tokyo
    datetime.date(2026, 12, 2)
    """
    if moment.utcoffset() is None:
        raise ValueError(f"{moment!r} has no time zone, so it falls on no certain day")
    return moment.astimezone(TOKYO).date()


def at(day: date, clock: time) -> datetime:
    """Return the instant at which the clocks of Tokyo show `clock` on `day`."""
    if clock.tzinfo is not None:
        raise ValueError(f"{clock!r} has a time zone of its own; give the time on the clocks of Tokyo")
    return datetime.combine(_only_a_date(day), clock, TOKYO)


def midnight(day: date) -> datetime:
    """Return the instant at which `day` begins in Tokyo."""
    return at(day, time(0))


def _only_a_date(day: date) -> date:
    # A datetime passes for a date, is equal to none, and would make every open day look ordinary.
    if isinstance(day, datetime):
        raise TypeError(f"{day!r} is an instant, not a day; use day_of()")
    return day


# ── Arithmetic on days, the only place for it besides the rules ──────────────────────────────────


def plus(day: date, days: int) -> date:
    """Return the day that many days later, or earlier if `days` is negative."""
    return day + timedelta(days=days)


def days_between(first: date, last: date) -> int:
    """Return how many days `last` is after `first`: 0 for the same day, negative if it is before."""
    return (last - first).days


def each_day(first: date, last: date) -> Iterator[date]:
    """Yield every day from `first` to `last`, both included; none if `last` is before `first`."""
    for days in range(days_between(first, last) + 1):
        yield plus(first, days)


def next_weekday(day: date, weekday: int, include: bool = True) -> date:
    """Return the next such weekday (Monday is 0) from `day` on, `day` itself counting if `include`.

    >>> next_weekday(date(2026, 12, 1), 1), next_weekday(date(2026, 12, 1), 1, include=False)
    (datetime.date(2026, 12, 1), datetime.date(2026, 12, 8))
    """
    if not 0 <= weekday <= 6:
        raise ValueError(f"{weekday} is no weekday; Monday is 0 and Sunday is 6")
    days_ahead = (weekday - day.weekday()) % 7
    if days_ahead == 0 and not include:
        days_ahead = 7
    return plus(day, days_ahead)


def years_before(day: date, years: int) -> date:
    """Return the same day of the year that many years earlier; a Feb 29 without a counterpart becomes Feb 28.

    >>> years_before(date(2028, 2, 29), 2)
    datetime.date(2026, 2, 28)
    """
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def years_after(day: date, years: int) -> date:
    """Return the same day of the year `years` later; 29 February becomes the 28th where there is none.

    >>> years_after(date(2024, 2, 29), 2)
    datetime.date(2026, 2, 28)
    """
    return years_before(day, -years)


# ── The opening calendar ─────────────────────────────────────────────────────────────────────────


class ClosedReason(StrEnum):
    """Why a library is closed on a day, for the pages to put into words."""

    CLOSURE = "closure"
    YEARLY = "yearly"
    SUBSTITUTE = "substitute"
    WEEKLY = "weekly"
    HOLIDAY = "holiday"


class NoOpenDay(Exception):  # noqa: N818 - it names a state of the calendar
    """A library's calendar has no open day within reach: an error in its data, told in both languages (CAL-6)."""

    def __init__(self, library: str, day: date) -> None:
        self.library = library
        self.day = day
        self.text = (
            f"{library}の開館カレンダーには、{day:%Y}年{day.month}月{day.day}日から"
            f"{LONGEST_WALK}日以内に開館日がありません。開館カレンダーの設定を確認してください。"
        )
        self.text_en = (
            f"The opening calendar of {library} has no open day within {LONGEST_WALK} days of {day}. "
            "Please check its settings."
        )
        super().__init__(library, day)

    def __str__(self) -> str:
        return self.text_en


@dataclass(frozen=True)
class Hours:
    """From when to when a library is open on a day, by the clocks of Tokyo."""

    opens: time
    closes: time

    def __post_init__(self) -> None:
        if self.opens >= self.closes:
            raise ValueError(f"A library cannot open at {self.opens} and close at {self.closes}")

    def __str__(self) -> str:
        return f"{self.opens.hour}:{self.opens:%M}–{self.closes.hour}:{self.closes:%M}"

    def within(self, other: "Hours") -> "Hours":
        """Return the hours that both allow, or `other` where they do not meet."""
        opens, closes = max(self.opens, other.opens), min(self.closes, other.closes)
        return Hours(opens, closes) if opens < closes else other


@dataclass(frozen=True)
class YearlyRule:
    """What holds every year from one (month, day) to another, over New Year too (CAL-3).

    None closes; `hours` narrow those of a day that is open by the pattern, and open no closed one.

    A day that its month does not have, such as (2, 31), stands for the end of the month.
    """

    first: tuple[int, int]
    last: tuple[int, int]
    hours: Hours | None = None

    def covers(self, day: date) -> bool:
        """Say whether the rule speaks of `day`."""
        month_and_day = (day.month, day.day)
        if self.first <= self.last:
            return self.first <= month_and_day <= self.last
        return month_and_day >= self.first or month_and_day <= self.last


@dataclass(frozen=True)
class OpeningDays:
    """The opening calendar of one library (CAL-1 … CAL-6); the table in the module's docstring tells its precedence.

    `weekly` has seven entries from Monday on, None for a weekly closed day. `holiday_hours` is None where
    the library closes on national holidays. `closures` are first and last days, which may overlap.

    >>> late, early, noon = Hours(time(9), time(19)), Hours(time(10), time(18)), Hours(time(12), time(19))
    >>> calendar = OpeningDays(
    ...     name="県立図書館",
    ...     weekly=(None, late, late, late, late, early, early),
    ...     holiday_hours=early,
    ...     holidays=frozenset({
    ...         date(2020, 4, 29), date(2020, 5, 3), date(2020, 5, 4), date(2020, 5, 5), date(2020, 5, 6),
    ...         date(2027, 1, 1), date(2027, 1, 11),
    ...     }),
    ...     substitutes_holiday_closing=True,
    ...     yearly=(YearlyRule((12, 29), (1, 3)), YearlyRule((1, 4), (1, 4), noon)),
    ...     closures=((date(2027, 2, 2), date(2027, 2, 4)), (date(2027, 2, 4), date(2027, 2, 5))),
    ...     openings=((date(2027, 2, 1), late), (date(2027, 2, 4), late), (date(2027, 2, 6), late)),
    ... )
    >>> def show(first, last):
    ...     for day in each_day(first, last):
    ...         print(f"{day:%a %m-%d}", calendar.hours_on(day) or calendar.why_closed(day))

    A holiday Monday is open, and the next day that is no holiday is closed instead (CAL-1, CAL-2):

    >>> show(date(2020, 5, 1), date(2020, 5, 11))
    Fri 05-01 9:00–19:00
    Sat 05-02 10:00–18:00
    Sun 05-03 10:00–18:00
    Mon 05-04 10:00–18:00
    Tue 05-05 10:00–18:00
    Wed 05-06 10:00–18:00
    Thu 05-07 substitute
    Fri 05-08 9:00–19:00
    Sat 05-09 10:00–18:00
    Sun 05-10 10:00–18:00
    Mon 05-11 weekly

    The year ends; Jan 4 opens at noon, unless it is a Monday, and closes no later than on its weekday (CAL-3):

    >>> show(date(2026, 12, 27), date(2027, 1, 5))
    Sun 12-27 10:00–18:00
    Mon 12-28 weekly
    Tue 12-29 yearly
    Wed 12-30 yearly
    Thu 12-31 yearly
    Fri 01-01 yearly
    Sat 01-02 yearly
    Sun 01-03 yearly
    Mon 01-04 weekly
    Tue 01-05 9:00–19:00
    >>> show(date(2025, 1, 4), date(2025, 1, 4))
    Sat 01-04 12:00–18:00

    Exceptions beat the pattern both ways, and a closure beats an exceptional opening (CAL-4):

    >>> show(date(2027, 1, 31), date(2027, 2, 6))
    Sun 01-31 10:00–18:00
    Mon 02-01 9:00–19:00
    Tue 02-02 closure
    Wed 02-03 closure
    Thu 02-04 closure
    Fri 02-05 closure
    Sat 02-06 9:00–19:00

    Dates are counted in open days (CAL-5):

    >>> year_end = date(2026, 12, 29)
    >>> print(calendar.on_or_before(year_end), calendar.on_or_after(year_end), calendar.after(date(2027, 1, 4)))
    2026-12-27 2027-01-05 2027-01-05
    >>> print(calendar.nth_open_day(date(2026, 12, 25), 7))
    2027-01-08
    """

    name: str
    weekly: tuple[Hours | None, ...]
    holiday_hours: Hours | None = None
    holidays: frozenset[date] = frozenset()
    substitutes_holiday_closing: bool = False
    yearly: tuple[YearlyRule, ...] = ()
    closures: tuple[tuple[date, date], ...] = ()
    openings: tuple[tuple[date, Hours], ...] = ()

    def __post_init__(self) -> None:
        if len(self.weekly) != 7:
            raise ValueError(f"A week has seven days, not {len(self.weekly)}")
        if len(self._hours_by_exception) != len(self.openings):
            raise ValueError("A day has two exceptional openings")
        for first, last in self.closures:
            if last < first:
                raise ValueError(f"A closure cannot begin on {first} and end on {last}")

    # One day

    def hours_on(self, day: date) -> Hours | None:
        """Return from when to when the library is open on `day`, None if it is closed (CAL-1 … CAL-4)."""
        verdict = self._verdict(day)
        return verdict if isinstance(verdict, Hours) else None

    def is_open(self, day: date) -> bool:
        """Say whether the library is open on `day` at all (CAL-5)."""
        return isinstance(self._verdict(day), Hours)

    def why_closed(self, day: date) -> ClosedReason | None:
        """Return why the library is closed on `day`, None if it is open."""
        verdict = self._verdict(day)
        return verdict if isinstance(verdict, ClosedReason) else None

    # Walks from open day to open day; each raises NoOpenDay after 400 days (CAL-6)

    def on_or_after(self, day: date) -> date:
        """Return `day` if the library is open on it, else the next open day."""
        return self._first_open(day, step=1)

    def on_or_before(self, day: date) -> date:
        """Return `day` if the library is open on it, else the last open day before it."""
        return self._first_open(day, step=-1)

    def after(self, day: date) -> date:
        """Return the first open day later than `day`."""
        return self.on_or_after(plus(day, 1))

    def before(self, day: date) -> date:
        """Return the last open day earlier than `day`."""
        return self.on_or_before(plus(day, -1))

    def nth_open_day(self, first: date, n: int) -> date:
        """Return the n-th open day from `first` on; `first` itself counts as 1 if it is open."""
        if n < 1:
            raise ValueError(f"Open days are counted from 1, not from {n}")
        day = self.on_or_after(first)
        for _ in range(n - 1):
            day = self.after(day)
        return day

    def open_days(self, first: date, last: date) -> list[date]:
        """Return the open days from `first` to `last`, both included; there may be none."""
        return [day for day in each_day(first, last) if self.is_open(day)]

    def _first_open(self, start: date, step: int) -> date:
        for steps in range(LONGEST_WALK + 1):
            day = plus(start, steps * step)
            if self.is_open(day):
                return day
        raise NoOpenDay(self.name, start)

    # The table

    def _verdict(self, day: date) -> Hours | ClosedReason:
        if day not in self._verdicts:
            self._verdicts[day] = self._judge(_only_a_date(day))
        return self._verdicts[day]

    def _judge(self, day: date) -> Hours | ClosedReason:
        if any(first <= day <= last for first, last in self.closures):
            return ClosedReason.CLOSURE
        if day in self._hours_by_exception:
            return self._hours_by_exception[day]
        yearly = [rule.hours for rule in self.yearly if rule.covers(day)]
        if None in yearly:
            return ClosedReason.YEARLY
        verdict = self._judge_by_pattern(day)
        for hours in yearly:
            if isinstance(verdict, Hours) and hours is not None:
                verdict = verdict.within(hours)
        return verdict

    def _judge_by_pattern(self, day: date) -> Hours | ClosedReason:
        weekly_hours = self.weekly[day.weekday()]
        if day in self.holidays:
            if weekly_hours is None and not self._opens_on_closed_weekday(day):
                return ClosedReason.WEEKLY
            return self.holiday_hours or ClosedReason.HOLIDAY
        if weekly_hours is None:
            return ClosedReason.WEEKLY
        return ClosedReason.SUBSTITUTE if self._stands_in_for_a_holiday(day) else weekly_hours

    def _stands_in_for_a_holiday(self, day: date) -> bool:
        """Say whether one of the holidays that end on the eve of `day` took the place of a weekly closing (CAL-2)."""
        eve = plus(day, -1)
        while eve in self.holidays:
            if self._opens_on_closed_weekday(eve):
                return True
            eve = plus(eve, -1)
        return False

    def _opens_on_closed_weekday(self, holiday: date) -> bool:
        substitutes = self.substitutes_holiday_closing and self.holiday_hours is not None
        return substitutes and self.weekly[holiday.weekday()] is None

    # Not fields, hence no part of equality and hash. Pages and batches ask for the same days ten thousands of times.

    @cached_property
    def _verdicts(self) -> dict[date, Hours | ClosedReason]:
        return {}

    @cached_property
    def _hours_by_exception(self) -> dict[date, Hours]:
        return dict(self.openings)
