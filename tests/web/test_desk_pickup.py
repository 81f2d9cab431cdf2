"""A pickup library's own page: its bags, and nothing of anybody else's (DLV-9, RET-3, A170, A174)."""

import pytest
from django.test import Client
from django.urls import reverse

from circulation.models import Loan
from delivery.models import Bag
from delivery.rules import BagState
from okalib import clock, days
from okalib.models import StaffAction
from tests.factories import StaffFactory
from tests.web.desk import at_work, clerk, text


@pytest.fixture
def bag(lively) -> Bag:
    """A bag on its way to bizen."""
    return lively.loans["delivered"].slip_line.bag


@pytest.fixture
def counter(bizen_desk):
    """A browser at the counter of bizen."""
    return at_work(bizen_desk)


def do(browser, name, *args, **form):
    return browser.post(reverse(name, args=args), form, follow=True)


def test_a_pickup_library_sees_its_bags_without_address_and_telephone(counter, bag, akari):
    """A170, A174: what a handover needs, and no more."""
    page = text(counter.get(reverse("pickup")))
    for needed in (bag.number, akari.name, "20000011", bag.lines.get().loan.item.item_number):
        assert needed in page
    for private in (akari.phone, akari.email):
        assert private not in page


def test_a_bag_arrives_is_handed_over_comes_back_and_goes_home(counter, bag, bizen, bizen_desk, tuesday):
    """DLV-9, RET-3."""
    do(counter, "pickup_arrival", bag.pk)
    bag.refresh_from_db()
    assert bag.is_here
    do(counter, "pickup_handover", bag.pk)
    bag.refresh_from_db()
    assert bag.is_with_patron
    do(counter, "pickup_return", bag.pk)
    loan = bag.lines.get().loan
    assert loan.is_open
    assert (loan.received_on, loan.received_at) == (tuesday, bizen)
    do(counter, "pickup_way_back", bag.pk)
    bag.refresh_from_db()
    assert bag.is_going_back
    assert StaffAction.objects.filter(by=bizen_desk, verb="bag_arrived").exists()


def test_one_item_is_handed_in_by_its_number(counter, bag, bizen):
    """DLV-11: straight from the patron, without slip."""
    number = bag.lines.get().loan.item.item_number
    assert "返却を受け付けました" in text(do(counter, "pickup_scan", task="return", number=number))
    assert bag.lines.get().loan.received_at == bizen
    assert "この館にはありません" in text(do(counter, "pickup_scan", task="return", number="9999999999"))


def test_a_library_that_takes_no_mutual_returns_refuses_them(lively, okayama):
    """RET-4."""
    browser = at_work(StaffFactory(is_staff=False, library=okayama))
    number = lively.loans["new"].item.item_number
    page = text(do(browser, "pickup_scan", task="return", number=number))
    assert "受け付けました" not in page
    assert Loan.objects.get(pk=lively.loans["new"].pk).received_on is None


def test_what_was_not_collected_is_named_first(counter, bag, friday):
    """DLV-10, A169."""
    with clock.standing_at(days.at(days.plus(bag.run.window_to, 1), clock.now().time())):
        page = text(counter.get(reverse("pickup")))
    assert page.index("受渡期間が終わりました") < page.index(bag.number) < page.index("届く予定")


@pytest.mark.parametrize("step", ["pickup_arrival", "pickup_handover", "pickup_return", "pickup_way_back"])
def test_another_library_s_bag_does_not_exist(lively, bag, okayama, step):
    """A170: neither seen nor touched."""
    browser = at_work(StaffFactory(is_staff=False, library=okayama))
    assert bag.number not in text(browser.get(reverse("pickup")))
    assert browser.post(reverse(step, args=[bag.pk])).status_code == 404
    bag.refresh_from_db()
    assert bag.state == BagState.SENT
    assert bag.lines.get().loan.received_on is None


def test_visitors_patrons_and_prefectural_staff_are_kept_out(lively, bag, akari):
    patron = Client()
    patron.force_login(akari.user, backend="okalib.auth.CardBackend")
    assert patron.get(reverse("pickup")).status_code == 403
    assert patron.post(reverse("pickup_handover", args=[bag.pk])).status_code == 403
    assert at_work(clerk("desk")).get(reverse("pickup")).status_code == 403
    assert "/login/" in Client().get(reverse("pickup"))["Location"]
    bag.refresh_from_db()
    assert bag.state == BagState.SENT


def test_following_an_address_changes_nothing_and_nothing_is_stored(counter, bag):
    """A225."""
    assert counter.get(reverse("pickup_handover", args=[bag.pk])).status_code == 405
    assert "no-store" in counter.get(reverse("pickup"))["Cache-Control"]


def test_staff_of_a_pickup_library_come_in_at_their_bags(client, bizen_desk):
    answer = client.post(reverse("login"), {"username": bizen_desk.username, "password": "sesame"})
    assert answer["Location"] == reverse("pickup")
