"""The search box in a browser: suggestions by keyboard, by pointer, with an input method, and without a script."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from catalog.search import index_bibs
from tests.factories import BibFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def novels(lively):
    """What begins with 夏目: two titles, an author and a subject."""
    souseki = [{"name": "夏目漱石", "kana": "ナツメ, ソウセキ", "role": "著"}]
    index_bibs(
        [
            BibFactory(title="夏目家の猫", contributors=souseki, subjects=["夏目漱石研究"], items=1),
            BibFactory(
                title="夏目漱石全集：小説と随筆と書簡と日記のすべてを集めた長い長い書名の本",
                contributors=souseki,
                items=1,
            ),
        ]
    )


@pytest.fixture
def box(page, novels, see):
    """The search box of the results page, and its list."""
    see("/search/")
    return page.get_by_role("combobox", name="資料をさがす")


def options(page):
    return page.get_by_role("listbox", name="検索語の候補").get_by_role("option")


def test_arrows_reach_each_suggestion_and_enter_follows_it(page, box, keep_picture):
    box.press_sequentially("夏目")
    expect(options(page)).to_have_count(4)
    expect(box).to_have_attribute("aria-expanded", "true")
    expect(page.get_by_role("status").filter(has_text="候補が4件あります")).to_be_attached()
    assert box.get_attribute("aria-activedescendant") is None
    reached = []
    for key in ("ArrowDown", "ArrowDown", "Home", "End", "ArrowUp", "ArrowDown", "ArrowDown", "ArrowUp"):
        box.press(key)
        reached.append(box.get_attribute("aria-activedescendant"))
    assert reached == [
        *("suggestion-0", "suggestion-1", "suggestion-0", "suggestion-3"),
        *("suggestion-2", "suggestion-3", None, "suggestion-3"),
    ]
    box.press("ArrowUp")
    keep_picture("suggestions-1280")
    expect(page.locator("[aria-selected=true]")).to_have_text("夏目漱石 著者")
    expect(box).to_be_focused()
    box.press("Enter")
    page.wait_for_url(re.compile(r"/search/\?author="))
    expect(page.get_by_text("著者：夏目漱石").first).to_be_visible()


def test_escape_closes_the_list_and_keeps_what_was_typed(page, box):
    box.press_sequentially("夏目")
    expect(options(page).first).to_be_visible()
    box.press("ArrowDown")
    box.press("Escape")
    expect(options(page).first).to_be_hidden()
    expect(box).to_have_value("夏目")
    expect(box).to_have_attribute("aria-expanded", "false")
    box.press("ArrowDown")
    expect(options(page).first).to_be_visible()


def test_enter_without_a_choice_searches_for_what_was_typed(page, box):
    box.press_sequentially("夏目")
    expect(options(page).first).to_be_visible()
    box.press("Enter")
    page.wait_for_url(re.compile(r"/search/\?q=%E5%A4%8F%E7%9B%AE$"))


def test_a_suggestion_can_be_pressed(page, box):
    box.press_sequentially("夏目")
    options(page).filter(has_text="件名").click()
    page.wait_for_url(re.compile(r"/search/\?subject="))


def test_the_keys_of_an_input_method_are_its_own(page, box):
    """While kana are being converted, arrows and Enter choose kanji and not a suggestion."""
    box.press_sequentially("夏目")
    expect(options(page).first).to_be_visible()
    address = page.url
    box.press("ArrowDown")
    for key in ("ArrowDown", "Enter", "Escape"):
        press = "new KeyboardEvent('keydown', {key, isComposing: true, bubbles: true})"
        box.evaluate(f"(field, key) => field.dispatchEvent({press})", key)
    assert box.get_attribute("aria-activedescendant") == "suggestion-0"
    expect(options(page).first).to_be_visible()
    assert page.url == address


def test_a_slow_answer_to_an_earlier_beginning_is_not_shown(page, box):
    """Typing on aborts what was asked before."""
    held = []

    def hold(route):
        if route.request.url.endswith("q=%E5%A4%8F"):
            held.append(route)
        else:
            route.continue_()

    page.route("**/search/suggestions/*", hold)
    box.press_sequentially("夏")
    page.wait_for_timeout(500)
    assert len(held) == 1
    box.press_sequentially("目漱石全")
    expect(options(page)).to_have_count(1)
    assert held[0].request.failure is not None


def test_quick_typing_asks_once(page, box):
    asked = []
    page.on("request", lambda request: asked.append(request.url) if "/suggestions/" in request.url else None)
    box.press_sequentially("夏目漱石", delay=20)
    expect(options(page).first).to_be_visible()
    assert len(asked) == 1


@pytest.mark.parametrize("width", [360, 1280])
def test_the_open_list_is_accessible_and_fits_the_screen(page, novels, see, keep_picture, width):
    for path in ("/", "/search/"):
        see(path, width)
        box = page.get_by_role("combobox", name="資料をさがす")
        box.press_sequentially("夏目")
        expect(options(page)).to_have_count(4)
        box.press("ArrowDown")
        keep_picture(f"suggestions-{'home' if path == '/' else 'search'}-{width}")
        assert [each["id"] for each in Axe().run(page).response["violations"]] == []
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0


@pytest.mark.parametrize("width", [360, 1280])
def test_the_pages_of_searching_are_accessible_and_fit_the_screen(page, novels, see, keep_picture, width):
    pages = {
        "detailed": "/search/detailed/?title=猫&material=book&place=文学",
        "detailed-wrong": "/search/detailed/?year_from=昭和&isbn=12&title=坊っちゃん",
        "chips": "/search/?q=夏目 OR 太宰&material=book&language=jpn&year_from=1900",
        "many": "/search/?language=jpn&per=50",
        "no-result": "/search/?q=吾輩は 犬である&material=book&decade=1990",
        "empty": "/search/",
        "suggestion-page": "/search/suggestions/?q=夏目",
    }
    problems = []
    for name, path in pages.items():
        see(path, width)
        keep_picture(f"search-{name}-{width}")
        problems += [
            f"{name}: {each['id']}: {each['nodes'][0]['html'][:200]}" for each in Axe().run(page).response["violations"]
        ]
        if page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") > 0:
            problems.append(f"{name}: too wide")
    assert problems == []


def test_without_a_script_the_button_shows_suggestions_and_everything_else_works(
    browser, novels, live_server, keep_picture
):
    context = browser.new_context(java_script_enabled=False, locale="ja-JP")
    page = context.new_page()
    page.goto(f"{live_server.url}/search/")
    page.get_by_label("資料をさがす").fill("夏目")
    page.get_by_role("button", name="候補を見る").click()
    page.get_by_role("link", name="夏目漱石", exact=True).click()
    assert page.get_by_role("link", name=re.compile("条件をはずす.*著者：夏目漱石")).is_visible()
    page.get_by_role("link", name="条件を変える").click()
    assert page.get_by_label("著者・編者").input_value() == "夏目漱石"
    page.get_by_label("出版年（から）").fill("二千年")
    page.get_by_role("button", name="この条件で検索").click()
    assert "出版年は西暦の数字で入力してください" in page.content()
    page.get_by_label("出版年（から）").fill("1900")
    page.get_by_role("button", name="この条件で検索").click()
    assert "year_from=1900" in page.url
    assert "title=" not in page.url
    context.close()
