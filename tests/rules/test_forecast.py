"""By when a waiting reservation will probably be ready: a range, never a promise (HLD-12)."""

from datetime import date

import pytest

from holds.rules import forecast
from okalib import days
from okalib.rules import Policy
from tests.calendars import every_day, prefectural

TODAY = date(2026, 12, 1)
RUNS = [(date(2026, 12, 5), date(2026, 12, 11)), (date(2026, 12, 12), date(2026, 12, 18))]


def expect(**facts):
    """The range for the first in the queue of one copy on the shelf, today, but for `facts`."""
    plain = {
        "position": 1,
        "free_copies": 1,
        "due_dates": [],
        "today": TODAY,
        "opening": prefectural(),
        "policy": Policy(),
    }
    found = forecast(**plain | facts)
    return found and (found.earliest, found.latest)


def test_a_copy_on_the_shelf_is_fetched_tomorrow_and_ready_the_day_after():
    """HLD-12, PUL-1, SHF-1: the rules alone decide, so that there is nothing to guess."""
    assert expect() == (date(2026, 12, 3), date(2026, 12, 3))


def test_closed_days_move_it():
    """HLD-12, CAL-5: asked on Sunday, fetched on Tuesday; asked on Dec 27, fetched on Jan 5."""
    assert expect(today=date(2026, 12, 6))[0] == date(2026, 12, 9)
    assert expect(today=date(2026, 12, 27))[0] == date(2027, 1, 6)


def test_a_copy_on_loan_comes_back_some_days_before_its_due_date_or_after():
    """HLD-12: due on the 22nd."""
    first, last = expect(free_copies=0, due_dates=[date(2026, 12, 22)])
    assert date(2026, 12, 10) < first < date(2026, 12, 22) < last < date(2027, 1, 10)


def test_an_overdue_copy_may_come_any_day_or_stay_away_as_long_again():
    """HLD-12."""
    overdue = [expect(free_copies=0, due_dates=[days.plus(TODAY, -late)]) for late in (3, 10, 20)]
    assert {first for first, _last in overdue} == {date(2026, 12, 3)}
    lasts = [last for _first, last in overdue]
    assert lasts == sorted(lasts) and lasts[-1] > days.plus(TODAY, 20)


def test_who_stands_behind_waits_longer_and_more_copies_shorten_it():
    """HLD-12: position by position never earlier, copy by copy never later."""
    by_position = [expect(position=position, opening=every_day()) for position in range(1, 8)]
    assert by_position == sorted(by_position) and len(set(by_position)) == 7
    by_copies = [expect(position=7, free_copies=copies, opening=every_day()) for copies in range(1, 8)]
    assert by_copies == sorted(by_copies, reverse=True)
    assert by_copies[-1] == by_position[0]


def test_the_longer_the_queue_the_narrower_the_range_in_proportion():
    """HLD-12: the law of large numbers."""

    def narrowness(position):
        first, last = expect(position=position, opening=every_day())
        return days.days_between(first, last) / days.days_between(TODAY, last)

    assert narrowness(3) > narrowness(10) > narrowness(30) > narrowness(300)


def test_readers_who_collect_elsewhere_keep_it_longer():
    """HLD-12, DLV-6: the weekly run, the window and the way back."""
    first, last = expect(position=4, delivered_ahead=3)
    assert (first, last) > expect(position=4) and first > expect(position=4)[0]


def test_readers_who_pause_may_be_gone():
    """HLD-12, HLD-8: the quick end counts half of them, the slow end nearly all."""
    first, last = expect(position=11, paused_ahead=10)
    assert first < expect(position=8)[0]
    assert last > expect(position=8)[1]


def test_a_copy_set_aside_for_another_comes_back_after_a_turn():
    """HLD-12: never before a loan can end."""
    first, last = expect(free_copies=0, set_aside=1)
    assert date(2026, 12, 8) < first < last < date(2027, 1, 12)


def test_for_a_pickup_library_it_is_the_window_of_the_run_that_can_take_it():
    """HLD-12, DLV-1: secured by Saturday or a week later; after the last planned run one a week is expected."""
    assert expect(runs=RUNS, is_delivered=True) == (date(2026, 12, 11), date(2026, 12, 11))
    assert expect(runs=RUNS, is_delivered=True, today=date(2026, 12, 4)) == (date(2026, 12, 11), date(2026, 12, 11))
    assert expect(runs=RUNS, is_delivered=True, today=date(2026, 12, 5)) == (date(2026, 12, 18), date(2026, 12, 18))
    assert expect(runs=RUNS, is_delivered=True, today=date(2026, 12, 12)) == (date(2026, 12, 25), date(2026, 12, 25))


@pytest.mark.parametrize(
    "facts",
    [
        {"free_copies": 0},
        {"position": 0},
        {"is_delivered": True},
    ],
)
def test_where_nothing_is_to_be_expected_nothing_is_said(facts):
    """HLD-12: no copy, no place, no run."""
    assert expect(**facts) is None


@pytest.mark.parametrize("position", [1, 2, 5, 20])
@pytest.mark.parametrize("late", [0, 40])
def test_the_range_has_its_ends_in_order_on_open_days_to_come(position, late):
    """HLD-12: with an overdue copy, too."""
    first, last = expect(position=position, due_dates=[days.plus(TODAY, -late)])
    assert TODAY < first <= last
    assert prefectural().is_open(first) and prefectural().is_open(last)
