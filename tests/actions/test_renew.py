"""Renewal by the patron and at the desk (REN-1…REN-3; A129…A143)."""

from datetime import date, time

import pytest

from circulation import actions as circulation
from circulation import queries
from circulation.models import Loan
from holds import actions as holds
from okalib import days
from okalib.models import PolicySettings, StaffAction
from okalib.rules import Refused
from tests.factories import ItemFactory

pytestmark = pytest.mark.django_db

DUE = date(2026, 12, 15)


def noon(day):
    return days.at(day, time(12))


@pytest.fixture
def loan(akari, kusamakura, desk, ten):
    """One of two copies of 草枕, lent to Akari on Dec 1, due on Tuesday, Dec 15."""
    return circulation.check_out(item=kusamakura.items.first(), patron=akari, by=desk, now=ten).loan


def refused(loan, by, now, **how):
    """The reasons why a loan is not renewed; a refusal changes nothing."""
    before = Loan.objects.order_by("pk").values_list("due_on", "renewals")
    found = list(before.all())
    with pytest.raises(Refused) as refusal:
        circulation.renew(loan=loan, by=by, now=now, **how)
    assert list(before.all()) == found
    return refusal.value.codes


def page(patron, today):
    """What My Library says of the renewal of each loan."""
    return queries.renewabilities(queries.of_patron(patron), patron, PolicySettings.current(), today)


@pytest.mark.parametrize(("on", "due"), [(date(2026, 12, 14), date(2027, 1, 5)), (DUE, date(2027, 1, 5))])
def test_the_patron_renews_once_from_the_day_before_until_the_due_date(loan, akari, on, due):
    """A129, A134, REN-1: the 28th is a Monday, and the year ends after it."""
    renewed = circulation.renew(loan=loan, by=akari.user, now=noon(on))
    loan.item.refresh_from_db()
    assert (renewed.due_on, renewed.renewals, renewed.renewed_on, loan.item.due_on) == (due, 1, on, due)
    assert refused(loan, akari.user, noon(date(2027, 1, 5))) == {"renewed_already"}


@pytest.mark.parametrize(("on", "codes"), [(date(2026, 12, 13), {"too_early"}), (date(2026, 12, 16), {"overdue"})])
def test_before_and_after_those_days_a_forged_request_is_refused(loan, akari, on, codes):
    """A130, LON-6."""
    assert refused(loan, akari.user, noon(on)) == codes


def test_the_last_second_of_the_due_date_is_in_time(loan, akari):
    """A125, REN-1."""
    assert circulation.renew(loan=loan, by=akari.user, now=days.at(DUE, time(23, 59, 59))).renewals == 1


def test_a_renewed_loan_counts_from_the_due_date_where_the_switch_says_so(loan, akari):
    """REN-1: and the ordinary length counts, whatever the year-end gave (LON-2)."""
    PolicySettings.objects.update(renewal_base="due_date", renewal_days=22)
    assert circulation.renew(loan=loan, by=akari.user, now=noon(DUE)).due_on == date(2027, 1, 5)


@pytest.mark.parametrize(("setting", "due"), [(0, DUE), (None, date(2027, 1, 5)), (8, date(2026, 12, 22))])
def test_no_days_are_none_and_a_blank_is_the_loan_period(loan, akari, setting, due):
    """A140."""
    PolicySettings.objects.update(renewal_days=setting)
    assert circulation.renew(loan=loan, by=akari.user, now=noon(DUE)).due_on == due


def test_a_reservation_that_this_item_could_fill_stops_the_renewal(loan, akari, aya, kusamakura, home, ten):
    """A131, A133, REN-1: although another copy is free; and no longer once it has been cancelled."""
    hold = holds.reserve(patron=aya, bib=kusamakura, pickup_at=home, by=None, now=ten)
    assert refused(loan, akari.user, noon(DUE)) == {"reserved_by_another"}
    holds.cancel(hold=hold, by=aya.user, now=noon(DUE))
    assert circulation.renew(loan=loan, by=akari.user, now=noon(DUE)).renewals == 1


def test_a_free_copy_serves_the_queue_where_the_switch_says_so(loan, akari, aya, chiyo, kusamakura, home, ten):
    """A133: the other way; one copy is enough for one and not for two."""
    PolicySettings.objects.update(renewal_counts_free_copies=True)
    holds.reserve(patron=aya, bib=kusamakura, pickup_at=home, by=None, now=ten)
    assert page(akari, DUE)[loan.pk].refusals == ()
    holds.reserve(patron=chiyo, bib=kusamakura, pickup_at=home, by=None, now=ten)
    assert refused(loan, akari.user, noon(DUE)) == {"reserved_by_another"}


def test_a_reservation_that_has_its_own_copy_or_wants_another_does_not_stop_it(
    loan, akari, aya, chiyo, kusamakura, home, desk, ten
):
    """A131, HLD-6: one is secured, one is for the other copy only, one is paused."""
    other = kusamakura.items.exclude(pk=loan.item_id).get()
    holds.reserve(patron=aya, bib=kusamakura, pickup_at=home, by=desk, now=ten, only_item=other)
    paused = holds.reserve(patron=chiyo, bib=kusamakura, pickup_at=home, by=None, now=ten)
    holds.pause(hold=paused, by=chiyo.user, now=ten)
    assert page(akari, DUE)[loan.pk].refusals == ()
    circulation.check_in(item=other, by=desk, now=ten)
    assert circulation.renew(loan=loan, by=akari.user, now=noon(DUE)).renewals == 1


def test_who_reserves_after_the_renewal_waits(loan, akari, aya, kusamakura, home):
    """REN-3: the renewal was first."""
    circulation.renew(loan=loan, by=akari.user, now=noon(DUE))
    assert holds.reserve(patron=aya, bib=kusamakura, pickup_at=home, by=None, now=noon(DUE)).is_waiting


def test_two_reasons_are_told_at_once(loan, akari, aya, kusamakura, home, desk):
    """A136."""
    circulation.renew(loan=loan, by=akari.user, now=noon(DUE))
    holds.reserve(patron=aya, bib=kusamakura, pickup_at=home, by=None, now=noon(DUE))
    assert refused(loan, akari.user, noon(date(2027, 1, 5))) == {"renewed_already", "reserved_by_another"}


def test_a_patron_finds_only_loans_of_their_own(loan, akari, aya):
    """A137: the page looks a loan up by its owner."""
    assert queries.loan_of(akari, loan.pk) == loan
    assert queries.loan_of(aya, loan.pk) is None


def test_a_lapsed_card_renews_nothing(loan, akari):
    """A138."""
    akari.last_used_on = date(2024, 12, 1)
    akari.save()
    assert refused(loan, akari.user, noon(DUE)) == {"card_lapsed"}


@pytest.mark.parametrize("by_staff", [True, False])
def test_an_overdue_loan_stops_the_others_on_the_page_and_at_the_desk_alike(loan, akari, kusamakura, desk, by_staff):
    """A143: unless the policy says otherwise."""
    other = ItemFactory()
    circulation.check_out(item=other, patron=akari, by=desk, now=noon(date(2026, 11, 25)))
    by = desk if by_staff else akari.user
    assert refused(loan, by, noon(DUE)) == {"overdue_loan"}
    PolicySettings.objects.update(renewal_refused_when_overdue=False)
    assert circulation.renew(loan=loan, by=by, now=noon(DUE)).renewals == 1


def test_staff_renew_by_the_same_rules_or_override_with_a_reason(loan, akari, desk, coop, because):
    """REN-2."""
    assert refused(loan, desk, noon(date(2026, 12, 10))) == {"too_early"}
    circulation.renew(loan=loan, by=coop, now=noon(date(2026, 12, 10)), override=because)
    trace = StaffAction.objects.get(verb="renew")
    assert (trace.overridden, trace.reason, trace.patron) == (["too_early"], because.reason, akari)
    assert Loan.objects.get().due_on == date(2026, 12, 24)


def test_what_has_come_back_cannot_be_renewed(loan, akari, desk):
    """REN-1."""
    circulation.check_in(item=loan.item, by=desk, now=noon(DUE))
    assert refused(loan, akari.user, noon(DUE)) == {"not_on_loan"}


def test_renewing_counts_as_using_the_card(loan, akari):
    """PAT-1."""
    circulation.renew(loan=loan, by=akari.user, now=noon(DUE))
    akari.refresh_from_db()
    assert akari.last_used_on == DUE


def test_a_delivered_loan_is_renewed_by_the_same_rule_on_the_calendar_of_its_pickup_library(
    akari, bizen, home, botchan, desk, coop, ten
):
    """A142: 備前 is closed on the day that the new date would be."""
    from okalib.actions import calendar

    closed_on = date(2027, 1, 14)
    calendar.close_period(library=bizen, first_on=closed_on, last_on=closed_on, reason="点検", by=coop, now=ten)
    delivered = circulation.check_out(
        item=botchan.items.get(), patron=akari, by=None, now=ten, channel="pickup", return_to=bizen,
        due_on=date(2026, 12, 31),
    ).loan  # fmt: skip
    assert refused(delivered, akari.user, noon(date(2026, 12, 29))) == {"too_early"}
    renewed = circulation.renew(loan=delivered, by=akari.user, now=noon(date(2026, 12, 31)))
    assert renewed.due_on == date(2027, 1, 15)


# ── What the page says (REN-2) ──


def test_the_page_says_the_new_date_or_every_reason_and_from_when(loan, akari, aya, kusamakura, home, ten):
    """REN-2: and it says what the verb then does."""
    early = page(akari, date(2026, 12, 1))[loan.pk]
    assert (early.new_due_on, early.opens_on) == (None, date(2026, 12, 14))
    assert [refusal.code for refusal in early.refusals] == ["too_early"]
    assert page(akari, DUE)[loan.pk].new_due_on == date(2027, 1, 5)
    holds.reserve(patron=aya, bib=kusamakura, pickup_at=home, by=None, now=ten)
    assert [refusal.code for refusal in page(akari, DUE)[loan.pk].refusals] == ["reserved_by_another"]


def test_page_and_verb_agree_whatever_the_day(loan, akari, aya, kusamakura, home, desk):
    """REN-2: ten days, and on each the page says what would happen."""
    circulation.check_out(item=ItemFactory(), patron=akari, by=desk, now=noon(date(2026, 11, 27)))
    for day in days.each_day(date(2026, 12, 9), date(2026, 12, 18)):
        said = {refusal.code for refusal in page(akari, day)[loan.pk].refusals}
        assert said and said == refused(loan, akari.user, noon(day))


def test_a_page_of_many_loans_asks_a_fixed_number_of_questions(loan, akari, desk, ten, django_assert_num_queries):
    """REN-2: as many for ten loans as for one."""

    def asked():
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as questions:
            page(akari, DUE)
        return len(questions)

    page(akari, DUE)
    one = asked()
    for _number in range(9):
        circulation.check_out(item=ItemFactory(), patron=akari, by=desk, now=ten)
    assert asked() == one
