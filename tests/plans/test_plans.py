"""No page and no verb reads a large table from end to end, and none asks more often than its row here says.

The bounds are what was counted; whoever needs one more query raises the row, and says so in the commit. A page is
asked twice: what is kept for a while, such as the session and the holidays, is asked for the first time only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.urls import reverse

from catalog.models import Item
from circulation import actions as desk
from circulation.models import Loan
from delivery import actions as delivery
from delivery.models import DeliveryRun
from holds import actions as queue
from holds.models import Hold, Request
from okalib import numbers
from okalib.models import Card, Library, User
from tests.plans.conftest import House
from tests.plans.reading import Read, reading

pytestmark = [pytest.mark.slow, pytest.mark.django_db]


def test_the_filled_house_has_the_numbers_that_scanners_know(full_house: House):
    """The check digits are made in SQL there, and in Python in earnest."""
    assert all(numbers.is_card_number(card) for card in Card.objects.values_list("number", flat=True)[:500])
    made = Item.objects.order_by("pk").values_list("item_number", flat=True)[:500]
    assert [number[-1] for number in made] == [numbers.check_digit(number[:-1], "mod10w3") for number in made]


# ── Pages ──


@dataclass(frozen=True, slots=True)
class Page:
    """A page: who asks for it, at which address, and how many queries it may send; `form` makes it a POST."""

    who: str
    address: Callable[[House], str]
    most: int
    form: Callable[[House], dict[str, object]] | None = None


def _at(address: str) -> Callable[[House], str]:
    return lambda house: address


def _desk(name: str, *parts: Callable[[House], object]) -> Callable[[House], str]:
    return lambda house: reverse(f"admin:desk-{name}", args=[part(house) for part in parts])


def _hold(house: House) -> Hold:
    return Hold.objects.waiting().filter(patron=house.reader).order_by("pk").select_related("bib")[0]


def _run(lend_on: date) -> Callable[[House], object]:
    return lambda house: DeliveryRun.objects.get(lend_on=lend_on).pk


LAST_RUN, NEXT_RUN = date(2026, 11, 18), date(2026, 12, 6)

PAGES = {
    "home": Page("visitor", _at("/"), 5),
    "results": Page("visitor", _at("/search/?q=書名"), 7),
    "results by year": Page("visitor", _at("/search/?q=書名&material=book&sort=year&page=2"), 7),
    "results by title": Page("visitor", _at("/search/?author=著者&available_now=1&sort=title_kana"), 7),
    "results, most reserved": Page("visitor", _at("/search/?q=書名&sort=holds"), 8),
    "results of two words": Page("visitor", _at("/search/?q=書名第7+件名"), 7),
    "results: none": Page("visitor", _at("/search/?q=書名大のない本"), 7),
    "suggestions": Page("visitor", _at("/search/suggestions/?q=書"), 4),
    "record": Page("visitor", lambda house: f"/records/{_hold(house).bib_id}/", 10),
    "record, for a patron": Page("patron", lambda house: f"/records/{_hold(house).bib_id}/", 12),
    "reserve": Page(
        "other patron",
        lambda house: f"/records/{house.free_item(0).bib_id}/reservation/",
        15,
        lambda house: {"pickup_at": house.home.code, "token": "00000000-0000-4000-8000-000000000001"},
    ),
    "My Library": Page("patron", _at("/my/"), 11),
    "card": Page("patron", _at("/my/card/"), 2),
    "notices": Page("patron", _at("/my/notices/"), 4),
    "reading record": Page("patron", _at("/my/reading-record/"), 4),
    "own settings": Page("patron", _at("/my/settings/"), 5),
    "own requests": Page("patron", _at("/my/requests/"), 5),
    "saved searches": Page("patron", _at("/my/searches/"), 5),
    "reservation": Page("patron", lambda house: f"/holds/{_hold(house).pk}/", 11),
    "basket": Page("patron", _at("/basket/"), 7),
    "new arrivals": Page("visitor", _at("/new/"), 4),
    "most reserved": Page("visitor", _at("/most-reserved/"), 3),
    "classes": Page("visitor", _at("/classes/91/"), 2),
    "shelf": Page("visitor", _at("/shelf/?at=913"), 6),
    "libraries": Page("visitor", _at("/libraries/"), 3),
    "deliveries": Page("visitor", _at("/deliveries/"), 2),
    "calendar": Page("visitor", _at("/calendar/"), 7),
    "guide": Page("visitor", _at("/guide/"), 8),
    "start of the desk": Page("staff", _at("/staff/"), 13),
    "check-out": Page("staff", _desk("check-out"), 1),
    "check-out: a card": Page(
        "staff", _desk("check-out"), 11, lambda house: {"scan": house.reader.card_number, "token": "1"}
    ),
    "check-out: an item": Page(
        "staff",
        _desk("check-out"),
        19,
        lambda house: {"scan": house.free_item(1).item_number, "patron": house.others[1].pk, "token": "2"},
    ),
    "check-in": Page("staff", _desk("check-in"), 1),
    "check-in: an item": Page(
        "staff", _desk("check-in"), 19, lambda house: {"scan": _lent(house).item.item_number, "token": "3"}
    ),
    "pull list": Page("staff", _desk("pull-list"), 9),
    "hold shelf": Page("staff", _desk("shelf"), 8),
    "relabelling": Page("staff", _desk("relabelling"), 2),
    "cannot be filled": Page("staff", _desk("cannot-be-filled"), 6),
    "requests": Page("staff", _desk("requests"), 3),
    "queue of a title": Page("staff", _desk("queue", lambda house: _hold(house).bib_id), 4),
    "patrons": Page("staff", lambda house: _desk("patrons")(house) + "?q=リヨウシャ12", 1),
    "patron": Page("staff", _desk("patron", lambda house: house.reader.pk), 10),
    "run that was": Page("staff", _desk("run", _run(LAST_RUN)), 9),
    "run to come": Page("staff", _desk("run", _run(NEXT_RUN)), 9),
    "runs": Page("staff", _desk("deliveries"), 3),
    "bags": Page("staff", _desk("bags"), 2),
    "phone list": Page("staff", _desk("phone-list"), 3),
    **{
        f"list of {what}": Page("staff", _at(f"/staff/{address}/"), most)
        for what, address, most in (
            ("bibs", "catalog/bib", 9),
            ("items", "catalog/item", 9),
            ("loans", "circulation/loan", 9),
            ("returned loans", "circulation/loan/?returned=1", 9),
            ("reservations", "holds/hold", 9),
            ("patrons", "okalib/patron", 9),
            ("notices", "notifications/notice", 9),
            ("deeds of staff", "okalib/staffaction", 9),
        )
    },
    "bags at a pickup library": Page("pickup staff", _at("/pickup/"), 4),
}


def _lent(house: House) -> Loan:
    return Loan.objects.open().filter(patron__isnull=False).exclude(patron=house.reader).select_related("item")[0]


@pytest.fixture
def morning(full_house: House) -> House:
    """The house after its pull list was made, with a question to answer."""
    queue.make_pull_list(day=full_house.now.date(), now=full_house.now)
    Request.objects.create(kind="inquiry", patron=full_house.reader, made_at=full_house.now, text="開館時間は？")
    return full_house


def _person(house: House, who: str) -> User | None:
    people = {
        "visitor": None,
        "patron": house.reader.user,
        "other patron": house.others[0].user,
        "staff": house.crew.administrator,
        "pickup staff": house.at_pickup,
    }
    return people[who]


def _browser(user: User | None) -> Client:
    browser = Client()
    if user is not None:
        browser.force_login(user, backend=f"okalib.auth.{'Card' if hasattr(user, 'patron') else 'Staff'}Backend")
    return browser


@pytest.mark.parametrize("name", PAGES)
def test_no_page_reads_a_large_table_from_end_to_end_nor_asks_row_by_row(morning: House, name: str):
    page = PAGES[name]
    cache.clear()  # else what is kept for a minute might end between the two times
    browser, address = _browser(_person(morning, page.who)), page.address(morning)
    if page.form is None:
        browser.get(address)
        with reading() as read:
            answer = browser.get(address)
    else:
        form = page.form(morning)
        browser.get(address)
        with reading() as read:
            answer = browser.post(address, form)
    assert answer.status_code in (200, 302), answer.status_code
    _judge(read, page.most)


def _judge(read: Read, most: int) -> None:
    assert read.walks == {}
    assert len(read.statements) <= most, f"{len(read.statements)} queries, more than once: {read.repeated}"


# ── Verbs ──


def _check_out(house: House) -> Callable[[], object]:
    item, patron = house.free_item(2), house.others[2]
    return lambda: desk.check_out(item=item, patron=patron, by=house.crew.desk, now=house.now)


def _check_in(house: House) -> Callable[[], object]:
    item = _lent(house).item
    return lambda: desk.check_in(item=item, by=house.crew.desk, now=house.now)


def _fetch(house: House) -> Callable[[], object]:
    item = house.free_item(3)
    queue.reserve(patron=house.others[3], bib=item.bib, pickup_at=house.home, by=house.crew.desk, now=house.now)
    return lambda: desk.check_in(item=item, by=house.crew.desk, now=house.now)


def _renew(house: House) -> Callable[[], object]:
    loan = Loan.objects.open().filter(due_on=house.now.date(), item__bib__holds=None)[0]
    by = User.objects.get(patron=loan.patron_id)
    return lambda: desk.renew(loan=loan, by=by, now=house.now)


def _reserve(house: House) -> Callable[[], object]:
    bib, patron, home = house.free_item(4).bib, house.others[4], house.home
    return lambda: queue.reserve(patron=patron, bib=bib, pickup_at=home, by=patron.user, now=house.now)


def _waiting(house: House, number: int) -> Hold:
    patron = house.others[number]
    bib = house.free_item(number).bib
    return queue.reserve(patron=patron, bib=bib, pickup_at=house.home, by=patron.user, now=house.now)


def _cancel(house: House) -> Callable[[], object]:
    hold = _waiting(house, 5)
    return lambda: queue.cancel(hold=hold, by=house.others[5].user, now=house.now)


def _cancel_bound(house: House) -> Callable[[], object]:
    hold = Hold.objects.filter(state="ready").order_by("pk")[0]
    return lambda: queue.cancel(hold=hold, by=house.crew.desk, now=house.now)


def _pause(house: House) -> Callable[[], object]:
    hold = _waiting(house, 6)
    return lambda: queue.pause(hold=hold, by=house.others[6].user, now=house.now)


def _change_pickup(house: House) -> Callable[[], object]:
    hold, there = _waiting(house, 7), Library.objects.filter(is_pickup=True)[0]
    return lambda: queue.change_pickup(hold=hold, pickup_at=there, by=house.others[7].user, now=house.now)


def _hand_over(house: House) -> Callable[[], object]:
    hold = Hold.objects.filter(state="ready").select_related("patron", "item").order_by("pk")[0]
    return lambda: desk.check_out(item=hold.item, patron=hold.patron, by=house.crew.desk, now=house.now)


VERBS: dict[str, tuple[Callable[[House], Callable[[], object]], int]] = {
    "check_out": (_check_out, 8),
    "check_out of what was kept": (_hand_over, 10),
    "check_in": (_check_in, 13),
    "check_in of what was fetched (secure)": (_fetch, 11),
    "renew": (_renew, 9),
    "reserve": (_reserve, 8),
    "cancel": (_cancel, 6),
    "cancel what is bound": (_cancel_bound, 11),
    "pause": (_pause, 4),
    "change_pickup": (_change_pickup, 4),
}


@pytest.mark.parametrize("name", VERBS)
def test_no_verb_reads_a_large_table_from_end_to_end_nor_asks_row_by_row(full_house: House, name: str):
    prepare, most = VERBS[name]
    act = prepare(full_house)
    with transaction.atomic():  # what a process keeps, policy and calendars, is read the first time only
        act()
        transaction.set_rollback(True)
    with reading() as read:
        act()
    _judge(read, most)


# ── Batches ──


def test_the_pull_list_asks_as_often_for_a_hundred_titles_as_for_one(full_house: House):
    with reading() as read:
        lines = queue.make_pull_list(day=full_house.now.date(), now=full_house.now)
    assert lines > 100
    _judge(read, 8)


def test_reservations_expire_in_handfuls(full_house: House):
    due = Hold.objects.filter(state="ready", keep_until__lt=full_house.now.date()).count()
    with reading() as read:
        counts = queue.expire(day=full_house.now.date(), now=full_house.now)
    assert counts["expired"] == due > 40
    _judge(read, 30)


def test_a_run_lends_in_handfuls_and_its_mails_are_written_in_handfuls(full_house: House):
    run = DeliveryRun.objects.get(lend_on=NEXT_RUN)
    with reading() as read:
        result = delivery.run(run=run, by=None, now=full_house.now)
    assert result.lent + result.exceptions == 60
    _judge(read, 30 + 17 * 3)
    with reading() as read:
        told = delivery.announce(run=run, by=None, now=full_house.now)["told"]
    assert told > 50
    _judge(read, 30 + 3)
