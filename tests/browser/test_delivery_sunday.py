"""A Sunday with 60 items to 12 libraries, in the browser: packed by scanner, told on Thursday, handed over or not.

Two reservations cannot go, one bag is the wrong one, one patron does not come, one returns without slip (DLV-3…DLV-11).
"""

from dataclasses import dataclass
from datetime import date, time

import pytest
from axe_playwright_python.sync_playwright import Axe

from circulation import actions as desk
from circulation.models import Loan
from delivery import actions as delivery
from delivery import queries
from delivery.models import Bag, DeliveryRun, RunExclusion, SlipLine
from holds import actions as queue
from holds.models import Hold
from okalib import clock, days
from okalib.celery import app as celery
from okalib.models import Block
from tests.factories import BibFactory, LibraryFactory, PatronFactory, StaffFactory
from tests.web.desk import at, clerk

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SUNDAY, THURSDAY, FRIDAY = (date(2026, 12, day) for day in (6, 10, 11))
LIBRARIES, ITEMS = 12, 60


@dataclass
class Scene:
    """The run, and who plays in it."""

    run: DeliveryRun
    libraries: list
    coop: object
    at_pickup: object


@pytest.fixture
def scene(redis, home, bizen, hinase, desk_clerk, chiyo, ten, monkeypatch):
    """Sixty items stand on the shelf of the delivery, and two that will have to stay there."""
    monkeypatch.setattr(celery.conf, "task_always_eager", True)
    delivery.plan(first=SUNDAY, last=date(2026, 12, 20))
    run = DeliveryRun.objects.get(lend_on=SUNDAY)
    libraries = [bizen, hinase, *LibraryFactory.create_batch(LIBRARIES - 2, arrival_weekday=4)]
    shut = LibraryFactory(name="工事中の図書館")
    RunExclusion.objects.create(run=run, library=shut, reason="改修工事のため")

    def secure(patron, library, number):
        for _each in range(number):
            bib = BibFactory(items=1)
            queue.reserve(patron=patron, bib=bib, pickup_at=library, by=None, now=ten)
            desk.check_in(item=bib.items.get(), by=desk_clerk, now=ten)

    for library in libraries:
        secure(PatronFactory(), library, 3)
        secure(PatronFactory(), library, 2)
    blocked = PatronFactory()
    secure(blocked, bizen, 1)
    Block.objects.create(patron=blocked, kind="loans", reason="相談中")
    secure(chiyo, shut, 1)
    staff = clerk("cooperation", username="kyoryoku", last_name="江藤")
    return Scene(run, libraries, staff, StaffFactory(username="bizen-desk", is_staff=False, library=bizen))


@pytest.fixture
def works(live_server, context, client):
    """Log staff in, in the browser too."""

    def works(user):
        client.force_login(user, backend="okalib.auth.StaffBackend")
        session = client.cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])

    return works


@pytest.fixture
def on():
    """Let the clock stand at noon of a day."""
    return lambda day: clock.standing_at(days.at(day, time(12)))


@pytest.fixture
def type_in(page):
    """A scanner: digits and Enter into whatever has the focus, which must be the one field; then the answer."""

    def type_in(number, name="scan"):
        assert page.evaluate("document.activeElement.name") == name
        with page.expect_navigation():
            page.keyboard.type(f"A{number}A\n")
        return page.inner_text("main" if name == "number" else "#content")

    return type_in


def press(page, label):
    with page.expect_navigation():
        page.get_by_role("button", name=label, exact=True).first.click()


def is_well(page):
    """axe finds nothing, and one need not scroll sideways."""
    found = [f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in Axe().run(page).response["violations"]]
    assert found == []
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0


def test_a_sunday_with_sixty_items_to_twelve_libraries(
    scene, works, on, see, page, keep_picture, type_in, home, desk_clerk, ten
):
    """DLV-3, DLV-4, DLV-7, DLV-8, DLV-9, DLV-10, DLV-11."""
    run, run_page = scene.run, at("run", scene.run.pk)
    works(scene.coop)
    with on(SUNDAY):
        see(run_page)
        assert "次はここ" in page.inner_text(".is-next") and "貸出" in page.inner_text(".is-next h2")
        see(at("deliveries-preview", run.pk))
        assert "発送するもの（60）" in page.inner_text("#content")
        assert "発送しないもの（2）" in page.inner_text("#content")
        is_well(page)
        see(run_page)
        press(page, "貸出して袋と票を作る")
        assert "60点を貸出し" in page.inner_text("#content")
        assert "発送できなかった予約は2件" in page.inner_text("#content")
        is_well(page)
        see(run_page)
        assert page.locator(".destination").count() == LIBRARIES
        assert page.get_by_text("準備 5 / 詰めた 0").count() == LIBRARIES
        for reason in ("改修工事のため", "貸出を停止しています"):
            assert reason in page.inner_text("#content")
        keep_picture("delivery-run-1280")
        is_well(page)
        see(run_page, 360)
        keep_picture("delivery-run-360")
        is_well(page)
        _pack(scene, see, page, type_in, keep_picture)
        page.get_by_role("link", name="すべて閉じました。発送へ進む").click()
        press(page, "発送済にする")
        assert "24袋を発送済にしました" in page.inner_text(".messagelist")
    with on(THURSDAY):
        see(run_page)
        assert "お知らせメール" in page.inner_text(".is-next h2")
        press(page, "今、利用者に知らせる")
        assert "送信待ち 24" in page.inner_text(".desk-steps")
        see(at("deliveries-shift", run.pk) + "?days=3&reason=大雪")
        assert "12月14日（月）" in page.inner_text("#content")
        keep_picture("delivery-shift-1280")
        is_well(page)

    works(scene.at_pickup)
    first, second = Bag.objects.filter(run=run, library=scene.libraries[0]).order_by("pk")
    with on(FRIDAY):
        see("/pickup/", 360)
        for bag in (first, second):
            assert "到着を記録しました" in type_in(bag.number, "number")
        keep_picture("delivery-pickup-360")
        is_well(page)
        page.get_by_label("お渡し", exact=True).check()
        page.locator("#number").focus()
        card = queries.bag_of(first.pk).patron.card_number
        assert "お渡しする袋（1）" in type_in(card, "number")
        keep_picture("delivery-handover-360")
        is_well(page)
        press(page, "お渡しした")
        passing = Bag.objects.filter(run=run, library=scene.libraries[1]).first()
        page.get_by_label("到着", exact=True).check()
        page.locator("#number").focus()
        assert "通過を記録しました" in type_in(passing.number, "number")
    with on(date(2026, 12, 18)):
        see("/pickup/", 360)
        assert "受渡期間が終わりました" in page.inner_text("main")
        press(page, "返送した")
        page.get_by_label("返却の受付", exact=True).check()
        page.locator("#number").focus()
        item = first.lines.first().loan.item
        assert "返却を受け付けました" in type_in(item.item_number, "number")
        assert Loan.objects.get(slip_line__bag=first, item=item).received_on == date(2026, 12, 18)

    works(scene.coop)
    with on(date(2026, 12, 22)):
        for line in [*second.lines.all(), first.lines.get(loan__item=item)]:
            desk.check_in(item=line.loan.item, by=desk_clerk, now=clock.now())
        see(at("bags"))
        assert not page.get_by_role("link", name=second.number).count()  # not collected, and all of it is back
        assert page.get_by_role("link", name=first.number).count()  # the rest is still with its patron
        keep_picture("delivery-bags-1280")
        is_well(page)
    assert Hold.objects.filter(state="secured").count() == 2  # the exceptions go with the next run


def _pack(scene, see, page, type_in, keep_picture):
    """Scan every item into its bag; the first of them into a wrong one before."""
    see(at("deliveries-packing", scene.run.pk))
    lines = list(SlipLine.objects.filter(bag__run=scene.run).select_related("bag", "loan__item").order_by("bag", "pk"))
    assert len(lines) == ITEMS
    wrong = lines[-1].bag
    type_in(lines[0].loan.item.item_number)
    assert "袋が違います" in type_in(wrong.number)
    assert page.get_attribute(".desk-answer", "role") == "alert"
    keep_picture("delivery-wrong-bag-1280")
    is_well(page)
    assert f"袋 {lines[0].bag.number} のラベル" in page.inner_text("#content")
    assert not SlipLine.objects.filter(packed_at__isnull=False).exists()
    for place, line in enumerate(lines):
        if place:
            assert line.bag.number in type_in(line.loan.item.item_number)
        answer = type_in(line.bag.number)
        assert "入れました" in answer
        if "そろいました" in answer:
            assert "袋を閉じました" in type_in(line.bag.number)
    assert page.get_by_text("準備 5 / 詰めた 5").count() == LIBRARIES
    keep_picture("delivery-packed-1280")
    is_well(page)
    assert not Bag.objects.filter(run=scene.run, sealed_at=None).exists()
