"""Through the doors by keyboard alone, with a script and without: log-in, lost password, a form that comes too late."""

import pytest

from holds.models import Request
from notifications import actions as notifications
from okalib import clock
from tests.post_office import post_office
from tests.web.test_doors_lost_password import NEW, link_in

__all__ = ["post_office"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LONGER_THAN_A_SHARED_MACHINE_WAITS = 11 * 60
WISH = "「草枕」の朗読CDはありますか。"


@pytest.fixture
def later(monkeypatch):
    """Let real seconds pass on the server."""
    real = clock.seconds
    return lambda passed: monkeypatch.setattr(clock, "seconds", lambda: real() + passed)


def log_in(reader, password, number="20000011"):
    reader.types("カード番号", number)
    reader.types("パスワード", password)
    reader.sends()


def test_log_in_with_a_wrong_password_then_with_the_right_one_and_log_out(lively, reader):
    """PAT-1, PAT-3: the number is kept, the password is not; after the log-out nothing personal opens."""
    reader.opens("/")
    reader.follows("ログイン")
    log_in(reader, "wrong")
    reader.sees("カード番号またはパスワードが正しくありません。")
    reader.goes_to("カード番号")
    assert reader.here.input_value() == "20000011"
    reader.types("パスワード", "sesame")
    reader.presses("ログイン")
    reader.sees("今すること")
    reader.presses("ログアウト")
    reader.goes_to("ログイン")
    reader.opens("/my/")
    reader.sees("このページを見るには、ログインしてください。")


def test_a_lost_password_is_replaced_through_the_link_in_a_mail(lively, reader, akari, post_office, settings, ten):
    """PAT-3, NTF-1."""
    settings.LOST_PASSWORD_SECONDS = 0
    reader.opens("/login/")
    reader.follows("パスワードをお忘れの方")
    reader.types("カード番号", "20000011")
    reader.types("図書館に登録したメールアドレス", akari.email)
    reader.presses("メールを申し込む")
    reader.sees("お申し込みを受け付けました")
    notifications.send_due(now=ten)
    letter = next(each for each in post_office.letters if "/password/new/" in each.get_body(["plain"]).get_content())
    reader.opens(link_in(letter))
    reader.types("新しいパスワード※必須", NEW)
    reader.types("新しいパスワード（確認）※必須", NEW + "x")
    reader.presses("登録する")
    reader.sees("2つのパスワードが一致しません。")
    reader.types("新しいパスワード※必須", NEW)
    reader.types("新しいパスワード（確認）※必須", NEW)
    reader.sends()
    reader.sees("新しいパスワードを登録しました。ログインしてください。")
    log_in(reader, "sesame")
    reader.sees("カード番号またはパスワードが正しくありません。")
    log_in(reader, NEW)
    reader.sees("今すること")


def test_what_was_typed_before_the_session_ended_is_sent_after_the_log_in(lively, as_patron, akari, later):
    """A225, REQ-1: nothing is lost, and nothing is sent twice."""
    asked_before = Request.objects.count()
    reader = as_patron(akari)
    reader.opens("/my/")
    reader.follows("依頼・お問い合わせ")
    reader.toggles("お問い合わせ")
    reader.types("内容", WISH)
    later(LONGER_THAN_A_SHARED_MACHINE_WAITS)
    reader.presses("送信する")
    reader.sees("入力された内容は、まだ送られていません。ログインすると、確認してもう一度送れます。")
    assert Request.objects.count() == asked_before
    reader.follows("ログインして元のページへ戻る")
    log_in(reader, "sesame")
    reader.sees("まだ送られていない内容があります", WISH)
    reader.presses("もう一度送る")
    reader.sees("ご依頼を受け付けました。", WISH)
    assert Request.objects.count() == asked_before + 1
