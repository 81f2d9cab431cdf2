"""A patron says that an item was returned, and nobody has scanned it (A104, A138, A197–A199)."""

from datetime import date, time

import pytest

from catalog.models import Item
from catalog.rules import ItemStatus
from circulation import actions as circulation
from circulation import queries
from circulation.models import Loan
from holds import actions as holds
from holds.queries import overdue_loans
from notifications.causes import reason_to_withdraw
from notifications.models import Notice
from okalib import days
from okalib.models import PolicySettings, StaffAction
from okalib.rules import MaterialClass, Refused

pytestmark = pytest.mark.django_db

SAID_ON, DUE, LATE = date(2026, 12, 10), date(2026, 12, 15), date(2026, 12, 22)


def nine(day):
    return days.at(day, time(9))


@pytest.fixture
def loan(akari, botchan, home, desk, ten):
    """坊っちゃん, lent to Akari until Tuesday, Dec 15."""
    return circulation.check_out(item=botchan.items.get(), patron=akari, by=desk, now=ten).loan


@pytest.fixture
def disputed(loan, desk):
    """The same: Akari says on Dec 22, when it is overdue, that it went into the book drop on Dec 10."""
    return circulation.dispute(loan=loan, said_on=SAID_ON, by=desk, now=nine(LATE), reason="返却ポストへ")


def codes(refused):
    return refused.value.codes


def test_the_loan_stays_open_and_nobody_is_reminded_or_kept_from_borrowing_by_it(loan, akari, desk):
    """A197: a reminder that waits is withdrawn, none is written any more, and it is overdue no more."""
    circulation.remind(day=LATE, now=nine(LATE))
    waiting = Notice.objects.get(kind="overdue")
    assert overdue_loans(akari, LATE) == 1
    disputed = circulation.dispute(loan=loan, said_on=SAID_ON, by=desk, now=nine(LATE), reason="返却ポストへ")
    assert disputed.is_open and not disputed.is_overdue(LATE)
    assert overdue_loans(akari, LATE) == 0
    assert reason_to_withdraw(waiting) is not None
    assert circulation.remind(day=date(2026, 12, 29), now=nine(date(2026, 12, 29)))["overdue"] == 0
    done = StaffAction.objects.get(verb="dispute")
    assert (done.by, done.patron, done.reason) == (desk, akari, "返却ポストへ")


def test_readers_are_told_that_the_copy_is_searched_for(disputed):
    """CAT-8."""
    assert Item.objects.get().status == ItemStatus.SEARCHED_FOR


def test_only_an_open_loan_that_no_counter_has_can_be_disputed_and_for_no_impossible_day(loan, bizen, desk, ten):
    """A197, A148."""
    for day in (date(2026, 11, 30), date(2026, 12, 23)):
        with pytest.raises(Refused):
            circulation.dispute(loan=loan, said_on=day, by=desk, now=nine(LATE))
    circulation.receive(item=loan.item, library=bizen, by=desk, now=nine(SAID_ON))
    with pytest.raises(Refused) as refused:
        circulation.dispute(loan=loan, said_on=SAID_ON, by=desk, now=nine(LATE))
    assert codes(refused) == {"received"}
    circulation.check_in(item=loan.item, by=desk, now=nine(LATE))
    with pytest.raises(Refused) as refused:
        circulation.dispute(loan=loan, said_on=SAID_ON, by=desk, now=nine(LATE))
    assert codes(refused) == {"not_on_loan"}


def test_a_disputed_loan_is_not_renewed(disputed, akari):
    """A138."""
    with pytest.raises(Refused) as refused:
        circulation.renew(loan=disputed, by=akari.user, now=nine(DUE))
    assert "received" in codes(refused)


def test_it_counts_against_the_limit_as_the_policy_says(disputed, akari):
    """A104."""
    assert queries.on_loan(akari, MaterialClass.PRINT, PolicySettings.current()) == 1
    PolicySettings.objects.update(disputed_loans_count=False)
    assert queries.on_loan(akari, MaterialClass.PRINT, PolicySettings.current()) == 0


def test_found_by_a_scan_it_is_returned_once_for_the_day_that_was_named(disputed, aya, botchan, home, desk):
    """A199: and serves the next; the desk is told what it has found."""
    hold = holds.reserve(patron=aya, bib=botchan, pickup_at=home, by=None, now=nine(LATE))
    found = circulation.check_in(item=disputed.item, by=desk, now=nine(LATE))
    assert (found.hold, [message.code for message in found.messages]) == (hold, ["dispute_ended"])
    closed, item = Loan.objects.get(), Item.objects.get()
    assert (closed.returned_on, closed.patron, item.is_disputed) == (SAID_ON, None, False)
    again = circulation.check_in(item=item, by=desk, now=nine(LATE))
    assert [message.code for message in again.messages] == []


def test_a_scan_that_found_it_can_be_undone(disputed, akari, desk):
    """A199: it is disputed again."""
    found = circulation.check_in(item=disputed.item, by=desk, now=nine(LATE))
    circulation.undo_check_in(memory=found.memory, by=desk, now=nine(LATE), reason="読み違い")
    assert (Loan.objects.get().is_disputed, Item.objects.get().is_disputed) == (True, True)


def test_it_turns_up_at_a_counter_elsewhere(disputed, bizen, desk):
    """RET-3: what that counter says is no dispute any more."""
    loan = circulation.receive(item=disputed.item, library=bizen, by=desk, now=nine(LATE))
    assert (loan.received_on, loan.received_at, loan.is_disputed) == (LATE, bizen, False)
    assert Item.objects.get().status == ItemStatus.ON_ITS_WAY


def test_the_patron_has_found_it_after_all(disputed, akari, desk):
    """A197: the loan goes on, overdue as it is."""
    loan = circulation.end_dispute(loan=disputed, by=desk, now=nine(LATE))
    assert (loan.is_disputed, loan.received_on, overdue_loans(akari, LATE)) == (False, None, 1)
    with pytest.raises(Refused) as refused:
        circulation.end_dispute(loan=loan, by=desk, now=nine(LATE))
    assert codes(refused) == {"not_disputed"}


def test_the_search_is_given_up_with_a_reason_and_not_without(disputed, akari, desk):
    """A198: the loan is closed and forgets its patron, the item is searched for, and the reason is written down."""
    with pytest.raises(Refused) as refused:
        circulation.give_up_search(loan=disputed, by=desk, now=nine(LATE), reason=" ")
    assert codes(refused) == {"reason_missing"}
    assert Loan.objects.get().is_open
    item = circulation.give_up_search(loan=disputed, by=desk, now=nine(LATE), reason="三度探した")
    closed = Loan.objects.get()
    assert (closed.returned_on, closed.patron, item.whereabouts) == (SAID_ON, None, "searched_for")
    assert StaffAction.objects.get(verb="give_up_search").reason == "三度探した"
    with pytest.raises(Refused) as refused:
        circulation.give_up_search(loan=closed, by=desk, now=nine(LATE), reason="もう一度")
    assert codes(refused) == {"not_disputed"}


def test_what_nobody_disputes_is_not_given_up(loan, desk):
    """A198."""
    with pytest.raises(Refused) as refused:
        circulation.give_up_search(loan=loan, by=desk, now=nine(LATE), reason="")
    assert codes(refused) == {"not_disputed", "reason_missing"}
