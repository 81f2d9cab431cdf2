"""What stands in the way of lending: one fact, one reason (LIM-1, LIM-3, SHF-3, LON-3…LON-5)."""

from datetime import date

import pytest

from circulation.rules import Lending, check_out_objections, due_date_objections
from okalib.rules import Limits, MaterialClass, Override, Policy, Severity, blocked

TODAY = date(2026, 12, 1)
POLICY = Policy(counter_phone="086-000-0002")


def lending(**facts):
    """A lendable book on its shelf and a patron with nothing against them, but for `facts`."""
    plain = {
        "loanability": "lendable",
        "is_lendable": True,
        "whereabouts": "shelf",
        "held_by_patron": False,
        "kept_for_patron": False,
        "kept_for_another": False,
        "is_announced": False,
        "channel": "counter",
        "overdue_loans": 0,
        "material_class": MaterialClass.PRINT,
        "on_loan": 0,
        "limits": Limits(),
        "card_lapsed": False,
        "today": TODAY,
    }
    return Lending(**plain | facts)


def found(**facts):
    return {refusal.code: refusal.severity for refusal in check_out_objections(lending(**facts), POLICY)}


def test_nothing_stands_in_the_way_of_a_free_item_and_an_able_patron():
    """A101."""
    assert found() == {}


STOP, OVERRIDABLE, WARNING = Severity.STOP, Severity.OVERRIDABLE, Severity.WARNING


@pytest.mark.parametrize(
    ("facts", "reasons"),
    [
        ({"is_lendable": False, "loanability": "reference"}, {"not_lendable": OVERRIDABLE}),
        ({"whereabouts": "on_loan"}, {"on_loan": STOP}),  # A102, LON-3
        ({"whereabouts": "on_loan", "held_by_patron": True}, {"already_yours": STOP}),  # A103
        ({"whereabouts": "withdrawn"}, {"withdrawn": OVERRIDABLE}),
        ({"whereabouts": "searched_for"}, {"found": WARNING}),
        ({"whereabouts": "set_aside", "kept_for_another": True}, {"kept_for_another": STOP}),  # A79, LON-4
        ({"whereabouts": "set_aside", "kept_for_patron": True}, {"not_announced": OVERRIDABLE}),  # A78, SHF-3
        ({"whereabouts": "set_aside", "kept_for_patron": True, "is_announced": True}, {}),  # A81
        ({"whereabouts": "set_aside", "kept_for_patron": True, "channel": "pickup"}, {}),  # the Sunday run
        ({"whereabouts": "set_aside"}, {}),  # on the clearance list, wanted by nobody
        ({"overdue_loans": 1}, {"overdue_loan": OVERRIDABLE}),  # LIM-3
        ({"on_loan": 9}, {}),
        ({"on_loan": 10}, {"loan_limit": OVERRIDABLE}),  # LIM-1, A104
        ({"on_loan": 4, "material_class": MaterialClass.AV}, {}),
        ({"on_loan": 5, "material_class": MaterialClass.AV}, {"loan_limit": OVERRIDABLE}),
        ({"on_loan": 10, "whereabouts": "on_loan", "held_by_patron": True}, {"already_yours": STOP}),  # no new loan
        ({"on_loan": 2, "limits": Limits(loans_print=2)}, {"loan_limit": OVERRIDABLE}),  # PAT-5
        ({"on_loan": 0, "limits": Limits(loans_print=0)}, {"loan_limit": OVERRIDABLE}),
        ({"card_lapsed": True}, {"card_lapsed": OVERRIDABLE}),
        ({"rests_until": date(2026, 11, 30)}, {}),
        ({"rests_until": TODAY}, {"resting": OVERRIDABLE}),  # LON-5
        ({"blocks": (blocked("loans", None),)}, {"blocked_loans": OVERRIDABLE}),
        ({"wanted_by_others": 2}, {"wanted": WARNING}),  # PUL-4
    ],
)
def test_each_fact_has_its_reason_and_its_weight(facts, reasons):
    """A78, A79, A102, A103, A104, A112; LIM-1, LIM-3, SHF-3, LON-3, LON-4, LON-5, PUL-4."""
    assert found(**facts) == reasons


def test_all_reasons_are_told_at_once():
    """A192, HLD-3: manual and automatic ones together."""
    assert found(
        is_lendable=False,
        loanability="research",
        overdue_loans=2,
        on_loan=10,
        card_lapsed=True,
        rests_until=date(2026, 12, 5),
        blocks=(blocked("everything", None),),
        wanted_by_others=1,
    ).keys() == {
        "not_lendable",
        "overdue_loan",
        "loan_limit",
        "card_lapsed",
        "resting",
        "blocked_everything",
        "wanted",
    }


def test_the_limit_the_phone_and_the_day_are_named():
    """A12, PAT-1, LON-5: a reason that helps says how much, whom and when, in both languages."""
    refusals = check_out_objections(lending(on_loan=10, card_lapsed=True, rests_until=date(2026, 12, 7)), POLICY)
    by_code = {refusal.code: refusal for refusal in refusals}
    assert "10" in by_code["loan_limit"].text and "10" in by_code["loan_limit"].text_en
    assert "086-000-0002" in by_code["card_lapsed"].text
    assert "12月8日" in by_code["resting"].text and "2026-12-08" in by_code["resting"].text_en


def test_no_override_goes_over_a_second_loan_or_an_item_kept_for_another():
    """LON-3, LON-4."""
    override = Override("館長の承認による")
    weighty = check_out_objections(lending(whereabouts="on_loan", kept_for_another=True, overdue_loans=1), POLICY)
    assert {refusal.code for refusal in weighty if not override.covers(refusal)} == {"on_loan", "kept_for_another"}


@pytest.mark.parametrize(
    ("is_lendable", "is_override", "due", "codes"),
    [
        (True, True, None, []),
        (True, False, TODAY, []),
        (True, False, date(2026, 11, 30), ["due_date_past"]),  # a run that was weeks late
        (False, False, None, []),  # refused anyhow, for being what it is
        (False, True, None, ["due_date_needed"]),
        (False, True, TODAY, ["due_date_needed"]),
        (False, True, date(2026, 11, 30), ["due_date_needed"]),
        (False, True, date(2026, 12, 2), []),
    ],
)
def test_what_is_not_lendable_goes_out_only_with_a_day_to_be_back(is_lendable, is_override, due, codes):
    """A194."""
    assert [refusal.code for refusal in due_date_objections(is_lendable, is_override, due, TODAY)] == codes
