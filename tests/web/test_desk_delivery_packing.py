"""The packing table: an item, then its bag; a wrong one stops, twice is once (DLV-4, DLV-9)."""

from datetime import date

import pytest

from delivery import actions as delivery
from delivery.models import Bag, SlipLine
from okalib import days
from okalib.models import StaffAction
from tests.factories import BibFactory
from tests.web.desk import at, at_work, clerk, text


@pytest.fixture
def cooperation(lively):
    """A browser at the cooperation desk."""
    return at_work(clerk("cooperation"))


@pytest.fixture
def bag(lively):
    """A bag with one item on its slip, which nobody has put in yet."""
    return lively.loans["packed"].slip_line.bag


@pytest.fixture
def scan(cooperation, bag):
    """Scan a number at the table of the bag's run, with an item in the hand or without."""

    def scan(number, item=""):
        return cooperation.post(at("deliveries-packing", bag.run_id), {"scan": number, "item": item})

    return scan


@pytest.fixture
def number(lively):
    """The number of the item that belongs into the bag."""
    return lively.loans["packed"].item.item_number


def facts():
    return list(SlipLine.objects.order_by("pk").values()), list(Bag.objects.order_by("pk").values())


def test_an_item_names_its_bag_and_goes_into_it_and_the_full_bag_is_closed(scan, bag, number, cooperation):
    """DLV-4: three scans, the field has the focus each time, and the counts of the card move."""
    page = text(scan(f"A{number}A"))
    assert f"袋 {bag.number} へ" in page and "備前市立図書館" in page
    assert f'name="item" value="{number}"' in page and "autofocus" in page
    assert "準備 1 / 詰めた 0" in page
    page = text(scan(bag.number, item=number))
    assert "入れました" in page and "そろいました" in page and "準備 1 / 詰めた 1" in page
    assert "袋を閉じました" in text(scan(bag.number))
    bag.refresh_from_db()
    assert bag.is_sealed and SlipLine.objects.get(bag=bag).is_packed
    assert "すべて閉じました" in text(cooperation.get(at("deliveries-packing", bag.run_id)))
    assert set(StaffAction.objects.values_list("verb", flat=True)) >= {"pack", "seal_bag"}


def test_a_scan_twice_changes_nothing(scan, bag, number):
    """DLV-4: neither the item, nor the bag, nor the closing."""
    for scanned, item in ((number, ""), (bag.number, number), (bag.number, "")):
        scan(scanned, item)
    before = facts()
    for scanned, item in ((number, ""), (bag.number, number), (bag.number, "")):
        answer = scan(scanned, item)
        assert answer.status_code == 200
    assert facts() == before
    assert "もう入れてあります" in text(scan(number))
    assert "もう閉じてあります" in text(scan(bag.number))


def test_the_wrong_bag_stops_and_the_item_still_waits_for_its_own(scan, bag, number, lively):
    """DLV-4: nothing is changed, and both bags are named."""
    other = Bag.objects.create(run=bag.run, library=bag.library, packed_at=bag.packed_at)
    before = facts()
    answer = scan(other.number, item=number)
    page = text(answer)
    assert answer.status_code == 409
    assert "desk-stop" in page and 'role="alert"' in page and "袋が違います" in page
    assert bag.number in page and other.number in page
    assert f'name="item" value="{number}"' in page
    assert facts() == before


def test_a_bag_is_not_closed_while_something_is_missing(scan, bag, number, lively):
    """DLV-4: and the missing title is named."""
    page = text(scan(bag.number))
    assert "まだ閉じられません" in page
    assert number in page and lively.bibs["packed"].full_title in page
    bag.refresh_from_db()
    assert not bag.is_sealed


def test_what_this_run_does_not_take_along_is_told_where_it_belongs(scan, bag, lively, home, ten):
    """DLV-4: in another bag, on the hold shelf, for the next run, at the check-in, or nowhere that we know."""
    stray = BibFactory(title="迷子の本", items=1).items.get()
    expected = {
        lively.loans["delivered"].item.item_number: "11月22日（日）の便の資料です",
        lively.holds["ready"].item.item_number: "予約棚へ戻してください",
        lively.holds["secured"].item.item_number: "受渡の棚へ戻してください（備前市立図書館の予約）",
        lively.loans["new"].item.item_number: "貸出中の資料です",
        stray.item_number: "予約も貸出もない資料です",
        "9999999999": "この番号の資料はありません",
        "12345": "資料袋番号ではありません",
    }
    before = facts()
    for scanned, words in expected.items():
        answer = scan(scanned)
        assert answer.status_code in (404, 409)
        assert words in text(answer), scanned
        assert "desk-stop" in text(answer)
    sent = lively.loans["delivered"].slip_line.bag
    assert "この便の袋ではありません" in text(scan(sent.number))
    assert facts() == before


def test_an_item_scanned_while_another_waits_takes_its_place_with_a_warning(scan, bag, number, lively):
    """DLV-4: a stray item does not, so that the one in the hand is still asked for."""
    page = text(scan(lively.holds["ready"].item.item_number, item=number))
    assert f'name="item" value="{number}"' in page


def test_a_bag_that_has_left_takes_nothing_in(scan, bag, number, coop, ten):
    """A165."""
    delivery.send(bags=[bag], by=coop, now=ten)
    assert "もう入れてあります" in text(scan(number))
    assert Bag.objects.get(pk=bag.pk).sealed_at is None


def test_what_is_lent_after_a_bag_was_closed_goes_into_another(lively, bag, coop, akari, bizen, ten):
    """DLV-4, A158."""
    line = bag.lines.get()
    delivery.pack(line=line, bag=bag, by=coop, now=ten)
    delivery.seal(bag=bag, by=coop, now=ten)
    run = delivery.reschedule(
        run=bag.run,
        dates=type(bag.run.dates)(
            date(2026, 12, 1), date(2026, 12, 1), bag.run.mail_on, bag.run.window_from, bag.run.window_to
        ),
        by=coop,
        now=ten,
    )
    delivery.run(run=run, by=None, now=days.at(date(2026, 12, 1), ten.time()))
    assert run.bags.count() == 2
    assert bag.lines.count() == 1


def test_a_closed_bag_goes_with_the_van_and_an_open_one_only_when_that_is_said(cooperation, scan, bag, number):
    """DLV-9."""
    page = text(cooperation.post(at("deliveries-sending", bag.run_id), follow=True))
    assert "0袋を発送済にしました" in page and "1袋は発送していません" in page
    for scanned, item in ((bag.number, number), (bag.number, "")):
        scan(scanned, item)
    assert "1袋を発送済にしました" in text(cooperation.post(at("deliveries-sending", bag.run_id), follow=True))
    bag.refresh_from_db()
    assert bag.state == "sent"


def test_the_packing_table_asks_the_same_number_of_questions_however_many_bags(
    cooperation, bag, django_assert_max_num_queries
):
    with django_assert_max_num_queries(12):
        cooperation.get(at("deliveries-packing", bag.run_id))
