"""Handed in at another library's counter (RET-3, RET-4; A149, A150)."""

from datetime import date, time

import pytest

from catalog.models import Item
from circulation import actions as circulation
from circulation import queries
from circulation.models import Loan
from holds import actions as holds
from okalib import days
from okalib.actions import calendar
from okalib.models import PolicySettings
from okalib.rules import Refused
from tests.factories import ItemFactory

pytestmark = pytest.mark.django_db

DUE = date(2026, 12, 15)


@pytest.fixture
def delivered(akari, okayama, botchan, ten):
    """坊っちゃん, lent for 岡山市立中央図書館, due on Dec 15."""
    return circulation.check_out(
        item=botchan.items.get(), patron=akari, by=None, now=ten, channel="pickup", return_to=okayama, due_on=DUE
    ).loan


@pytest.fixture
def at_the_counter(akari, kusamakura, desk, ten):
    """草枕, lent at the counter of the prefectural library, due on Dec 15."""
    return circulation.check_out(item=kusamakura.items.first(), patron=akari, by=desk, now=ten).loan


def hand_in(loan, library, day):
    return circulation.receive(item=loan.item, library=library, by=None, now=days.at(day, time(16)))


def refused(loan, library, day=DUE):
    with pytest.raises(Refused) as refusal:
        hand_in(loan, library, day)
    assert Loan.objects.get(pk=loan.pk).received_on is None
    return refusal.value.codes


def test_handed_in_elsewhere_the_loan_stays_until_we_scan_the_item(delivered, okayama, akari, desk):
    """A149, RET-3: the page says 返却済・搬送中 by what the item says of itself."""
    hand_in(delivered, okayama, date(2026, 12, 10))
    loan, item = Loan.objects.get(), Item.objects.get()
    assert (loan.is_open, loan.received_on, loan.received_at) == (True, date(2026, 12, 10), okayama)
    assert (item.status, item.holder) == ("on_its_way", akari)
    assert list(queries.of_patron(akari)) == [loan]
    circulation.check_in(item=item, by=desk, now=days.at(date(2026, 12, 18), time(10)))
    assert not Loan.objects.get().is_open
    assert Item.objects.get().status == "available"


def test_who_handed_it_in_by_the_due_date_is_never_overdue_by_it(delivered, okayama, akari, home, kusamakura, desk):
    """A150, LIM-3: neither at the desk nor for a reservation, however long the way back takes."""
    hand_in(delivered, okayama, DUE)
    weeks_later = days.at(date(2026, 12, 27), time(10))
    assert not Loan.objects.get().is_overdue(date(2026, 12, 27))
    assert list(queries.overdue(date(2026, 12, 27))) == []
    assert holds.reserve(patron=akari, bib=kusamakura, pickup_at=home, by=None, now=weeks_later).is_waiting
    assert circulation.check_out(item=ItemFactory(), patron=akari, by=desk, now=weeks_later).loan.is_open


def test_without_anybody_marking_it_the_patron_is_overdue_until_it_is_back_dated(
    delivered, akari, home, kusamakura, desk
):
    """A150: staff back-date the return when it arrives."""
    arrives = days.at(date(2026, 12, 18), time(10))
    with pytest.raises(Refused):
        holds.reserve(patron=akari, bib=kusamakura, pickup_at=home, by=None, now=arrives)
    circulation.check_in(item=delivered.item, by=desk, now=arrives, dropped_on=DUE)
    assert Loan.objects.get().returned_on == DUE


def test_the_return_counts_for_the_day_on_which_the_counter_took_it(delivered, okayama, desk):
    """RET-3: not for the day on which the van came."""
    hand_in(delivered, okayama, date(2026, 12, 10))
    circulation.check_in(item=delivered.item, by=desk, now=days.at(date(2026, 12, 18), time(10)))
    assert Loan.objects.get().returned_on == date(2026, 12, 10)


def test_marked_twice_the_first_day_stays(delivered, okayama):
    """RET-3, A252, A156: it is on its way once."""
    hand_in(delivered, okayama, date(2026, 12, 10))
    hand_in(delivered, okayama, date(2026, 12, 12))
    assert Loan.objects.get().received_on == date(2026, 12, 10)


def test_what_one_counter_has_no_other_can_have(delivered, okayama, bizen):
    """RET-3."""
    hand_in(delivered, okayama, date(2026, 12, 10))
    with pytest.raises(Refused) as refusal:
        hand_in(delivered, bizen, date(2026, 12, 11))
    assert refusal.value.codes == {"received"}
    assert Loan.objects.get().received_at == okayama


def test_what_has_been_handed_in_is_not_renewed(delivered, okayama, akari):
    """REN-1, RET-3."""
    hand_in(delivered, okayama, date(2026, 12, 14))
    with pytest.raises(Refused) as refusal:
        circulation.renew(loan=delivered, by=akari.user, now=days.at(DUE, time(10)))
    assert refusal.value.codes == {"received"}


def test_it_still_counts_against_the_limit_until_it_is_here(delivered, okayama, akari):
    """LIM-1, RET-3: the loan stays."""
    hand_in(delivered, okayama, date(2026, 12, 10))
    assert queries.on_loan(akari, "print", PolicySettings.current()) == 1


def test_mutual_return_is_a_flag_of_its_own(at_the_counter, delivered, okayama, bizen):
    """RET-4: 備前 takes both, 岡山 only what was delivered."""
    assert refused(at_the_counter, okayama) == {"not_taken_here"}
    assert hand_in(at_the_counter, bizen, DUE).received_at == bizen
    assert hand_in(delivered, bizen, DUE).received_at == bizen


def test_a_pickup_point_need_not_take_returns(delivered, okayama, hinase):
    """RET-4: three separate flags."""
    hinase.takes_delivered_returns = False
    hinase.save()
    assert refused(delivered, hinase) == {"not_taken_here"}


def test_while_a_pickup_library_is_closed_unexpectedly_its_patrons_return_anywhere(
    delivered, at_the_counter, okayama, hinase, coop, ten
):
    """RET-4: on those days, and what was lent at the counter stays a matter of the flag."""
    hinase.takes_delivered_returns = False
    hinase.save()
    calendar.close_period(
        library=okayama, first_on=date(2026, 12, 12), last_on=date(2026, 12, 16), reason="漏水", by=coop, now=ten
    )
    assert refused(delivered, hinase, date(2026, 12, 11)) == {"not_taken_here"}
    assert refused(at_the_counter, hinase, DUE) == {"not_taken_here"}
    assert hand_in(delivered, hinase, DUE).received_at == hinase


def test_a_weekly_closed_day_is_nothing_unexpected(delivered, okayama, hinase):
    """RET-4: Monday, Dec 14."""
    hinase.takes_delivered_returns = False
    hinase.save()
    assert refused(delivered, hinase, date(2026, 12, 14)) == {"not_taken_here"}


def test_what_nobody_has_is_not_handed_in(botchan, bizen, ten):
    """A145."""
    with pytest.raises(Refused) as refusal:
        circulation.receive(item=botchan.items.get(), library=bizen, by=None, now=ten)
    assert refusal.value.codes == {"not_on_loan"}


def test_an_item_on_its_way_back_serves_the_next_when_it_arrives(delivered, okayama, aya, botchan, home, desk):
    """A149, RET-1: not before; until then the reservation waits for a return."""
    from holds import queries as queue

    hold = holds.reserve(patron=aya, bib=botchan, pickup_at=home, by=None, now=days.at(DUE, time(9)))
    hand_in(delivered, okayama, DUE)
    assert queue.faces([hold], PolicySettings.current())[hold.pk] == "all_on_loan"
    assert circulation.check_in(item=delivered.item, by=desk, now=days.at(date(2026, 12, 18), time(10))).hold == hold
