"""The outbox on the pages of staff."""

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from notifications import actions, texts
from notifications.models import Notice, Template
from notifications.rules import Kind, State
from okalib.models import User

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis")]


@pytest.fixture
def chief() -> User:
    """Somebody who may do everything."""
    return User.objects.create_superuser("chief")


@pytest.fixture
def desk(client, chief):
    """The browser of the chief."""
    client.force_login(chief)
    return client


def do(desk, action, *notices, reason="ご本人に伝達"):
    """Choose notices in the list and do something with them."""
    chosen = {"action": action, "_selected_action": [notice.pk for notice in notices], "reason": reason}
    return desk.post(reverse("admin:notifications_notice_changelist"), chosen, follow=True)


def test_staff_see_every_notice_with_its_state_and_whom_to_telephone(desk, post, patron_named):
    """NTF-4, PAT-4."""
    post(1)
    post(2, patron=patron_named("倉敷 太郎", contact="phone", phone="086-123-4567"))
    page = desk.get(reverse("admin:notifications_notice_changelist")).content.decode()
    assert "送信待ち" in page
    assert "電話連絡待ち" in page
    assert "086-123-4567" in page
    only = desk.get(reverse("admin:notifications_notice_changelist") + "?state__exact=phone").content.decode()
    assert "倉敷 太郎" in only
    assert "hanako@example.jp" not in only


def test_staff_note_a_telephone_call_from_the_list(desk, post, patron_named):
    """NTF-4: and what could not be done is said beside what could."""
    to_phone = post(1, patron=patron_named("倉敷 太郎", contact="phone"))
    queued = post(2)
    page = do(desk, "mark_phoned", to_phone, queued).content.decode()
    to_phone.refresh_from_db()
    queued.refresh_from_db()
    assert (to_phone.state, to_phone.closed_reason) == (State.CLOSED, "ご本人に伝達")
    assert queued.is_queued
    assert "1件を電話連絡済にしました。" in page
    assert "現在の状態ではその操作ができません" in page


def test_a_decision_without_a_reason_is_refused(desk, post, patron_named):
    """OPS-5."""
    to_phone = post(patron=patron_named("倉敷 太郎", contact="phone"))
    assert "理由を入力してください" in do(desk, "close", to_phone, reason="").content.decode()
    to_phone.refresh_from_db()
    assert to_phone.is_on_phone_list


def test_staff_read_a_notice_as_it_was_sent_and_cannot_rewrite_it(desk, post, post_office, now):
    """A189, NTF-4; markup in a title is shown, not obeyed (A188)."""
    notice = post(words={"title": "<script>alert(1)</script>"})
    actions.send_due(now=now)
    address = reverse("admin:notifications_notice_change", args=[notice.pk])
    page = desk.get(address).content.decode()
    assert "ご予約の資料のご用意ができました" in page
    assert "<script>alert(1)" not in page
    desk.post(address, {"state": "queued", "text": "別の文"})
    notice.refresh_from_db()
    assert notice.is_sent
    assert notice.text != "別の文"


def test_staff_read_what_to_say_on_the_telephone(desk, post, patron_named):
    """PAT-4: a notice that was never mailed shows its words all the same."""
    notice = post(patron=patron_named("倉敷 太郎", contact="phone"), words={"title": "草枕"})
    page = desk.get(reverse("admin:notifications_notice_change", args=[notice.pk])).content.decode()
    assert "草枕" in page
    assert "取置期限：12月8日（火）" in page


def test_a_secret_is_not_shown_to_staff(desk, post):
    """PAT-3."""
    notice = post(kind=Kind.ACTIVATION_CODE, words={"code": "4827-1930"})
    assert "4827" not in desk.get(reverse("admin:notifications_notice_change", args=[notice.pk])).content.decode()


def test_a_clerk_without_the_right_can_look_but_not_decide(client, post, patron_named):
    """NTF-4."""
    clerk = User.objects.create_user("clerk", is_staff=True)
    clerk.user_permissions.add(Permission.objects.get(codename="view_notice"))
    client.force_login(clerk)
    to_phone = post(patron=patron_named("倉敷 太郎", contact="phone"))
    assert "倉敷 太郎" in do(client, "mark_phoned", to_phone).content.decode()
    assert Notice.objects.get().is_on_phone_list


def test_a_new_text_begins_with_ours_and_its_kind_leaves_the_list_of_unwritten_ones(desk):
    """NTF-3."""
    link = "?kind=ready&amp;language=ja"
    changelist = reverse("admin:notifications_template_changelist")
    assert link in desk.get(changelist).content.decode()
    form = desk.get(reverse("admin:notifications_template_add") + "?kind=ready&language=ja").content.decode()
    assert "ご予約の資料のご用意ができました" in form
    assert "取置期限" in form
    Template.objects.create(kind="ready", language="ja", subject="件名", body="本文")
    assert link not in desk.get(changelist).content.decode()


def test_the_preview_shows_the_text_as_typed_and_saves_nothing(desk):
    """NTF-3."""
    body = "{{ patron_name }} 様\n{{ title }}は{{ keep_until }}まで<b>"
    typed = {"kind": "ready", "language": "ja", "subject": "{{ title }}の件", "body": body, "_preview": "1"}
    page = desk.post(reverse("admin:notifications_template_add"), typed).content.decode()
    assert "坊っちゃんは12月8日（火）まで&lt;b&gt;" in page
    assert "坊っちゃんの件" in page
    assert not Template.objects.exists()


@pytest.mark.parametrize("name", [*Kind, texts.FOOTER])
def test_every_text_can_be_previewed_and_saved_as_it_came(desk, name):
    """NTF-3."""
    words = texts.default_words(name, "ja")
    typed = {"kind": name, "language": "ja", "subject": words.subject, "body": words.body}
    add = reverse("admin:notifications_template_add")
    assert desk.post(add, typed | {"_preview": "1"}).template_name == "admin/notifications/template/preview.html"
    desk.post(add, typed)
    assert Template.objects.get().kind == name


def test_a_broken_text_is_neither_previewed_nor_saved(desk):
    """NTF-3: the form says what is wrong."""
    typed = {"kind": "ready", "language": "ja", "subject": "件名", "body": "{% include 'x' %}"}
    for button in ({"_preview": "1"}, {}):
        page = desk.post(reverse("admin:notifications_template_add"), typed | button).content.decode()
        assert "文面の書き方に誤りがあります" in page
    assert not Template.objects.exists()
