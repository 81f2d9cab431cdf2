"""The basket on its pages: looked through, put in order, sent once, and what came of it (HLD-9…HLD-11)."""

import re
from datetime import date
from html import unescape
from uuid import UUID, uuid4

import pytest

from holds import actions
from holds.models import BasketConfirmation, Hold, HoldGroup
from tests.factories import BibFactory

SEND = "/basket/reservation/"


def text(answer):
    return unescape(answer.content.decode())


def words(answer):
    """The text of a page without its marks, on one line."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", text(answer)))


@pytest.fixture
def patron(lively, log_in, akari):
    """Akari's browser; her basket holds 日本の伝統色 and 広辞苑を読む."""
    return log_in(akari)


@pytest.fixture
def full_basket(akari, ten):
    """Thirteen more titles in Akari's basket, one of them audio-visual."""
    bibs = [BibFactory(items=1, material="video" if number == 0 else "book") for number in range(13)]
    for bib in bibs:
        actions.add_to_basket(patron=akari, bib=bib, now=ten)
    return bibs


def titles(akari):
    return [line.bib.title for line in akari.basket.all()]


def send(patron, **form):
    return patron.post(SEND, {"pickup_at": "bizen", "order": "normal", "token": str(uuid4())} | form)


# --- before it is sent ---------------------------------------------------------------------------------------------


def test_the_basket_foresees_the_limit(lively, patron, akari, full_basket):
    """LIM-2, HLD-10: Akari has four open reservations, so six more; the others say so beside their titles."""
    page = words(patron.get("/basket/"))
    assert "15点が入っています。 上から順に予約すると、受け付けられるのは7点です。" in page
    assert "図書・雑誌：あと6冊予約できます（現在4冊・上限10冊）。" in page
    assert "視聴覚資料：あと5点予約できます（現在0点・上限5点）。" in page
    assert page.count("図書・雑誌の予約は10点までです（現在10点）。") == 8
    assert page.count("このままでは予約できません") == 8


def test_what_was_foreseen_is_what_happens(lively, patron, akari, full_basket):
    """LIM-2, HLD-10: seven succeed, the eight that were marked stay in the basket with the same reason."""
    page = words(send(patron, follow=True) and patron.get("/basket/"))
    assert "8点が入っています。 上から順に予約すると、受け付けられるのは0点です。" in page
    assert page.count("図書・雑誌の予約は10点までです（現在10点）。") == 8


def test_each_reason_stands_beside_its_own_title(lively, patron, akari, ten):
    """HLD-3, HLD-10: every reason at once, and none at the others."""
    for key in ("reference", "waiting", "new"):
        actions.add_to_basket(patron=akari, bib=lively.bibs[key], now=ten)
    rows = text(patron.get("/basket/")).split('<li id="title-')[1:]
    reasons = ["貸出できる資料がないため", "この資料はすでに予約されています。", "この資料は現在借りています。"]
    shown = [[reason for reason in reasons if reason in row] for row in rows]
    assert shown == [[], [], [reasons[0]], [reasons[1]], [reasons[2]]]


def test_an_overdue_loan_is_said_before_the_basket_is_sent(lively, patron, akari):
    """LIM-3."""
    akari_items = lively.loans["new"].item
    akari_items.due_on = date(2026, 11, 30)
    akari_items.save()
    page = words(patron.get("/basket/"))
    assert page.count("返却期限を過ぎた資料が1点あります。") == 2
    assert "上から順に予約すると、受け付けられるのは0点です。" in page


def test_a_library_that_takes_no_films_is_foreseen_once_it_is_chosen(lively, patron, akari, bizen, full_basket):
    """A23."""
    bizen.accepts_av = False
    bizen.save()
    akari.last_pickup = bizen
    akari.save()
    assert words(patron.get("/basket/")).count("視聴覚資料は備前市立図書館では受け取れません。") == 1


def test_the_library_of_last_time_is_chosen_already(lively, patron, akari, okayama):
    """ux: the last one used; a closed one is offered with its reason (DLV-2)."""
    akari.last_pickup = okayama
    akari.save()
    page = text(patron.get("/basket/"))
    assert '<option value="okayama" selected>岡山市立中央図書館（次の便は休み：設備点検のため休館）</option>' in page


def test_libraries_stand_under_their_town_with_arrival_and_due_date(lively, patron, bizen):
    """DLV-6, DLV-8."""
    bizen.town = "備前市"
    bizen.save()
    page = text(patron.get("/basket/"))
    assert '<optgroup label="備前市">' in page
    assert "備前市立図書館（金曜日着・次の便の返却期限 2027年1月5日（火））" in page
    assert "12月5日（土）までに用意できれば、受渡期間は12月11日（金）から12月17日（木）まで" in page


@pytest.mark.parametrize("order", ["通常", "順番", "いずれか"])
def test_each_way_to_reserve_is_explained(lively, patron, order):
    """HLD-9."""
    page = text(patron.get("/basket/"))
    explained = page.split(f"<span>{order}</span>")[1].split("</div>")[0]
    assert 'class="field-help"' in explained and "。" in explained


def test_one_title_alone_is_not_any_of_them(lively, patron):
    """HLD-9: the reason is one that can be followed."""
    patron.post(f"/basket/lines/{lively.bibs['free'].pk}/removal/")
    page = text(send(patron, order="any_of", wanted="1"))
    assert "「いずれか」は、予約かごに2点以上あるときに選んでください。" in page


def test_how_many_is_asked_within_any_of_and_is_needed_there(lively, patron):
    """HLD-9: nobody who chooses otherwise meets a field that is not for them."""
    choices = text(patron.get("/basket/")).split('class="explained-choice"')[1:]
    fields = [
        re.findall(r'class="if-chosen">.*?必要な点数<span class="field-need">', choice, re.S) for choice in choices
    ]
    assert [len(found) for found in fields] == [0, 0, 1]


@pytest.mark.parametrize("typed", ["0", "二冊"])
def test_a_number_typed_before_choosing_otherwise_does_not_stand_in_the_way(lively, patron, akari, typed):
    """HLD-9: the field is out of sight then, and so would be the reason."""
    answer = send(patron, order="normal", wanted=typed)
    assert "2点の予約を受け付けました" in text(patron.get(answer.url))
    assert Hold.objects.filter(patron=akari, bib=lively.bibs["free"]).exists()


# --- the order -----------------------------------------------------------------------------------------------------


def test_titles_are_moved_by_buttons_and_the_focus_stays_on_them(lively, patron, akari):
    """HLD-9: without script; at the end of the list the focus is on the counterpart."""
    second = lively.bibs["free"]
    answer = patron.post(f"/basket/lines/{second.pk}/place/", {"way": "up", "order": "in_order"}, follow=True)
    assert titles(akari)[1] == "日本の伝統色"
    focused = re.findall(r'<button[^>]*value="(\w+)" formaction="([^"]+)" autofocus>', text(answer))
    assert focused == [("down", f"/basket/lines/{second.pk}/place/")]
    patron.post(f"/basket/lines/{second.pk}/place/", {"way": "down"})
    assert titles(akari)[0] == "日本の伝統色"


def test_a_title_in_the_middle_keeps_the_button_that_was_pressed(lively, patron, akari, full_basket):
    """HLD-9, WCAG 2.4.3."""
    middle = full_basket[5]
    for way in ("up", "down"):
        answer = patron.post(f"/basket/lines/{middle.pk}/place/", {"way": way}, follow=True)
        assert re.findall(r'value="(\w+)" formaction="[^"]+" autofocus', text(answer)) == [way]


def test_moving_beyond_the_ends_changes_nothing(lively, patron, akari):
    """HLD-9: a button pressed twice."""
    before = titles(akari)
    patron.post(f"/basket/lines/{lively.bibs['in_basket'].pk}/place/", {"way": "up"})
    assert titles(akari) == before


def test_what_was_chosen_and_typed_stays_when_titles_are_moved_or_taken_out(lively, patron):
    """ux: typed input is kept."""
    typed = {"pickup_at": "okayama", "order": "any_of", "wanted": "7", "need_by": "2027-03-01"}
    for address in (
        f"/basket/lines/{lively.bibs['free'].pk}/place/",
        f"/basket/lines/{lively.bibs['free'].pk}/removal/",
    ):
        page = text(patron.post(address, typed | {"way": "up"}, follow=True))
        assert '<option value="okayama" selected>' in page
        assert re.search(r'value="any_of"[^>]*checked', page)
        assert 'name="wanted" value="7"' in page and 'value="2027-03-01"' in page


def test_the_first_button_of_the_form_is_the_one_that_enter_presses(lively, patron):
    """HTML: Enter in a field must not move a title."""
    form = text(patron.get("/basket/")).split('action="/basket/reservation/"')[1]
    assert "formaction" not in re.search(r"<button[^>]*>", form).group()


def test_the_basket_is_reserved_in_its_order(lively, patron, akari):
    """HLD-9."""
    patron.post(f"/basket/lines/{lively.bibs['free'].pk}/place/", {"way": "up"})
    page = words(patron.get(send(patron, order="in_order").url))
    volumes = Hold.objects.filter(group__kind="in_order").order_by("volume_order")
    assert [hold.bib for hold in volumes] == [lively.bibs["free"], lively.bibs["in_basket"]]
    assert "順番：前の巻を借りる（または予約が終わる）まで、次の巻は用意しません" in page
    assert page.count("前の巻のあとに用意します。") == 1


# --- sending it ----------------------------------------------------------------------------------------------------


def test_the_basket_reserves_title_by_title_and_its_confirmation_can_be_loaded_again(lively, patron, akari):
    """HLD-10: also after logging out and in."""
    patron.post("/basket/lines/", {"bib": lively.bibs["reference"].pk})
    answer = send(patron)
    assert re.fullmatch(r"/basket/confirmations/[0-9a-f-]{36}/", answer.url)
    for _time in range(2):
        page = words(patron.get(answer.url))
        assert "2点の予約を受け付けました" in page
        assert "予約できませんでした 予約かごに残っています。" in page
        assert "貸出できる資料がないため" in page
        patron.logout()
        patron.force_login(akari.user, backend="okalib.auth.CardBackend")
    assert titles(akari) == ["国史大辞典"]


def test_the_confirmation_says_what_happens_next_and_when(lively, patron):
    """HLD-10, HLD-12, DLV-6."""
    page = words(patron.get(send(patron).url))
    assert "用意できた資料は、週1回の受渡便で備前市立図書館へ送ります。" in page
    assert "次の便：12月5日（土）までに用意できれば、受取は12月11日（金）から12月17日（木）まで" in page
    assert page.count("受け取れる予想：12月11日（金）ごろ") == 2
    assert page.count("お約束ではありません。") == 2
    assert "1人中1番目" in page


def test_at_the_prefectural_library_it_says_how_long_it_is_kept(lively, patron):
    """SHF-1, SHF-2."""
    page = words(patron.get(send(patron, pickup_at="home").url))
    assert "その日から開館日で7日間、県立図書館でお取り置きします。" in page
    assert page.count("受け取れる予想：12月3日（木）ごろ") == 2


def test_the_confirmation_follows_what_has_become_of_each_title(lively, patron, akari, ten):
    """HLD-11: reached later by its own address."""
    address = send(patron).url
    hold = Hold.objects.get(bib=lively.bibs["free"])
    actions.cancel(hold=hold, by=akari.user, now=ten)
    page = words(patron.get(address))
    assert "2点の予約を受け付けました" in page and "いまは取消です。" in page


def test_the_basket_sent_twice_reserves_once_and_shows_the_same(lively, patron):
    """HLD-11."""
    before, token = Hold.objects.count(), str(uuid4())
    answers = [send(patron, token=token) for _time in range(2)]
    assert Hold.objects.count() == before + 2
    assert answers[0].url == answers[1].url == f"/basket/confirmations/{token}/"
    assert "2点の予約を受け付けました" in text(patron.get(answers[1].url))


def test_a_title_that_came_into_the_basket_since_is_not_swept_along_by_the_same_form(lively, patron, akari):
    """HLD-11: sent again, it is the titles that it was sent with."""
    token = str(uuid4())
    send(patron, token=token, order="in_order")
    patron.post("/basket/lines/", {"bib": lively.bibs["film"].pk})
    send(patron, token=token, order="in_order")
    assert titles(akari) == ["東京物語"]
    assert HoldGroup.objects.count() == 1


def test_another_patron_does_not_find_the_confirmation(lively, patron, log_in, aya, client):
    """A215."""
    address = send(patron).url
    assert log_in(aya).get(address).status_code == 404
    assert patron.get(f"/basket/confirmations/{uuid4()}/").status_code == 404
    client.logout()
    assert client.get(address).url == f"/login/?next={address}"


def test_a_token_of_another_patron_reserves_for_nobody_else(lively, patron, aya, akari, ten, home):
    """A215: a forged form is an error of its own, not somebody's confirmation."""
    token = UUID(send(patron).url.split("/")[3])
    actions.add_to_basket(patron=aya, bib=lively.bibs["film"], now=ten)
    with pytest.raises(Exception, match="token"):
        actions.reserve_basket(patron=aya, pickup_at=home, by=aya.user, now=ten, token=token)
    assert BasketConfirmation.objects.get(token=token).patron == akari


def test_the_basket_reserves_any_of_its_titles(lively, patron):
    """HLD-9."""
    refused = send(patron, order="any_of", wanted="5", need_by="2027-03-01")
    assert refused.status_code == 409
    page = text(refused)
    assert "必要な点数を1から1の間で" in page
    assert 'name="wanted" value="5"' in page and 'value="2027-03-01"' in page
    answer = send(patron, order="any_of", wanted="1")
    assert HoldGroup.objects.get().wanted == 1
    assert "いずれか：1点そろったら、残りの予約は自動的に取り消します" in text(patron.get(answer.url))


def test_no_library_chosen_is_said_beside_every_title_and_nothing_is_reserved(lively, patron, akari):
    """HLD-3, HLD-10."""
    before = Hold.objects.count()
    page = words(patron.get(send(patron, pickup_at="").url))
    assert "予約できた資料はありません" in page
    assert page.count("受渡館を選んでください。") == 2
    assert Hold.objects.count() == before and len(titles(akari)) == 2


def test_what_is_no_number_is_said_beside_the_field(lively, patron):
    answer = send(patron, order="any_of", wanted="たくさん")
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in text(answer) and "たくさん" in text(answer)


def test_a_need_by_date_holds_for_every_title(lively, patron):
    """HLD-8."""
    send(patron, need_by="2027-02-01")
    made = Hold.objects.filter(bib__in=[lively.bibs["free"], lively.bibs["in_basket"]])
    assert [hold.need_by for hold in made] == [date(2027, 2, 1)] * 2


def test_an_empty_basket_says_how_to_fill_it(lively, patron):
    for key in ("free", "in_basket"):
        patron.post(f"/basket/lines/{lively.bibs[key].pk}/removal/")
    assert "予約かごは空です。" in text(patron.get("/basket/"))
    assert send(patron).status_code == 409


# --- how good ------------------------------------------------------------------------------------------------------


def test_fifteen_titles_ask_no_more_than_two(lively, patron, full_basket, django_assert_max_num_queries):
    """At most twelve queries, also for a full basket and for what came of it."""
    with django_assert_max_num_queries(12):
        answer = patron.get("/basket/")
    assert answer.content.count(b'<li id="title-') == 15
    address = send(patron, order="in_order").url
    with django_assert_max_num_queries(12):
        assert patron.get(address).status_code == 200
    assert len(answer.content) < 150_000


def test_old_confirmations_are_forgotten(lively, patron):
    """RET-5: with the reservations that they speak of."""
    send(patron)
    assert actions.forget_ended(day=date(2027, 1, 5))["confirmations"] == 0
    assert actions.forget_ended(day=date(2027, 1, 6))["confirmations"] == 1
