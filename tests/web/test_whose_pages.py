"""Whose page it is: visitors log in first, nobody reaches another's objects, a change is a POST with a token.

Many addresses are asked in one test, because the library that they need takes a moment to make.
"""

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from catalog.models import SavedSearch
from circulation.models import Loan
from holds.models import BasketLine, Hold, Request
from tests.factories import StaffFactory

PUBLIC = {
    "home",
    "search",
    "cross_search",
    "detailed_search",
    "suggestions",
    "calendar",
    "libraries",
    "deliveries",
    "guide",
    "questions",
    "news",
    "login",
    "activation",
    "lost_password",
    "password_link_sent",
    "session",
    "session_end",
    "browse",
    "new_arrivals",
    "most_reserved",
    "classes",
    "shelf",
}
BETWEEN_DOORS = {"password_link", "new_password", "unsent"}  # tests/web/test_doors_*.py
FILES = {"citation_ris", "citation_bib", "record_mrc", "record_marcxml", "export_ris", "export_bib"}
PUBLIC_WITH_NUMBER = {"record", "library", "news_item"}
OWN = {"my", "card", "notices", "basket", "requests", "own_settings", "reading_record", "saved_searches"}
OWN_FILES = {"reading_record_csv", "reading_record_json"}
CHANGES = {
    "reserve": "bib_id",
    "cancel_hold": "hold_id",
    "pause_hold": "hold_id",
    "resume_hold": "hold_id",
    "yield_place": "hold_id",
    "set_need_by": "hold_id",
    "change_pickup": "hold_id",
    "ask_to_cancel": "hold_id",
    "ask_for_pickup": "hold_id",
    "renew": "loan_id",
    "move_in_basket": "bib_id",
    "remove_from_basket": "bib_id",
    "add_to_basket": "",
    "reserve_basket": "",
    "inquire": "",
    "ask_for_item": "",
    "ask_to_keep_longer": "",
    "set_contact": "",
    "set_password": "",
    "set_reading_record": "",
    "erase_reading_line": "line_id",
    "set_feed": "",
    "move_feed": "",
    "close_feed": "",
    "save_search": "",
    "visit_search": "search_id",
    "rename_search": "search_id",
    "set_search_mail": "search_id",
    "remove_search": "search_id",
}
OTHERS = {name: kind for name, kind in CHANGES.items() if kind in ("hold_id", "loan_id", "search_id")} | {
    "hold": "hold_id"
}


def _patron_routes():
    """Every route of ours that is not the staff's, the machinery's or a pickup library's, by name."""
    ours = {"catalog.views", "holds.views", "circulation.views", "okalib.views"}
    found = {}

    def collect(patterns):
        for pattern in patterns:
            if isinstance(pattern, URLResolver):
                collect(pattern.url_patterns)
            elif isinstance(pattern, URLPattern) and any(pattern.lookup_str.startswith(module) for module in ours):
                found[pattern.name] = pattern

    collect(get_resolver().url_patterns)
    return found


def test_every_route_is_known_to_these_tests(db):
    """A route that is added must say here whose it is (A215)."""
    known = (
        PUBLIC
        | OWN
        | set(CHANGES)
        | FILES
        | BETWEEN_DOORS
        | {"hold", "record", "class", "logout", "language", "basket_confirmation"}
        | OWN_FILES
        | {"library", "news_item", "cross_search_target", "calendar_of_library", "loans_feed", "stop_search_mails"}
    )
    assert set(_patron_routes()) == known


def _address(name, lively, of_others=True):
    kind = (CHANGES | {"hold": "hold_id"}).get(name, "")
    numbers = {
        "bib_id": lively.bibs["free"].pk,
        "hold_id": lively.holds["others" if of_others else "waiting"].pk,
        "line_id": 1,
        "loan_id": lively.loans["others" if of_others else "due_soon"].pk,
        "search_id": lively.searches["others" if of_others else "own"].pk,
    }
    return reverse(name, args=[numbers[kind]] if kind else [])


def test_public_pages_open_for_everybody_and_own_ones_ask_to_log_in(lively, client):
    """And lead back afterwards."""
    for name in PUBLIC:
        assert client.get(reverse(name)).status_code == 200, name
    for name in OWN | OWN_FILES:
        answer = client.get(reverse(name))
        assert (answer.status_code, answer.url) == (302, f"/login/?next={reverse(name)}"), name


def test_what_a_patron_sees_is_not_stored(lively, log_in, akari):
    """A225: on a shared PC the next reader cannot leaf back."""
    client = log_in(akari)
    for name in (*OWN, *OWN_FILES, "home", "search", "calendar"):
        answer = client.get(reverse(name))
        assert answer.status_code == 200, name
        assert "no-store" in answer["Cache-Control"], name


def test_what_belongs_to_another_does_not_exist(lively, log_in, akari):
    """A137, A215: 404, and A217: nothing is done."""

    def everything():
        return [list(model.objects.order_by("pk").values()) for model in (Hold, Loan, Request, SavedSearch)]

    before, client = everything(), log_in(akari)
    for name in OTHERS:
        address = _address(name, lively)
        answer = client.get(address) if name == "hold" else client.post(address)
        assert answer.status_code == 404, name
    assert everything() == before


def test_a_basket_shows_and_empties_its_owners_titles_alone(lively, log_in, aya):
    """A215."""
    client = log_in(aya)
    assert "日本の伝統色" not in client.get("/basket/").content.decode()
    assert client.post(f"/basket/lines/{lively.bibs['in_basket'].pk}/removal/").status_code == 404
    assert BasketLine.objects.count() == 2


def test_a_change_of_state_is_a_post_with_the_token_of_our_form(lively, akari):
    """A218: a link, a robot, a preview or another site's form changes nothing."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(akari.user, backend="okalib.auth.CardBackend")
    for name in (*CHANGES, "logout"):
        address = _address(name, lively, of_others=False)
        assert client.get(address).status_code == 405, name
        answer = client.post(address)
        assert answer.status_code == 403, name
        assert "もう一度お試しください" in answer.content.decode(), name


def test_a_visitor_who_posts_is_asked_to_log_in_and_led_back_to_the_form(lively, client):
    """A217: not done, and not sent to an address that knows only POST."""
    holds = Hold.objects.count()
    for name in CHANGES:
        answer = client.post(_address(name, lively), HTTP_REFERER="http://testserver/records/1/?a=b")
        assert (answer.status_code, answer.url) == (302, "/login/?next=/records/1/%3Fa%3Db"), name
    assert Hold.objects.count() == holds


def test_the_way_back_leads_to_our_pages_only(home, client):
    answer = client.post("/basket/lines/", {"bib": "1", "next": "https://example.com/"})
    assert answer.url == "/login/?next=/"


def test_staff_are_told_that_a_page_is_for_patrons(home, client):
    client.force_login(StaffFactory(), backend="okalib.auth.StaffBackend")
    answer = client.get("/my/")
    assert answer.status_code == 403
    assert "利用者の方のページです" in answer.content.decode()


def test_reading_changes_nothing(lively, log_in, akari):
    """A218: every page that is read, twice, leaves reservations, loans and requests as they were."""

    def everything():
        return [list(model.objects.order_by("pk").values()) for model in (Hold, Loan, Request, BasketLine, SavedSearch)]

    before, client = everything(), log_in(akari)
    pages = [reverse(name) for name in PUBLIC | OWN] + [_address("hold", lively, of_others=False)]
    for address in [*pages, *pages, f"/records/{lively.bibs['free'].pk}/"]:
        client.get(address)
    assert everything() == before


@pytest.mark.parametrize("address", ["/records/0/", "/holds/999999999/", "/nowhere/", "/calendar/?library=nowhere"])
def test_a_missing_page_says_so_in_plain_words(log_in, akari, address):
    answer = log_in(akari).get(address)
    assert answer.status_code == 404
    assert "ページが見つかりません" in answer.content.decode()


def test_the_page_for_our_own_mistake_asks_nothing_of_the_database(rf, django_assert_num_queries):
    from okalib.views import errors

    answer = errors.failed(rf.get("/"))
    assert answer.status_code == 500
    assert "ただいまご利用になれません" in answer.content.decode()
