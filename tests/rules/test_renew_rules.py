"""When a loan can be renewed, and if not, why and from when (REN-1, REN-2; A129–A143)."""

from dataclasses import replace
from datetime import date

import pytest

from circulation.rules import Renewal, renew_objections, renewal_opens_on
from okalib.rules import Policy, Severity

POLICY = Policy()
DUE = date(2026, 12, 15)


def codes(policy=POLICY, **facts):
    """The reasons against renewing a loan due on Tuesday, 2026-12-15, on that day, but for `facts`."""
    plain = {
        "due_on": DUE,
        "renewals": 0,
        "received_on": None,
        "wanted_by_others": 0,
        "free_copies": 0,
        "overdue_loans": 0,
        "card_lapsed": False,
        "today": DUE,
    }
    return {refusal.code for refusal in renew_objections(Renewal(**plain | facts), policy)}


@pytest.mark.parametrize(
    ("today", "reasons"),
    [
        (date(2026, 12, 1), {"too_early"}),
        (date(2026, 12, 13), {"too_early"}),  # two days before (A130)
        (date(2026, 12, 14), set()),  # the day before (A129)
        (date(2026, 12, 15), set()),
        (date(2026, 12, 16), {"overdue"}),
    ],
)
def test_the_page_renews_from_the_day_before_until_the_due_date(today, reasons):
    """REN-1, A129, A130."""
    assert codes(today=today) == reasons


def test_the_page_says_from_when():
    """REN-2: in both languages, and the day can be asked for."""
    (refusal,) = renew_objections(
        Renewal(
            due_on=DUE,
            renewals=0,
            received_on=None,
            wanted_by_others=0,
            free_copies=0,
            overdue_loans=0,
            card_lapsed=False,
            today=date(2026, 12, 1),
        ),
        POLICY,
    )
    assert refusal.text == "12月14日（月）から延長できます。"
    assert refusal.text_en == "It can be renewed from Mon 14 December."
    assert renewal_opens_on(DUE, POLICY) == date(2026, 12, 14)


@pytest.mark.parametrize(
    ("most", "said", "said_in_english"),
    [
        (0, "貸出の延長は行っていません。", "Loans cannot be renewed."),
        (1, "延長は1回までです。もう延長できません。", "A loan can be renewed once, and this one has been."),
        (3, "延長は3回までです。もう延長できません。", "A loan can be renewed 3 times, and this one has been."),
    ],
)
def test_that_it_was_renewed_is_said_in_whole_sentences(most, said, said_in_english):
    """REN-2: what it means for this loan, too."""
    renewal = Renewal(
        due_on=DUE,
        renewals=most,
        received_on=None,
        wanted_by_others=0,
        free_copies=0,
        overdue_loans=0,
        card_lapsed=False,
        today=DUE,
    )
    (refusal,) = renew_objections(renewal, replace(POLICY, max_renewals=most))
    assert (refusal.text, refusal.text_en) == (said, said_in_english)


@pytest.mark.parametrize(
    ("facts", "reasons"),
    [
        ({"renewals": 1}, {"renewed_already"}),  # A134
        ({"renewals": 1, "today": date(2026, 12, 1)}, {"renewed_already"}),  # no date is promised that will not help
        ({"wanted_by_others": 1}, {"reserved_by_another"}),  # A131
        ({"wanted_by_others": 1, "free_copies": 1}, {"reserved_by_another"}),  # A133, switch off
        ({"received_on": DUE}, {"received"}),
        ({"overdue_loans": 1}, {"overdue_loan"}),  # A143: another of the patron's loans
        ({"card_lapsed": True}, {"card_lapsed"}),  # A138
        ({"renewals": 1, "wanted_by_others": 2}, {"renewed_already", "reserved_by_another"}),  # A136
        ({"today": date(2026, 12, 16), "overdue_loans": 1}, {"overdue"}),  # itself, told once
    ],
)
def test_each_fact_has_its_reason(facts, reasons):
    """REN-1, REN-2, A131, A133, A134, A136, A138, A143."""
    assert codes(**facts) == reasons


@pytest.mark.parametrize(
    ("wanted", "free", "reasons"),
    [
        (1, 1, set()),
        (2, 2, set()),
        (2, 1, {"reserved_by_another"}),
        (1, 0, {"reserved_by_another"}),
    ],
)
def test_the_switch_lets_free_copies_serve_the_queue(wanted, free, reasons):
    """A133: the other way."""
    policy = replace(POLICY, renewal_counts_free_copies=True)
    assert codes(policy, wanted_by_others=wanted, free_copies=free) == reasons


def test_an_overdue_loan_stops_renewals_or_not_by_policy():
    """A143."""
    assert codes(replace(POLICY, renewal_refused_when_overdue=False), overdue_loans=1) == set()


@pytest.mark.parametrize(
    ("max_renewals", "renewals", "reasons"), [(2, 1, set()), (2, 2, {"renewed_already"}), (0, 0, {"renewed_already"})]
)
def test_how_often_is_a_setting(max_renewals, renewals, reasons):
    """REN-1."""
    assert codes(replace(POLICY, max_renewals=max_renewals), renewals=renewals) == reasons


@pytest.mark.parametrize(("before", "reasons"), [(0, {"too_early"}), (1, set()), (7, set())])
def test_from_when_is_a_setting(before, reasons):
    """REN-1."""
    assert codes(replace(POLICY, renewal_opens_days_before=before), today=date(2026, 12, 14)) == reasons


def test_staff_may_go_over_every_reason_but_a_return():
    """REN-2."""
    everything = Renewal(
        due_on=DUE,
        renewals=1,
        received_on=DUE,
        wanted_by_others=1,
        free_copies=0,
        overdue_loans=1,
        card_lapsed=True,
        today=DUE,
    )
    stops = {refusal.code for refusal in renew_objections(everything, POLICY) if refusal.severity is Severity.STOP}
    assert stops == {"received"}
