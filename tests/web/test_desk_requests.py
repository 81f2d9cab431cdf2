"""The inbox of requests: what acceptance does is told before, the answer reaches its reader (REQ-1, HLD-5…HLD-7)."""

from datetime import timedelta

import pytest

from holds import actions
from holds.models import Request
from holds.rules import RequestKind
from tests.web.desk import at, at_work, clerk, text


@pytest.fixture
def inbox(lively):
    """A browser at the cooperation desk."""
    return at_work(clerk("cooperation"))


@pytest.fixture
def ask(akari, ten):
    """Leaves a request of Akari's."""

    def ask(kind, minutes=0, **given):
        return actions.ask(
            kind=kind, patron=given.pop("patron", akari), by=None, now=ten + timedelta(minutes=minutes), **given
        )

    return ask


def told(browser, asked):
    """What the inbox says of one request: what follows, and how the patron hears of it."""
    row = next(row for row in browser.get(at("requests")).context["rows"] if row.request == asked)
    return row.consequence, row.way


def test_the_longest_waiting_comes_first_and_the_answered_last(inbox, lively, ask, home):
    """REQ-1."""
    newest = ask(RequestKind.CANCEL, minutes=30, hold=lively.holds["ready"])
    rows = inbox.get(at("requests")).context["rows"]
    assert [row.request for row in rows] == [Request.objects.get(kind="inquiry"), newest]
    inquiry = rows[0].request
    page = inbox.post(at("requests-answer", inquiry.pk), {"decision": "accept", "answer": "9時からです。"}, follow=True)
    assert [row.request for row in page.context["rows"]] == [newest]
    assert page.context["answered"] == [inquiry]


def test_cancelling_a_kept_item_says_who_gets_it_next(inbox, lively, ask, chiyo, home, ten):
    """HLD-7."""
    asked = ask(RequestKind.CANCEL, hold=lively.holds["ready"])
    assert "片付けリストに載ります。待っている人はいません" in told(inbox, asked)[0]
    actions.reserve(patron=chiyo, bib=lively.bibs["ready"], pickup_at=home, by=None, now=ten)
    consequence, way = told(inbox, asked)
    assert "次の予約（ほかに1人待ち）へ回します" in consequence
    assert way == "回答はメールで届きます。"


def test_a_change_of_library_names_both(inbox, lively, ask, bizen):
    """HLD-5."""
    asked = ask(RequestKind.CHANGE_PICKUP, hold=lively.holds["ready"], library=bizen)
    consequence = told(inbox, asked)[0]
    assert "から備前市立図書館へ変えます" in consequence
    assert "用意をやり直します" in consequence


def test_a_request_whose_reservation_has_ended_says_that_it_cannot_be_accepted(inbox, lively, ask, akari, ten):
    """HLD-5: and so it is."""
    asked = ask(RequestKind.CANCEL, hold=lively.holds["waiting"])
    actions.cancel(hold=lively.holds["waiting"], by=akari.user, now=ten)
    assert "承認できません" in told(inbox, asked)[0]
    assert inbox.post(at("requests-answer", asked.pk), {"decision": "accept"}).status_code == 409
    assert Request.objects.get(pk=asked.pk).is_open


def test_a_particular_copy_is_named_by_its_title_or_said_not_to_exist(inbox, lively, ask, home):
    """HLD-6."""
    item = lively.bibs["free"].items.get()
    there = ask(RequestKind.PARTICULAR_ITEM, item_number=item.item_number, library=home)
    missing = ask(RequestKind.PARTICULAR_ITEM, minutes=1, item_number="9999999999", library=home)
    assert "広辞苑を読む" in told(inbox, there)[0]
    assert "この資料番号の資料はありません" in told(inbox, missing)[0]


def test_who_has_no_mail_is_said_to_be_telephoned(inbox, ask, chiyo):
    """PAT-4."""
    asked = ask(RequestKind.INQUIRY, patron=chiyo, text="駐車場はありますか。")
    assert told(inbox, asked)[1] == "回答は電話連絡リストに載ります。"


def test_what_was_typed_stays_when_it_cannot_be_done(inbox, lively, ask, home):
    """Nobody types an answer twice."""
    asked = ask(RequestKind.PARTICULAR_ITEM, item_number="9999999999", library=home)
    form = {"decision": "accept", "answer": "お取り置きします。"}
    page = inbox.post(at("requests-answer", asked.pk), form)
    assert page.status_code == 409
    assert "お取り置きします。</textarea>" in text(page)
    assert Request.objects.get(pk=asked.pk).is_open


def test_another_patrons_bag_is_not_kept_longer(inbox, lively, ask, chiyo):
    """DLV-10: nor is the request answered as if it had been."""
    asked = ask(RequestKind.KEEP_LONGER, patron=chiyo, text="出張のため")
    bag = lively.loans["delivered"].slip_line.bag
    form = {"decision": "accept", "answer": "", "bag": bag.pk, "until": "2026-12-20"}
    assert "この利用者の資料袋ではない" in text(inbox.post(at("requests-answer", asked.pk), form))
    bag.refresh_from_db()
    assert bag.keep_until is None
    assert Request.objects.get(pk=asked.pk).is_open


def test_two_colleagues_answer_and_the_second_is_told(inbox, lively):
    asked = Request.objects.get(kind="inquiry")
    form = {"decision": "accept", "answer": "9時からです。"}
    inbox.post(at("requests-answer", asked.pk), form)
    page = inbox.post(at("requests-answer", asked.pk), form | {"answer": "10時からです。"}, follow=True)
    assert "すでに回答されています" in text(page)
    assert Request.objects.get(pk=asked.pk).answer == "9時からです。"


def test_the_inbox_takes_a_fixed_number_of_queries(inbox, lively, ask, chiyo, aya, django_assert_max_num_queries):
    """However many ask for more time."""
    for minutes, patron in enumerate((chiyo, aya)):
        ask(RequestKind.KEEP_LONGER, minutes=minutes, patron=patron, text="出張のため")
    ask(RequestKind.KEEP_LONGER, minutes=9, text="入院のため")
    ask(RequestKind.CANCEL, minutes=10, hold=lively.holds["ready"])
    inbox.get(at("requests"))
    with django_assert_max_num_queries(12):
        inbox.get(at("requests"))
