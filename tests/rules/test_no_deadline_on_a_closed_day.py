"""No due date and no deadline falls on a closed day (A251, LON-1, SHF-2, DLV-6)."""

from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from circulation import rules as circulation
from delivery import rules as delivery
from holds import rules as holds
from okalib.days import Hours, OpeningDays, YearlyRule, plus
from okalib.rules import Policy

FIRST = date(2026, 1, 1)
TEN_YEARS = 3650
LATE, EARLY = Hours(time(9), time(19)), Hours(time(10), time(18))
HOLIDAYS = frozenset(
    date(year, month, day)
    for year in range(2026, 2038)
    for month, day in [(1, 1), (1, 11), (2, 23), (4, 29), (5, 3), (5, 4), (5, 5), (7, 20), (9, 21), (11, 3), (11, 23)]
)
CALENDARS = [
    OpeningDays(
        name="県立図書館",
        weekly=(None, LATE, LATE, LATE, LATE, EARLY, EARLY),
        holiday_hours=EARLY,
        holidays=HOLIDAYS,
        substitutes_holiday_closing=True,
        yearly=(YearlyRule((12, 29), (1, 3)), YearlyRule((1, 4), (1, 4), Hours(time(12), time(19)))),
    ),
    OpeningDays(
        name="町の図書館",
        weekly=(None, None, LATE, None, LATE, LATE, None),
        holidays=HOLIDAYS,
        yearly=(YearlyRule((12, 28), (1, 4)),),
    ),
    OpeningDays(
        name="大学図書館",
        weekly=(LATE,) * 5 + (None, None),
        holidays=HOLIDAYS,
        closures=((date(2027, 8, 8), date(2027, 8, 31)),),
    ),
]
POLICY = Policy()


@pytest.mark.parametrize("calendar", CALENDARS, ids=lambda calendar: calendar.name)
def test_in_ten_years_of_lending_nothing_is_due_or_kept_until_a_closed_day(calendar):
    """A251."""
    for number in range(TEN_YEARS):
        day = plus(FIRST, number)
        assert calendar.is_open(circulation.due_on(day, POLICY.loan_days, calendar, POLICY))
        assert calendar.is_open(holds.keep_until(day, calendar, POLICY))
        assert calendar.is_open(delivery.due_on(day, calendar, POLICY))


@given(
    lent=st.integers(0, TEN_YEARS),
    closed_from=st.integers(0, TEN_YEARS),
    closed_for=st.integers(1, 60),
    need_by=st.none() | st.integers(0, 40),
)
def test_nor_when_something_is_closed_at_any_time_or_needed_by_any_day(lent, closed_from, closed_for, need_by):
    """A251, A60, A88."""
    first = plus(FIRST, closed_from)
    calendar = OpeningDays(
        name="", weekly=CALENDARS[0].weekly, holidays=HOLIDAYS, closures=((first, plus(first, closed_for)),)
    )
    day = plus(FIRST, lent)
    kept = holds.keep_until(day, calendar, POLICY, None if need_by is None else plus(day, need_by))
    assert calendar.is_open(kept) and kept >= day
    assert calendar.is_open(circulation.due_on(day, POLICY.loan_days, calendar, POLICY))
