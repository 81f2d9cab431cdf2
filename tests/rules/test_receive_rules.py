"""Which counters take what back, from which day it counts, and what the desk looks at (RET-1…RET-4; A145–A148)."""

from datetime import date
from itertools import product

import pytest

from circulation.rules import check_in_messages, default_drop_day, drop_objections, receive_objections

TODAY = date(2026, 12, 8)


def taken(was_delivered, delivered_flag, mutual_flag, own_is_shut):
    refusals = receive_objections(
        was_delivered=was_delivered,
        takes_delivered_returns=delivered_flag,
        takes_mutual_returns=mutual_flag,
        own_pickup_is_shut=own_is_shut,
        is_received=False,
    )
    assert {refusal.code for refusal in refusals} <= {"not_taken_here"}
    return not refusals


@pytest.mark.parametrize(("delivered_flag", "mutual_flag", "own_is_shut"), list(product([True, False], repeat=3)))
def test_a_delivered_item_goes_where_that_flag_is_or_anywhere_while_its_own_library_is_shut(
    delivered_flag, mutual_flag, own_is_shut
):
    """RET-4: three flags, and the flag of mutual returns says nothing of delivered items."""
    assert taken(True, delivered_flag, mutual_flag, own_is_shut) is (delivered_flag or own_is_shut)


@pytest.mark.parametrize(("delivered_flag", "mutual_flag", "own_is_shut"), list(product([True, False], repeat=3)))
def test_an_item_lent_at_the_counter_goes_where_mutual_returns_are_taken(delivered_flag, mutual_flag, own_is_shut):
    """RET-4: no pickup library is its own."""
    assert taken(False, delivered_flag, mutual_flag, own_is_shut) is mutual_flag


def test_what_one_counter_has_no_other_takes():
    """RET-3."""
    refusals = receive_objections(
        was_delivered=True,
        takes_delivered_returns=False,
        takes_mutual_returns=False,
        own_pickup_is_shut=False,
        is_received=True,
    )
    assert {refusal.code for refusal in refusals} == {"received", "not_taken_here"}


@pytest.mark.parametrize(
    ("dropped_on", "codes"),
    [
        (date(2026, 12, 7), set()),
        (TODAY, set()),
        (date(2026, 12, 1), set()),  # the day of lending itself
        (date(2026, 11, 30), {"drop_before_loan"}),
        (date(2026, 12, 9), {"drop_in_future"}),
    ],
)
def test_a_drop_lies_between_the_loan_and_today(dropped_on, codes):
    """RET-2, A148."""
    refusals = drop_objections(dropped_on, date(2026, 12, 1), TODAY)
    assert {refusal.code for refusal in refusals} == codes


@pytest.mark.parametrize(
    ("emptied_on", "dropped_on"),
    [
        (date(2026, 12, 8), date(2026, 12, 7)),  # Tuesday: the closed Monday
        (date(2026, 12, 9), date(2026, 12, 8)),  # Wednesday: the evening before
        (date(2027, 1, 5), date(2027, 1, 4)),  # after the year-end: the last closed day
    ],
)
def test_the_book_drop_counts_for_the_last_closed_day_or_the_evening_before(emptied_on, dropped_on):
    """RET-2."""
    assert default_drop_day(emptied_on) == dropped_on


@pytest.mark.parametrize(
    ("facts", "codes"),
    [
        ({"was_on_loan": True, "was": "on_loan"}, []),
        ({"was": "shelf"}, ["not_on_loan"]),  # A145
        ({"was": "shelf", "is_claimed": True}, []),  # fetched for somebody: A146
        ({"was": "set_aside"}, []),  # taken off the hold shelf
        ({"was": "searched_for"}, ["found"]),
        ({"was": "searched_for", "is_claimed": True}, ["found"]),
        ({"was_on_loan": True, "was": "on_loan", "is_damaged": True}, ["damaged"]),
    ],
)
def test_the_desk_is_told_what_to_look_at(facts, codes):
    """RET-1, A145, A146."""
    plain = {"was_on_loan": False, "was": "shelf", "is_claimed": False, "is_damaged": False}
    assert [message.code for message in check_in_messages(**plain | facts)] == codes
