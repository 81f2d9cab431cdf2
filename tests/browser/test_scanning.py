"""The scan screens under a scanner's hands: bursts, repeats, a broken network, keys instead of a mouse.

The thousand scans are slow: pytest -m "browser and slow" -n 0 -s tests/browser/test_scanning.py
"""

import os
import time
from statistics import median, quantiles

import pytest
from axe_playwright_python.sync_playwright import Axe

from circulation import actions
from circulation.models import Loan
from okalib import clock, numbers
from okalib.models import Patron
from tests.browser.network import losing_the_first_answer
from tests.factories import BibFactory, PatronFactory
from tests.web.desk import at, clerk

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PATRONS, LOANS_EACH, HANDFUL = 46, 10, 22
NOTE_ANSWERS = """
    window.answers = [];
    document.addEventListener("desk:answered", (event) => window.answers.push(event.detail));
"""


@pytest.fixture
def counter(redis, home, ten, context, client, live_server):
    """A clerk of the counter, logged in in the browser; the clock stands at ten on Tuesday."""
    client.force_login(clerk("desk"), backend="okalib.auth.StaffBackend")
    session = client.cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    with clock.standing_at(ten):
        yield session


@pytest.fixture
def screen(counter, context, live_server):
    """Open one of the two screens in a tab of its own, and write down every answer it shows."""

    def screen(name, width=1280):
        tab = context.new_page()
        tab.add_init_script(NOTE_ANSWERS)
        tab.set_viewport_size({"width": width, "height": 900})
        tab.goto(live_server.url + at(name))
        return tab

    return screen


def scan(tab, *codes):
    """Type as a scanner does: the digits and Enter, without waiting for anything."""
    for code in codes:
        tab.keyboard.type(f"{code}\n")


def answers(tab, number):
    """Wait until a screen has answered so often, and return the answers in their order."""
    wait_until(tab, f"answers.length >= {number}", seconds=300)
    return tab.evaluate("answers")


def wait_until(tab, holds, seconds=10):
    """Ask again and again: the policy of the page forbids Playwright's own way, which evaluates texts in the page."""
    until = time.monotonic() + seconds
    while not tab.evaluate(holds):
        assert time.monotonic() < until, f"{holds}: {tab.evaluate('answers')[-3:]}"
        tab.wait_for_timeout(10)


def item():
    return BibFactory(items=1).items.get()


def lent(patron):
    copy = item()
    actions.check_out(item=copy, patron=patron, by=None, now=clock.now())
    return copy


def test_a_burst_is_answered_in_order_and_the_field_keeps_the_focus(screen, akari):
    """Desk 1: nobody waits for the answer before the next scan."""
    tab, copies = screen("check-out"), [item() for _ in range(5)]
    codes = ["A20000011A", *(f"a{copy.item_number}b" for copy in copies)]
    scan(tab, *codes)
    seen = answers(tab, 6)
    assert [each["code"] for each in seen] == codes
    assert {each["tone"] for each in seen} == {"done"}
    assert tab.evaluate("document.activeElement.name") == "scan"
    assert tab.input_value("[data-scan]") == ""
    assert Loan.objects.open().filter(patron=akari).count() == 5
    assert tab.locator(".desk-main tbody tr").count() == 5


def test_a_burst_over_two_cards_gives_each_patron_their_own(screen, akari, aya):
    """An item belongs to the card before it, also when both were scanned before the first answer came."""
    tab, first, second = screen("check-out"), item(), item()
    scan(tab, "20000011", first.item_number, "20000028", second.item_number)
    answers(tab, 4)
    assert Loan.objects.get(item=first).patron == akari
    assert Loan.objects.get(item=second).patron == aya


def test_after_a_card_that_opens_nothing_nothing_is_lent(screen, akari):
    """PAT-2: never to the one who stood there before."""
    tab, copy = screen("check-out"), item()
    scan(tab, "20000011", "29999999", copy.item_number)
    assert [each["tone"] for each in answers(tab, 3)] == ["done", "stop", "stop"]
    assert not Loan.objects.filter(item=copy).exists()


def test_the_same_code_within_two_seconds_counts_once(screen, akari):
    """Desk 1: a trembling hand; and the screen says so."""
    tab, copy = screen("check-in"), lent(akari)
    scan(tab, copy.item_number, copy.item_number)
    assert len(answers(tab, 1)) == 1
    assert copy.item_number in tab.inner_text("[data-scan-status]")
    tab.wait_for_timeout(2100)
    scan(tab, copy.item_number)
    assert len(answers(tab, 2)) == 2


def test_what_the_network_loses_is_sent_again_and_done_once(screen, akari):
    """The answer to the first try is lost on its way back; the second try brings it."""
    tab, copy, tries = screen("check-out"), item(), []
    scan(tab, "20000011")
    answers(tab, 1)
    tab.route("**/check-out/", losing_the_first_answer(tries))
    scan(tab, copy.item_number)
    assert answers(tab, 2)[1]["tone"] == "done"
    assert len(tries) == 2
    assert Loan.objects.filter(item=copy).count() == 1


def test_what_cannot_be_sent_is_kept_in_order_and_sent_on_request(screen, akari):
    """None lost, none overtakes another, and the clerk sees what is not done."""
    tab, copies = screen("check-in"), [lent(akari) for _ in range(3)]
    tab.route("**/check-in/", lambda route: route.abort())
    scan(tab, *(copy.item_number for copy in copies))
    tab.wait_for_selector("[data-scan-halted]:not([hidden])")
    assert tab.inner_text("[data-scan-unsent]").split() == [copy.item_number for copy in copies]
    tab.unroute("**/check-in/")
    tab.click("[data-scan-again]")
    seen = answers(tab, 4)[1:]  # the first one said that it stopped
    assert [each["code"] for each in seen] == [copy.item_number for copy in copies]
    assert not Loan.objects.open().exists()


def test_a_session_that_has_ended_loses_no_scan(screen, akari, context):
    """A225: the page to log in is no answer; what was scanned stays on the screen."""
    tab, copy = screen("check-in"), lent(akari)
    context.clear_cookies()
    scan(tab, copy.item_number)
    tab.wait_for_selector("[data-scan-halted]:not([hidden])")
    assert tab.inner_text("[data-scan-unsent]") == copy.item_number
    assert Loan.objects.open().filter(item=copy).exists()


def test_a_refusal_is_gone_over_by_keyboard_alone(screen, counter, akari, client, context, live_server):
    """LIM-4, Desk 3: back to the reason, type it, Enter; the field waits for the next scan."""
    client.force_login(clerk("cooperation"), backend="okalib.auth.StaffBackend")
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])
    Patron.objects.filter(pk=akari.pk).update(last_used_on="2024-01-01")
    tab, copy = screen("check-out"), item()
    scan(tab, "20000011", copy.item_number)
    assert [each["tone"] for each in answers(tab, 2)] == ["look", "override"]
    while tab.evaluate("document.activeElement.name") != "reason":
        tab.keyboard.press("Shift+Tab")
    tab.keyboard.type("本人を確認\n")
    assert answers(tab, 3)[2]["tone"] == "done"
    assert Loan.objects.open().get(item=copy).patron == akari
    assert tab.evaluate("document.activeElement.name") == "scan"


def test_f8_takes_back_what_was_scanned_last(screen, akari):
    """Desk 4: the key waits for its turn behind the scans before it."""
    tab, copies = screen("check-in"), [lent(akari) for _ in range(2)]
    scan(tab, *(copy.item_number for copy in copies))
    tab.keyboard.press("F8")
    answers(tab, 3)
    assert "返却を取り消しました" in tab.inner_text(".desk-answer:visible")
    assert Loan.objects.open().get().item == copies[1]
    assert tab.evaluate("document.activeElement.name") == "scan"
    tab.keyboard.press("F8")
    wait_until(tab, "document.querySelector('[data-scan-status]').textContent.includes('ありません')")


def test_f9_opens_the_receipt(screen, akari, context):
    """A186."""
    tab, copy = screen("check-out"), item()
    scan(tab, "20000011", copy.item_number)
    answers(tab, 2)
    with context.expect_page() as opened:
        tab.keyboard.press("F9")
    assert copy.item_number in opened.value.inner_text(".receipt")


def test_digits_typed_beside_the_field_go_into_it(screen, akari):
    """Desk 1: a click into nowhere or on a button does not take the scanner away."""
    tab, copy = screen("check-in"), lent(akari)
    tab.focus("[data-sound]")
    scan(tab, copy.item_number)
    assert answers(tab, 1)[0]["tone"] == "done"
    tab.click("h1")
    assert tab.evaluate("document.activeElement.name") == "scan"


def test_the_choice_of_silence_is_remembered(screen):
    tab = screen("check-in")
    tab.click("[data-sound]")
    tab.reload()
    assert tab.inner_text("[data-sound]") == "音：切"


def test_without_a_script_a_scan_is_a_form(counter, browser, live_server, akari):
    """Every scan a page, and F8 its button."""
    copy = lent(akari)
    plain = browser.new_context(java_script_enabled=False)
    plain.add_cookies([{"name": "sessionid", "value": counter, "url": live_server.url}])
    tab = plain.new_page()
    tab.goto(live_server.url + at("check-in"))
    tab.fill("[name=scan]", copy.item_number)
    tab.keyboard.press("Enter")
    tab.wait_for_selector(".desk-undo")
    assert not Loan.objects.open().exists()
    tab.click(".desk-undo button")
    tab.wait_for_selector(".desk-answer.desk-look")
    assert Loan.objects.open().get().item == copy
    plain.close()


@pytest.mark.parametrize("width", [360, 1280])
def test_the_screens_in_use_are_accessible_and_obey_the_policy(screen, akari, width, keep_picture_of):
    """WCAG 2.2 AA as far as axe can tell, with answers, lists and the panel on them."""
    complaints = []
    out, back = screen("check-out", width), screen("check-in", width)
    for tab in (out, back):
        tab.on("console", lambda message: complaints.append(message.text) if "Security" in message.text else None)
    scan(out, "20000011", item().item_number, "9999999999")
    scan(back, lent(akari).item_number, "9999999999", lent(akari).item_number)
    answers(out, 3), answers(back, 3)
    for name, tab in (("check-out", out), ("check-in", back)):
        keep_picture_of(tab, f"scan-{name}-{width}")
        assert [each["id"] for each in Axe().run(tab).response["violations"]] == []
        assert tab.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    assert complaints == []


def test_receipt_rehearsal_and_halt_are_fit_to_be_seen(screen, akari, live_server, keep_picture_of):
    """What comes seldom is accessible too: the paper, the rehearsal, and what could not be sent."""
    out, back = screen("check-out"), screen("check-in")
    scan(out, "20000011", item().item_number, item().item_number)
    answers(out, 3)
    with out.expect_navigation():
        out.click("text=記録せずに練習する")
    scan(out, "20000011", item().item_number)
    answers(out, 2)
    assert "（練習）貸出しました" in out.inner_text(".desk-answer-verb")
    assert Loan.objects.count() == 2
    back.route("**/check-in/", lambda route: route.abort())
    scan(back, "1111111111", "2222222222")
    back.wait_for_selector("[data-scan-halted]:not([hidden])")
    paper = out.context.new_page()
    paper.goto(live_server.url + at("receipt", akari.pk))
    for name, tab in (("rehearsal", out), ("halted", back), ("receipt", paper)):
        keep_picture_of(tab, f"scan-{name}-1280")
        assert [each["id"] for each in Axe().run(tab).response["violations"]] == []
    assert paper.pdf(format="A4", prefer_css_page_size=True).count(b"/Type /Page\n") == 1


@pytest.fixture
def keep_picture_of():
    """Keep a picture of a tab, where pictures are asked for."""
    folder = os.environ.get("OKALIB_PICTURES")
    return lambda tab, name: tab.screenshot(path=f"{folder}/{name}.png", full_page=True) if folder else None


@pytest.mark.slow
def test_a_thousand_scans_in_a_row(screen, capsys, home):
    """None lost, none doubled, every answer in order; tells how long an answer takes and asserts no time."""
    patrons = [PatronFactory(card=numbers.card_number(4_000_000 + place)) for place in range(PATRONS)]
    to_lend = {patron.card_number: [item().item_number for _ in range(LOANS_EACH)] for patron in patrons}
    readers = [PatronFactory() for _ in range(PATRONS)]
    to_return = [lent(reader).item_number for reader in readers for _ in range(LOANS_EACH)]
    outs = [code for card, copies in to_lend.items() for code in (card, *copies)]
    unknown = [f"99999{place:05}" for place in range(1000 - len(outs) - len(to_return))]
    backs = [*to_return, *unknown]
    out, back = screen("check-out"), screen("check-in")

    began = clock.seconds()
    for start in range(0, max(len(outs), len(backs)), HANDFUL):
        scan(out, *outs[start : start + HANDFUL])
        scan(back, *backs[start : start + HANDFUL])
    typed = clock.seconds() - began
    lent_seen, back_seen = answers(out, len(outs)), answers(back, len(backs))
    took = clock.seconds() - began

    assert [each["code"] for each in lent_seen] == outs
    assert [each["code"] for each in back_seen] == backs
    assert {each["tone"] for each in lent_seen} == {"done"}
    assert [each["tone"] for each in back_seen] == ["done"] * len(to_return) + ["stop"] * len(unknown)
    for card, copies in to_lend.items():
        holder = Patron.objects.get(cards__number=card)
        on_loan = Loan.objects.open().filter(patron=holder).values_list("item__item_number", flat=True)
        assert set(on_loan) == set(copies)
    assert not Loan.objects.open().filter(item__item_number__in=to_return).exists()
    assert Loan.objects.count() == 2 * PATRONS * LOANS_EACH
    with capsys.disabled():
        print(f"\n{len(outs) + len(backs)} scans, typed in {typed} s, all answered after {took} s")


@pytest.mark.slow
def test_from_enter_to_the_answer(screen, capsys, akari, aya):
    """How long a clerk waits who scans one thing after the other: told, not asserted (150 ms is what we want)."""
    tab = screen("check-out")
    for patron in (akari, aya, *(PatronFactory() for _ in range(4))):
        seen = len(tab.evaluate("answers"))
        for place, code in enumerate([patron.card_number, *(item().item_number for _ in range(LOANS_EACH))], start=1):
            scan(tab, code)
            answers(tab, seen + place)
    lending = [each["milliseconds"] for each in tab.evaluate("answers")]
    tab = screen("check-in")
    for place, loan in enumerate(Loan.objects.open().select_related("item"), start=1):
        scan(tab, loan.item.item_number)
        answers(tab, place)
    returning = [each["milliseconds"] for each in tab.evaluate("answers")]
    assert (len(lending), len(returning)) == (66, 60)
    with capsys.disabled():
        for name, times in (("check-out", lending), ("check-in", returning)):
            print(f"\n{name}: median {median(times):.0f} ms, p95 {quantiles(times, n=20)[-1]:.0f} ms, n={len(times)}")
