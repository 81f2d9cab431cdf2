"""The pages of the desk without a network: what comes in, what is said of it, and what is asked of staff (A247)."""

import json
from uuid import uuid4

import pytest

from circulation.models import Loan, OfflineScan
from okalib.models import StaffAction
from tests.factories import BibFactory
from tests.web.desk import at, at_work, clerk, text


@pytest.fixture
def counter(lively):
    """A browser at the counter."""
    return at_work(clerk("desk"))


@pytest.fixture
def item(lively):
    """A copy on its shelf."""
    return BibFactory(title="草の花", items=1).items.get()


def scan(item_number, card="", **more):
    kind = "loan" if card else "return"
    return {"key": str(uuid4()), "kind": kind, "card": card, "item": item_number, "milliseconds_ago": 60_000} | more


def send(counter, *scans):
    return counter.post(at("offline-upload"), {"scans": json.dumps(scans)})


def test_what_a_desk_sends_is_done_and_named_as_kept(counter, item, aya):
    """A247: sent twice, it is named again and done once."""
    one = scan(item.item_number, "A20000028A")
    for _ in range(2):
        answer = send(counter, one)
        assert answer.json() == {"kept": [one["key"]]}
    assert Loan.objects.get(item=item).patron == aya


def test_what_cannot_be_done_is_listed_with_its_reason_until_somebody_settles_it(counter, item):
    """A247: on its own page and on the first page of staff."""
    send(counter, scan(item.item_number, "29999999"), scan("9999999999"))
    page = text(counter.get(at("offline")))
    assert "草の花" in page and "このカード番号は登録されていません。" in page
    assert "資料番号9999999999の資料はありません。" in page
    assert "オフラインの記録" in text(counter.get("/staff/"))
    unknown = OfflineScan.objects.get(item_number="9999999999")
    answer = counter.post(at("offline-close", unknown.pk), {"reason": ""}, follow=True)
    assert "理由を入力してください。" in text(answer)
    answer = counter.post(at("offline-close", unknown.pk), {"reason": "読み違い"}, follow=True)
    assert "登録せずに終えました。" in text(answer)
    assert StaffAction.objects.get(verb="close_offline").reason == "読み違い"
    assert "9999999999" not in text(counter.get(at("offline")))


def test_a_conflict_is_tried_again_and_says_why_it_still_cannot_be(counter, item, lively):
    """A247: the card is renewed or found, then the same button does it."""
    send(counter, scan(item.item_number, "29999999"))
    conflict = OfflineScan.objects.get()
    answer = counter.post(at("offline-retry", conflict.pk), follow=True)
    assert "このカード番号は登録されていません。" in text(answer)
    conflict.card_number = "20000028"
    conflict.save()
    assert "登録しました。" in text(counter.post(at("offline-retry", conflict.pk), follow=True))
    assert Loan.objects.filter(item=item).exists()


def test_a_return_that_somebody_waits_for_is_named_with_its_place(counter, lively):
    """RET-1: the list says what leaves the pile, and the check-in screen prints its slip."""
    waiting = lively.holds["waiting"]
    copy = waiting.bib.items.first()
    send(counter, scan(copy.item_number))
    page = text(counter.get(at("offline")))
    assert copy.item_number in page and "予約などのために別に置く資料" in page


NO_SCANS = {
    "nothing": "",
    "no JSON": "scans",
    "an empty list": "[]",
    "no list": "{}",
    "a number": "[1]",
    "too deep": "[" * 5_000,
    "too few words": json.dumps([{"key": "1"}]),
    "a long number": json.dumps([scan("1" * 41)]),
    "tomorrow": json.dumps([scan("9999999999", milliseconds_ago=-1)]),
    "an object for a key": json.dumps([scan("9999999999", key={"a": 1})]),
    "too many": json.dumps([scan("9999999999") for _ in range(201)]),
}


@pytest.mark.parametrize("said", NO_SCANS.values(), ids=NO_SCANS)
def test_what_is_no_list_of_scans_is_refused_and_nothing_is_taken(counter, said):
    """A247: the desk keeps what the server has not named."""
    answer = counter.post(at("offline-upload"), {"scans": said})
    assert answer.status_code == 400 and "この端末に残っています" in answer.json()["error"]
    assert not OfflineScan.objects.exists()


def test_one_scan_that_breaks_takes_no_other_with_it(counter, item, monkeypatch):
    """A247, OPS-2: it is not named as kept, and the log tells its key and no number."""
    from circulation.actions import offline

    whole = offline.check_in

    def breaks(*, item, **more):
        if item.bib.title == "草の花":
            raise KeyError(item.item_number)
        return whole(item=item, **more)

    monkeypatch.setattr(offline, "check_in", breaks)
    bad, good = scan(item.item_number), scan(BibFactory(title="風立ちぬ", items=1).items.get().item_number)
    assert send(counter, bad, good).json() == {"kept": [good["key"]]}
    monkeypatch.undo()
    assert send(counter, bad).json() == {"kept": [bad["key"]]}


def test_the_screen_and_its_worker_name_nobody(counter):
    """RET-5: they stay on the computer after the log-out."""
    page = text(counter.get(at("offline-screen")))
    assert "オフライン窓口" in page and "csrfmiddlewaretoken" not in page
    worker = counter.get(at("offline-worker"))
    assert worker.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert "okalib-offline" in text(worker)
