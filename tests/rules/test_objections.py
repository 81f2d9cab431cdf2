"""What a policy, a category and a calendar cannot be (CAL-6, PAT-5)."""

from dataclasses import replace
from datetime import date

import pytest

from circulation.rules import Period, period_objections, rival_of, ruling
from okalib import objections
from okalib.rules import Limits, Policy
from tests.calendars import NEVER_OPEN, every_day, prefectural

USUAL = Policy()


def codes(refusals):
    return {refusal.code for refusal in refusals}


def test_the_policy_of_the_rules_can_stand():
    assert objections.to_policy(USUAL) == []
    assert objections.to_limits(Limits()) == []


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"loan_days": 0, "due_soon_days": 0, "max_renewals": 0}, "loan_days_out_of_reach"),
        ({"loan_days": 367}, "loan_days_out_of_reach"),
        ({"shelf_days": 0}, "shelf_without_days"),
        ({"renewal_opens_days_before": 15}, "renewal_before_loan"),
        ({"due_soon_days": 15}, "due_soon_before_loan"),
        ({"overdue_days": (14, 7)}, "overdue_days_out_of_order"),
        ({"overdue_days": (7, 7)}, "overdue_days_out_of_order"),
        ({"overdue_days": (0, 7)}, "overdue_days_out_of_order"),
        ({"card_lapse_warning_days": 730}, "warned_before_use"),
        ({"staff_actions_patron_days": 1096}, "link_outlives_trace"),
        ({"notices_kept_days": 29}, "notices_forgotten_too_early"),
    ],
)
def test_numbers_that_contradict_each_other_are_named(changed, code):
    assert objections.to_policy(replace(USUAL, **changed)) and code in codes(
        objections.to_policy(replace(USUAL, **changed))
    )


@pytest.mark.parametrize(
    "changed",
    [
        {"renewal_opens_days_before": 14},
        {"renewal_opens_days_before": 99, "max_renewals": 0},
        {"due_soon_days": 14},
        {"overdue_days": ()},
        {"renewal_days": 0},
        {"loan_days": 1, "due_soon_days": 0, "renewal_opens_days_before": 0},
    ],
)
def test_what_is_merely_unusual_can_stand(changed):
    """A140: zero days of renewal too."""
    assert objections.to_policy(replace(USUAL, **changed)) == []


def test_all_reasons_come_at_once():
    wrong = replace(USUAL, due_soon_days=20, overdue_days=(3, 2), staff_actions_patron_days=9999)
    assert len(objections.to_policy(wrong)) == 3
    assert all(refusal.text and refusal.text_en for refusal in objections.to_policy(wrong))


def test_a_day_cannot_allow_more_than_there_is_at_once():
    """PAT-5; 0 and no limit can stand (A15)."""
    assert codes(objections.to_limits(Limits(holds_per_day=16))) == {"day_beyond_total"}
    assert objections.to_limits(Limits(holds_per_day=15)) == objections.to_limits(Limits(holds_per_day=0)) == []


def test_a_calendar_without_an_open_day_in_reach_cannot_be():
    """CAL-6: now, or after a closure that is to come."""
    today = date(2026, 12, 1)
    assert codes(objections.to_calendar(NEVER_OPEN, today)) == {"no_open_day"}
    assert codes(objections.to_calendar(every_day((date(2027, 6, 1), date(2028, 12, 1))), today)) == {"no_open_day"}
    assert objections.to_calendar(every_day((date(2020, 1, 1), date(2022, 1, 1))), today) == []
    assert objections.to_calendar(prefectural((date(2027, 6, 1), date(2027, 12, 1))), today) == []


DECEMBER = Period(1, date(2026, 12, 1), date(2026, 12, 31), 22)


def test_a_loan_period_is_refused_with_every_reason():
    """LON-2."""
    wrong = replace(DECEMBER, id=2, last_on=date(2026, 11, 1), days=0)
    assert codes(period_objections(wrong, [DECEMBER])) == {"last_before_first", "loan_days_out_of_reach"}
    assert codes(period_objections(replace(DECEMBER, id=2, days=8), [DECEMBER])) == {"period_known"}
    assert period_objections(replace(DECEMBER, id=2, channel="post"), [DECEMBER]) == []


def test_of_two_periods_the_more_specific_rules_then_the_later():
    """LON-2, A115."""
    films = replace(DECEMBER, id=2, material_class="av")
    at_the_desk = replace(DECEMBER, id=3, channel="counter")
    by_post = replace(DECEMBER, id=4, channel="post")
    a_week = replace(DECEMBER, id=5, last_on=date(2026, 12, 7))
    assert rival_of(DECEMBER, films) and ruling(DECEMBER, films) == films
    assert rival_of(films, at_the_desk) and ruling(films, at_the_desk) == at_the_desk
    assert not rival_of(at_the_desk, by_post)
    assert ruling(DECEMBER, a_week) == a_week
    assert not rival_of(a_week, replace(DECEMBER, first_on=date(2026, 12, 8)))
