"""The dates of delivery runs, of what they lend, and where a closure moves dates (DLV-1, DLV-6, DLV-8, CAL-8)."""

import itertools
from dataclasses import replace
from datetime import date

import pytest

from delivery import rules
from delivery.rules import BagState, RunDates
from okalib import days
from okalib.rules import Policy
from tests.calendars import every_day, prefectural

POLICY = Policy()
FIRST_WEEK = RunDates(
    cut_off_on=date(2026, 12, 5),
    lend_on=date(2026, 12, 6),
    mail_on=date(2026, 12, 10),
    window_from=date(2026, 12, 11),
    window_to=date(2026, 12, 17),
)


def test_a_week_goes_saturday_sunday_thursday_friday_to_thursday():
    """DLV-1."""
    assert rules.weekly_run(date(2026, 12, 6)) == FIRST_WEEK
    week = [FIRST_WEEK.cut_off_on, FIRST_WEEK.lend_on, FIRST_WEEK.mail_on, FIRST_WEEK.window_from, FIRST_WEEK.window_to]
    assert [day.weekday() for day in week] == [5, 6, 3, 4, 3]


def test_a_year_has_a_run_for_every_sunday_that_is_open_and_windows_without_gap_or_overlap():
    """DLV-1, A176."""
    first, last = date(2026, 12, 1), date(2027, 12, 1)
    runs = rules.year_of_runs(first, last, prefectural())
    assert [run.lend_on for run in runs] == [
        day for day in days.each_day(first, last) if day.weekday() == 6 and prefectural().is_open(day)
    ]
    assert len(runs) == 51  # of 52 Sundays, January 3 has none
    for run, follower in itertools.pairwise(runs):
        assert follower.window_from == days.plus(run.window_to, 1)


def test_the_run_of_the_year_end_has_a_window_of_two_weeks():
    """DLV-1: Sunday Jan 3 is closed, so the run of Dec 27 is collected until the eve of the next window."""
    runs = {run.lend_on: run for run in rules.year_of_runs(date(2026, 12, 1), date(2027, 1, 31), prefectural())}
    assert date(2027, 1, 3) not in runs
    year_end = runs[date(2026, 12, 27)]
    assert (year_end.mail_on, year_end.window_from, year_end.window_to) == (
        date(2026, 12, 31),
        date(2027, 1, 1),
        date(2027, 1, 14),
    )
    assert days.days_between(year_end.window_from, year_end.window_to) + 1 == 14
    assert runs[date(2027, 1, 10)].window_from == date(2027, 1, 15)


def test_a_closed_sunday_in_the_middle_of_the_year_has_no_run_either():
    """A176: an inventory from Feb 8 to 21 takes two runs, and the window before it lasts three weeks."""
    calendar = prefectural((date(2027, 2, 8), date(2027, 2, 21)))
    runs = rules.year_of_runs(date(2027, 2, 1), date(2027, 3, 7), calendar)
    assert [run.lend_on for run in runs] == [date(2027, 2, 7), date(2027, 2, 28), date(2027, 3, 7)]
    assert (runs[0].window_from, runs[0].window_to) == (date(2027, 2, 12), date(2027, 3, 4))


def test_only_sundays_within_the_days_asked_for_are_planned():
    """DLV-1."""
    runs = rules.year_of_runs(date(2026, 12, 6), date(2026, 12, 13), prefectural())
    assert [run.lend_on for run in runs] == [date(2026, 12, 6), date(2026, 12, 13)]
    assert rules.year_of_runs(date(2026, 12, 7), date(2026, 12, 12), prefectural()) == []


@pytest.mark.parametrize(
    ("change", "is_refused"),
    [
        ({}, False),
        ({"window_to": date(2026, 12, 24)}, False),
        ({"lend_on": date(2026, 12, 5)}, False),  # two on one day
        ({"lend_on": date(2026, 12, 4)}, True),
        ({"mail_on": date(2026, 12, 12)}, True),
        ({"window_to": date(2026, 12, 10)}, True),
        ({"cut_off_on": date(2026, 12, 7)}, True),
    ],
)
def test_the_dates_of_a_run_follow_one_another(change, is_refused):
    """DLV-1."""
    codes = [refusal.code for refusal in rules.date_objections(replace(FIRST_WEEK, **change))]
    assert codes == (["dates_out_of_order"] if is_refused else [])


@pytest.mark.parametrize(
    ("window_to", "calendar", "due"),
    [
        (date(2026, 12, 10), prefectural(), date(2026, 12, 24)),
        (date(2026, 12, 17), prefectural(), date(2027, 1, 5)),  # Dec 31 is closed, and so on until Monday Jan 4
        (date(2026, 12, 17), every_day(), date(2026, 12, 31)),  # the calendar of the pickup library rules
        (date(2027, 1, 14), prefectural(), date(2027, 1, 28)),  # the run of the year-end
    ],
)
def test_a_delivered_item_is_due_two_weeks_after_the_window_on_an_open_day_of_its_pickup_library(
    window_to, calendar, due
):
    """DLV-6, A127."""
    assert rules.due_on(window_to, calendar, POLICY) == due


def test_the_length_and_the_open_day_are_settings():
    """DLV-6, LON-1."""
    policy = replace(POLICY, delivered_due_days=21, due_on_open_day=False)
    assert rules.due_on(date(2026, 12, 10), prefectural(), policy) == date(2026, 12, 31)


@pytest.mark.parametrize(
    ("weekday", "arrives"),
    [
        (None, None),
        (0, date(2026, 12, 7)),
        (4, date(2026, 12, 11)),
        (6, date(2026, 12, 13)),  # not on the Sunday on which it is packed
    ],
)
def test_a_library_gets_its_bags_on_its_own_weekday_after_the_run(weekday, arrives):
    """DLV-8."""
    assert rules.arrival_day(FIRST_WEEK, weekday) == arrives


# ── The way of a bag (DLV-9) ──

FORWARDS = ["packed", "sent", "at_central", "arrived", "handed_over", "on_the_way_back"]


@pytest.mark.parametrize("state", FORWARDS)
@pytest.mark.parametrize("to", [*FORWARDS, "closed"])
def test_a_bag_leaves_the_house_first_and_then_goes_forwards_by_any_steps(state, to):
    """DLV-9: steps may be skipped, none goes back, and nobody closes a bag by hand."""
    is_allowed = to == "sent" if state == "packed" else to != "closed" and FORWARDS.index(to) > FORWARDS.index(state)
    assert (rules.bag_objections(state, BagState(to)) == []) is is_allowed


def test_a_bag_number_is_read_back_and_a_misread_one_is_none():
    """DLV-4, DLV-11."""
    number = rules.bag_number(1234567)
    assert rules.bag_id(number) == 1234567
    wrong = number[:-1] + str((int(number[-1]) + 1) % 10)
    for misread in (wrong, "", "abc", "12", "１２３", number[1:]):
        assert rules.bag_id(misread) is None


# ── Where an emergency moves a date (CAL-8) ──


def test_dates_are_moved_to_the_open_days_after_a_closure_and_spread_over_as_many_as_staff_choose():
    """CAL-8: closed from Dec 8 to 13, a Monday follows; Tuesday, Wednesday and Thursday share what comes."""
    calendar = prefectural((date(2026, 12, 8), date(2026, 12, 13)))
    moved = [rules.moved_date(date(2026, 12, 10), calendar, 3, place) for place in range(6)]
    assert moved == [date(2026, 12, 15), date(2026, 12, 16), date(2026, 12, 17)] * 2
    assert {rules.moved_date(date(2026, 12, 10), calendar, 1, place) for place in range(6)} == {date(2026, 12, 15)}


@pytest.mark.parametrize("due", [date(2026, 12, 8), date(2026, 12, 13), date(2026, 12, 20)])
def test_a_moved_date_is_never_earlier(due):
    """CAL-8."""
    calendar = prefectural((date(2026, 12, 8), date(2026, 12, 13)))
    for place in range(5):
        assert rules.moved_date(due, calendar, 5, place) >= due


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        (date(2026, 12, 5), date(2026, 12, 5), True),
        (date(2026, 12, 5), date(2026, 12, 2), True),  # brought forward to Wednesday
        (date(2026, 12, 5), date(2026, 12, 8), True),
        (date(2026, 12, 5), date(2026, 12, 12), False),
        (date(2026, 12, 5), date(2026, 11, 28), False),
    ],
)
def test_a_run_that_was_moved_within_its_week_is_still_that_week(first, second, same):
    """DLV-1: so that it is not planned a second time."""
    assert rules.same_week(first, second) is same
