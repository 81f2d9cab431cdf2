"""The pages of saved searches (SDI): keeping one from the results, My Library, and the address that stops the mails."""

from urllib.parse import quote, urlencode

import pytest
from django.test import Client

from catalog import stop_links
from catalog.models import SavedSearch
from okalib.models import Patron
from tests.factories import StaffFactory

RESULTS = "/search/?" + urlencode({"q": "夏目"})
TARGET = "/my/searches/"


@pytest.fixture
def page(lively, log_in, akari):
    """The page of akari's saved searches, as text; an address may be named."""
    client = log_in(akari)
    return lambda address=TARGET: client.get(address).content.decode()


def save(client, **data):
    return client.post(
        "/my/searches/additions/", {"name": "夏目", "address": urlencode({"q": "夏目"}), "next": RESULTS} | data
    )


# ── on the results page ──


def test_a_visitor_is_led_to_the_log_in_and_back_to_the_results(lively, client):
    text = client.get(RESULTS).content.decode()
    assert f'href="/login/?next={quote(RESULTS, safe="")}"' in text
    assert "ログインしてこの検索を保存" in text


def test_a_page_that_asks_for_nothing_offers_nothing_to_save(page):
    assert "この検索を保存" not in page("/search/")


def test_a_patron_saves_the_search_under_its_words_and_comes_back_to_it(lively, log_in, akari):
    client = log_in(akari)
    text = client.get(RESULTS).content.decode()
    assert "<summary>この検索を保存</summary>" in text
    assert 'name="name" value="夏目"' in text
    answer = save(client, wants_mail="on")
    assert (answer.status_code, answer.url) == (302, RESULTS)
    search = SavedSearch.objects.get(patron=akari, name="夏目")
    assert search.wants_mail
    text = client.get(RESULTS).content.decode()
    assert "検索を保存しました" in text
    assert "この検索は保存してあります" in text


def test_a_form_sent_twice_saves_one_search_and_order_and_page_make_no_other(lively, log_in, akari):
    """HLD-11."""
    client = log_in(akari)
    for address in ("q=夏目", "q=夏目", "sort=year&q=夏目&page=3&per=50"):
        save(client, address=address)
    assert SavedSearch.objects.filter(patron=akari, name="夏目").count() == 1


def test_one_too_many_is_refused_in_words_with_what_was_typed(lively, log_in, akari, policy):
    policy.saved_searches_most = 2
    policy.save()
    answer = save(log_in(akari), name="わたしの夏目", wants_mail="on")
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "保存できる検索は2件までです" in text
    assert 'value="わたしの夏目"' in text
    assert SavedSearch.objects.filter(patron=akari).count() == 2


def test_who_has_no_mail_is_told_so_where_mail_is_offered(lively, log_in, akari, chiyo):
    """PAT-4: the choice stands there, with an explanation."""
    assert "1日1通お送りします" in log_in(akari).get(RESULTS).content.decode()
    assert "いまはメールでご連絡できないため届きません" in log_in(chiyo).get(RESULTS).content.decode()


# ── My Library ──


def test_the_page_lists_ones_own_searches_with_what_is_new(page):
    text = page()
    assert f'href="/search/?{urlencode({"q": "編み物"})}"' in text
    assert "編み物の本" in text
    assert "古地図" in text
    assert "新着1件" in text
    assert "編み物の時間" in text
    assert "新着なし" in text
    assert "園芸" not in text


def test_looking_leads_to_the_stable_address_and_nothing_is_new_any_more(lively, log_in, akari, page):
    answer = log_in(akari).post(f"/my/searches/{lively.searches['own'].pk}/visit/")
    assert answer.status_code == 302
    assert answer.url.startswith("/search/?q=")
    assert "新着1件" not in page()


def test_a_search_is_renamed_and_an_empty_name_is_refused(lively, log_in, akari, page):
    client, address = log_in(akari), f"/my/searches/{lively.searches['own'].pk}/name/"
    assert client.post(address, {"name": "  夏目 漱石  "}).url == TARGET
    assert "夏目 漱石" in page()
    answer = client.post(address, {"name": "　"})
    assert answer.status_code == 409
    assert "名前を入力してください" in answer.content.decode()
    answer = client.post(address, {"name": "長" * 61})
    assert answer.status_code == 422
    assert f'value="{"長" * 61}"' in answer.content.decode()


def test_mail_is_switched_on_and_off(lively, log_in, akari):
    client, search = log_in(akari), lively.searches["quiet"]
    for wanted in ("yes", "no"):
        client.post(f"/my/searches/{search.pk}/mail/", {"wanted": wanted})
        search.refresh_from_db()
        assert search.wants_mail is (wanted == "yes")


def test_a_search_is_deleted(lively, log_in, akari, page):
    log_in(akari).post(f"/my/searches/{lively.searches['own'].pk}/removal/")
    assert "を削除しました" in (text := page())
    assert "編み物の時間" not in text


def test_nobody_without_searches_is_left_without_a_way_on(lively, log_in, chiyo):
    text = log_in(chiyo).get(TARGET).content.decode()
    assert "保存した検索はありません" in text


def test_thirty_searches_need_no_more_queries_than_one(lively, log_in, akari, django_assert_max_num_queries):
    client = log_in(akari)
    for number in range(28):
        save(client, address=f"q=夏目&year_from={1900 + number}", name=f"夏目 {number}")
    client.get(TARGET)
    with django_assert_max_num_queries(12):
        client.get(TARGET)
    with django_assert_max_num_queries(15):
        client.get(RESULTS)


# ── stopping without logging in ──


def test_the_address_in_a_mail_stops_all_mails_but_only_when_the_button_is_pressed(lively, akari, aya):
    """A218: a preview or a scanner of mail that follows links changes nothing."""
    client, address = Client(enforce_csrf_checks=True), f"/new-titles/stop/{stop_links.token_of(akari.pk)}/"
    text = client.get(address).content.decode()
    assert "新着のメールを停止する" in text
    assert "編み物" not in text
    assert "青木" not in text
    assert SavedSearch.objects.filter(patron=akari, wants_mail=True).exists()
    answer = client.post(address)
    assert "すべて停止しました" in answer.content.decode()
    assert not SavedSearch.objects.filter(patron=akari, wants_mail=True).exists()
    assert SavedSearch.objects.filter(patron=aya, wants_mail=True).exists()
    assert SavedSearch.objects.filter(patron=akari).count() == 2


def test_a_mail_program_stops_them_with_one_click(lively, akari):
    """RFC 8058: a POST of its own form, from another host, without a cookie; twice is the same."""
    client, address = Client(enforce_csrf_checks=True), f"/new-titles/stop/{stop_links.token_of(akari.pk)}/"
    for _twice in range(2):
        assert client.post(address, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert not SavedSearch.objects.filter(patron=akari, wants_mail=True).exists()


@pytest.mark.parametrize("token", ["1", "MQ:abc", "MQ"])
def test_a_token_that_is_none_of_ours_leads_nowhere(lively, client, token):
    assert client.post(f"/new-titles/stop/{token}/").status_code == 404
    assert Patron.objects.exists()


# ── staff ──


def test_staff_see_how_many_searches_there_are_and_no_more(lively, client, akari):
    """RET-5: what somebody looks for is nobody's business."""
    client.force_login(StaffFactory(is_superuser=True), backend="okalib.auth.StaffBackend")
    text = client.get(f"/staff/okalib/patron/{akari.pk}/change/").content.decode()
    assert "2件（うちメールあり 1件）" in text
    assert "編み物" not in text
