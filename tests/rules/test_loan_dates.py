"""How long a loan lasts and when it is overdue (LON-1, LON-2, LON-5, LON-6; A115–A122, A125, A140)."""

from dataclasses import replace
from datetime import UTC, date, datetime, time

import pytest

from circulation.rules import Period, due_on, is_overdue, period_for, renewed_due_on, rest_until
from okalib import days
from okalib.days import NoOpenDay
from okalib.rules import Policy
from tests.calendars import NEVER_OPEN, every_day, prefectural

POLICY = Policy()
CALENDAR = prefectural()


@pytest.mark.parametrize(
    ("lent_on", "due"),
    [
        (date(2026, 12, 1), date(2026, 12, 15)),  # Tuesday to Tuesday: the day of lending counts
        (date(2026, 12, 6), date(2026, 12, 20)),  # Sunday to Sunday
        (date(2026, 11, 9), date(2026, 11, 23)),  # a holiday Monday is open
        (date(2026, 11, 10), date(2026, 11, 25)),  # the Tuesday after it is closed instead
        (date(2026, 12, 15), date(2027, 1, 5)),  # Dec 29 … Jan 3 closed, Jan 4 a Monday: six days and then one more
        (date(2026, 12, 21), date(2027, 1, 5)),  # Jan 4 itself
        (date(2026, 12, 27), date(2027, 1, 10)),
        (date(2026, 12, 22), date(2027, 1, 5)),
    ],
)
def test_a_loan_of_fifteen_days_counts_the_day_of_lending_and_ends_on_an_open_day(lent_on, due):
    """LON-1, A116, A117."""
    assert due_on(lent_on, POLICY.loan_days, CALENDAR, POLICY) == due
    assert CALENDAR.is_open(due)


def test_a_due_date_moves_over_three_closed_days_to_the_first_open_one_after_them():
    """A117, A118: every day of a period is closed, not the first alone."""
    closed = every_day((date(2026, 12, 15), date(2026, 12, 17)))
    assert due_on(date(2026, 12, 1), 15, closed, POLICY) == date(2026, 12, 18)


def test_an_exceptional_opening_keeps_the_due_date_where_it_is():
    """A119, CAL-4: lent on Sunday Nov 29 for 16 days ends on a Monday that is open for once."""
    monday = date(2026, 12, 14)
    assert due_on(date(2026, 11, 29), 16, CALENDAR, POLICY) == date(2026, 12, 15)
    assert due_on(date(2026, 11, 29), 16, prefectural(openings=(monday,)), POLICY) == monday


def test_with_the_switch_off_a_due_date_stays_on_a_closed_day():
    """LON-1."""
    assert due_on(date(2026, 12, 15), 15, CALENDAR, replace(POLICY, due_on_open_day=False)) == date(2026, 12, 29)


@pytest.mark.parametrize(
    ("valid_until", "due"),
    [
        (date(2026, 12, 31), date(2026, 12, 15)),  # ends later: nothing to cut
        (date(2026, 12, 15), date(2026, 12, 15)),  # ends on the due date itself
        (date(2026, 12, 10), date(2026, 12, 10)),  # ends earlier, on an open day
        (date(2026, 12, 7), date(2026, 12, 6)),  # ends on a closed Monday: the last open day before it
        (date(2026, 11, 30), date(2026, 12, 1)),  # ended before: never before the day of lending
    ],
)
def test_where_membership_ends_earlier_the_due_date_is_the_last_open_day_before_that_end(valid_until, due):
    """A121."""
    assert due_on(date(2026, 12, 1), 15, CALENDAR, POLICY, valid_until) == due


def test_a_calendar_without_open_days_is_an_error_that_says_so():
    """A122, CAL-6."""
    with pytest.raises(NoOpenDay) as error:
        due_on(date(2026, 12, 1), 15, NEVER_OPEN, POLICY)
    assert "休館中の図書館" in error.value.text
    assert "400 days" in error.value.text_en


@pytest.mark.parametrize(("loan_days", "due"), [(1, date(2026, 12, 1)), (0, date(2026, 12, 1)), (2, date(2026, 12, 2))])
def test_a_loan_of_one_day_or_none_ends_on_the_day_it_begins(loan_days, due):
    """A140."""
    assert due_on(date(2026, 12, 1), loan_days, CALENDAR, POLICY) == due


# ── Which period (LON-2) ──

YEAR_END = Period(1, date(2026, 12, 15), date(2026, 12, 28), 21, channel="counter")
ALL_OF_DECEMBER = Period(2, date(2026, 12, 1), date(2026, 12, 31), 20)
FILMS = Period(3, date(2026, 12, 1), date(2026, 12, 31), 8, material_class="av")
GROUPS = Period(4, date(2026, 12, 1), date(2026, 12, 31), 30, material_class="av", category_id=7)
TWO_DAYS = Period(5, date(2026, 12, 20), date(2026, 12, 21), 25, channel="counter")
TWIN = Period(6, date(2026, 12, 20), date(2026, 12, 21), 26, channel="counter")


@pytest.mark.parametrize(
    ("periods", "loan", "chosen"),
    [
        ([YEAR_END], {"day": date(2026, 12, 14)}, None),
        ([YEAR_END], {"day": date(2026, 12, 15)}, YEAR_END),
        ([YEAR_END], {"day": date(2026, 12, 28)}, YEAR_END),
        ([YEAR_END], {"day": date(2026, 12, 29)}, None),
        ([YEAR_END], {"day": date(2026, 12, 15), "channel": "pickup"}, None),
        ([YEAR_END], {"day": date(2026, 12, 15), "channel": "post"}, None),
        ([YEAR_END], {"day": date(2026, 12, 15), "interlibrary": True}, None),
        ([ALL_OF_DECEMBER, YEAR_END], {"day": date(2026, 12, 15)}, YEAR_END),  # names more
        ([ALL_OF_DECEMBER, YEAR_END], {"day": date(2026, 12, 15), "channel": "pickup"}, ALL_OF_DECEMBER),
        ([ALL_OF_DECEMBER, FILMS], {"day": date(2026, 12, 2), "material_class": "av"}, FILMS),
        ([FILMS], {"day": date(2026, 12, 2)}, None),
        (
            [GROUPS, FILMS],
            {"day": date(2026, 12, 2), "material_class": "av", "category_id": 7},
            GROUPS,
        ),
        ([GROUPS, FILMS], {"day": date(2026, 12, 2), "material_class": "av", "category_id": 8}, FILMS),
        ([YEAR_END, TWO_DAYS], {"day": date(2026, 12, 20)}, TWO_DAYS),  # names as much, for fewer days
        ([TWIN, TWO_DAYS], {"day": date(2026, 12, 20)}, TWIN),  # nothing between them: the later one
        ([TWO_DAYS, TWIN], {"day": date(2026, 12, 20)}, TWIN),
        ([], {"day": date(2026, 12, 20)}, None),
    ],
)
def test_the_most_specific_period_wins_whatever_the_order(periods, loan, chosen):
    """LON-2, A115."""
    usual = {"channel": "counter", "material_class": "print", "category_id": 1, "interlibrary": False}
    assert period_for(periods, **usual | loan) is chosen


def test_a_loan_of_the_year_end_lasts_three_weeks_and_ends_after_the_holidays():
    """LON-2: lent on Dec 15 and 28 for 21 days."""
    assert due_on(date(2026, 12, 15), YEAR_END.days, CALENDAR, POLICY) == date(2027, 1, 5)
    assert due_on(date(2026, 12, 27), YEAR_END.days, CALENDAR, POLICY) == date(2027, 1, 16)


# ── Overdue (LON-6, RET-3) ──


@pytest.mark.parametrize(
    ("today", "received_on", "overdue"),
    [
        (date(2026, 12, 14), None, False),
        (date(2026, 12, 15), None, False),
        (date(2026, 12, 16), None, True),
        (date(2026, 12, 16), date(2026, 12, 15), False),
        (date(2026, 12, 30), date(2026, 12, 20), False),
    ],
)
def test_a_loan_is_overdue_from_the_day_after_unless_a_counter_has_it(today, received_on, overdue):
    """LON-6, RET-3, A150."""
    assert is_overdue(date(2026, 12, 15), today, received_on) is overdue


@pytest.mark.parametrize(("utc", "overdue"), [(time(14, 59, 59), False), (time(15, 0), True)])
def test_overdue_begins_at_midnight_in_tokyo(utc, overdue):
    """LON-6, A125: 23:59:59 and 00:00 in Tokyo, told by a clock in London."""
    assert is_overdue(date(2026, 12, 15), days.day_of(datetime.combine(date(2026, 12, 15), utc, UTC))) is overdue


# ── The week after a renewed loan (LON-5) ──


def test_a_renewed_title_can_be_had_again_one_week_after_its_return():
    """LON-5, A112: returned on Tuesday, not before the next Tuesday; fewer than seven days are too few."""
    assert rest_until(date(2026, 12, 1), POLICY) == date(2026, 12, 7)


def test_without_rest_days_there_is_no_rest():
    """LON-5: the note is over before it begins."""
    assert rest_until(date(2026, 12, 1), replace(POLICY, rest_days=0)) < date(2026, 12, 1)


# ── A renewed due date (REN-1) ──


@pytest.mark.parametrize(
    ("base", "renewed_on", "due"),
    [
        ("renewal_day", date(2026, 12, 14), date(2027, 1, 5)),  # Dec 28 is a Monday, then the year ends
        ("renewal_day", date(2026, 12, 15), date(2027, 1, 5)),
        ("due_date", date(2026, 12, 14), date(2027, 1, 5)),  # Dec 29
        ("renewal_day", date(2026, 12, 10), date(2026, 12, 24)),  # a desk, early
        ("due_date", date(2026, 12, 10), date(2027, 1, 5)),
        ("renewal_day", date(2026, 12, 1), date(2026, 12, 15)),  # not a day is lost, not a day is won
        ("renewal_day", date(2026, 11, 25), date(2026, 12, 15)),  # never earlier than before
    ],
)
def test_a_renewed_loan_counts_from_its_base_and_is_never_due_earlier_than_before(base, renewed_on, due):
    """REN-1."""
    policy = replace(POLICY, renewal_base=base)
    assert renewed_due_on(date(2026, 12, 15), renewed_on, CALENDAR, policy) == due


def test_a_renewal_of_no_days_ends_on_its_own_day_but_never_before_the_old_date():
    """A140."""
    none = replace(POLICY, renewal_days=0)
    assert renewed_due_on(date(2026, 12, 15), date(2026, 12, 15), CALENDAR, none) == date(2026, 12, 15)
