"""My Library asks the database a fixed and small number of times, however much a patron has."""

from datetime import date, time

import pytest

from catalog.models import Bib
from catalog.search import index_bibs
from circulation import actions as desk
from circulation.models import ReadingRecord
from delivery import actions as delivery
from delivery.models import DeliveryRun
from holds import actions as queue
from notifications import actions as notifications
from notifications.rules import Kind
from okalib import clock, days
from tests.factories import BibFactory, PatronFactory

MOST_QUERIES = 12
MOST_BYTES = 150_000
SUNDAY, TUESDAY = date(2026, 11, 29), date(2026, 12, 1)


def at(day, hour=10):
    return days.at(day, time(hour))


@pytest.fixture
def full_hands(redis, home, bizen, hinase, akari, aya, chiyo, desk_clerk, ten):
    """Akari has as much as the rules allow: 15 loans, some delivered, and 15 reservations, each queue with others."""
    delivery.plan(first=date(2026, 11, 1), last=date(2027, 2, 28))

    def reserve(bib, patron, place, day):
        return queue.reserve(patron=patron, bib=bib, pickup_at=place, by=patron.user, now=at(day))

    def copies(number, material):
        return [BibFactory(title=f"{material}の題名 第{n}巻", material=material, items=1) for n in range(number)]

    delivered = copies(4, "book")
    for bib in delivered:
        reserve(bib, akari, bizen, date(2026, 11, 25))
        desk.check_in(item=bib.items.get(), by=desk_clerk, now=at(date(2026, 11, 26)))
    delivery.run(run=DeliveryRun.objects.get(lend_on=SUNDAY), by=None, now=at(SUNDAY))
    for bib in [*copies(6, "book"), *copies(5, "video")]:
        desk.check_out(item=bib.items.get(), patron=akari, by=desk_clerk, now=at(date(2026, 11, 18)))
        if bib.material == "video":
            reserve(bib, aya, home, date(2026, 11, 19))
    for bib in copies(2, "book"):
        queue.add_to_basket(patron=akari, bib=bib, now=at(SUNDAY))
    queue.reserve_basket(patron=akari, pickup_at=home, order="in_order", by=akari.user, now=at(SUNDAY))
    for number, bib in enumerate([*copies(8, "book"), *copies(5, "video")]):
        if number % 3:
            desk.check_out(item=bib.items.get(), patron=PatronFactory(), by=desk_clerk, now=at(SUNDAY))
            reserve(bib, chiyo, home, SUNDAY)
        reserve(bib, akari, hinase if number % 2 else home, SUNDAY)
    for number in range(45):
        notifications.post(
            key=f"test:{number}",
            kind=Kind.PASSWORD_CHANGED,
            patron=akari,
            context={"changed_on": TUESDAY},
            cause=f"patron:{akari.pk}",
            now=ten,
        )
    desk.set_reading_record(patron=akari, wanted=True)
    ReadingRecord.objects.bulk_create(
        ReadingRecord(patron=akari, bib=delivered[0], lent_on=SUNDAY, returned_on=TUESDAY) for _line in range(120)
    )
    desk.open_feed(patron=akari, shows_titles=True, now=ten)
    index_bibs(Bib.objects.all())
    with clock.standing_at(ten):
        yield akari


PAGES = ["/my/", "/my/card/", "/my/notices/", "/my/reading-record/", "/my/settings/", "/my/reading-record/export.csv"]


def test_no_page_of_my_library_asks_more_than_twelve_times(full_hands, log_in, django_assert_max_num_queries):
    """Fifteen loans and fifteen reservations, 45 notices, 120 lines read."""
    client = log_in(full_hands)
    for address in PAGES:
        client.get(address)  # sessions and names that change once in a generation are kept for a while
        with django_assert_max_num_queries(MOST_QUERIES):
            answer = client.get(address)
        assert answer.status_code == 200, address
        assert len(answer.content) <= MOST_BYTES, address
    page = client.get("/my/").content.decode()
    assert page.count('id="loan-') == 15
    assert page.count('id="hold-') == 15


def test_the_feed_asks_few_times_however_much_it_has_to_say(full_hands, client, django_assert_max_num_queries):
    with django_assert_max_num_queries(8):
        answer = client.get(f"/feeds/{full_hands.calendar_feed.secret}/loans.ics")
    assert answer.status_code == 200
