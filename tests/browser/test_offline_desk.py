"""A desk whose network is cut, in a browser: the screen opens, scans are kept, and sent when it is back (A247)."""

import time

import pytest
from axe_playwright_python.sync_playwright import Axe

from circulation.models import Loan, OfflineScan
from okalib import clock
from tests.browser.network import losing_the_first_answer
from tests.factories import BibFactory
from tests.web.desk import at, clerk

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

KEPT = "async () => (await (await caches.open('okalib-offline')).keys()).length"
ACTIVE = "async () => Boolean((await navigator.serviceWorker.getRegistrations())[0]?.active)"


@pytest.fixture
def tab(redis, home, ten, context, client, live_server):
    """A computer of the counter that has opened the check-out once; its clerk is logged in."""
    client.force_login(clerk("desk"), backend="okalib.auth.StaffBackend")
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])
    tab = context.new_page()
    with clock.standing_at(ten):
        tab.goto(live_server.url + at("check-out"))
        until(tab, ACTIVE)
        until(tab, KEPT)
        yield tab


def until(tab, holds, seconds=10):
    """Ask again and again: the policy of the page forbids Playwright's own way of waiting for what holds."""
    late = time.monotonic() + seconds
    while not tab.evaluate(holds):
        assert time.monotonic() < late, holds
        tab.wait_for_timeout(20)


def scan(tab, *codes):
    for code in codes:
        tab.keyboard.type(f"{code}\n")


def test_loans_and_returns_of_an_outage_are_kept_and_sent_once(tab, context, live_server, akari, home):
    """A247: opened with the network cut, closed and opened again, sent when it is back."""
    copies = [BibFactory(items=1).items.get() for _ in range(2)]
    context.set_offline(True)
    tab.goto(live_server.url + at("offline-screen"))
    scan(tab, copies[0].item_number, "20000011", *(copy.item_number for copy in copies), "123")
    assert "利用者カードでも資料番号でもありません：123" in tab.inner_text("[data-offline-says]")
    tab.close()
    again = context.new_page()
    again.goto(live_server.url + at("offline"))  # any page there leads to the screen
    assert again.inner_text("[data-offline-number]") == "2"
    again.check("input[value=return]")
    again.focus("[data-scan]")
    scan(again, copies[1].item_number)
    assert again.inner_text("[data-offline-number]") == "3"
    assert not Axe().run(again).response["violations"]
    context.set_offline(False)
    again.goto(live_server.url + at("offline"))
    assert again.inner_text("[data-offline-number]") == "3"
    again.click("[data-offline-upload] button")
    again.wait_for_selector("[data-offline-upload]", state="hidden")
    assert again.inner_text("[data-offline-number]") == "0"
    assert Loan.objects.open().get(patron=akari).item == copies[0]
    assert not Loan.objects.get(item=copies[1]).is_open
    assert OfflineScan.objects.filter(state="done").count() == 3


def test_a_sending_whose_answer_is_lost_keeps_the_scans_and_does_them_once(tab, context, live_server, akari):
    """A247, A252: the clerk presses the button again."""
    copy, tries = BibFactory(items=1).items.get(), []
    tab.goto(live_server.url + at("offline-screen"))
    scan(tab, "20000011", copy.item_number)
    tab.evaluate("async () => (await navigator.serviceWorker.getRegistrations())[0].unregister()")
    fresh = context.new_page()
    fresh.route("**/offline/upload/", losing_the_first_answer(tries))
    fresh.goto(live_server.url + at("offline"))
    fresh.click("[data-offline-upload] button")
    fresh.wait_for_selector("[data-offline-says]:not(:empty)")
    assert fresh.inner_text("[data-offline-number]") == "1"
    fresh.click("[data-offline-upload] button")
    fresh.wait_for_selector("[data-offline-upload]", state="hidden")
    assert Loan.objects.get().patron == akari
    assert len(tries) == 2
