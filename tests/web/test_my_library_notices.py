"""What a patron reads of the notices that the library has sent, telephoned or kept back (NTF-4)."""

import re

import pytest

from notifications import actions
from notifications.models import Notice
from notifications.rules import Kind, State
from okalib import clock

TUESDAY = "2026-12-01"


def words(answer):
    """The text of a page, without tags and blanks."""
    return re.sub(r"<[^>]+>|\s", "", answer.content.decode())


@pytest.fixture
def told(akari, ten):
    """Tell Akari that her password was changed."""

    def told(key="a", **fields):
        notice = actions.post(
            key=key,
            kind=Kind.PASSWORD_CHANGED,
            patron=akari,
            context={"changed_on": TUESDAY},
            cause=f"patron:{akari.pk}",
            now=ten,
        )
        Notice.objects.filter(pk=notice.pk).update(**fields)
        return notice

    with clock.standing_at(ten):
        yield told


def test_a_notice_is_read_as_it_was_mailed(told, log_in, akari, ten):
    """NTF-4: kind, day, state in words and the text."""
    told(state=State.SENT, sent_at=ten, next_try_at=None, subject="件名です", text="一行目\n二行目")
    page = words(log_in(akari).get("/my/notices/"))
    assert "件名です12月1日（火）パスワード変更12月1日（火）にメールを送信本文を読む：件名です一行目二行目" in page


def test_who_wants_no_mail_reads_the_text_here(told, log_in, akari):
    """PAT-4: kept back is not kept secret."""
    akari.contact = "none"
    akari.save()
    told()
    page = words(log_in(akari).get("/my/notices/"))
    assert "送信せず（ここで表示）" in page
    assert "パスワードが変更されました" in page or "パスワードを変更しました" in page


def test_who_is_telephoned_reads_that_too(told, log_in, akari, ten):
    """PAT-4."""
    akari.contact = "phone"
    akari.save()
    told()
    assert "電話で連絡します" in words(log_in(akari).get("/my/notices/"))
    Notice.objects.update(state=State.CLOSED, was_phoned=True, closed_at=ten, closed_reason="本人に連絡")
    assert "12月1日（火）に電話で連絡" in words(log_in(akari).get("/my/notices/"))


def test_what_was_erased_or_taken_back_says_so(told, log_in, akari, ten):
    told(key="a", state=State.SENT, sent_at=ten, next_try_at=None, erased_at=ten)
    told(key="b", state=State.WITHDRAWN, withdrawn_at=ten, withdrawn_reason="返却されたため", next_try_at=None)
    page = words(log_in(akari).get("/my/notices/"))
    assert "本文は消去しました。" in page
    assert "取りやめ返却されたため" in page
    assert "本文を読む" not in page


def test_a_code_that_opens_the_account_is_never_shown(home, akari, log_in, ten, desk):
    """PAT-3: not before it is mailed, not afterwards."""
    notice = actions.mail_activation_code(patron=akari, by=desk, now=ten)
    code = notice.context["code"]
    with clock.standing_at(ten):
        assert code not in log_in(akari).get("/my/notices/").content.decode()


def test_nobody_reads_anothers_notices(told, log_in, aya):
    """A215."""
    told()
    assert "お知らせはありません。" in words(log_in(aya).get("/my/notices/"))


def test_many_notices_are_leafed_through(told, log_in, akari):
    for number in range(21):
        told(key=f"{number}")
    client = log_in(akari)
    assert client.get("/my/notices/").content.decode().count('class="row-title"') == 20
    assert client.get("/my/notices/?page=2").content.decode().count('class="row-title"') == 1
    for out_of_reach in ("0", "99", "abc", "9" * 30, "１"):
        assert client.get("/my/notices/", {"page": out_of_reach}).status_code == 200
