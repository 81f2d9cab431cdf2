"""An item in the hand, through the page (RET-1, RET-2, PUL-3, A62, A68, A145, A148)."""

import pytest

from circulation.models import Loan
from holds.models import Hold
from okalib import clock
from tests.web.desk import at, at_work, clerk, text


@pytest.fixture
def counter(lively):
    """A browser at the counter."""
    return at_work(clerk("desk"))


def scan(browser, item, **more):
    return browser.post(at("check-in"), {"scan": item.item_number} | more)


def test_a_returned_item_goes_to_its_shelf(counter, lively):
    """RET-1: the verb with the place, and the loan is closed."""
    loan = lively.loans["new"]
    page = text(scan(counter, loan.item))
    loan.refresh_from_db()
    assert not loan.is_open
    assert loan.patron is None
    assert f"書架へ　{loan.item.location} {loan.item.call_number}" in page


def test_a_returned_item_that_somebody_waits_for_goes_to_the_hold_shelf(counter, lively, chiyo):
    """A62: chiyo is first in the queue of what aya returns."""
    page = text(scan(counter, lively.loans["others"].item))
    hold = Hold.objects.get(patron=chiyo, bib=lively.bibs["waiting"])
    assert hold.is_secured
    assert "予約棚へ" in page
    assert at("hold-slip", hold.pk) in page
    assert chiyo.phone not in page


def test_an_item_for_a_pickup_library_goes_to_its_shelf(counter, lively):
    page = text(scan(counter, lively.holds["secured"].item))
    assert "受渡の棚へ：備前市立図書館" in page


def test_scanned_again_the_answer_is_the_same(counter, lively, chiyo):
    """A67, A68."""
    item = lively.loans["others"].item
    first = Hold.objects.filter(state="secured").count()
    answers = [text(scan(counter, item)) for _ in range(2)]
    assert all("予約棚へ" in answer for answer in answers)
    assert Hold.objects.filter(state="secured").count() == first + 1


def test_an_item_that_nobody_had_is_told_so_and_sent_to_its_shelf(counter, lively):
    """A145."""
    page = text(scan(counter, lively.bibs["free"].items.get()))
    assert "貸出中の資料ではありません" in page
    assert "書架へ" in page
    assert "desk-look" in page


def test_the_book_drop_dates_back_to_the_day_before(counter, lively, monday):
    """RET-2: and the mode stays on for the next item."""
    loan = lively.loans["new"]
    page = text(scan(counter, loan.item, is_drop="on"))
    loan.refresh_from_db()
    assert loan.returned_on == monday
    assert "返却ポスト：11月30日（月）" in page
    assert "checked" in page


def test_a_day_that_cannot_be_is_refused(counter, lively):
    """A148: before the loan."""
    loan = lively.loans["new"]
    answer = scan(counter, loan.item, is_drop="on", dropped_on="2026-11-01")
    assert answer.status_code == 409
    assert "貸出日より前" in text(answer)
    assert Loan.objects.get(pk=loan.pk).is_open


@pytest.mark.parametrize(
    ("number", "words"), [("9999999999", "資料はありません"), ("20000011", "資料番号ではありません")]
)
def test_what_is_no_item_is_told_so(counter, number, words):
    answer = counter.post(at("check-in"), {"scan": number})
    assert answer.status_code == 404
    assert words in text(answer)


def test_the_list_of_the_session_names_no_patron(counter, lively, akari):
    """RET-5: time, title, number, result; and it is forgotten on request."""
    loan = lively.loans["new"]
    scan(counter, loan.item)
    page = text(counter.get(at("check-in")))
    assert loan.item.item_number in page
    assert akari.name not in page
    counter.post(at("check-in-list"))
    assert loan.item.item_number not in text(counter.get(at("check-in")))


def test_the_paper_in_a_reserved_item_carries_neither_address_nor_telephone(counter, lively, akari):
    """A174: kana and the last digits of the card are enough to find it."""
    page = text(counter.get(at("hold-slip", lively.holds["ready"].pk)))
    assert "アオキ アカリ" in page
    assert "*0011" in page
    assert "20000011" not in page
    assert akari.phone not in page
    assert akari.email not in page
    assert lively.holds["ready"].item.item_number in page
    assert "<svg" in page


def test_there_is_no_paper_for_what_holds_no_item(counter, lively):
    assert counter.get(at("hold-slip", lively.holds["waiting"].pk)).status_code == 404


def test_on_the_clock_of_a_training_every_page_of_the_desk_says_so(counter, ten):
    """Nobody takes a lesson for earnest: the day at which the clock stands is on the page."""
    with clock.standing_at(ten):
        for name in ("check-in", "check-out", "pull-list"):
            assert "練習モード：時計は12月1日（火） 10:00で止まっています" in text(counter.get(at(name))), name
