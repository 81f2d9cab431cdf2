"""One field on a phone: a bag, an item, a card or the mail's barcode, and what a central library passes on (DLV-9)."""

import pytest
from django.urls import reverse

from delivery.models import Bag
from delivery.rules import BagState
from okalib.models import StaffAction
from tests.factories import StaffFactory
from tests.web.desk import at_work, text


@pytest.fixture
def bag(lively) -> Bag:
    """A bag on its way to bizen."""
    return lively.loans["delivered"].slip_line.bag


@pytest.fixture
def counter(bizen_desk):
    """A browser at the counter of bizen."""
    return at_work(bizen_desk)


@pytest.fixture
def scan(counter):
    """Scan a number for a task and follow to the next page."""

    def scan(task, number, browser=None):
        form = {"task": task, "number": number}
        return (browser or counter).post(reverse("pickup_scan"), form, follow=True)

    return scan


def state(bag):
    return Bag.objects.get(pk=bag.pk).state


def test_a_bag_is_scanned_from_arrival_to_its_way_home(scan, bag):
    """DLV-9: the task stays chosen for the next scan; scanned twice it is the same."""
    for _ in range(2):
        page = text(scan("arrival", f"A{bag.number}A"))
        assert "到着を記録しました" in page and 'value="arrival" checked' in page
    assert state(bag) == BagState.ARRIVED
    page = text(scan("handover", bag.number))
    assert "お渡しする袋（1）" in page and state(bag) == BagState.ARRIVED
    scan("return", bag.number)
    assert Bag.objects.get(pk=bag.pk).is_all_handed_in
    assert "返送を記録しました" in text(scan("way_back", bag.number))
    assert state(bag) == BagState.ON_THE_WAY_BACK


@pytest.mark.parametrize("number", ["20000011", "A20000011A"])
def test_the_card_or_the_mail_s_barcode_finds_what_its_holder_is_given(scan, counter, bag, akari, number):
    """DLV-7: shown with the titles before it is handed over, and that somebody looked is written down."""
    page = text(scan("handover", number))
    assert "お渡しする袋（1）" in page
    assert bag.lines.get().loan.item.bib.full_title in page
    assert StaffAction.objects.get(verb="look_up_bags").patron == akari
    counter.post(reverse("pickup_handover", args=[bag.pk]))
    assert state(bag) == BagState.HANDED_OVER


def test_a_lost_card_and_a_card_without_bags_find_nothing(scan, bag, akari, ten):
    """PAT-2, A170: nobody else's either."""
    assert "この館にはありません" in text(scan("handover", "20000028"))
    akari.cards.update(ended_at=ten, ended_reason="紛失")
    answer = scan("handover", "20000011")
    assert "お渡しする袋" not in text(answer) and answer.status_code == 404


def test_one_bag_has_a_page_by_its_number(scan, counter, bag, akari):
    """DLV-9: and neither address nor telephone on it (A174)."""
    akari.area = "備前市東片上"
    akari.save()
    page = text(counter.get(reverse("pickup_bag", args=[bag.pk])))
    assert bag.number in page and akari.name in page and "20000011" in page
    for private in (akari.phone, akari.email, "東片上"):
        assert private not in page
    assert bag.number in text(scan("", bag.number))


def test_nothing_of_another_library_is_found_by_any_number(lively, bag, okayama, akari, scan):
    """A170: bag, item and card say the same as a number that nobody has; nothing is changed."""
    browser = at_work(StaffFactory(is_staff=False, library=okayama))
    item = bag.lines.get().loan.item
    for task in ("arrival", "handover", "way_back"):
        for number in (bag.number, item.item_number, "20000011", "00000000"):
            answer = scan(task, number, browser)
            page = text(answer)
            assert answer.status_code == 404
            for private in (akari.name, item.bib.full_title, "20000011", bag.number):
                assert private not in page, (task, number)
    assert browser.get(reverse("pickup_bag", args=[bag.pk])).status_code == 404
    assert state(bag) == BagState.SENT


def test_a_central_library_passes_its_branches_bags_on_without_knowing_whose_they_are(
    lively, bag, hinase, bizen, scan, counter, akari
):
    """DLV-8: by number alone; the branch then marks the arrival."""
    Bag.objects.filter(pk=bag.pk).update(library=hinase)
    page = text(counter.get(reverse("pickup")))
    assert "分館へ通過する袋（1）" in page and bag.number in page and "日生分館" in page
    for private in (akari.name, "20000011", bag.lines.get().loan.item.bib.full_title, akari.phone):
        assert private not in page
    assert counter.get(reverse("pickup_bag", args=[bag.pk])).status_code == 404
    assert counter.post(reverse("pickup_handover", args=[bag.pk])).status_code == 404
    for _ in range(2):
        assert "通過を記録しました" in text(scan("arrival", bag.number))
    assert state(bag) == BagState.AT_CENTRAL
    branch = at_work(StaffFactory(is_staff=False, library=hinase))
    scan("arrival", bag.number, branch)
    assert state(bag) == BagState.ARRIVED
    assert "分館へ通過する袋" not in text(counter.get(reverse("pickup")))


def test_a_library_passes_only_its_own_branches_bags_on(lively, bag, hinase, okayama):
    """A170."""
    Bag.objects.filter(pk=bag.pk).update(library=hinase)
    browser = at_work(StaffFactory(is_staff=False, library=okayama))
    assert browser.post(reverse("pickup_passage", args=[bag.pk])).status_code == 404
    assert state(bag) == BagState.SENT


def test_the_page_asks_few_questions(counter, bag, django_assert_max_num_queries):
    with django_assert_max_num_queries(12):
        counter.get(reverse("pickup"))
