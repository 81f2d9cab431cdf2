"""The opening calendar and the arithmetic of days (CAL-1 … CAL-6; A117, A118, A119, A122, A124)."""

import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okalib.days import (
    TOKYO,
    ClosedReason,
    Hours,
    NoOpenDay,
    OpeningDays,
    YearlyRule,
    at,
    day_of,
    days_between,
    each_day,
    midnight,
    next_weekday,
    plus,
    years_before,
)

LATE = Hours(time(9), time(19))
EARLY = Hours(time(10), time(18))
FROM_NOON = Hours(time(12), time(19))

HOLIDAYS = frozenset(
    {
        *(date(2020, 4, 29), date(2020, 5, 3), date(2020, 5, 4), date(2020, 5, 5), date(2020, 5, 6)),
        *(date(2023, 1, 1), date(2023, 1, 2)),
        *(date(2026, 11, 3), date(2026, 11, 23), date(2027, 1, 1), date(2027, 1, 11)),
    }
)

PREFECTURAL = OpeningDays(
    name="県立図書館",
    weekly=(None, LATE, LATE, LATE, LATE, EARLY, EARLY),
    holiday_hours=EARLY,
    holidays=HOLIDAYS,
    substitutes_holiday_closing=True,
    yearly=(YearlyRule((12, 29), (1, 3)), YearlyRule((1, 4), (1, 4), FROM_NOON)),
)
NEVER_OPEN = OpeningDays(name="休館中の図書館", weekly=(None,) * 7)

TUESDAY = date(2026, 12, 1)


# ── Instants and days ──


def test_a_loan_at_half_past_midnight_in_tokyo_belongs_to_the_tokyo_day_on_a_server_in_utc():
    """A124."""
    half_past_midnight = datetime(2026, 12, 1, 15, 30, tzinfo=UTC)
    assert day_of(half_past_midnight) == date(2026, 12, 2)
    assert day_of(half_past_midnight.astimezone(timezone(timedelta(hours=-8)))) == date(2026, 12, 2)


@pytest.mark.parametrize("zone", ["UTC", "America/Los_Angeles", "Pacific/Kiritimati"])
def test_the_time_zone_of_the_server_changes_nothing(zone):
    """A124, in a process of its own that really stands in that zone."""
    script = (
        "from datetime import UTC, date, datetime, time; from okalib.days import at, day_of;"
        "print(day_of(datetime(2026, 12, 1, 15, 30, tzinfo=UTC)), at(date(2026, 12, 1), time(9)).isoformat())"
    )
    told = subprocess.run(
        [sys.executable, "-c", script], env=os.environ | {"TZ": zone}, capture_output=True, text=True, check=True
    )
    assert told.stdout.split() == ["2026-12-02", "2026-12-01T09:00:00+09:00"]


def test_a_moment_without_a_time_zone_falls_on_no_day():
    with pytest.raises(ValueError, match="no time zone"):
        day_of(datetime(2026, 12, 1, 9))  # noqa: DTZ001


def test_nine_in_tokyo_is_midnight_in_utc():
    assert at(TUESDAY, time(9)) == datetime(2026, 12, 1, 0, tzinfo=UTC)
    assert at(TUESDAY, time(9)).tzinfo is TOKYO


def test_a_day_begins_at_midnight_in_tokyo_and_not_an_instant_earlier():
    """LON-6 and A124: what is overdue from 00:00 is so by the clocks of Tokyo."""
    assert day_of(midnight(TUESDAY)) == TUESDAY
    assert day_of(midnight(TUESDAY) - timedelta(microseconds=1)) == date(2026, 11, 30)


def test_a_time_with_a_zone_of_its_own_is_no_time_on_the_clocks_of_tokyo():
    with pytest.raises(ValueError, match="clocks of Tokyo"):
        at(TUESDAY, time(9, tzinfo=UTC))


def test_an_instant_does_not_pass_for_a_day():
    with pytest.raises(TypeError, match="day_of"):
        PREFECTURAL.is_open(at(TUESDAY, time(9)))
    with pytest.raises(TypeError, match="day_of"):
        at(at(TUESDAY, time(9)), time(10))


# ── Arithmetic on days ──


def test_days_are_added_and_counted_across_months():
    assert plus(TUESDAY, 31) == date(2027, 1, 1)
    assert plus(TUESDAY, -1) == date(2026, 11, 30)
    assert days_between(TUESDAY, date(2027, 1, 1)) == 31
    assert days_between(TUESDAY, date(2026, 11, 30)) == -1


def test_each_day_has_both_ends_and_nothing_between_crossed_ends():
    assert list(each_day(TUESDAY, date(2026, 12, 3))) == [TUESDAY, date(2026, 12, 2), date(2026, 12, 3)]
    assert list(each_day(TUESDAY, TUESDAY)) == [TUESDAY]
    assert list(each_day(TUESDAY, date(2026, 11, 30))) == []


def test_the_next_weekday_counts_the_day_itself_only_if_asked_to():
    assert next_weekday(TUESDAY, 1) == TUESDAY
    assert next_weekday(TUESDAY, 1, include=False) == date(2026, 12, 8)
    assert next_weekday(TUESDAY, 6) == next_weekday(TUESDAY, 6, include=False) == date(2026, 12, 6)
    assert next_weekday(TUESDAY, 0) == date(2026, 12, 7)


@pytest.mark.parametrize("weekday", [-1, 7])
def test_there_are_seven_weekdays(weekday):
    with pytest.raises(ValueError, match="no weekday"):
        next_weekday(TUESDAY, weekday)


def test_years_before_a_leap_day_is_the_last_of_february():
    assert years_before(date(2028, 2, 29), 4) == date(2024, 2, 29)
    assert years_before(date(2028, 2, 29), 2) == date(2026, 2, 28)
    assert years_before(TUESDAY, 2) == date(2024, 12, 1)


# ── The weekly pattern and the holidays ──


def test_the_week_has_its_hours_and_its_closed_monday():
    """CAL-1, CAL-2: the week of Tuesday, 2026-12-01."""
    week = [PREFECTURAL.hours_on(day) for day in each_day(TUESDAY, date(2026, 12, 7))]
    assert week == [LATE, LATE, LATE, LATE, EARLY, EARLY, None]
    assert PREFECTURAL.why_closed(date(2026, 12, 7)) is ClosedReason.WEEKLY
    assert PREFECTURAL.why_closed(TUESDAY) is None


def test_a_holiday_in_the_week_has_holiday_hours():
    """CAL-1: 2026-11-03 is a Tuesday."""
    assert PREFECTURAL.hours_on(date(2026, 11, 3)) == EARLY
    assert PREFECTURAL.hours_on(date(2026, 11, 4)) == LATE


def test_a_holiday_monday_is_open_and_the_tuesday_closed():
    """CAL-2: Labour Thanksgiving Day 2026."""
    assert PREFECTURAL.hours_on(date(2026, 11, 23)) == EARLY
    assert not PREFECTURAL.is_open(date(2026, 11, 24))
    assert PREFECTURAL.why_closed(date(2026, 11, 24)) is ClosedReason.SUBSTITUTE
    assert PREFECTURAL.is_open(date(2026, 11, 25))


def test_golden_week_2020_closes_on_the_thursday_after_three_holidays():
    """CAL-2: 2020-05-04…06 were holidays."""
    closed = [day for day in each_day(date(2020, 5, 1), date(2020, 5, 10)) if not PREFECTURAL.is_open(day)]
    assert closed == [date(2020, 5, 7)]


def test_a_holiday_on_a_day_that_is_open_anyway_closes_nothing_afterwards():
    """CAL-2: neither Wed 2020-04-29 nor Tue 2026-11-03 stands in for a Monday."""
    assert PREFECTURAL.is_open(date(2020, 4, 30))
    assert PREFECTURAL.is_open(date(2026, 11, 4))


def test_a_library_that_does_not_substitute_stays_closed_on_a_holiday_monday_and_opens_on_tuesday():
    """CAL-2 is a switch of each library."""
    pickup = replace(PREFECTURAL, substitutes_holiday_closing=False)
    assert pickup.why_closed(date(2026, 11, 23)) is ClosedReason.WEEKLY
    assert pickup.is_open(date(2026, 11, 24))
    assert pickup.is_open(date(2020, 5, 7))


def test_a_library_without_holiday_hours_closes_on_every_holiday_and_substitutes_none():
    """CAL-1, CAL-2: a closing that was never lifted needs no other day."""
    university = replace(PREFECTURAL, holiday_hours=None)
    assert university.why_closed(date(2026, 11, 3)) is ClosedReason.HOLIDAY
    assert university.why_closed(date(2026, 11, 23)) is ClosedReason.WEEKLY
    assert university.is_open(date(2026, 11, 24))


def test_two_closed_weekdays_that_are_holidays_share_one_day_in_their_place():
    """CAL-2 for a library closed on Sundays and Mondays: 2020-05-03…06 are holidays."""
    calendar = replace(PREFECTURAL, weekly=(None, LATE, LATE, LATE, LATE, EARLY, None))
    assert calendar.open_days(date(2020, 5, 3), date(2020, 5, 8)) == [
        date(2020, 5, 3),
        date(2020, 5, 4),
        date(2020, 5, 5),
        date(2020, 5, 6),
        date(2020, 5, 8),
    ]


# ── Yearly rules ──


def test_the_library_is_closed_over_new_year():
    """CAL-3, and the Mondays on either side of it."""
    turn = list(each_day(date(2026, 12, 27), date(2027, 1, 5)))
    assert [day for day in turn if PREFECTURAL.is_open(day)] == [date(2026, 12, 27), date(2027, 1, 5)]
    assert PREFECTURAL.why_closed(date(2026, 12, 28)) is ClosedReason.WEEKLY
    assert {PREFECTURAL.why_closed(day) for day in each_day(date(2026, 12, 29), date(2027, 1, 3))} == {
        ClosedReason.YEARLY
    }


def test_the_fourth_of_january_opens_at_noon_and_closes_as_its_weekday_does():
    """CAL-3 with CAL-1: a Tuesday, a Saturday and a Sunday."""
    assert PREFECTURAL.hours_on(date(2028, 1, 4)) == FROM_NOON
    assert PREFECTURAL.hours_on(date(2025, 1, 4)) == Hours(time(12), time(18))
    assert PREFECTURAL.hours_on(date(2026, 1, 4)) == Hours(time(12), time(18))


def test_hours_of_a_yearly_rule_open_no_closed_day():
    """CAL-3 with CAL-2: 2027-01-04 is a Monday."""
    assert PREFECTURAL.hours_on(date(2027, 1, 4)) is None
    assert PREFECTURAL.why_closed(date(2027, 1, 4)) is ClosedReason.WEEKLY


def test_yearly_hours_that_do_not_meet_those_of_the_day_stand_alone():
    """CAL-3: an evening opening on a day that would close at six."""
    evening = Hours(time(18), time(21))
    assert replace(PREFECTURAL, yearly=(YearlyRule((12, 5), (12, 5), evening),)).hours_on(date(2026, 12, 5)) == evening


def test_a_yearly_closing_beats_a_holiday_monday():
    """CAL-3 over CAL-2: 2023-01-02 was a holiday Monday, and the day in its place lies in the year-end too."""
    assert PREFECTURAL.why_closed(date(2023, 1, 2)) is ClosedReason.YEARLY
    assert PREFECTURAL.hours_on(date(2023, 1, 4)) == FROM_NOON


@pytest.mark.parametrize(
    ("rule", "inside", "outside"),
    [
        (YearlyRule((12, 29), (1, 3)), ["12-29", "12-31", "01-01", "01-03"], ["12-28", "01-04", "06-15"]),
        (YearlyRule((8, 13), (8, 15)), ["08-13", "08-15"], ["08-12", "08-16", "01-01", "12-31"]),
        (YearlyRule((1, 4), (1, 4)), ["01-04"], ["01-03", "01-05"]),
        (YearlyRule((2, 20), (2, 31)), ["02-20", "02-28", "02-29"], ["02-19", "03-01"]),
    ],
)
def test_a_yearly_rule_covers_its_days_in_every_year_and_wraps_over_new_year(rule, inside, outside):
    """CAL-3."""
    for year in (2024, 2028):
        assert [rule.covers(date.fromisoformat(f"{year}-{day}")) for day in inside] == [True] * len(inside)
        assert [rule.covers(date.fromisoformat(f"{year}-{day}")) for day in outside] == [False] * len(outside)


def test_where_two_yearly_rules_meet_closed_wins():
    both = replace(PREFECTURAL, yearly=(YearlyRule((12, 1), (12, 1), FROM_NOON), YearlyRule((12, 1), (12, 1))))
    assert both.why_closed(TUESDAY) is ClosedReason.YEARLY


# ── Exceptions ──


def test_every_day_of_a_closure_of_several_days_is_closed():
    """A118, CAL-4."""
    inventory = replace(PREFECTURAL, closures=((date(2026, 12, 8), date(2026, 12, 12)),))
    reasons = [inventory.why_closed(day) for day in each_day(date(2026, 12, 8), date(2026, 12, 12))]
    assert reasons == [ClosedReason.CLOSURE] * 5
    assert inventory.is_open(date(2026, 12, 6))
    assert inventory.is_open(date(2026, 12, 13))


def test_overlapping_closures_mean_closed():
    """CAL-4."""
    overlapping = replace(
        PREFECTURAL,
        closures=((date(2026, 12, 2), date(2026, 12, 4)), (date(2026, 12, 3), date(2026, 12, 5))),
    )
    assert overlapping.open_days(TUESDAY, date(2026, 12, 6)) == [TUESDAY, date(2026, 12, 6)]


def test_an_exceptional_opening_beats_the_weekly_closing_the_year_end_and_the_day_in_place_of_a_monday():
    """A119, CAL-4."""
    monday, year_end, substitute = date(2026, 12, 7), date(2026, 12, 30), date(2026, 11, 24)
    calendar = replace(PREFECTURAL, openings=((monday, EARLY), (year_end, FROM_NOON), (substitute, LATE)))
    assert [calendar.hours_on(day) for day in (monday, year_end, substitute)] == [EARLY, FROM_NOON, LATE]
    assert not calendar.is_open(date(2026, 12, 14))


def test_exceptional_hours_replace_those_of_an_open_day():
    """CAL-3, CAL-4: exceptions are hours, not only open or closed."""
    assert replace(PREFECTURAL, openings=((TUESDAY, FROM_NOON),)).hours_on(TUESDAY) == FROM_NOON


def test_a_closure_beats_an_exceptional_opening():
    """CAL-4: nobody's deadline falls on a day that an emergency closes."""
    both = replace(PREFECTURAL, closures=((TUESDAY, TUESDAY),), openings=((TUESDAY, LATE),))
    assert both.why_closed(TUESDAY) is ClosedReason.CLOSURE


def test_a_closure_over_a_holiday_monday_does_not_reopen_the_day_in_its_place():
    """CAL-2 with CAL-4: in May 2020 the library was closed for weeks, and the Thursday remained a closed day."""
    emergency = replace(PREFECTURAL, closures=((date(2020, 4, 20), date(2020, 5, 6)),))
    assert emergency.why_closed(date(2020, 5, 7)) is ClosedReason.SUBSTITUTE


def test_editing_one_calendar_leaves_the_calendar_it_came_from_alone():
    """CAL-4: also after it has already been asked about the day."""
    assert PREFECTURAL.is_open(TUESDAY)
    assert not replace(PREFECTURAL, closures=((TUESDAY, TUESDAY),)).is_open(TUESDAY)
    assert PREFECTURAL.is_open(TUESDAY)


def test_equal_calendars_are_one_key_even_if_only_one_was_asked():
    copy = replace(PREFECTURAL)
    copy.is_open(TUESDAY)
    assert {PREFECTURAL: "same"}[copy] == "same"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"weekly": (LATE,) * 6}, "seven days"),
        ({"closures": ((date(2026, 12, 2), TUESDAY),)}, "closure cannot"),
        ({"openings": ((TUESDAY, LATE), (TUESDAY, EARLY))}, "two exceptional openings"),
    ],
)
def test_a_calendar_that_contradicts_itself_is_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        replace(PREFECTURAL, **wrong)


def test_a_library_opens_before_it_closes():
    with pytest.raises(ValueError, match="cannot open"):
        Hours(time(19), time(9))


# ── Walks ──


def test_a_date_on_a_closed_day_moves_to_the_next_open_day():
    """A117, CAL-5: Monday to Tuesday."""
    assert PREFECTURAL.on_or_after(date(2026, 12, 7)) == date(2026, 12, 8)
    assert PREFECTURAL.on_or_before(date(2026, 12, 7)) == date(2026, 12, 6)
    assert PREFECTURAL.on_or_after(TUESDAY) == PREFECTURAL.on_or_before(TUESDAY) == TUESDAY


def test_over_three_closed_days_a_date_moves_to_the_first_open_one_after_them():
    """A117: Monday, and a closure on Tuesday and Wednesday."""
    calendar = replace(PREFECTURAL, closures=((date(2026, 12, 8), date(2026, 12, 9)),))
    for closed in each_day(date(2026, 12, 7), date(2026, 12, 9)):
        assert calendar.on_or_after(closed) == date(2026, 12, 10)
        assert calendar.on_or_before(closed) == date(2026, 12, 6)


def test_after_and_before_leave_the_day_itself_out():
    assert PREFECTURAL.after(date(2026, 12, 6)) == date(2026, 12, 8)
    assert PREFECTURAL.before(date(2026, 12, 8)) == date(2026, 12, 6)
    assert PREFECTURAL.after(date(2026, 12, 27)) == date(2027, 1, 5)
    assert PREFECTURAL.before(date(2027, 1, 5)) == date(2026, 12, 27)


def test_the_seventh_open_day_counts_the_first_if_it_is_open():
    """A87: from Tuesday over one Monday; from a Monday, counting starts on the Tuesday."""
    assert PREFECTURAL.nth_open_day(TUESDAY, 1) == TUESDAY
    assert PREFECTURAL.nth_open_day(TUESDAY, 7) == date(2026, 12, 8)
    assert PREFECTURAL.nth_open_day(date(2026, 12, 7), 1) == date(2026, 12, 8)
    assert PREFECTURAL.nth_open_day(date(2026, 12, 7), 7) == date(2026, 12, 15)


def test_seven_open_days_reach_over_the_year_end():
    """CAL-3, CAL-5: the 25th, 26th and 27th, then Jan 5, 6, 7 and 8."""
    assert PREFECTURAL.nth_open_day(date(2026, 12, 25), 7) == date(2027, 1, 8)


def test_open_days_are_counted_from_one():
    with pytest.raises(ValueError, match="counted from 1"):
        PREFECTURAL.nth_open_day(TUESDAY, 0)


def test_a_period_may_have_no_open_day():
    assert PREFECTURAL.open_days(date(2026, 12, 28), date(2027, 1, 3)) == []
    assert PREFECTURAL.open_days(date(2026, 12, 5), TUESDAY) == []


@pytest.mark.parametrize(
    "walk",
    [
        lambda calendar: calendar.on_or_after(TUESDAY),
        lambda calendar: calendar.on_or_before(TUESDAY),
        lambda calendar: calendar.after(TUESDAY),
        lambda calendar: calendar.before(TUESDAY),
        lambda calendar: calendar.nth_open_day(TUESDAY, 7),
    ],
)
def test_a_calendar_without_an_open_day_says_so_in_every_walk(walk):
    """A122, CAL-6."""
    with pytest.raises(NoOpenDay) as refused:
        walk(NEVER_OPEN)
    assert refused.value.library == "休館中の図書館"


def test_the_error_tells_both_languages_which_calendar_to_look_at():
    """A122, CAL-6."""
    with pytest.raises(NoOpenDay) as refused:
        NEVER_OPEN.on_or_after(TUESDAY)
    assert "休館中の図書館の開館カレンダーには、2026年12月1日から400日以内に開館日がありません" in refused.value.text
    assert "opening calendar of 休館中の図書館 has no open day within 400 days of 2026-12-01" in str(refused.value)


def test_an_open_day_is_found_on_the_four_hundredth_day_and_not_on_the_next():
    """CAL-6."""
    reopening = replace(NEVER_OPEN, openings=((plus(TUESDAY, 400), LATE),))
    assert reopening.on_or_after(TUESDAY) == plus(TUESDAY, 400)
    with pytest.raises(NoOpenDay):
        reopening.on_or_after(plus(TUESDAY, -1))


def test_a_closure_until_further_notice_ends_in_the_error_and_not_in_a_wait():
    """A122: staff enter the last day that there is."""
    with pytest.raises(NoOpenDay):
        replace(PREFECTURAL, closures=((TUESDAY, date.max),)).after(TUESDAY)


def test_counting_may_reach_further_than_the_longest_walk_between_two_open_days():
    """CAL-6 is about a gap, not about a long count."""
    first_of_april = tuple((date(year, 4, 1), LATE) for year in (2027, 2028, 2029))
    assert replace(NEVER_OPEN, openings=first_of_april).nth_open_day(TUESDAY, 3) == date(2029, 4, 1)


# ── Properties ──

dates = st.dates(date(2024, 1, 1), date(2028, 12, 31))
hours = st.sampled_from([LATE, EARLY, FROM_NOON])
periods = st.builds(lambda first, length: (first, plus(first, length)), dates, st.integers(0, 30))
calendars = st.builds(
    OpeningDays,
    name=st.just("受渡館"),
    weekly=st.tuples(*[st.none() | hours] * 6, hours),
    holiday_hours=st.none() | hours,
    holidays=st.frozensets(dates, max_size=40),
    substitutes_holiday_closing=st.booleans(),
    yearly=st.just(PREFECTURAL.yearly) | st.just(()),
    closures=st.lists(periods, max_size=5).map(tuple),
    openings=st.dictionaries(dates, hours, max_size=5).map(lambda chosen: tuple(chosen.items())),
)


@given(calendars, dates)
def test_on_or_after_is_never_before_the_day_always_open_and_passes_no_open_day_over(calendar, day):
    """CAL-5."""
    found = calendar.on_or_after(day)
    assert found >= day
    assert calendar.open_days(day, found) == [found]


@given(calendars, dates)
def test_on_or_before_mirrors_on_or_after(calendar, day):
    """CAL-5."""
    found = calendar.on_or_before(day)
    assert found <= day
    assert calendar.open_days(found, day) == [found]


@given(calendars, dates)
def test_before_undoes_after_on_open_days(calendar, day):
    open_day = calendar.on_or_after(day)
    assert calendar.before(calendar.after(open_day)) == open_day


@given(calendars, dates, st.integers(1, 30))
def test_up_to_the_nth_open_day_there_are_n_open_days(calendar, first, n):
    """CAL-5, A87."""
    nth = calendar.nth_open_day(first, n)
    assert len(calendar.open_days(first, nth)) == n
    assert calendar.is_open(nth)


@given(calendars, periods, dates, st.integers(1, 30))
def test_closing_more_days_never_makes_a_deadline_earlier(calendar, period, first, n):
    """CAL-4, CAL-8."""
    closed_more = replace(calendar, closures=(*calendar.closures, period))
    assert closed_more.nth_open_day(first, n) >= calendar.nth_open_day(first, n)
    assert not closed_more.open_days(*period)


@given(calendars, dates)
def test_a_day_has_hours_or_a_reason_and_never_both(calendar, day):
    assert (calendar.hours_on(day) is None) == (calendar.why_closed(day) is not None)
    assert calendar.is_open(day) == (calendar.hours_on(day) is not None)


@given(dates, st.integers(0, 6))
def test_the_next_weekday_is_that_weekday_within_a_week(day, weekday):
    assert next_weekday(day, weekday).weekday() == weekday
    assert 0 <= days_between(day, next_weekday(day, weekday)) <= 6
    assert 1 <= days_between(day, next_weekday(day, weekday, include=False)) <= 7


@given(st.datetimes(datetime(2024, 1, 1), datetime(2028, 12, 31), timezones=st.just(UTC)), st.timezones())  # noqa: DTZ001
def test_the_zone_in_which_a_moment_is_written_does_not_change_its_day(moment, zone):
    """A124."""
    assert day_of(moment.astimezone(zone)) == day_of(moment)
    assert midnight(day_of(moment)) <= moment < midnight(plus(day_of(moment), 1))
