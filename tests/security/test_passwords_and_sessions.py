"""Passwords as people choose them, and sessions that begin and end with the log-in (ASVS 6.2, 7.2, 7.4)."""

import pytest
from django.contrib.auth import get_user
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client
from lxml import html

WORD = " Ｓesame・ひらけ　ごま "


@pytest.mark.parametrize(
    "word", ["パスワードは長い方がよい", "correct horse", "77777 4 1923", "＊＊＊＊＊＊＊＊", "x" * 64, WORD]
)
def test_a_password_may_be_made_of_anything(word):
    """ASVS 6.2.5, 6.2.9: letters of any kind alone, or blanks; no rule asks for a digit."""
    validate_password(word)


@pytest.mark.parametrize("word", ["short77", "password1", "1234567890", "qwertyuiop", "iloveyou", "baseball1"])
def test_a_short_or_common_password_is_refused(word):
    """ASVS 6.2.1, 6.2.4."""
    with pytest.raises(ValidationError):
        validate_password(word)


def test_a_password_counts_exactly_as_it_was_typed(akari):
    """ASVS 6.2.8: width, case and blanks at its ends belong to it."""
    akari.user.set_password(WORD)
    akari.user.save()
    for typed in (WORD.strip(), WORD.lower(), WORD[:-1], WORD.replace("Ｓ", "S")):
        browser = Client()
        browser.post("/login/", {"username": akari.card_number, "password": typed})
        assert not get_user(browser).is_authenticated, typed
    browser = Client()
    browser.post("/login/", {"username": akari.card_number, "password": WORD})
    assert get_user(browser).is_authenticated


@pytest.mark.parametrize("at", ["/login/", "/activation/", "/staff/login/"])
def test_password_fields_hide_what_is_typed_and_let_a_manager_fill_them_in(home, at):
    """ASVS 6.2.6, 6.2.7."""
    fields = html.fromstring(Client().get(at).content).xpath("//input[@type='password']")
    assert fields
    assert all(field.get("autocomplete") in (None, "current-password", "new-password") for field in fields)
    assert not any(field.get("onpaste") or field.get("readonly") or field.get("maxlength") for field in fields)


def test_a_session_gets_a_new_name_with_the_log_in(akari):
    """ASVS 7.2.3, 7.2.4: one that was planted in the browser is worth nothing afterwards."""
    akari.user.set_password(WORD)
    akari.user.save()
    browser = Client()
    session = browser.session
    session["planted"] = True
    session.save()
    browser.cookies["sessionid"] = session.session_key
    before = browser.cookies["sessionid"].value
    browser.post("/login/", {"username": akari.card_number, "password": WORD})
    after = browser.cookies["sessionid"].value
    assert after != before and len(after) >= 32
    thief = Client()
    thief.cookies["sessionid"] = before
    assert not get_user(thief).is_authenticated


def test_whoever_is_not_to_come_in_any_more_is_out_at_once(akari, desk):
    """ASVS 7.4.2: every session of a user who is switched off."""
    for user, backend in ((akari.user, "CardBackend"), (desk, "StaffBackend")):
        browser = Client()
        browser.force_login(user, backend=f"okalib.auth.{backend}")
        assert get_user(browser).is_authenticated
        user.is_active = False
        user.save()
        assert not get_user(browser).is_authenticated
