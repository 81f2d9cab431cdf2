"""The end of a session in a browser: warned by keyboard, put off, cleared, and nothing to leaf back to (A225)."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from okalib import clock

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def short(policy):
    """Three idle minutes: the warning comes a minute before the end."""
    policy.shared_idle_minutes = 3
    policy.save()


@pytest.fixture
def log_in_by_page(page, live_server):
    """Log in as a reader does."""

    def log_in_by_page(path="/my/settings/", own_device=False):
        page.goto(f"{live_server.url}/login/?next={path}")
        page.get_by_label("カード番号").fill("20000011")
        page.get_by_label("パスワード", exact=False).first.fill("sesame")
        if own_device:
            page.get_by_label("自分専用の機器で使う").check()
        page.get_by_role("button", name="ログイン", exact=True).click()
        page.wait_for_url(f"**{path}")

    return log_in_by_page


@pytest.fixture
def time_passes(page, monkeypatch):
    """Let real seconds pass, for the browser and for the server."""
    page.clock.install()
    real, ahead = clock.seconds, [0]
    monkeypatch.setattr(clock, "seconds", lambda: real() + ahead[0])

    def time_passes(seconds):
        ahead[0] += seconds
        page.clock.fast_forward(seconds * 1000)

    return time_passes


def test_the_reader_is_warned_and_goes_on_by_keyboard(akari, short, time_passes, log_in_by_page, page, keep_picture):
    """WCAG 2.2.1, 2.1.1: the dialog takes the focus, and gives it back."""
    log_in_by_page()
    page.get_by_label("電話番号").focus()
    time_passes(125)
    dialog = page.get_by_role("dialog", name="まもなくログアウトします")
    dialog.wait_for()
    assert page.evaluate("document.activeElement.textContent") == "ログインしたまま続ける"
    keep_picture("idle-1280")
    page.set_viewport_size({"width": 360, "height": 740})
    keep_picture("idle-360")
    assert Axe().run(page).response["violations"] == []
    page.keyboard.press("Enter")
    dialog.wait_for(state="hidden")
    assert page.evaluate("document.activeElement.id") == "id_phone"
    time_passes(100)
    assert not dialog.is_visible()


def test_escape_goes_on_as_well(akari, short, time_passes, log_in_by_page, page):
    log_in_by_page()
    time_passes(125)
    dialog = page.get_by_role("dialog")
    dialog.wait_for()
    page.keyboard.press("Escape")
    dialog.wait_for(state="hidden")
    assert page.evaluate("fetch('/session/').then((answer) => answer.json())")["left"] >= 170


def test_in_the_end_the_screen_is_cleared_and_leads_back(akari, short, time_passes, log_in_by_page, page, keep_picture):
    """A225."""
    log_in_by_page()
    time_passes(125)
    page.get_by_role("dialog").wait_for()
    time_passes(60)
    page.wait_for_url("**/session/end/?next=%2Fmy%2Fsettings%2F")
    assert "しばらく操作がなかったため、ログアウトしました" in page.content()
    keep_picture("session-end-1280")
    page.get_by_role("link", name="ログインして元のページへ戻る").click()
    page.wait_for_url("**/login/?next=%2Fmy%2Fsettings%2F")


def test_whoever_types_on_is_not_logged_out(akari, short, time_passes, log_in_by_page, page):
    """No request was sent meanwhile, and yet the session goes on."""
    log_in_by_page()
    field = page.get_by_label("電話番号")
    for _minute in range(4):
        field.press("0")
        with page.expect_response("**/session/"):
            time_passes(65)
    assert not page.get_by_role("dialog").is_visible()
    assert "/my/settings/" in page.url


def test_after_the_log_out_leafing_back_shows_nothing(akari, log_in_by_page, page):
    """A225."""
    log_in_by_page("/my/")
    assert page.get_by_role("button", name="ログアウト").first.is_visible()
    page.get_by_role("button", name="ログアウト").first.click()
    page.wait_for_url("**/")
    page.go_back()
    page.wait_for_load_state()
    assert "/login/" in page.url
    assert "マイライブラリ" not in page.inner_text("h1")


def test_who_ticked_the_box_is_left_in_peace(akari, time_passes, log_in_by_page, page):
    log_in_by_page(own_device=True)
    time_passes(60 * 60)
    assert "/my/settings/" in page.url
    assert page.get_by_role("dialog").count() == 0
