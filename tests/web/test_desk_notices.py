"""The phone list, a notice's page and the texts, as staff meet them (NTF-3, NTF-4, PAT-4)."""

import pytest
from django.urls import reverse

from notifications import actions, queries
from notifications.models import Notice, Template
from notifications.rules import State
from okalib import clock, days
from okalib.models import StaffAction
from tests.factories import StaffFactory
from tests.web.desk import at, at_work, clerk, text


@pytest.fixture
def counter(lively):
    """A browser at the counter."""
    return at_work(clerk("desk"))


@pytest.fixture
def post(ten):
    """Posts a notice that a title is ready."""

    def post(patron, number=1, title="草枕", **given):
        words = {"title": title, "library": "県立図書館", "keep_until": "2026-12-08"}
        return actions.post(
            **{"key": f"t:{number}", "kind": "cannot_be_filled", "patron": patron, "cause": f"hold:{number}"}
            | {"context": words | {"reason": ""}, "now": ten}
            | given
        )

    return post


def page_of(notice):
    """The address of a notice's page."""
    return reverse("admin:notifications_notice_change", args=[notice.pk])


# ── The phone list ──


def test_the_phone_list_says_whom_to_call_at_what_number_about_what(counter, post, chiyo):
    """PAT-4: one call for everything that there is to say, with the words to say."""
    Notice.objects.all().delete()
    post(chiyo, 1, "草枕")
    post(chiyo, 2, "三四郎")
    page = text(counter.get(at("phone-list")))
    assert page.count('class="desk-box phone-call"') == 1
    assert "090-1111-0003" in page
    assert "電話連絡を希望" in page
    assert page.count("草枕") == page.count("三四郎") >= 1


def test_who_was_told_leaves_the_list_with_one_click(counter, post, chiyo):
    """A77, PAT-4, OPS-5."""
    Notice.objects.all().delete()
    notices = [post(chiyo, number) for number in (1, 2)]
    told = {"notices": [notice.pk for notice in notices], "result": "reached", "outcome": "family", "note": "母"}
    page = counter.post(at("phone-list-calls"), told, follow=True)
    assert "2件を連絡済にしました" in text(page)
    assert "電話で知らせることはありません" in text(page)
    assert {(notice.state, notice.closed_reason, notice.was_phoned) for notice in Notice.objects.all()} == {
        ("closed", "ご家族に伝言を頼んだ 母", True)
    }
    assert StaffAction.objects.filter(verb="notice.phoned", patron=chiyo).count() == 2


def test_who_did_not_answer_comes_again_after_the_others_and_the_next_day_in_turn(counter, post, chiyo, akari, ten):
    """PAT-4: nothing is skipped in silence."""
    Notice.objects.all().delete()
    first = post(chiyo, 1)
    akari.contact = "phone"
    akari.save()
    post(akari, 2, now=ten.replace(minute=30))
    page = counter.post(at("phone-list-calls"), {"notices": [first.pk], "result": "not_reached"}, follow=True)
    assert "1回つながらず" in text(page)
    first.refresh_from_db()
    assert (first.state, first.calls, first.called_at) == (State.PHONE, 1, clock.now())
    today = days.day_of(ten)
    assert [call.patron for call in queries.calls(today=today, limit=9)] == [akari, chiyo]
    assert [call.patron for call in queries.calls(today=days.plus(today, 1), limit=9)] == [chiyo, akari]


def test_a_call_about_something_settled_meanwhile_is_refused_as_a_whole(counter, post, chiyo, ten):
    """Two desks call: the second is told, and nothing is noted twice."""
    Notice.objects.all().delete()
    settled, left = post(chiyo, 1), post(chiyo, 2)
    actions.withdraw(cause=settled.cause, reason="取り消されたため", now=ten)
    told = {"notices": [settled.pk, left.pk], "result": "reached", "outcome": "told"}
    assert "現在の状態ではその操作ができません" in text(counter.post(at("phone-list-calls"), told, follow=True))
    left.refresh_from_db()
    assert left.is_on_phone_list


def test_a_secret_is_not_read_out(counter, post, chiyo):
    """PAT-3."""
    Notice.objects.all().delete()
    notice = post(chiyo, kind="activation_code", context={"code": "4827-1930", "valid_until": "2026-12-15"})
    Notice.objects.filter(pk=notice.pk).update(state=State.PHONE, phone_reason="no_address")
    page = text(counter.get(at("phone-list")))
    assert "4827" not in page
    assert "内容はここには表示できません" in page


def test_the_phone_list_takes_a_fixed_number_of_queries(
    counter, post, chiyo, aya, akari, django_assert_max_num_queries
):
    for number, patron in enumerate((chiyo, aya, akari)):
        patron.contact = "phone"
        patron.save()
        post(patron, 10 + number)
    counter.get(at("phone-list"))
    with django_assert_max_num_queries(14):
        counter.get(at("phone-list"))


# ── A notice's page ──


def test_an_unknown_notice_explains_itself_and_is_closed_with_a_reason_only(counter, post, akari):
    """NTF-2, NTF-4."""
    notice = post(akari)
    Notice.objects.filter(pk=notice.pk).update(state=State.UNKNOWN, next_try_at=None)
    page = text(counter.get(page_of(notice)))
    assert "届いている可能性も、届いていない可能性もあります" in page
    assert "再送する" in page
    answer = counter.post(at("notices-deeds", notice.pk), {"deed": "close", "reason": ""}, follow=True)
    assert "理由を入力してください" in text(answer)
    counter.post(at("notices-deeds", notice.pk), {"deed": "close", "reason": "来館時に確認"})
    notice.refresh_from_db()
    assert (notice.state, notice.closed_reason) == (State.CLOSED, "来館時に確認")
    assert 'name="deed"' not in text(counter.get(page_of(notice)))


def test_a_notice_is_sent_again_to_another_address(counter, post, chiyo):
    """NTF-4."""
    notice = post(chiyo)
    sent = {"deed": "resend", "reason": "ご家族の宛先", "address": "family@example.com"}
    counter.post(at("notices-deeds", notice.pk), sent)
    notice.refresh_from_db()
    assert (notice.state, notice.address) == (State.QUEUED, "family@example.com")


def test_what_the_worker_has_offers_no_button(counter, post, akari):
    """NTF-2: two hands on one notice would send it twice."""
    page = text(counter.get(page_of(post(akari))))
    assert "送信待ち" in page
    assert 'name="deed"' not in page


def test_who_may_only_look_decides_nothing(lively, post, chiyo):
    browser = at_work(StaffFactory(rights=["notifications.view_notice"]))
    notice = post(chiyo)
    assert 'name="deed"' not in text(browser.get(page_of(notice)))
    assert browser.post(at("notices-deeds", notice.pk), {"deed": "close", "reason": "x"}).status_code == 403
    assert browser.get(at("phone-list")).status_code == 403


# ── The texts ──


@pytest.fixture
def coop_browser(lively):
    """A browser at the cooperation desk, which writes the texts."""
    return at_work(clerk("cooperation"))


TYPED = {"kind": "expired", "language": "ja", "subject": "{{ title }}の件", "body": "{{ title }}は取置を終えました。"}


def test_the_preview_shows_both_languages_with_sample_data(coop_browser):
    """NTF-3."""
    page = text(coop_browser.post(reverse("admin:notifications_template_add"), TYPED | {"_preview": "1"}))
    assert "坊っちゃんは取置を終えました。" in page
    assert "Botchan" in page
    assert not Template.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"body": "{{ title }} {{ patron.cards }}"}, "差し込み「patron.cards」"),
        ({"body": "{{ nothing }}{{ title }}"}, "差し込み「nothing」"),
        ({"body": "{% load i18n %}{{ title }}"}, "文面の書き方に誤りがあります"),
        ({"subject": "件名", "body": "題名のない文面"}, "差し込み「title」"),
        ({"subject": "件名\nBcc: all@example.com"}, "件名は1行で"),
    ],
)
def test_a_text_that_could_not_be_sent_is_refused_with_the_reason(coop_browser, wrong, why):
    """NTF-3: unknown fields, tags that load, a missing title, a second header line."""
    answer = coop_browser.post(reverse("admin:notifications_template_add"), TYPED | wrong)
    assert why in text(answer)
    assert not Template.objects.exists()


def test_a_text_is_put_back_to_ours_after_a_question(coop_browser):
    """NTF-3, OPS-5."""
    coop_browser.post(reverse("admin:notifications_template_add"), TYPED)
    own = Template.objects.get()
    address = reverse("admin:notifications_template_change", args=[own.pk])
    question = text(coop_browser.post(address, {"_reset": "1"}))
    assert "これからは次の既定の文面を使います" in question
    assert Template.objects.exists()
    coop_browser.post(address, {"_sure": "1"})
    assert not Template.objects.exists()
    verbs = set(StaffAction.objects.filter(subject="text:expired.ja").values_list("verb", flat=True))
    assert verbs == {"text.write", "text.reset"}


def test_the_counter_does_not_write_the_texts(counter):
    assert counter.get(reverse("admin:notifications_template_changelist")).status_code == 403
