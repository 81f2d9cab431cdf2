"""Pages for what cannot be shown: plain words, what to do, whom to call, and nothing typed is lost."""

from contextlib import contextmanager
from datetime import timedelta
from io import BytesIO

import pytest
from django.core.cache.backends.redis import RedisCache
from django.db import DatabaseError, connection
from django.test import Client
from django.urls import reverse

from holds.models import Request
from okalib import queries
from okalib.models import Patron
from okalib.views import errors

OURS = {"Origin": "http://testserver"}
WISH = "「草枕」の朗読CDはありますか。"


@pytest.fixture
def strict(akari):
    """A browser of Akari's that minds the token of the form."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(akari.user, backend="okalib.auth.CardBackend")
    return client


def text(answer):
    return answer.content.decode()


def ask_something(client, headers=OURS, **more):
    return client.post(reverse("inquire"), {"inquiry-text": WISH, **more}, headers=headers)


# ── A form that was too old ──


def test_what_was_typed_into_an_old_form_is_sent_again_with_a_button(strict, akari):
    """A218: nothing was done, nothing is lost."""
    answer = ask_something(strict, **{"inquiry-contact": "090-1"})
    assert answer.status_code == 403
    assert not Request.objects.exists()
    page = text(answer)
    assert WISH in page
    assert "もう一度送る" in page
    assert '電話 <a class="phone" href="tel:0860000002">' in page
    assert "no-store" in answer["Cache-Control"]
    token = answer.cookies["csrftoken"].value if "csrftoken" in answer.cookies else strict.cookies["csrftoken"].value
    again = dict(answer.context["typed"].fields) | {"csrfmiddlewaretoken": token}
    assert strict.post(reverse("inquire"), again, headers=OURS).status_code == 302
    assert Request.objects.get().patron == akari


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "https://testserver"},
        {"Origin": "http://testserver.evil.example"},
        {"Origin": "http://testserver:81"},
        {"Referer": "https://evil.example/?http://testserver/"},
        {"Origin": "https://evil.example", "Referer": "http://testserver/my/"},
        {"Origin": "http://[testserver"},
        {},
    ],
)
def test_of_a_form_from_elsewhere_nothing_is_shown(strict, headers):
    """A218: no other site writes onto our page, or gets its form a fresh token."""
    answer = ask_something(strict, headers)
    assert answer.status_code == 403
    assert "もう一度お試しください" in text(answer)
    assert WISH not in text(answer)
    assert reverse("inquire") not in text(answer)


def test_the_referer_tells_where_no_origin_does(strict):
    assert WISH in text(ask_something(strict, {"Referer": "http://testserver/my/requests/"}))


def test_nothing_typed_comes_back_as_markup(strict):
    evil = "\"><script>alert('あ')</script>"
    page = text(ask_something(strict, **{"inquiry-text": evil, evil: evil}))
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


def test_the_log_in_with_an_old_form_asks_for_the_password_again(akari):
    client = Client(enforce_csrf_checks=True)
    typed = {"username": "20000011", "password": "sesame", "next": "/my/"}
    answer = client.post(reverse("login"), typed, headers=OURS)
    page = text(answer)
    assert answer.status_code == 403
    assert 'value="20000011"' in page
    assert "sesame" not in page
    assert 'type="password" name="password"' in page


def test_a_form_with_a_file_is_not_shown_again(strict):
    answer = strict.post(reverse("inquire"), {"file": BytesIO(b"x"), "text": WISH}, headers=OURS)
    assert WISH not in text(answer)
    assert answer.status_code == 403


# ── What cannot be shown ──


def test_a_missing_page_says_what_to_do_and_whom_to_call(home, client):
    answer = client.get("/nowhere/<script>alert(1)</script>/")
    assert answer.status_code == 404
    assert "ページが見つかりません" in text(answer)
    assert '電話 <a class="phone" href="tel:0860000002">' in text(answer)
    assert "<script>alert" not in text(answer)


def test_a_page_for_others_says_so(home, client):
    request = client.get("/").wsgi_request
    answer = errors.forbidden(request)
    assert answer.status_code == 403
    assert "このページはご覧になれません" in text(answer)
    assert '電話 <a class="phone" href="tel:0860000002">' in text(answer)


def test_too_many_attempts_say_after_how_long_and_not_how_many(home, client):
    """PAT-3."""
    request = client.get("/").wsgi_request
    answer = errors.too_many(request, wait=timedelta(minutes=15))
    assert (answer.status_code, answer["Retry-After"]) == (429, "900")
    assert "長くても15分ほど" in text(answer)
    assert "回" not in text(answer).partition("<h1>")[2].partition("</main>")[0]


@pytest.fixture
def silence(monkeypatch):
    """A way to let database and cache give no answer for the length of a block."""

    def broken(*_anything, **_more):
        raise DatabaseError

    @contextmanager
    def silence():
        with monkeypatch.context() as patch:
            patch.setattr(connection, "cursor", broken)
            patch.setattr(RedisCache, "get", broken)
            yield

    return silence


def test_our_own_mistake_is_told_without_database_and_cache(home, rf, silence):
    """In both languages, with the telephone number that this process knew last."""
    queries.policy()
    with silence():
        answer = errors.failed(rf.get("/"))
    assert answer.status_code == 500
    page = text(answer)
    assert "ただいまご利用になれません" in page
    assert "Out of order" in page
    assert page.count("086-000-0002") == 2
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize("page", ["/my/", "/", "/login/"])
def test_a_page_that_breaks_says_so_to_who_is_logged_in(akari, client, silence, page):
    """Through the whole house."""
    client.force_login(akari.user, backend="okalib.auth.CardBackend")
    client.raise_request_exception = False
    with silence():
        answer = client.get(page)
    assert answer.status_code == 500
    assert "ただいまご利用になれません" in text(answer)


def test_a_form_of_a_thousand_fields_is_refused_in_plain_words(home, client):
    client.raise_request_exception = False
    answer = client.post("/activation/", {f"field{number}": "x" for number in range(1500)})
    assert answer.status_code == 400
    assert "送信された内容を読み取れません" in text(answer)
    assert "We could not read that" in text(answer)


@pytest.mark.parametrize("page", ["/nowhere/", "/login/", "/password/lost/", "/session/end/"])
def test_the_pages_speak_the_readers_language(home, client, page):
    """The words themselves are those of the catalogue of words (tests of English)."""
    client.cookies["django_language"] = "en"
    assert '<html lang="en">' in text(client.get(page))


def test_errors_change_nothing(strict, akari):
    before = Patron.objects.values().get(pk=akari.pk)
    ask_something(strict)
    assert Patron.objects.values().get(pk=akari.pk) == before
