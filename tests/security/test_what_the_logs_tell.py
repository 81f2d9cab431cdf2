"""Who came, who was refused, and what broke can be read in the logs; who read what cannot (ASVS 16.2, 16.3, RET-5)."""

import json

import pytest
from django.test import Client
from django.urls import reverse

from okalib.logs import mark
from tests.privacy.conftest import said
from tests.web.desk import at, at_work, clerk

__all__ = ["said"]


@pytest.fixture
def events(said):
    """The lines of the log since, as events."""
    return lambda: [json.loads(line) for line in said().splitlines()]


def test_coming_and_going_is_written_down_and_of_patrons_not_whose_it_was(home, akari, desk, events):
    """ASVS 16.3.1."""
    for user, word in ((akari.user, "ひらけごま"), (desk, "とじろごま")):
        user.set_password(word)
        user.save()
        browser = Client()
        name = akari.card_number if user == akari.user else desk.username
        browser.post("/login/", {"username": name, "password": "ちがう"})
        browser.post("/login/", {"username": name, "password": word})
        browser.post("/logout/")
    told = [
        {name: event[name] for name in ("event", "kind", "staff", "account") if name in event}
        for event in events()
        if event["logger"] == "okalib.doors"
    ]
    assert told == [
        {"event": "log-in refused", "account": mark(akari.card_number)},
        {"event": "logged in", "kind": "patron"},
        {"event": "logged out", "kind": "patron"},
        {"event": "log-in refused", "account": mark(desk.username)},
        {"event": "logged in", "kind": "staff", "staff": desk.pk},
        {"event": "logged out", "kind": "staff"},
    ]
    assert akari.card_number not in str(told)


def test_every_line_says_when_what_and_in_which_request(home, events):
    """ASVS 16.2.1, 16.2.2, 16.2.4: JSON with the time in UTC and one number for all lines of a request."""
    Client().get("/login/")
    (line,) = [event for event in events() if event["event"] == "answered"]
    assert line["timestamp"].endswith("Z") and line["level"] == "info"
    assert (line["route"], line["status"], line["method"]) == ("login", 200, "GET")
    assert len(line["request_id"]) == 12


def test_what_a_clerk_was_refused_is_written_down_with_the_clerk(home, events):
    """ASVS 16.3.2."""
    user = clerk("cataloguer")
    at_work(user).get(at("check-out"))
    (line,) = [event for event in events() if event["event"] == "answered"]
    assert (line["status"], line["route"], line["staff"]) == (403, "admin:desk-check-out", user.pk)


def test_a_form_without_its_token_and_a_form_too_large_are_written_down(home, akari, events):
    """ASVS 16.3.3: attempts to come round a check; by route, not by address."""
    strict = Client(enforce_csrf_checks=True, raise_request_exception=False)
    strict.post(reverse("activation"), {"card_number": akari.card_number})
    strict.post(reverse("activation"), {f"field{number}": "x" for number in range(1500)})
    assert [event["status"] for event in events() if event["event"] == "answered"] == [403, 400]


def test_what_breaks_is_written_down_without_words(home, monkeypatch, events):
    """ASVS 16.3.4, 16.2.5."""

    def breaks(*_anything, **_more):
        raise RuntimeError("青木あかり")

    monkeypatch.setattr("okalib.views.information.queries.policy", breaks)
    assert Client(raise_request_exception=False).get("/guide/").status_code == 500
    failed = [event for event in events() if event["event"] == "failed"]
    assert [event["kind"] for event in failed] == ["RuntimeError"]
    assert "青木" not in str(failed)
