"""How the scan screens answer: once, in parts, undone, rehearsed, on paper (RET-2, RET-5, A165, A186, OPS-5)."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.core.cache import cache

from catalog.models import Item
from circulation import actions
from circulation.models import Loan
from holds.models import Hold
from okalib import clock
from okalib.models import PatronView, StaffAction
from tests.web.desk import at, at_work, clerk, text


@pytest.fixture
def counter(lively):
    """A browser at the counter."""
    return at_work(clerk("desk"))


@pytest.fixture
def free(lively) -> Item:
    """A copy on its shelf that nobody waits for."""
    return lively.bibs["free"].items.get()


def lend(browser, item, patron, **more):
    return browser.post(at("check-out"), {"scan": item.item_number, "patron": patron.pk} | more)


def take_back(browser, item, **more):
    return browser.post(at("check-in"), {"scan": item.item_number} | more)


def undo(browser, screen, page, **more):
    """Press F8 on a page: send the form that it holds."""
    deed = page.context["deed"]
    return browser.post(at(f"{screen}-undoing"), {"deed": deed.id if deed else ""} | more)


# --- once ----------------------------------------------------------------------------------------------------------


def test_a_scan_sent_twice_is_done_once_and_answered_twice_the_same(counter, free, aya):
    """The network failed after the first: the loan is not refused as already made."""
    token = uuid4().hex
    first, second = (text(lend(counter, free, aya, token=token)) for _ in range(2))
    assert first == second
    assert "貸出しました" in second
    assert Loan.objects.filter(item=free).count() == 1


def test_a_repeat_does_not_take_the_item_back_again_after_it_was_lent(counter, lively, aya):
    """A page that is reloaded ten minutes later ends no loan of somebody else."""
    item, token = lively.loans["new"].item, uuid4().hex
    take_back(counter, item, token=token)
    lend(counter, item, aya)
    assert "書架へ" in text(take_back(counter, item, token=token))
    assert Loan.objects.open().get(item=item).patron == aya


def test_a_token_used_for_another_scan_is_another_scan(counter, lively):
    """Gone back to an old page, a clerk scans the next item with it: that one is not lost."""
    token = uuid4().hex
    for name in ("new", "due_soon"):
        take_back(counter, lively.loans[name].item, token=token)
    assert not Loan.objects.open().filter(pk__in=[lively.loans["new"].pk, lively.loans["due_soon"].pk]).exists()


def test_what_failed_is_done_when_it_is_sent_again(counter, lively, monkeypatch):
    """A243: the database was away for a moment; not done, it may be sent with its token again."""
    item, token = lively.loans["new"].item, uuid4().hex
    counter.raise_request_exception = False
    with monkeypatch.context() as broken:
        broken.setattr(actions, "check_in", lambda **_scan: 1 / 0)
        assert take_back(counter, item, token=token).status_code == 500
    assert take_back(counter, item, token=token).status_code == 200
    assert not Loan.objects.open().filter(item=item).exists()


def test_an_answer_that_is_lost_is_not_made_up(counter, lively, monkeypatch):
    """The mark says done, the answer is gone: the clerk is asked to scan again."""
    monkeypatch.setattr("circulation.admin.scanning.LONGEST_WAIT", 0)
    item, token = lively.loans["new"].item, uuid4().hex
    take_back(counter, item, token=token)
    for key in cache._cache.get_client().scan_iter("*desk-answer:*"):
        cache._cache.get_client().delete(key)
    answer = counter.post(at("check-in"), {"scan": item.item_number, "token": token}, headers={"X-Desk-Part": "1"})
    assert (answer.status_code, "確認できません" in text(answer)) == (409, True)


def test_the_script_is_sent_the_changed_parts_only(counter, lively):
    answer = counter.post(at("check-in"), {"scan": lively.loans["new"].item.item_number}, headers={"X-Desk-Part": "1"})
    page = text(answer)
    assert 'data-live="answer"' in page
    assert 'data-live="list"' in page
    assert "<html" not in page
    assert len(page) < 8_000


# --- undone --------------------------------------------------------------------------------------------------------


def test_a_return_is_undone_with_its_patron_and_due_date(counter, lively, akari):
    """RET-5, OPS-5: the button names what it undoes."""
    loan = lively.loans["new"]
    page = take_back(counter, loan.item)
    assert f"返却：{loan.item.bib.full_title}" in text(page)
    answer = text(undo(counter, "check-in", page))
    assert "返却を取り消しました" in answer
    assert "12月12日（土）のまま" in answer
    assert akari.name not in answer
    again = Loan.objects.open().get(pk=loan.pk)
    assert (again.patron, again.due_on) == (akari, loan.due_on)
    trace = StaffAction.objects.get(verb="undo_check_in")
    assert (trace.by.groups.get().name, trace.patron) == ("総合カウンター", akari)


def test_the_memory_of_a_return_is_erased_once_it_was_used(counter, lively):
    """RET-5."""
    page = take_back(counter, lively.loans["new"].item)
    after = undo(counter, "check-in", page)
    assert after.context["deed"] is None
    assert not list(cache._cache.get_client().scan_iter("*desk-deed:*"))


def test_the_memory_of_a_return_lasts_ten_minutes(counter, lively):
    """RET-5: the cache forgets it by itself."""
    take_back(counter, lively.loans["new"].item)
    client = cache._cache.get_client()
    (key,) = client.scan_iter("*desk-deed:*")
    assert 0 < client.ttl(key) <= 600


def test_a_captured_reservation_waits_again(counter, lively, chiyo):
    """HLD-2: what aya returned is on loan to her again, and chiyo first in the queue."""
    page = take_back(counter, lively.loans["others"].item)
    answer = text(undo(counter, "check-in", page))
    assert "予約は元の順番に戻りました" in answer
    assert Hold.objects.get(patron=chiyo, bib=lively.bibs["waiting"]).is_waiting


def test_the_button_of_an_old_page_undoes_nothing_else(counter, lively):
    page = take_back(counter, lively.loans["new"].item)
    take_back(counter, lively.loans["due_soon"].item)
    answer = undo(counter, "check-in", page)
    assert (answer.status_code, "直前の処理だけ" in text(answer)) == (409, True)
    assert not Loan.objects.open().filter(pk=lively.loans["new"].pk).exists()


def test_another_clerk_does_not_undo_it(counter, lively):
    page = take_back(counter, lively.loans["new"].item)
    assert undo(at_work(clerk("desk")), "check-in", page).status_code == 409
    assert not Loan.objects.open().filter(pk=lively.loans["new"].pk).exists()


def test_reasons_are_shown_where_the_world_has_gone_on(counter, lively, aya):
    """The item was lent at the other counter."""
    item = lively.loans["new"].item
    page = take_back(counter, item)
    actions.check_out(item=item, patron=aya, by=None, now=clock.now() + timedelta(minutes=1))
    answer = undo(counter, "check-in", page)
    assert answer.status_code == 409
    assert "そのあと別の処理がされている" in text(answer)
    assert Loan.objects.open().get(item=item).patron == aya


def test_the_last_loan_is_undone_and_the_list_says_so(counter, free, aya):
    """A165."""
    page = lend(counter, free, aya)
    assert "貸出：" in text(page)
    answer = text(undo(counter, "check-out", page))
    assert "貸出を取り消しました　書架へ" in answer
    assert free.item_number in answer
    assert not Loan.objects.open().filter(item=free).exists()


def test_a_loan_that_was_returned_elsewhere_is_not_undone(counter, free, aya):
    """A48."""
    page = lend(counter, free, aya)
    actions.check_in(item=free, by=None, now=clock.now())
    assert undo(counter, "check-out", page, patron=aya.pk).status_code == 409


def test_nothing_is_undone_or_rehearsed_by_following_an_address(counter):
    for name in ("check-in-undoing", "check-out-undoing", "rehearsal"):
        assert counter.get(at(name)).status_code == 405, name


# --- rehearsed -----------------------------------------------------------------------------------------------------


def test_a_rehearsal_answers_and_keeps_nothing(counter, lively, free, aya):
    """The answers are real; neither loan nor return, list nor memory stays."""
    counter.post(at("rehearsal"), {"begin": "1"})
    lent = lend(counter, free, aya)
    assert "（練習）貸出しました" in text(lent)
    assert "記録しない練習中です" in text(lent)
    returned = take_back(counter, lively.loans["new"].item)
    assert "（練習）書架へ" in text(returned)
    assert not Loan.objects.filter(item=free).exists()
    assert Loan.objects.open().filter(pk=lively.loans["new"].pk).exists()
    assert returned.context["deed"] is None
    assert returned.context["list"] == []


def test_a_rehearsal_ends_on_request(counter, free, aya):
    counter.post(at("rehearsal"), {"begin": "1"})
    counter.post(at("rehearsal"))
    lend(counter, free, aya)
    assert Loan.objects.filter(item=free).exists()


def test_a_forgotten_rehearsal_ends_by_itself(counter, free, aya, monkeypatch):
    """After half an hour the counter works in earnest again."""
    counter.post(at("rehearsal"), {"begin": "1"})
    later = clock.seconds() + 31 * 60
    monkeypatch.setattr(clock, "seconds", lambda: later)
    assert "（練習）" not in text(lend(counter, free, aya))
    assert Loan.objects.filter(item=free).exists()


def test_a_crafted_override_in_a_rehearsal_is_a_refusal(counter, free, aya):
    """A193: nothing is kept, not even the attempt, because nothing was attempted in earnest."""
    Item.objects.filter(holder=aya).update(due_on="2026-11-29")
    counter.post(at("rehearsal"), {"begin": "1"})
    assert lend(counter, free, aya, override="1", reason="練習").status_code == 409


def test_a_standing_clock_is_named_on_every_page_of_the_desk(counter):
    """Nobody takes a training for the library."""
    assert "時計は12月1日（火） 10:00で止まっています" in text(counter.get(at("check-in")))


@pytest.mark.parametrize("is_rehearsed", [False, True])
def test_who_looked_at_a_patron_is_written_down(counter, aya, is_rehearsed):
    """A227, OPS-5: a rehearsal shows the real record, so it leaves this trace too; once for all scans of a sitting."""
    if is_rehearsed:
        counter.post(at("rehearsal"), {"begin": "1"})
    for code in ("20000028", "9999999999"):
        counter.post(at("check-out"), {"scan": code, "patron": aya.pk})
    assert PatronView.objects.get(patron=aya).by.groups.get().name == "総合カウンター"


# --- the book drop -------------------------------------------------------------------------------------------------


def test_no_day_of_the_book_drop_lies_in_the_future(counter, lively):
    """RET-2, A148: refused by the verb, and not offered by the browser."""
    item = lively.loans["new"].item
    answer = take_back(counter, item, is_drop="on", dropped_on="2026-12-02")
    assert (answer.status_code, "未来の日付" in text(answer)) == (409, True)
    assert Loan.objects.open().filter(item=item).exists()
    assert 'max="2026-12-01"' in text(answer)


def test_a_day_that_is_none_is_told_so(counter, lively):
    answer = take_back(counter, lively.loans["new"].item, is_drop="on", dropped_on="きのう")
    assert (answer.status_code, "投函された日を確かめて" in text(answer)) == (422, True)


def test_a_book_drop_emptied_after_days_off_dates_back_to_the_last_of_them(counter, lively):
    """RET-2, CAL-3: emptied on January 4, nobody is late by it."""
    with clock.standing_at(clock.now().replace(year=2027, month=1, day=4, hour=12)):
        take_back(counter, lively.loans["new"].item, is_drop="on")
    assert Loan.objects.get(pk=lively.loans["new"].pk).returned_on == date(2027, 1, 3)


# --- on paper, and beside the field --------------------------------------------------------------------------------


def test_the_receipt_has_the_loans_of_this_sitting_alone(counter, lively, free, aya):
    """A186: three scans, one paper; nothing that was lent before, and no name."""
    others = [lively.bibs[name].items.get() for name in ("in_basket", "cancelled")]
    for item in (free, *others):
        last = lend(counter, item, aya)
    undo(counter, "check-out", last)
    page = text(counter.get(at("receipt", aya.pk)))
    assert free.item_number in page
    assert others[0].item_number in page
    assert others[1].item_number not in page
    assert lively.loans["others"].item.item_number not in page
    assert aya.name not in page
    assert "返却期限　12月15日（火）" in page


def test_the_sitting_ends_with_the_next_card(counter, free, aya, akari):
    """A186: none for another patron."""
    lend(counter, free, aya)
    counter.post(at("check-out"), {"scan": "20000011", "patron": aya.pk})
    assert free.item_number not in text(counter.get(at("receipt", aya.pk)))
    assert free.item_number not in text(counter.get(at("receipt", akari.pk)))


def test_the_list_has_refusals_too(counter, lively, aya):
    """Time, title, number, result."""
    page = text(lend(counter, lively.holds["ready"].item, aya))
    assert "10:00" in page
    assert page.count(lively.holds["ready"].item.item_number) == 2
    assert '<td data-label="結果">' in page


def test_what_is_no_item_stays_in_the_list(counter, lively, aya):
    """In a burst the next answer covers it."""
    counter.post(at("check-in"), {"scan": "9999999999"})
    assert "9999999999" in text(take_back(counter, lively.loans["new"].item))
    counter.post(at("check-out"), {"scan": "9999999999", "patron": aya.pk})
    counter.post(at("check-out"), {"scan": "29999999", "patron": aya.pk})
    page = text(counter.post(at("check-out"), {"scan": lively.bibs["free"].items.get().item_number}))
    assert "29999999" in page
    assert "9999999999" not in page
    assert "29999999" not in text(counter.post(at("check-out"), {"scan": "20000028"}))


def test_the_counter_that_shelves_an_item_is_named(counter, lively):
    """RET-1: the screen says which desk."""
    assert "担当：1階総合カウンター" in text(take_back(counter, lively.loans["new"].item))


def test_a_scan_asks_the_database_a_few_things_only(counter, lively, aya, free, django_assert_max_num_queries):
    """However many loans a patron has; most of it is the verb itself."""
    with django_assert_max_num_queries(38):
        lend(counter, free, aya)
    with django_assert_max_num_queries(30):
        take_back(counter, lively.loans["new"].item)
