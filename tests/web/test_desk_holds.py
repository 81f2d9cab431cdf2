"""Fetching, reserving and answering, through the pages (HLD-5, HLD-6, HLD-7, PUL-2, PUL-5, PUL-6, SHF-4, REQ-1)."""

from datetime import date, time

import pytest

from catalog.models import Item
from holds import actions, queries
from holds.models import Hold, PullLine, Request
from holds.rules import EndReason, HoldState, RequestKind, RequestState
from notifications.models import Notice
from okalib import days
from okalib.models import StaffAction
from tests.factories import BibFactory, ItemFactory
from tests.web.desk import at, at_work, clerk, text


@pytest.fixture
def counter(lively):
    """A browser at the counter."""
    return at_work(clerk("desk"))


@pytest.fixture
def cooperation(lively):
    """A browser at the cooperation desk."""
    return at_work(clerk("cooperation"))


# ── The pull list ──


def test_the_pull_list_is_made_worked_on_and_added_to(counter, lively, aya, chiyo, home, ten):
    """PUL-2, PUL-6: no patron's name on it; what comes later is marked."""
    assert "まだ作成されていません" in text(counter.get(at("pull-list")))
    counter.post(at("pull-list-making"))
    page = text(counter.get(at("pull-list")))
    item = lively.bibs["others"].items.get()
    assert item.item_number in page
    assert item.call_number in page
    assert "2階 文学" in page
    assert "<svg" in page
    assert aya.name not in page
    assert "追加" not in page.split("<table")[1]
    yesterday = days.at(days.plus(days.day_of(ten), -1), time(10))
    actions.reserve(patron=chiyo, bib=lively.bibs["free"], pickup_at=home, by=chiyo.user, now=yesterday)
    counter.post(at("pull-list-making"))
    page = text(counter.get(at("pull-list")))
    assert page.count('<span class="desk-mark desk-look">追加</span>') == 1


def test_a_list_made_for_a_morning_to_come_can_be_seen_and_worked_on(counter, lively, ten):
    """OPS-3, PUL-2: at once where today has none, and by its link where today has one."""
    number = lively.bibs["others"].items.get().item_number
    tomorrow = days.plus(days.day_of(ten), 1)
    actions.make_pull_list(day=tomorrow, now=ten)
    assert number in text(counter.get(at("pull-list")))
    counter.post(at("pull-list-making"))
    assert f"?day={tomorrow}" in text(counter.get(at("pull-list")))
    line = PullLine.objects.get(day=tomorrow, item__item_number=number)
    page = text(counter.post(at("pull-list-outcome", line.pk), {"outcome": "not_found"}, follow=True))
    assert "<strong>12月2日（水）</strong>" in page
    assert "回収できなかった資料" in page


def test_what_is_not_found_leaves_the_list_and_another_copy_joins_it(counter, lively, tuesday):
    """PUL-5: the patron keeps the place."""
    spare = ItemFactory(bib=lively.bibs["others"], book_mark="ン")
    counter.post(at("pull-list-making"))
    line = PullLine.objects.get(item__bib=lively.bibs["others"])
    page = text(counter.post(at("pull-list-outcome", line.pk), {"outcome": "not_found"}, follow=True))
    assert "見つからない" in page
    assert "別の1冊を追加しました" in page
    assert Item.objects.get(pk=line.item_id).whereabouts == "searched_for"
    assert PullLine.objects.filter(item=Item.objects.exclude(pk=line.item_id).get(bib=spare.bib)).exists()
    assert Hold.objects.get(pk=lively.holds["others"].pk).is_waiting


def test_an_old_page_does_not_lose_what_was_fetched_meanwhile(counter, lively):
    """PUL-5: the item stands on the hold shelf by now, and stays there."""
    counter.post(at("pull-list-making"))
    line = PullLine.objects.get(item__bib=lively.bibs["others"])
    counter.post(at("check-in"), {"scan": line.item.item_number})
    page = text(counter.post(at("pull-list-outcome", line.pk), {"outcome": "not_found"}, follow=True))
    assert "すでに回収または貸出されています" in page
    assert Item.objects.get(pk=line.item_id).is_set_aside
    assert Hold.objects.get(pk=lively.holds["others"].pk).is_secured


def test_after_a_mark_the_list_opens_where_one_was(counter, lively, chiyo, home, ten):
    """PUL-2: on a phone between the shelves the list is long; what was done is said there, not at its top."""
    yesterday = days.at(days.plus(days.day_of(ten), -1), time(10))
    actions.reserve(patron=chiyo, bib=lively.bibs["free"], pickup_at=home, by=chiyo.user, now=yesterday)
    counter.post(at("pull-list-making"))
    first, second = queries.pull_list(days.day_of(ten))
    answer = counter.post(at("pull-list-outcome", first.pk), {"outcome": "in_use"})
    assert answer["Location"].endswith(f"&at={second.pk}#here")
    page = text(counter.get(answer["Location"]))
    here = page.index('id="here"')
    assert here < page.index("「閲覧中」にしました") < page.index(second.item.item_number)
    assert page.count("「閲覧中」にしました") == 1
    answer = counter.post(at("pull-list-outcome", second.pk), {"outcome": "in_use"})
    assert answer["Location"].endswith("&at=end#here")
    assert 'id="here"' in text(counter.get(answer["Location"]))


@pytest.mark.parametrize("outcome", ["not_found", "in_use", "damaged"])
def test_a_mark_that_was_a_slip_of_the_thumb_is_taken_back(counter, lively, outcome):
    """PUL-5, OPS-5: the item is to be fetched again, and both deeds are written down."""
    counter.post(at("pull-list-making"))
    line = PullLine.objects.get(item__bib=lively.bibs["others"])
    counter.post(at("pull-list-outcome", line.pk), {"outcome": outcome})
    assert line not in queries.pull_list(line.day)
    page = text(counter.post(at("pull-list-outcome-removal", line.pk), follow=True))
    assert "リストに戻しました" in page
    assert line in queries.pull_list(line.day)
    item = Item.objects.get(pk=line.item_id)
    assert (item.whereabouts, item.is_damaged) == ("shelf", False)
    verbs = StaffAction.objects.filter(subject__contains=item.item_number).values_list("verb", flat=True)
    assert set(verbs) >= {"mark_missing", "unmark_missing"}


def test_a_mark_taken_back_late_does_not_move_what_was_found(counter, lively):
    """PUL-5: it was scanned meanwhile, and stands on the hold shelf."""
    counter.post(at("pull-list-making"))
    line = PullLine.objects.get(item__bib=lively.bibs["others"])
    counter.post(at("pull-list-outcome", line.pk), {"outcome": "not_found"})
    counter.post(at("check-in"), {"scan": line.item.item_number})
    counter.post(at("pull-list-outcome-removal", line.pk))
    assert Item.objects.get(pk=line.item_id).is_set_aside


# ── The hold shelf ──


def test_the_hold_shelf_is_gone_through_with_boxes_and_bars(counter, lively):
    """SHF-2: on paper and on a phone, like the other lists that are worked off."""
    page = text(counter.get(at("shelf")))
    row = page[page.index('class="desk-check"') :]
    assert lively.holds["ready"].item.item_number in row
    assert f'data-tick="shelf-{lively.holds["ready"].pk}"' in row
    assert "<svg" in row


def test_what_expired_is_on_the_clearance_list_with_its_next_way(counter, lively, chiyo, home, ten):
    """SHF-4, HLD-7."""
    hold = lively.holds["ready"]
    actions.reserve(patron=chiyo, bib=hold.bib, pickup_at=home, by=chiyo.user, now=ten)
    actions.cancel(hold=hold, by=clerk("desk"), now=ten, reason="申出")
    item = Item.objects.get(holds__patron=chiyo, holds__state=HoldState.SECURED)
    assert item.item_number in text(counter.get(at("relabelling")))
    following = Hold.objects.get(patron=chiyo, bib=hold.bib)
    actions.cancel(hold=following, by=clerk("desk"), now=ten, reason="申出")
    page = text(counter.get(at("clearance")))
    assert item.item_number in page
    assert f"書架へ　{item.location} {item.call_number}" in page
    counter.post(at("check-in"), {"scan": item.item_number})
    assert item.item_number not in text(counter.get(at("clearance")))


def test_what_nobody_can_have_is_listed_for_staff(counter, lively):
    """PUL-5."""
    Item.objects.filter(bib=lively.bibs["others"]).update(is_damaged=True)
    assert "武士道" in text(counter.get(at("cannot-be-filled")))


def test_what_is_not_found_says_which_of_its_group_wait_again(counter, chiyo, home, ten):
    """HLD-9, PUL-5: a reservation shows the others that it depends on, with their ways to end."""
    bibs = [BibFactory(title="三国志", volume=str(number), items=1) for number in (1, 2)]
    for bib in bibs:
        actions.add_to_basket(patron=chiyo, bib=bib, now=ten)
    made = actions.reserve_basket(patron=chiyo, pickup_at=home, by=chiyo.user, now=ten, order="any_of", wanted=1)
    first, second = (result.hold for result in made)
    counter.post(at("check-in"), {"scan": bibs[0].items.get().item_number})
    page = text(counter.get(at("hold", first.pk)))
    assert "必要なのは1点" in page
    assert at("hold", second.pk) in page
    assert "いずれか予約がそろったため" in page
    page = text(counter.post(at("reservations-missing", first.pk), follow=True))
    assert "同じまとまりの予約1件も、再び順番を待ちます。" in page
    assert "いずれか予約がそろったため" not in page


# ── Reserving for a patron ──


def find(browser, card="", title=""):
    return browser.post(at("reservations"), {"card": card, "title": title})


def test_a_card_shows_its_reservations_and_a_title_its_queue(counter, lively):
    page = text(find(counter, card="20000011"))
    assert "こころ" in page
    assert "2 / 2" in page
    assert "予約 2件" in text(find(counter, title=lively.loans["others"].item.item_number))
    assert "見つかりません" in text(find(counter, title="9999999999"))


def test_staff_reserve_one_copy_on_written_request(counter, lively, chiyo, bizen):
    """HLD-6: filled by that copy alone."""
    item = lively.bibs["free"].items.get()
    page = text(find(counter, card="20000035", title=item.item_number))
    assert "この資料番号に限る" in page
    form = {"patron": chiyo.pk, "bib": item.bib_id, "item": item.pk, "is_particular": "on", "pickup_at": "bizen"}
    counter.post(at("reserve"), form)
    hold = Hold.objects.get(patron=chiyo, bib=item.bib)
    assert (hold.only_item, hold.pickup_at) == (item, bizen)
    assert hold.made_by.is_staff


def test_staff_reserve_what_is_on_order_for_a_patron(counter, chiyo, home):
    """CAT-5."""
    bib = BibFactory(title="近刊", is_on_order=True)
    page = text(find(counter, card="20000035", title=str(bib.pk)))
    assert "注文中" in page
    counter.post(at("reserve"), {"patron": chiyo.pk, "bib": bib.pk, "pickup_at": "home"})
    assert Hold.objects.get(bib=bib).patron == chiyo


def test_every_reason_against_a_reservation_is_shown_and_a_right_goes_over_it(counter, cooperation, lively, aya, home):
    """HLD-3, LIM-4."""
    Item.objects.filter(holder=aya).update(due_on="2026-11-29")
    aya.category.holds_print = 1
    aya.category.save()
    form = {"patron": aya.pk, "bib": lively.bibs["free"].pk, "pickup_at": "home"}
    refused = counter.post(at("reserve"), form)
    assert refused.status_code == 409
    assert "返却期限を過ぎた資料" in text(refused)
    assert "予約は1点まで" in text(refused)
    assert 'name="override"' not in text(refused)
    assert 'name="override"' in text(cooperation.post(at("reserve"), form))
    cooperation.post(at("reserve"), form | {"override": "1", "reason": "弁償の手続き中"})
    assert Hold.objects.get(patron=aya, bib=lively.bibs["free"]).is_waiting


def test_a_form_sent_twice_makes_one_reservation(counter, lively, chiyo):
    """HLD-11."""
    form = {"patron": chiyo.pk, "bib": lively.bibs["free"].pk, "pickup_at": "home"}
    form["token"] = "6f1c1f8e-0c5c-4d1b-9a35-3c8b9a1c0001"
    answers = [counter.post(at("reserve"), form) for _ in range(2)]
    assert answers[0]["Location"] == answers[1]["Location"]
    assert Hold.objects.filter(patron=chiyo, bib=lively.bibs["free"]).count() == 1


# ── One reservation ──


def test_cancelling_needs_a_reason_which_the_patron_is_told(counter, lively, akari):
    """HLD-7, NTF-1."""
    hold = lively.holds["ready"]
    assert "理由を入力" in text(counter.post(at("reservations-cancellation", hold.pk), {"reason": " "}, follow=True))
    assert Hold.objects.get(pk=hold.pk).is_ready
    counter.post(at("reservations-cancellation", hold.pk), {"reason": "資料が破損したため"})
    hold.refresh_from_db()
    assert (hold.state, hold.end_reason) == (HoldState.CANCELLED, EndReason.BY_STAFF)
    assert Notice.objects.get(kind="cancelled_by_staff").patron == akari


def test_a_ready_reservation_is_kept_longer_once(counter, cooperation, lively):
    """SHF-5, A99."""
    hold = lively.holds["ready"]
    before = hold.keep_until
    counter.post(at("reservations-extension", hold.pk))
    hold.refresh_from_db()
    assert hold.keep_until > before
    assert "すでに延長されています" in text(counter.post(at("reservations-extension", hold.pk)))
    form = {"override": "1", "reason": "入院のため"}
    cooperation.post(at("reservations-extension", hold.pk), form)
    assert Hold.objects.get(pk=hold.pk).extensions == 2


def test_staff_send_a_ready_reservation_elsewhere(counter, lively, bizen):
    """HLD-5, A54."""
    hold = lively.holds["ready"]
    counter.post(at("reservations-pickup", hold.pk), {"pickup_at": "bizen"})
    hold.refresh_from_db()
    assert hold.pickup_at == bizen
    assert hold.is_secured


def test_staff_pause_and_resume(counter, lively, tuesday):
    """HLD-8."""
    hold = lively.holds["waiting"]
    counter.post(at("reservations-pause", hold.pk), {"until": "2026-12-24"})
    assert Hold.objects.get(pk=hold.pk).is_paused(tuesday)
    assert "12月24日（木）から再開" in text(counter.get(at("hold", hold.pk)))
    counter.post(at("reservations-resumption", hold.pk))
    assert not Hold.objects.get(pk=hold.pk).is_paused(tuesday)


def test_moving_in_the_queue_needs_a_right_of_its_own(counter, cooperation, lively, chiyo, akari):
    """A40."""
    hold = lively.holds["waiting"]
    first = Hold.objects.get(patron=chiyo, bib=hold.bib)
    assert counter.post(at("reservations-place", hold.pk), {"before": first.pk}).status_code == 403
    assert "先頭へ" not in text(counter.get(at("queue", hold.bib_id)))
    page = text(cooperation.get(at("queue", hold.bib_id)))
    assert page.index(chiyo.name) < page.index(akari.name)
    cooperation.post(at("reservations-place", hold.pk), {"before": first.pk})
    page = text(cooperation.get(at("queue", hold.bib_id)))
    assert page.index(akari.name) < page.index(chiyo.name)
    assert StaffAction.objects.filter(verb="move").exists()


# ── Requests ──


@pytest.fixture
def ask(akari, ten):
    """Leave a request of akari's."""

    def ask(kind: RequestKind, **fields: object) -> Request:
        return actions.ask(kind=kind, patron=akari, by=akari.user, now=ten, **fields)

    return ask


def test_accepting_a_cancellation_cancels_and_tells(cooperation, lively, akari, ask):
    """REQ-1, HLD-5, A47."""
    asked = ask(RequestKind.CANCEL, hold=lively.holds["ready"])
    assert "予約取消依頼" in text(cooperation.get(at("requests")))
    cooperation.post(at("requests-answer", asked.pk), {"decision": "accept", "answer": ""})
    asked.refresh_from_db()
    assert asked.state == RequestState.ACCEPTED
    assert Hold.objects.get(pk=lively.holds["ready"].pk).state == HoldState.CANCELLED
    assert Notice.objects.filter(kind="request_answered", patron=akari).count() == 1


def test_declining_tells_why_and_does_nothing(cooperation, lively, bizen, ask):
    asked = ask(RequestKind.CHANGE_PICKUP, hold=lively.holds["ready"], library=bizen)
    form = {"decision": "decline", "answer": "発送の締切を過ぎました。"}
    cooperation.post(at("requests-answer", asked.pk), form)
    assert Request.objects.get(pk=asked.pk).answer == "発送の締切を過ぎました。"
    assert Hold.objects.get(pk=lively.holds["ready"].pk).pickup_at.is_home


def test_what_cannot_be_done_stays_open_with_its_reason(cooperation, lively, home, ask):
    """HLD-6: there is no such copy."""
    asked = ask(RequestKind.PARTICULAR_ITEM, item_number="9999999999", library=home)
    page = text(cooperation.post(at("requests-answer", asked.pk), {"decision": "accept"}, follow=True))
    assert "9999999999の資料はありません" in page
    assert Request.objects.get(pk=asked.pk).is_open


def test_an_inquiry_is_not_answered_with_silence(cooperation, lively):
    """REQ-1."""
    asked = Request.objects.get(kind=RequestKind.INQUIRY)
    cooperation.post(at("requests-answer", asked.pk), {"decision": "accept", "answer": " "})
    assert Request.objects.get(pk=asked.pk).is_open
    cooperation.post(at("requests-answer", asked.pk), {"decision": "accept", "answer": "9時からです。"})
    assert Request.objects.get(pk=asked.pk).answer == "9時からです。"


def test_more_time_for_a_delivery_is_given_with_the_answer(cooperation, lively, ask):
    """DLV-10: the bag is kept and the request answered, both or neither."""
    asked, bag = ask(RequestKind.KEEP_LONGER, text="出張のため"), lively.loans["delivered"].slip_line.bag
    assert bag.number in text(cooperation.get(at("requests")))
    form = {"decision": "accept", "answer": "お待ちします。", "bag": bag.pk}
    cooperation.post(at("requests-answer", asked.pk), form)
    cooperation.post(at("requests-answer", asked.pk), form | {"until": "2026-11-01"})
    assert Request.objects.get(pk=asked.pk).is_open
    cooperation.post(at("requests-answer", asked.pk), form | {"until": "2026-12-20"})
    bag.refresh_from_db()
    assert bag.keep_until == date(2026, 12, 20)
    assert not Request.objects.get(pk=asked.pk).is_open
