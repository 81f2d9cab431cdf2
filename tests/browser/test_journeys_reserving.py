"""Reserving by keyboard alone, with a script and without: one title and all that can be done with it, and a basket."""

from datetime import date

import pytest
from playwright.sync_api import expect

from holds.models import Hold
from tests.browser.keyboard import Reader
from tests.factories import BibFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_one_title_is_reserved_once_and_changed_and_cancelled(lively, as_patron, akari, bizen):
    """HLD-2, HLD-4, HLD-5, HLD-8, HLD-11: from the results to the cancellation."""
    reader = as_patron(akari)
    reader.opens("/")
    reader.types("資料をさがす", "武士道")
    reader.sends()
    reader.follows("武士道")
    reader.chooses("受渡館（受け取る図書館）", "選んでください")
    reader.presses("予約する")
    reader.sees("予約できませんでした")
    reader.chooses("受渡館（受け取る図書館）", "備前市立図書館（")
    reader.presses("予約する")
    reader.sees("完了：予約を受け付けました。", "予約の内容", "備前市立図書館")
    reader.reloads()
    reader.misses("完了：予約を受け付けました。")
    hold = Hold.objects.get(patron=akari, bib=lively.bibs["others"])

    reader.toggles("しばらく休止する")
    reader.types_day("再開日", date(2026, 12, 20))
    reader.presses("休止する")
    reader.sees("予約を休止しました。順番はそのままです。", "12月20日（日）に再開します。")
    reader.presses("再開する")
    reader.sees("予約を再開しました。")
    reader.toggles("必要な期限をつける")
    reader.types_day("必要な期限", date(2027, 1, 31))
    reader.presses("期限を保存する")
    reader.sees("必要な期限を2027年1月31日（日）にしました。")
    reader.toggles("受渡館を変更する")
    reader.chooses("受渡館（受け取る図書館）", "県立図書館")
    reader.presses("受渡館を変更する")
    reader.sees("受渡館を県立図書館に変更しました。")
    hold.refresh_from_db()
    assert (hold.pickup_at.code, hold.need_by) == ("home", date(2027, 1, 31))

    reader.toggles("予約を取り消す")
    reader.presses("予約を取り消す")
    reader.sees("「武士道」の予約を取り消しました。")
    hold.refresh_from_db()
    assert hold.end_reason == "by_patron"
    assert Hold.objects.filter(patron=akari, bib=lively.bibs["others"]).count() == 1


def test_a_basket_is_filled_put_in_order_and_reserved_title_by_title(lively, as_patron, akari, bizen):
    """HLD-9, HLD-10, HLD-11, A23: the film is refused beside its title, the others follow one another."""
    bizen.accepts_av = False
    bizen.save()
    reader = as_patron(akari)
    for words, title in (("武士道", "武士道"), ("東京物語", "東京物語")):
        reader.opens(f"/search/?q={words}")
        reader.presses(f"予約かごに入れる：{title}")
        reader.sees(f"「{title}」を予約かごに入れました。")
    reader.follows("予約かご（4）")
    reader.picks("順番", instead_of="通常")
    reader.presses("上へ：武士道（いま3番目）")
    assert reader.stands_on() == "上へ：武士道（いま2番目）"
    reader.sends("Space")
    assert reader.stands_on() == "下へ：武士道（いま1番目）"
    reader.sends("Space")
    assert reader.stands_on() == "下へ：武士道（いま2番目）"
    expect(reader.page.get_by_label("順番", exact=True)).to_be_checked()
    reader.chooses("受渡館（受け取る図書館）", "備前市立図書館（")
    reader.presses("まとめて予約する")

    reader.sees("3点の予約を受け付けました", "順番：前の巻を借りる", "視聴覚資料は備前市立図書館では受け取れません。")
    film = reader.page.locator("li", has=reader.page.get_by_role("heading", name="東京物語"))
    expect(film).to_contain_text("予約できませんでした")
    expect(film).to_contain_text("視聴覚資料は備前市立図書館では受け取れません。")
    made = Hold.objects.filter(patron=akari, group__kind="in_order").order_by("volume_order")
    titles = ["日本の伝統色", "武士道", "広辞苑を読む"]
    assert [hold.bib.title.split("：")[0] for hold in made] == titles
    reader.reloads()
    reader.sees("3点の予約を受け付けました")
    assert made.count() == 3
    reader.page.emulate_media(media="print")
    expect(reader.page.get_by_role("heading", name="予約の結果")).to_be_visible()
    expect(reader.page.get_by_role("heading", name="武士道")).to_be_visible()
    expect(reader.page.get_by_role("navigation", name="主なページ")).to_be_hidden()
    reader.page.emulate_media(media="screen")
    reader.follows("予約の内容・変更・取消：武士道")
    reader.sees("予約の内容", "武士道")


def test_enter_in_a_field_of_the_basket_reserves_and_moves_nothing(lively, as_patron, akari):
    """HLD-9, WCAG 3.2.2: what Enter presses is the button that the page is about."""
    reader = as_patron(akari)
    reader.opens("/basket/")
    reader.picks("いずれか", instead_of="通常")
    reader.types("必要な点数", "1")
    reader.sends()
    reader.sees("2点の予約を受け付けました", "いずれか：1点そろったら")


def test_a_title_is_taken_out_of_the_basket(lively, as_patron, akari):
    """HLD-9."""
    reader = as_patron(akari)
    reader.opens("/basket/")
    reader.presses("かごから出す：日本の伝統色")
    reader.sees("「日本の伝統色」を予約かごから出しました。", "1点が入っています。")


def test_the_same_title_open_in_two_tabs_is_reserved_once(lively, as_patron, akari):
    """HLD-3, HLD-11: the second tab says that it is reserved, and so does going back in the first."""
    bib = BibFactory(title="徒然草", items=1)
    first = as_patron(akari)
    second = Reader(first.page.context.new_page(), first.address, has_script=first.has_script)
    for tab in (first, second):
        tab.opens(f"/records/{bib.pk}/")
        tab.chooses("受渡館（受け取る図書館）", "県立図書館")
    first.presses("予約する")
    first.sees("予約の内容")
    second.presses("予約する")
    second.sees("この資料は予約済みです。")
    first.page.go_back()
    first.sees("この資料は予約済みです。")
    assert Hold.objects.filter(patron=akari, bib=bib).count() == 1
