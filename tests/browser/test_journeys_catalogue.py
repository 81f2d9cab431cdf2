"""Through the catalogue by keyboard alone, with a script and without: searching, browsing, other libraries, English."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from catalog.actions import count_classes
from catalog.search import index_bibs
from tests.elsewhere.conftest import rss, stranger, target
from tests.factories import BibFactory

__all__ = ["stranger", "target"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def railways(lively):
    """Sixty more titles about railways, of 1960 to 2019."""
    index_bibs([BibFactory(title=f"鉄道の旅 {number}", year=1960 + number, items=1) for number in range(60)])


def asked(reader):
    """What the address asks for."""
    return {name: values[0] for name, values in parse_qs(urlsplit(reader.page.url).query).items()}


def test_a_suggestion_is_found_and_followed(lively, reader):
    """CAT-6: with a script by the arrow keys, and Escape puts the list away; without one by a button."""
    reader.opens("/")
    reader.goes_to("資料をさがす")  # the menu's
    reader.types("資料をさがす", "夏目")
    if reader.has_script:
        options = reader.page.get_by_role("option")
        expect(options.first).to_be_visible()
        reader.page.keyboard.press("Escape")
        expect(options.first).to_be_hidden()
        assert reader.here.input_value() == "夏目"
        reader.page.keyboard.press("ArrowDown")
        expect(options.first).to_be_visible()
        reader.page.keyboard.press("ArrowDown")
        expect(reader.page.locator("[aria-selected=true]")).to_have_text("夏目漱石 著者")
        reader.sends()
    else:
        reader.presses("候補を見る")
        reader.sees("「夏目」の候補")
        reader.follows("夏目漱石")
    assert asked(reader) == {"author": "夏目漱石"}
    reader.sees("吾輩は猫である", "こころ")


def test_a_detailed_search_is_widened_put_in_order_and_leafed_through(railways, reader):
    """CAT-6, A206: material and years, a chip away, another order, fifty a page, the next page."""
    reader.opens("/")
    reader.follows("詳しい条件でさがす")
    reader.types("書名", "鉄道の旅")
    reader.types("出版年（から）", "昭和")
    reader.toggles("図書")
    reader.presses("この条件で検索")
    reader.sees("出版年は西暦の数字で入力してください")
    reader.follows("出版年（から）")  # the message leads to its field
    assert reader.stands_on() == "出版年（から）"
    reader.page.keyboard.press("Control+a")
    reader.page.keyboard.type("2000")
    reader.sends()
    reader.sees("20件")
    assert asked(reader) == {"title": "鉄道の旅", "year_from": "2000", "material": "book"}
    reader.follows("条件をはずす： 2000年から")
    assert asked(reader) == {"title": "鉄道の旅", "material": "book"}
    reader.sees("60件", "3ページ中1ページ目")
    reader.chooses("並び順", "出版年")
    reader.chooses("表示件数", "50件ずつ")
    reader.presses("表示を変える")
    reader.sees("60件", "2ページ中1ページ目", "1. 鉄道の旅 59")
    reader.follows("次へ")
    assert asked(reader)["page"] == "2"
    reader.sees("2ページ中2ページ目", "60. 鉄道の旅 0")


def test_a_facet_narrows_and_gives_free_again(railways, reader):
    """CAT-6: each value is a link, which says how many it finds."""
    reader.opens("/search/?q=鉄道の旅")
    reader.follows("1990–1999年 10 件")
    reader.sees("10件")
    assert asked(reader) == {"q": "鉄道の旅", "decade": "1990"}
    reader.follows("選択中、はずす： 1990–1999年 10 件")
    assert asked(reader) == {"q": "鉄道の旅"}


def test_the_catalogue_is_browsed_by_class_and_along_the_shelf(lively, reader):
    """CAT-7: three levels down, to the shelf, along it and to a record."""
    count_classes()
    reader.opens("/")
    reader.follows("新着・分類")
    for step in ("9 文学 Literature", "91 日本文学 Japanese literature"):
        reader.follows(step)
    reader.follows("913 小説・物語 Novels and tales")
    reader.sees("この分類の資料を見る")
    reader.follows("この分類の書架をながめる")
    reader.sees("書架をながめる", "吾輩は猫である")
    reader.types("請求記号または資料番号", "467")
    reader.chooses("場所", "2階 文学")
    reader.presses("この棚を見る")
    reader.sees("種の起原")
    reader.follows("鉄道と日本の近代")
    reader.sees("鉄道と日本の近代", "予約件数")


def test_new_and_much_reserved_titles_are_listed(lively, reader):
    """CAT-7."""
    reader.opens("/browse/")
    reader.follows("新着資料")
    reader.sees("に入った資料")
    reader.follows("新着・分類・書架からさがす")
    reader.follows("予約の多い資料")
    reader.sees("予約 2件")
    reader.follows("こころ")
    reader.sees("予約件数：2件")


def test_other_libraries_are_searched(lively, target, stranger, reader):
    """REQ-3: with a script the answers come by themselves, without one each library is asked by its link."""
    stranger.says(rss("漱石の草枕", "草枕の旅", total=128))
    reader.opens("/search/?q=草枕")
    reader.sees("見つかりませんでした")
    reader.follows("ほかの図書館の資料から「草枕」をさがす（横断検索）")
    if not reader.has_script:
        reader.follows("この図書館をさがす：市立図書館")
    reader.sees("128件", "草枕の旅")
    reader.goes_to("草枕の旅")
    reader.goes_to("市立図書館のページでさがす")
    reader.opens("/elsewhere/")
    reader.toggles("書名・著者名・ISBNでさがす")
    reader.types("著者名", "夏目漱石")
    reader.sends()
    assert asked(reader)["author"] == "夏目漱石"


def test_the_language_changes_and_the_search_stays(lively, reader):
    """A232: the page, what was typed and its conditions are the same in English and back."""
    reader.opens("/search/?q=夏目&material=book&sort=year")
    there = asked(reader)
    reader.follows("English")
    assert reader.page.locator("html").get_attribute("lang") == "en"
    assert asked(reader) == there
    expect(reader.page.locator("#q")).to_have_value("夏目")
    reader.follows("日本語")
    assert reader.page.locator("html").get_attribute("lang") == "ja"
    assert asked(reader) == there
    reader.sees("吾輩は猫である")


def test_the_first_stop_leads_past_the_head_of_the_page(lively, reader):
    """WCAG 2.4.1: the skip link is seen when it is reached, and the next stop is in the text."""
    reader.opens("/search/?q=夏目")
    reader.page.keyboard.press("Tab")
    assert reader.stands_on() == "本文へ移動"
    reader.page.keyboard.press("Enter")
    reader.page.keyboard.press("Tab")
    assert re.match("資料をさがす", reader.stands_on())
