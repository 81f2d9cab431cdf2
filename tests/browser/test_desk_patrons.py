"""The pages about patrons and the second factor in a browser: axe, widths, strict policy, paper, keyboard alone."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice

from okalib import clock
from okalib.actions import patrons
from okalib.rules import BlockKind
from tests.factories import PatronFactory
from tests.web.desk import at, clerk

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def work(lively, akari):
    """Somebody with a record to look at, and a colleague who has looked at it."""
    staff = clerk("administrator", username="kanri", last_name="管理")
    patrons.block(patron=akari, kind=BlockKind.HOLDS, reason="住所の確認", by=staff, now=clock.now())
    patrons.note_view(patron=akari, by=staff, now=clock.now())
    for number in range(3):
        PatronFactory(name=f"青木𠮷{number}", name_kana=f"アオキ ヨシ{number}", area="備前市", birth_year=1980)
    return staff


@pytest.fixture
def come_to_work(live_server, context, client):
    """Log a member of staff in, in the browser too."""

    def come_to_work(user):
        client.force_login(user, backend="okalib.auth.StaffBackend")
        session = client.cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])

    return come_to_work


@pytest.mark.parametrize("width", [360, 1280])
def test_the_pages_about_patrons_are_accessible_and_fit_the_screen(
    work, akari, come_to_work, see, page, keep_picture, width
):
    """WCAG 2.2 AA as far as axe can tell; and nothing breaks the strict policy."""
    complaints = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    come_to_work(work)
    problems = []

    def look(name):
        keep_picture(f"desk-{name}-{width}")
        found = [f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in Axe().run(page).response["violations"]]
        too_wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        problems.extend(f"{name}: {problem}" for problem in found)
        problems.extend([f"{name}: {too_wide} px too wide"] if too_wide > 0 else [])

    for name, path in {
        "patrons": at("patrons"),
        "patron": at("patron", akari.pk),
        "register": at("register"),
        "patron-views": at("patron-views"),
        "deed-lost-card": at("patron-deed", akari.pk, "lost-card"),
        "deed-code": at("patron-deed", akari.pk, "activation-code"),
        "merging-search": at("patron-merging", akari.pk),
        "second-factor": at("second-factor"),
    }.items():
        see(path, width)
        look(name)
    see(at("patrons"), width)
    page.fill("#id_who", "あおき")
    page.press("#id_who", "Enter")
    page.wait_for_selector(".desk-table")
    look("patrons-found")
    see(at("register"), width)
    page.fill("#id_name_kana", "アオキ アカリ")
    page.fill("#id_name", "青木明里")
    page.fill("#id_email", "akari@example.com")
    page.locator(".desk-box button").click()
    page.wait_for_selector(".desk-answer")
    look("register-alike")
    see(at("patron-deed", akari.pk, "activation-code"), width)
    _wait_for_focus(page)
    page.keyboard.press("Enter")
    page.wait_for_selector(".activation-slip")
    look("activation-slip")
    see(at("patron-merging", akari.pk), width)
    page.fill("#id_who", "よしあおき")
    page.press("#id_who", "Enter")
    page.wait_for_selector(".desk-answer")
    page.fill("#id_who", "青木𠮷")
    page.press("#id_who", "Enter")
    page.wait_for_selector(".desk-table")
    look("merging-found")
    page.locator(".desk-table button").first.click()
    page.wait_for_selector("#id_reason")
    look("merging")
    see(at("second-factor"), width)
    page.locator("#content-main button, #content form button").first.click()
    page.wait_for_selector("#id_code")
    look("second-factor-device")
    page.fill("#id_code", f"{totp(TOTPDevice.objects.get().bin_key):06}")
    page.keyboard.press("Enter")
    page.wait_for_selector(".second-factor-codes")
    look("second-factor-codes")
    see(at("second-factor"), width)
    look("second-factor-set")
    come_to_work(work)
    see(at("check-out"), width)
    page.wait_for_selector("#id_code")
    look("second-factor-asked")
    assert problems == [], "\n".join(problems)
    assert [text for text in complaints if "409" not in text and "404" not in text] == []


def test_a_clerk_registers_somebody_and_prints_the_code_by_keyboard_alone(work, come_to_work, see, page):
    """From the field with the focus to the slip, without a mouse; the slip fits one sheet of A5 and of A4."""
    come_to_work(work)
    see(at("register"))
    _wait_for_focus(page)
    page.keyboard.type("大庭𠮷恵")
    page.keyboard.press("Tab")
    page.keyboard.type("おおば　めぐみ")
    page.focus("#id_email")
    page.keyboard.type("megumi@example.com\n")
    page.wait_for_selector(".desk-panel")
    assert "オオバ メグミ" in page.inner_text(".desk-panel")
    link = page.locator("a", has_text="登録コードの発行")
    link.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("form .desk-button")
    _wait_for_focus(page)
    page.keyboard.press("Enter")
    page.wait_for_selector(".activation-slip")
    for size in ("A5", "A4"):
        assert page.pdf(format=size, prefer_css_page_size=False).count(b"/Type /Page\n") == 1, size
    page.emulate_media(media="print")
    assert not page.is_visible("[data-print]")
    assert page.is_visible(".activation-code")


def _wait_for_focus(page):
    """Wait until the browser has given the focus to what asks for it: quick for people, slow for a test."""
    page.wait_for_function("document.activeElement.matches('[autofocus]')")
