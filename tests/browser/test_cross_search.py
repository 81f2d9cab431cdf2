"""The cross search in a browser: a section fills as its target answers, and none waits for a silent one (REQ-3)."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from catalog.models import SearchTarget
from tests.elsewhere.conftest import rss, stranger, target
from tests.factories import BibFactory

__all__ = ["stranger", "target"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PAGE = "/elsewhere/?q=草枕"


@pytest.fixture
def targets(home, target, stranger):
    """A city library that answers, a university that keeps silent, a village with pages only."""
    BibFactory(title="草枕", isbns=["9784101010137"])

    def behave(handler):
        if "silent" in handler.path:
            stranger.closing.wait(20)
        stranger.answer(handler)

    stranger.says(
        rss("草枕", "草枕の世界 : 夏目漱石とラファエル前派の画家たちをめぐる旅", "俳句的小説の系譜", total=128)
    )
    stranger.answer, stranger.behave = stranger.behave, behave
    shared = {"protocol": "opensearch", "any_index": "q", "allows_private": True}
    SearchTarget.objects.create(
        code="university", name="大学図書館", address=stranger.address + "?silent=1", seconds=6, **shared
    )
    SearchTarget.objects.create(
        code="village", name="村立図書館", protocol="link", region="prefecture",
        page_address="https://village.example.jp/?q={query}",
    )  # fmt: skip


@pytest.mark.parametrize("width", [360, 1280])
def test_sections_fill_by_themselves_and_a_silent_target_delays_only_its_own(targets, see, page, keep_picture, width):
    complaints = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    see(PAGE, width)
    expect(page.locator("#target-city .elsewhere-hits li")).to_have_count(3, timeout=20_000)
    expect(page.locator("#said-city")).to_contain_text("128件")
    expect(page.locator("#target-university")).to_contain_text("さがしています…")
    expect(page.locator("#target-university .elsewhere-ask")).to_be_hidden()
    keep_picture(f"elsewhere-waiting-{width}")
    expect(page.locator("#target-university")).to_contain_text("時間内に回答がありませんでした。", timeout=20_000)
    expect(page.locator("#said-university")).to_contain_text("回答なし")
    keep_picture(f"elsewhere-{width}")
    assert complaints == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("sessionStorage.getItem('htmx-history-cache')") is None  # no copy of the page is kept
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]})
    assert [violation["id"] for violation in found.response["violations"]] == []


def test_without_a_script_each_section_is_a_link(targets, browser, live_server, keep_picture):
    visitor = browser.new_context(java_script_enabled=False, locale="ja-JP").new_page()
    visitor.goto(live_server.url + PAGE)
    expect(visitor.get_by_text("さがしています…").first).to_be_hidden()
    visitor.get_by_role("link", name=re.compile("この図書館をさがす.*市立図書館")).click()
    expect(visitor.get_by_text("128件")).to_be_visible()
    expect(visitor.get_by_role("link", name="当館にもあります").first).to_be_visible()
    visitor.context.close()


def test_where_our_own_server_fails_the_link_is_back(targets, see, page):
    """The section says nothing it does not know, and the way without a script is there again."""
    page.route("**/elsewhere/city/**", lambda route: route.abort())
    see(PAGE)
    expect(page.locator("#target-city .elsewhere-ask")).to_be_visible()


def test_the_other_pages(targets, see, page, keep_picture, client):
    for name, path in {
        "form": "/elsewhere/",
        "one": "/elsewhere/city/?q=草枕",
        "fields": "/elsewhere/?title=草枕",
    }.items():
        for width in (360, 1280):
            see(path, width)
            keep_picture(f"elsewhere-{name}-{width}")
            assert page.evaluate("document.documentElement.scrollWidth") <= width
