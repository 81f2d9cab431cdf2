"""My Library by keyboard alone, with a script and without: loans, card, calendar, reading record, saved searches."""

import re
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
from playwright.sync_api import expect

from catalog.models import SavedSearch

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_loan_is_renewed_to_the_day_that_was_said_before(lively, as_patron, akari):
    """REN-1, REN-2: the new date stands beside the button; where there is none, the reason."""
    reader = as_patron(akari)
    reader.opens("/my/")
    said = reader.page.locator(f"#renewed-{lively.loans['due_soon'].pk}").locator("strong").inner_text()
    reader.sees("から延長できます")
    reader.goes_to("延長する：吾輩は猫である")
    described_by = reader.here.get_attribute("aria-describedby")
    assert said in reader.page.locator(f"#{described_by}").inner_text()
    reader.sends("Space")
    reader.sees(f"「吾輩は猫である」を延長しました。新しい返却期限は{said}です。")
    loan = lively.loans["due_soon"]
    loan.refresh_from_db()
    assert said.endswith(f"{loan.due_on.month}月{loan.due_on.day}日（{'月火水木金土日'[loan.due_on.weekday()]}）")
    reader.sees("延長は1回までです。もう延長できません。")


def test_a_reservation_is_cancelled_from_the_list(lively, as_patron, akari):
    """HLD-4."""
    reader = as_patron(akari)
    reader.opens("/my/")
    reader.follows("予約")
    reader.presses("再開する：日本国憲法の論点")
    reader.sees("予約を再開しました。")
    reader.follows("マイライブラリ")
    reader.toggles("予約を取り消す：こころ")
    reader.sees("取り消すと順番はなくなり、元に戻せません。")
    reader.presses("はい、取り消します：こころ")
    reader.sees("「こころ」の予約を取り消しました。")


def test_the_card_is_shown_and_left_again(lively, as_patron, akari):
    """A213."""
    reader = as_patron(akari)
    reader.opens("/my/")
    reader.follows("利用者カードを表示")
    reader.sees("利用者カード", "20000011")
    expect(reader.page.locator("svg")).to_have_count(2)
    reader.follows("マイライブラリへ戻る")
    reader.sees("今すること")


def test_the_calendar_feed_is_switched_on_read_and_switched_off(lively, as_patron, akari, live_server):
    """A212: a calendar program comes with nothing but the address."""
    reader = as_patron(akari)
    reader.opens("/my/")
    reader.follows("設定")
    reader.toggles("書名を含める")
    reader.presses("配信をはじめる")
    reader.sees("カレンダーに期限と書名を配信します。")
    address = reader.page.locator(".secret-address").inner_text()
    path = urlsplit(address).path
    with urlopen(live_server.url + path) as answer:  # noqa: S310 - our own
        assert answer.headers["Content-Type"].startswith("text/calendar")
        assert "吾輩は猫である" in answer.read().decode().replace("\r\n ", "")
    reader.presses("アドレスを新しくする")
    reader.sees("以前のアドレスは使えません。")
    assert reader.page.locator(".secret-address").inner_text() != address
    reader.presses("配信をやめる")
    reader.sees("カレンダーへの配信をやめました。")


def test_a_reading_record_is_begun_and_ended(lively, as_patron, akari):
    """RET-5."""
    reader = as_patron(akari)
    reader.opens("/my/")
    reader.follows("読書記録")
    reader.presses("読書記録を残す")
    reader.sees("これからの貸出を読書記録に残します。", "まだ記録はありません。")
    akari.refresh_from_db()
    assert akari.keeps_reading_record
    reader.toggles("記録をやめて、すべて消去する")
    reader.presses("はい、すべて消去します")
    reader.sees("読書記録を消去しました。今後も残しません。")
    akari.refresh_from_db()
    assert not akari.keeps_reading_record


def test_a_search_is_saved_renamed_mailed_and_deleted(lively, as_patron, akari):
    """SDI, NTF-1."""
    reader = as_patron(akari)
    reader.opens("/search/?q=夏目")
    reader.toggles("この検索を保存")
    reader.types("名前", "漱石の本")
    reader.presses("保存する")
    reader.sees("検索を保存しました。", "この検索は保存してあります。")
    reader.follows("保存した検索を見る")
    reader.toggles("名前を変える：漱石の本")
    reader.types("新しい名前", "夏目漱石")
    reader.sends()
    reader.sees("検索の名前を変更しました。")
    search = SavedSearch.objects.get(patron=akari, name="夏目漱石")
    wanted = search.wants_mail
    for _press in range(2):
        reader.presses(f"{'メールを停止する' if wanted else '新着をメールで受け取る'}：夏目漱石")
        wanted = not wanted
        search.refresh_from_db()
        assert search.wants_mail is wanted
    reader.presses("もう一度検索する：夏目漱石")
    assert re.search(r"/search/\?q=", reader.page.url)
    reader.opens("/my/searches/")
    reader.presses("削除する：夏目漱石")
    reader.sees("保存した検索「夏目漱石」を削除しました。")
    assert not SavedSearch.objects.filter(pk=search.pk).exists()


def test_contact_and_password_are_changed(lively, as_patron, akari):
    """PAT-3, PAT-4: a wrong present password is refused, and the right one changes it."""
    reader = as_patron(akari)
    reader.opens("/my/settings/")
    reader.types("電話番号", "086-111-2222")
    reader.presses("連絡方法を変更する")
    reader.sees("連絡方法を変更しました。")
    akari.refresh_from_db()
    assert akari.phone == "086-111-2222"
    for old, said in (("wrong", "現在のパスワードが正しくありません。"), ("sesame", "パスワードを変更しました。")):
        reader.goes_to("パスワードを変更する")
        reader.goes_to("新しいパスワード（確認）", backwards=True)
        reader.page.keyboard.type("tsukiyo-no-karasu")
        reader.goes_to("新しいパスワード", backwards=True)
        reader.page.keyboard.type("tsukiyo-no-karasu")
        reader.goes_to("現在のパスワード", backwards=True)
        reader.page.keyboard.type(old)
        reader.presses("パスワードを変更する")
        reader.sees(said)
    akari.user.refresh_from_db()
    assert akari.user.check_password("tsukiyo-no-karasu")
