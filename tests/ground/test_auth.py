"""Coming in: patrons by card, staff by name, and nobody by guessing (PAT-1, PAT-2, PAT-3)."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib.auth import authenticate
from django.core import signing
from django.http import HttpRequest
from django.test import RequestFactory

from okalib import clock, links
from okalib.auth import CardBackend, name_as_meant
from okalib.models import Card, PasswordLink, Patron, PatronCategory, User

TODAY = date(2026, 12, 1)
NOW = datetime(2026, 12, 1, 1, tzinfo=UTC)
PASSWORD = "mado-no-hikari"


@pytest.fixture(autouse=True)
def tuesday():
    with clock.standing_at(NOW):
        yield


@pytest.fixture
def hanako(db: None, redis: None) -> Patron:
    """A patron with a card in force and a password."""
    user = User.objects.create_user("p-1", password=PASSWORD)
    patron = Patron.objects.create(
        user=user,
        category=PatronCategory.objects.create(code="general", name="一般"),
        name="岡山 花子",
        name_kana="オカヤマ ハナコ",
        registered_on=TODAY - timedelta(days=400),
        last_used_on=TODAY - timedelta(days=10),
    )
    Card.objects.create(number="1000000001", patron=patron, issued_at=NOW)
    return patron


def request() -> HttpRequest:
    return RequestFactory().post("/login/")


def test_a_patron_comes_in_by_card_number_and_password(hanako):
    """PAT-1."""
    assert authenticate(request(), username="1000000001", password=PASSWORD) == hanako.user


def test_a_card_number_typed_in_full_width_is_the_same_number(hanako):
    assert authenticate(request(), username="　１０００００００01 ", password=PASSWORD) == hanako.user


def test_coming_in_counts_as_a_use_of_the_card(hanako):
    """PAT-1: use keeps the card alive."""
    authenticate(request(), username="1000000001", password=PASSWORD)
    hanako.refresh_from_db()
    assert hanako.last_used_on == TODAY


@pytest.mark.parametrize(("number", "password"), [("1000000001", "wrong"), ("9999999999", PASSWORD), ("p-1", PASSWORD)])
def test_a_wrong_password_an_unknown_card_and_a_users_inner_name_get_the_same_answer(hanako, number, password):
    """PAT-3: the answer does not tell whether a card exists."""
    asked = request()
    assert authenticate(asked, username=number, password=password) is None
    assert not hasattr(asked, "card_refusal")


def test_an_unknown_card_costs_as_many_password_hashes_as_a_wrong_password(hanako, monkeypatch):
    """PAT-3: nor does the time tell."""
    hashed: list[str] = []
    from django.contrib.auth.hashers import MD5PasswordHasher

    encode = MD5PasswordHasher.encode
    monkeypatch.setattr(
        MD5PasswordHasher,
        "encode",
        lambda self, password, salt: hashed.append(password) or encode(self, password, salt),
    )
    authenticate(request(), username="1000000001", password="wrong")
    for_a_wrong_password = len(hashed)
    hashed.clear()
    authenticate(request(), username="9999999999", password="wrong")
    assert len(hashed) == for_a_wrong_password > 0


def test_a_lapsed_card_does_not_open_and_says_why_to_whoever_knows_the_password(hanako):
    """PAT-1, A20: two years without use."""
    Patron.objects.update(last_used_on=date(2024, 11, 30))
    asked, guessed = request(), request()
    assert authenticate(asked, username="1000000001", password=PASSWORD) is None
    assert asked.card_refusal.code == "card_lapsed"
    assert authenticate(guessed, username="1000000001", password="wrong") is None
    assert not hasattr(guessed, "card_refusal")


def test_a_lost_card_dies_at_once_and_the_new_one_opens_with_the_same_password(hanako):
    """PAT-2."""
    Card.objects.update(ended_at=NOW)
    Card.objects.create(number="1000000002", patron=hanako, issued_at=NOW)
    assert authenticate(request(), username="1000000001", password=PASSWORD) is None
    assert authenticate(request(), username="1000000002", password=PASSWORD) == hanako.user


@pytest.mark.parametrize("password", ["", "!", PASSWORD])
def test_nobody_comes_in_as_nobody(hanako, password):
    """A207: nobody stands for those whom we have forgotten, and a patron without a password is no open door."""
    hanako.user.set_unusable_password()
    hanako.user.save()
    for name in ("", "anonymous", "1000000001", hanako.user.username):
        assert authenticate(request(), username=name, password=password) is None


def test_staff_come_in_by_user_name(db, redis):
    clerk = User.objects.create_user("counter", password=PASSWORD, is_staff=True)
    assert authenticate(request(), username="counter", password=PASSWORD) == clerk


def test_guessing_is_stopped_for_this_card_at_this_place_and_for_nobody_else_there(hanako):
    """PAT-3: a whole library has one address, and one reader who guesses does not lock out the others."""
    User.objects.create_user("counter", password=PASSWORD, is_staff=True)
    for spelling in ["1000000001", "１０００００００01", " 1000000001", "1000000001", "1000000001"]:
        authenticate(request(), username=spelling, password="wrong")
    assert authenticate(request(), username="1000000001", password=PASSWORD) is None
    assert authenticate(request(), username="counter", password=PASSWORD) is not None


def test_wrong_passwords_are_forgotten_once_the_right_one_was_given(hanako):
    """PAT-3: four slips, a success, four slips again are no attack."""
    for _ in range(2):
        for _ in range(4):
            authenticate(request(), username="1000000001", password="wrong")
        assert authenticate(request(), username="1000000001", password=PASSWORD) == hanako.user


def test_the_name_as_meant_reads_a_form_when_there_are_no_credentials():
    assert name_as_meant(RequestFactory().post("/login/", {"username": "１２"}), None) == "12"
    assert CardBackend().authenticate(None) is None


def test_idle_time_is_real_time_even_where_the_day_stands_still():
    """A225: in a demonstration or a training a forgotten session ends as well."""
    before = clock.seconds()
    with clock.standing_at(NOW + timedelta(days=400)):
        assert clock.seconds() - before < 60


def test_a_link_fits_the_password_the_address_and_the_request_that_it_was_made_for(hanako):
    """PAT-3: any of them changed, and it opens nothing."""
    link = PasswordLink.objects.create(patron=hanako, serial=1, expires_at=NOW, asked_on=TODAY)
    token = links.token_of(link)
    assert links.link_of(token) == link
    assert links.link_of(signing.dumps(signing.loads(token, salt=links.SALT), salt="another")) is None
    for changed in ({"user__password": "x"}, {"email": "new@example.jp"}):
        other = PasswordLink.objects.select_related("patron__user").get()
        _change(other.patron, changed)
        assert links.link_of(token) is None
        _change(other.patron, {"user__password": hanako.user.password, "email": hanako.email})
    PasswordLink.objects.update(serial=2)
    assert links.link_of(token) is None


def _change(patron, values):
    User.objects.filter(pk=patron.user_id).update(password=values.get("user__password", patron.user.password))
    Patron.objects.filter(pk=patron.pk).update(email=values.get("email", patron.email))
