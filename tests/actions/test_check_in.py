"""An item in the hand, what now? Returned, fetched, arrived, found (RET-1, RET-2, RET-5; A62…A68, A144…A154, A200)."""

from datetime import date, time, timedelta

import pytest

from catalog.models import Item
from circulation import actions as circulation
from circulation import queries
from circulation.models import Loan
from delivery import actions as delivery
from delivery.models import Bag, DeliveryRun
from holds import actions as holds
from holds.models import Hold
from holds.queries import overdue_loans
from okalib import days
from okalib.models import PolicySettings
from okalib.rules import Refused
from tests.factories import ItemFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def loan(akari, botchan, desk, ten):
    """坊っちゃん, lent to Akari on Tuesday."""
    return circulation.check_out(item=botchan.items.get(), patron=akari, by=desk, now=ten).loan


def scan(item, desk, now, **how):
    return circulation.check_in(item=item, by=desk, now=now, **how)


def codes(answer):
    return [message.code for message in answer.messages]


# ── Returned at the counter (RET-1) ──


def test_a_return_closes_the_loan_once_and_sends_the_item_to_its_shelf(loan, akari, desk, ten, tuesday):
    """A144, RET-1."""
    answer = scan(loan.item, desk, ten)
    loan.refresh_from_db()
    item = Item.objects.get(pk=loan.item_id)
    assert (answer.destination, answer.loan, answer.hold) == ("shelf", loan, None)
    assert (loan.is_open, loan.returned_on, loan.returned_at) == (False, tuesday, ten)
    assert (item.whereabouts, item.holder, item.due_on) == ("shelf", None, None)
    assert list(queries.of_patron(akari)) == []


def test_the_screen_knows_the_home_shelf_of_what_comes_back(loan, desk, ten):
    """RET-1: location and return desk are at hand, without a further question."""
    location = scan(loan.item, desk, ten).item.location
    assert (location.return_desk, location.section) == ("1階総合カウンター", "一般開架")


@pytest.mark.parametrize(("place", "destination"), [("home", "hold_shelf"), ("bizen", "delivery_shelf")])
def test_what_somebody_waits_for_goes_to_the_shelf_of_its_pickup_library(
    loan, aya, home, bizen, desk, ten, place, destination
):
    """A62, A144, RET-1: reservation and item change together."""
    where = {"home": home, "bizen": bizen}[place]
    hold = holds.reserve(patron=aya, bib=loan.item.bib, pickup_at=where, by=None, now=ten)
    answer = scan(loan.item, desk, ten)
    hold.refresh_from_db()
    assert (answer.destination, answer.hold, hold.state, hold.item) == (destination, hold, "secured", loan.item)
    assert Item.objects.get(pk=loan.item_id).is_set_aside


def test_an_item_returned_late_is_simply_returned(loan, akari, desk):
    """A83, LIM-3: from that moment nothing is overdue."""
    late = days.at(date(2026, 12, 20), time(12))
    assert overdue_loans(akari, date(2026, 12, 20)) == 1
    scan(loan.item, desk, late)
    assert overdue_loans(akari, date(2026, 12, 20)) == 0


def test_a_loan_is_found_by_its_item_number_alone(loan, akari):
    """A153, DLV-11: no slip, no card, only the barcode."""
    assert queries.open_loan_of(Item.objects.get(item_number=loan.item.item_number)).patron == akari
    assert queries.open_loan_of(ItemFactory()) is None


# ── Scanned without a loan, or again ──


def test_an_item_that_nobody_has_is_told_so_and_belongs_on_its_shelf(botchan, desk, ten):
    """A145."""
    answer = scan(botchan.items.get(), desk, ten)
    assert (answer.destination, answer.loan, codes(answer)) == ("shelf", None, ["not_on_loan"])


def test_an_item_that_nobody_has_but_somebody_wants_is_claimed(akari, botchan, home, desk, ten):
    """A145, A146, PUL-3: fetched, and no word of a loan."""
    hold = holds.reserve(patron=akari, bib=botchan, pickup_at=home, by=None, now=ten)
    answer = scan(botchan.items.get(), desk, ten)
    assert (answer.destination, answer.hold, codes(answer)) == ("hold_shelf", hold, [])


def test_scanned_twice_it_serves_one_reservation_and_says_the_same(loan, aya, chiyo, home, desk, ten):
    """A67, A68: the second scan prints the same slip."""
    for patron in (aya, chiyo):
        holds.reserve(patron=patron, bib=loan.item.bib, pickup_at=home, by=None, now=ten)
    first = scan(loan.item, desk, ten)

    def facts():
        return [list(model.objects.order_by("pk").values()) for model in (Hold, Item, Loan)]

    before = facts()
    second = scan(loan.item, desk, ten + timedelta(seconds=1))
    assert (second.hold, second.destination) == (first.hold, first.destination)
    assert facts() == before


def test_returned_twice_nothing_is_returned_twice(loan, desk, ten, wednesday):
    """A67, A144."""
    scan(loan.item, desk, ten)
    again = scan(loan.item, desk, days.at(wednesday, time(10)))
    assert (again.loan, codes(again)) == (None, ["not_on_loan"])
    assert Loan.objects.get().returned_at == ten


def test_a_missing_item_is_found_and_goes_to_its_shelf(desk, ten):
    """PUL-5, A155."""
    item = ItemFactory(whereabouts="searched_for")
    assert codes(scan(item, desk, ten)) == ["found"]
    assert Item.objects.get().whereabouts == "shelf"


def test_a_withdrawn_item_is_asked_about_and_stays_withdrawn(akari, home, desk, ten):
    """A200: nobody's reservation gets it."""
    item = ItemFactory(whereabouts="withdrawn")
    answer = scan(item, desk, ten)
    assert (answer.destination, codes(answer), answer.hold) == ("ask_staff", ["withdrawn"], None)
    assert Item.objects.get().whereabouts == "withdrawn"


def test_a_damaged_item_goes_to_be_mended_and_to_no_reservation(loan, aya, home, desk, ten):
    """A27: unless the policy says so."""
    Item.objects.filter(pk=loan.item_id).update(is_damaged=True)
    PolicySettings.objects.update(holds_on_damaged=True)
    hold = holds.reserve(patron=aya, bib=loan.item.bib, pickup_at=home, by=None, now=ten)
    PolicySettings.objects.update(holds_on_damaged=False)
    answer = scan(loan.item, desk, ten)
    assert (answer.hold, codes(answer)) == (None, ["damaged"])
    PolicySettings.objects.update(holds_on_damaged=True)
    assert scan(loan.item, desk, ten).hold == hold


def test_a_return_that_fails_inside_leaves_the_loan_open(loan, desk, ten, monkeypatch):
    """A154: the screen says that it failed, and it did."""

    def broken(*_arguments, **_words):
        raise RuntimeError("the disk is full")

    monkeypatch.setattr("circulation.rules.check_in_messages", broken)
    with pytest.raises(RuntimeError):
        scan(loan.item, desk, ten)
    assert Loan.objects.open().get() == loan
    assert Item.objects.get(pk=loan.item_id).is_on_loan


# ── The book drop (RET-2) ──


@pytest.mark.parametrize(
    ("dropped_on", "returned_on"), [(date(2026, 12, 13), date(2026, 12, 13)), (date(2026, 12, 14), date(2026, 12, 14))]
)
def test_a_drop_counts_for_its_own_day(loan, desk, dropped_on, returned_on):
    """RET-2: the drop is emptied on Wednesday, the day after the loan was due."""
    scan(loan.item, desk, days.at(date(2026, 12, 16), time(9)), dropped_on=dropped_on)
    assert Loan.objects.get().returned_on == returned_on


def test_a_renewed_title_rests_from_the_day_of_the_drop(loan, akari, desk):
    """RET-2, LON-5."""
    circulation.renew(loan=loan, by=akari.user, now=days.at(date(2026, 12, 15), time(10)))
    scan(loan.item, desk, days.at(date(2026, 12, 22), time(9)), dropped_on=date(2026, 12, 21))
    assert akari.rest_periods.get().until_on == date(2026, 12, 27)


@pytest.mark.parametrize(
    ("dropped_on", "code"),
    [(date(2026, 11, 30), "drop_before_loan"), (date(2026, 12, 3), "drop_in_future")],
)
def test_a_drop_before_the_loan_or_in_the_future_is_refused(loan, desk, wednesday, dropped_on, code):
    """A148, RET-2: and the loan stays open."""
    with pytest.raises(Refused) as refused:
        scan(loan.item, desk, days.at(wednesday, time(9)), dropped_on=dropped_on)
    assert refused.value.codes == {code}
    assert Loan.objects.open().get() == loan


# ── Lent by way of a pickup library ──


def test_a_delivered_item_comes_straight_to_us_and_its_bag_is_closed(akari, bizen, botchan, desk, coop, ten, sunday):
    """A151, DLV-11: slip and bag are reconciled by the item number."""
    holds.reserve(patron=akari, bib=botchan, pickup_at=bizen, by=None, now=ten)
    scan(botchan.items.get(), desk, ten)
    delivery.plan(first=sunday, last=sunday)
    delivery.run(run=DeliveryRun.objects.get(), by=coop, now=days.at(sunday, time(12)))
    delivery.send(bags=Bag.objects.all(), by=coop, now=days.at(sunday, time(15)))
    assert not Bag.objects.get().is_closed
    answer = scan(botchan.items.get(), desk, days.at(date(2026, 12, 20), time(10)))
    assert (answer.destination, answer.loan.patron) == ("shelf", None)
    assert Bag.objects.get().is_closed
