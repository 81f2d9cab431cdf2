"""Coming in by the page: lapsed cards, too many guesses, sessions that end (A20, A223, A224, PAT-1 … PAT-3)."""

from datetime import date

import pytest
from django.contrib.auth import get_user
from django.test import Client
from django.urls import reverse

from notifications.models import Notice
from okalib import clock
from okalib.actions import patrons
from okalib.models import Patron


@pytest.fixture(autouse=True)
def at_ten(ten):
    """Tuesday, ten o'clock."""
    with clock.standing_at(ten):
        yield


def log_in(client, number, word="sesame"):
    """Send the form; returns the response."""
    return client.post(reverse("login"), {"username": number, "password": word})


def test_a_patron_comes_in_by_card_number_and_password(akari, client):
    """PAT-1."""
    assert log_in(client, "20000011").status_code == 302
    assert get_user(client) == akari.user


def test_a_lapsed_card_is_told_to_have_it_renewed_and_where_to_call(akari, client):
    """A20, PAT-1."""
    Patron.objects.update(last_used_on=date(2024, 11, 30))
    shown = log_in(client, "20000011").content.decode()
    assert "有効期限が切れています" in shown
    assert "086-000-0002" in shown
    assert not get_user(client).is_authenticated


def test_a_wrong_password_an_unknown_card_and_a_dead_card_are_one_answer(akari, aya, desk, ten, client):
    """PAT-3, PAT-2."""
    patrons.replace_lost_card(patron=aya, by=desk, now=ten)
    answers = set()
    for number, password in (("20000011", "wrong"), ("29999999", "wrong"), ("20000028", "sesame")):
        response = log_in(Client(), number, password)
        answers.add((response.status_code, response.context["form"].non_field_errors().as_text()))
    assert len(answers) == 1


def test_after_too_many_guesses_the_answer_tells_nothing_of_the_card(akari):
    """A223: six wrong passwords, then the right one; a card that does not exist gets the very same page."""
    answers = set()
    for number in ("20000011", "29999999"):
        client = Client()
        for _guess in range(6):
            log_in(client, number, "wrong")
        response = log_in(client, number)
        assert not get_user(client).is_authenticated
        answers.add((response.status_code, response.content.decode().replace(number, "")))
    assert {status for status, _page in answers} <= {403, 429}
    assert len({len(page) for _status, page in answers}) == 1


def test_logging_out_ends_the_session(akari, client):
    """A224."""
    log_in(client, "20000011")
    stolen = client.cookies["sessionid"].value
    client.post(reverse("logout"))
    thief = Client()
    thief.cookies["sessionid"] = stolen
    assert not get_user(thief).is_authenticated


def test_a_new_password_ends_every_session_but_the_one_that_changed_it(akari, client):
    """A224; and the owner of the address hears of it (NTF-1)."""
    elsewhere = Client()
    log_in(elsewhere, "20000011")
    log_in(client, "20000011")
    new = {"old": "sesame", "new": "kibi-no-kuni-2026", "again": "kibi-no-kuni-2026"}
    response = client.post(reverse("set_password"), new)
    assert response.status_code == 302, response.content.decode()
    assert get_user(client).is_authenticated
    assert not get_user(elsewhere).is_authenticated
    assert Notice.objects.get().kind == "password_changed"


def test_staff_come_in_by_user_name_and_patrons_do_not(akari, desk, client):
    """PAT-2: a dead card leaves no side door."""
    assert log_in(client, "deguchi").status_code == 302
    assert get_user(client) == desk
    other = Client()
    log_in(other, akari.user.username)
    assert not get_user(other).is_authenticated
