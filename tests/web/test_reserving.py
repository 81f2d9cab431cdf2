"""Reserving on the pages: one title, the basket, and what can be done with a reservation afterwards."""

import re
from datetime import date
from urllib.parse import unquote
from uuid import uuid4

import pytest

from holds import actions as holds
from holds.models import Hold, Request
from holds.queries import queue
from holds.rules import HoldState, RequestKind
from okalib import queries
from tests.factories import LibraryFactory


def text(answer):
    return answer.content.decode()


def said_of_the_next_run(answer):
    """The pickup libraries of a page with what the next run means for them."""
    return re.findall(r"<option[^>]*>([^<]*次の便[^<]*)</option>", text(answer))


@pytest.fixture
def patron(lively, log_in, akari):
    """Akari's browser."""
    return log_in(akari)


def test_the_record_says_what_each_copy_does_and_how_many_wait(lively, client):
    """CAT-7, CAT-8."""
    page = text(client.get(f"/records/{lively.bibs['waiting'].pk}/"))
    assert "予約件数：2件" in page
    assert "返却予定 12月9日（水）" in page
    assert "2階 文学" in page
    assert "ログインして予約する" in page


def test_what_cannot_be_borrowed_gives_the_reason_instead_of_the_button(lively, patron):
    """CAT-7, HLD-3."""
    page = text(patron.get(f"/records/{lively.bibs['reference'].pk}/"))
    assert "館内閲覧のみ" in page
    assert "貸出できる資料がないため、予約できません。" in page
    assert "予約する</button>" not in page


def test_a_reservation_answers_with_its_own_page_that_can_be_loaded_again(lively, patron, akari, bizen):
    """HLD-1, DLV-6: with what happens next, and both dates."""
    answer = patron.post(
        f"/records/{lively.bibs['free'].pk}/reservation/", {"pickup_at": "bizen", "need_by": "2027-02-01"}, follow=True
    )
    hold = Hold.objects.get(bib=lively.bibs["free"])
    assert answer.redirect_chain == [(f"/holds/{hold.pk}/", 302)]
    assert (hold.patron, hold.pickup_at, hold.need_by) == (akari, bizen, date(2027, 2, 1))
    page = text(answer)
    assert "予約を受け付けました。" in page
    assert (
        "12月5日（土）までに用意できれば、受取は12月11日（金）から12月17日（木）まで、返却期限は2027年1月5日（火）"
        in page
    )
    assert "予約を受け付けました。" not in text(patron.get(f"/holds/{hold.pk}/"))


def test_the_form_sent_twice_makes_one_reservation_and_shows_it(lively, patron):
    """HLD-11, A30."""
    form = {"pickup_at": "bizen", "token": str(uuid4())}
    answers = [patron.post(f"/records/{lively.bibs['free'].pk}/reservation/", form) for _time in range(2)]
    hold = Hold.objects.get(bib=lively.bibs["free"])
    assert [answer.url for answer in answers] == [f"/holds/{hold.pk}/"] * 2


def test_the_page_gives_every_form_a_token_of_its_own(lively, patron):
    """HLD-11."""
    address = f"/records/{lively.bibs['free'].pk}/"
    tokens = {patron.get(address).content.split(b'name="token" value="')[1][:36] for _time in range(2)}
    assert len(tokens) == 2


def test_a_refusal_says_every_reason_at_once_and_keeps_what_was_typed(lively, patron):
    """HLD-3, A31."""
    answer = patron.post(
        f"/records/{lively.bibs['reference'].pk}/reservation/", {"pickup_at": "nowhere", "need_by": "2026-11-01"}
    )
    assert answer.status_code == 409
    page = text(answer)
    for reason in ("貸出できる資料がないため", "受渡館を選んでください。", "必要な期限には今日以降の日を"):
        assert reason in page
    assert 'value="2026-11-01"' in page
    assert not Hold.objects.filter(bib=lively.bibs["reference"]).exists()


def test_what_is_no_date_is_said_beside_the_field(lively, patron):
    answer = patron.post(
        f"/records/{lively.bibs['free'].pk}/reservation/", {"pickup_at": "bizen", "need_by": "いつでも"}
    )
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in text(answer)
    assert "いつでも" in text(answer)


def test_a_refused_reservation_still_says_of_each_library_what_the_next_run_means(lively, patron):
    """DLV-2, DLV-6, HLD-3."""
    address = f"/records/{lively.bibs['free'].pk}/"
    offered = said_of_the_next_run(patron.get(address))
    answer = patron.post(f"{address}reservation/", {"pickup_at": "", "token": uuid4()})
    assert answer.status_code == 409
    assert len(offered) > 1
    assert said_of_the_next_run(answer) == offered


def test_an_english_reader_is_refused_in_english(lively, patron):
    """NTF-3's counterpart on the page: the reader's language."""
    patron.get("/language/en/", {"next": "/"})
    answer = patron.post(f"/records/{lively.bibs['reference'].pk}/reservation/", {"pickup_at": "home"})
    assert "There is no item that can be borrowed" in text(answer)


def test_a_library_that_the_next_run_leaves_out_says_why_where_it_is_chosen(lively, patron):
    """DLV-2."""
    assert "岡山市立中央図書館（次の便は休み：設備点検のため休館）" in text(
        patron.get(f"/records/{lively.bibs['free'].pk}/")
    )


def test_a_film_offers_only_libraries_that_take_it(lively, patron, bizen):
    """A23."""
    bizen.accepts_av = False
    bizen.save()
    assert 'value="bizen"' not in text(patron.get(f"/records/{lively.bibs['film'].pk}/"))
    assert 'value="bizen"' in text(patron.get(f"/records/{lively.bibs['free'].pk}/"))


def test_a_waiting_reservation_is_cancelled_paused_resumed_and_sent_elsewhere(lively, patron, okayama):
    """HLD-4, HLD-5, HLD-8."""
    hold = lively.holds["waiting"]
    patron.post(f"/holds/{hold.pk}/pause/", {"until": "2026-12-24"})
    hold.refresh_from_db()
    assert hold.paused_until == date(2026, 12, 24)
    assert "休止中" in text(patron.get(f"/holds/{hold.pk}/"))
    patron.post(f"/holds/{hold.pk}/resumption/")
    patron.post(f"/holds/{hold.pk}/pickup/", {"pickup_at": "okayama"})
    hold.refresh_from_db()
    assert (hold.paused_at, hold.pickup_at) == (None, okayama)
    answer = patron.post(f"/holds/{hold.pk}/cancellation/", follow=True)
    assert "「こころ」の予約を取り消しました。" in text(answer)
    hold.refresh_from_db()
    assert hold.state == HoldState.CANCELLED


def test_a_pause_into_the_past_is_refused_and_kept_on_the_page(lively, patron):
    """HLD-8, A58."""
    answer = patron.post(f"/holds/{lively.holds['waiting'].pk}/pause/", {"until": "2026-12-01"})
    assert answer.status_code == 409
    assert "再開日には明日以降の日を入力してください。" in text(answer)
    assert 'value="2026-12-01"' in text(answer)


def test_once_an_item_is_bound_the_patron_asks_and_staff_decide(lively, patron, akari, okayama):
    """HLD-5, A47: no cancelling on the page, a request instead; asked twice it is one."""
    hold = lively.holds["ready"]
    answer = patron.post(f"/holds/{hold.pk}/cancellation/", follow=True)
    assert "取消は「取消依頼」からお申し込みください。" in text(answer)
    assert "取消依頼を送る" in text(answer)
    for _time in range(2):
        patron.post(f"/holds/{hold.pk}/requests/cancellation/")
    assert Request.objects.get(hold=hold).kind == RequestKind.CANCEL
    patron.post(f"/holds/{hold.pk}/requests/pickup/", {"pickup_at": "okayama"})
    assert Request.objects.get(hold=hold, kind=RequestKind.CHANGE_PICKUP).library == okayama
    hold.refresh_from_db()
    assert hold.state == HoldState.READY
    assert "予約取消依頼を12月1日（火）に受け付けました。" in text(patron.get(f"/holds/{hold.pk}/"))


def test_a_title_goes_into_the_basket_and_the_reader_stays_where_they_were(lively, patron, akari):
    """HLD-10."""
    here = "/search/?q=東京物語"
    answer = patron.post("/basket/lines/", {"bib": lively.bibs["film"].pk, "next": here})
    assert unquote(answer.url) == here
    assert akari.basket.filter(bib=lively.bibs["film"]).exists()
    assert "予約かごに入っています" in text(patron.get(here))


@pytest.mark.parametrize(
    ("address", "form", "kind"),
    [
        ("inquiry", {"inquiry-text": "何時まで開いていますか。"}, RequestKind.INQUIRY),
        ("longer", {"longer-text": "種の起原を12月10日まで。"}, RequestKind.KEEP_LONGER),
        ("item", {"item-item_number": "1000000274", "item-pickup_at": "bizen"}, RequestKind.PARTICULAR_ITEM),
    ],
)
def test_forms_become_requests_that_staff_answer(lively, patron, akari, address, form, kind):
    """REQ-1, HLD-6, DLV-10."""
    answer = patron.post(f"/my/requests/{address}/", form, follow=True)
    assert "ご依頼を受け付けました。" in text(answer)
    assert Request.objects.filter(patron=akari, kind=kind).exists()


def test_an_incomplete_request_says_all_that_is_missing(lively, patron):
    """REQ-1, HLD-3's manner."""
    answer = patron.post("/my/requests/item/", {"item-contact": "090-0000-0000"})
    assert answer.status_code == 409
    page = text(answer)
    assert "受渡館を選んでください。" in page
    assert "資料番号を入力してください。" in page
    assert "090-0000-0000" in page


def test_pickup_libraries_are_offered_town_by_town_in_the_order_of_their_reading(home):
    """A23: 県立 first, then the towns as they are read, each with its libraries together."""
    for name, kana, town in [
        ("津山市立図書館", "ツヤマシリツ", "津山市"),
        ("赤磐市立図書館", "アカイワシリツ", "赤磐市"),
        ("津山市立加茂図書館", "カモ", "津山市"),
    ]:
        LibraryFactory(name=name, name_kana=kana, town=town)
    assert [place.name for place in queries.pickup_points()] == [
        "県立図書館",
        "赤磐市立図書館",
        "津山市立加茂図書館",
        "津山市立図書館",
    ]


def test_nobody_reserves_for_another_card(lively, patron, akari, aya):
    """A33, LIM-4: whatever else a form says, the reservation is the one's own who has logged in."""
    form = {"pickup_at": "home", "patron": aya.pk, "card": aya.card_number, "for": aya.card_number, "by": aya.user.pk}
    patron.post(f"/records/{lively.bibs['free'].pk}/reservation/", form)
    hold = Hold.objects.get(bib=lively.bibs["free"])
    assert (hold.patron, hold.made_by) == (akari, akari.user)


def test_a_place_in_the_queue_is_given_to_the_next(lively, patron, aya, home, ten):
    """A43: the page offers it where somebody waits behind, and says when nobody does any more."""
    address = f"/records/{lively.bibs['free'].pk}/reservation/"
    patron.post(address, {"pickup_at": "home"})
    mine = Hold.objects.get(bib=lively.bibs["free"])
    assert "次の方に順番を譲る" not in text(patron.get(f"/holds/{mine.pk}/"))
    assert "譲る相手がいません" in text(patron.post(f"/holds/{mine.pk}/place-given-away/", follow=True))
    behind = holds.reserve(patron=aya, bib=lively.bibs["free"], pickup_at=home, by=None, now=mine.accepted_at)
    assert "次の方に順番を譲る" in text(patron.get(f"/holds/{mine.pk}/"))
    page = text(patron.post(f"/holds/{mine.pk}/place-given-away/", follow=True))
    assert "順番を1つ譲りました。" in page
    assert list(queue(lively.bibs["free"])) == [behind, mine]
