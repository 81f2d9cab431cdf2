"""Guessing passwords and codes is slowed per account and per source, and keeps nobody out for long (A223, PAT-3)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from time import sleep

import pytest
from axes.models import AccessAttempt
from django.contrib.auth import get_user
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from okalib import clock, guessing, people
from okalib.actions import patrons
from okalib.guessing import Counter
from okalib.models import Activation, StaffAction

HOME = "203.0.113.7"
LIBRARY_PC = "198.51.100.20"
PASSWORD = "kibi-no-kuni-2026"


@pytest.fixture(autouse=True)
def at_ten(ten):
    """Tuesday, ten o'clock."""
    with clock.standing_at(ten):
        yield


@pytest.fixture
def few_guesses(settings):
    """Four guesses at an account, and eight from a source; returns the settings."""
    settings.GUESSES = settings.GUESSES | {
        "account": (4, timedelta(days=1)),
        "browser": (4, timedelta(days=1)),
        "source": (8, timedelta(hours=1)),
    }
    return settings


def log_in(number, word="sesame", *, address=HOME, client=None, door="login", **headers):
    """Send the form; returns the response."""
    client = client or Client()
    typed = {"username": number, "password": word}
    return client.post(reverse(door), typed, REMOTE_ADDR=address, headers=headers or None)


def enter_code(number, code, *, address=HOME, password=PASSWORD):
    """Send the form of the first password; returns the response."""
    typed = {"card_number": number, "code": code, "new": password, "again": password}
    return Client().post(reverse("activation"), typed, REMOTE_ADDR=address)


def guess_from_everywhere(number, times=4):
    """Guess at one card, each time from another address."""
    return [log_in(number, "wrong", address=f"192.0.2.{host}").status_code for host in range(1, times + 1)]


# ── One card, many addresses ──


def test_one_card_guessed_from_many_addresses_is_slowed(akari, few_guesses):
    """A223: no address has made more than one guess, and even the right password has to wait."""
    assert guess_from_everywhere("20000011") == [200] * 4
    refused = log_in("20000011")
    assert refused.status_code == 429
    assert not get_user(refused.client).is_authenticated
    assert people.is_locked_out(akari)


def test_the_page_says_what_to_do_and_whom_to_call(akari, few_guesses):
    """A223."""
    guess_from_everywhere("20000011")
    refused = log_in("20000011")
    shown = refused.content.decode()
    assert "15分" in shown
    assert "086-000-0002" in shown
    assert "登録コード" in shown
    assert refused.headers["Retry-After"] == "900"


def test_a_card_that_does_not_exist_is_slowed_by_the_same_page(akari, few_guesses):
    """A223: the answer tells nothing."""
    pages = []
    for number in ("20000011", "29999999"):
        guess_from_everywhere(number)
        refused = log_in(number)
        pages.append((refused.status_code, refused.content.decode()))
    assert pages[0] == pages[1]


def test_a_guess_that_has_to_wait_costs_no_password_hash_for_any_card(akari, few_guesses, monkeypatch):
    """A223: nor does the time tell."""
    for number in ("20000011", "29999999"):
        guess_from_everywhere(number)
    monkeypatch.setattr(MD5PasswordHasher, "encode", lambda *_anything: pytest.fail("a password was looked at"))
    assert log_in("20000011").status_code == log_in("29999999").status_code == 429


def test_another_spelling_of_the_card_is_the_same_card(akari, few_guesses):
    guess_from_everywhere("２０００００１１")
    assert log_in(" 20000011").status_code == 429


def test_other_cards_come_in_meanwhile(akari, aya, few_guesses):
    """A223."""
    guess_from_everywhere("20000011")
    assert log_in("20000028").status_code == 302


def test_the_wait_grows_and_has_an_end():
    """A223: a minute, two, four, and never more than a quarter of an hour."""
    counter = Counter("account", "20000011")
    waits = [counter.wait_after(made) / 60 for made in (10, 11, 12, 13, 14, 15, 500)]
    assert waits == [1, 2, 4, 8, 15, 15, 15]


def test_after_the_wait_the_owner_comes_in_and_all_is_forgotten(akari, few_guesses):
    """A223: never a lock for good."""
    few_guesses.GUESSES_LONGEST_WAIT = timedelta(seconds=1)
    guess_from_everywhere("20000011")
    assert log_in("20000011").status_code == 429
    sleep(1.1)
    assert log_in("20000011").status_code == 302
    assert guess_from_everywhere("20000011") == [200] * 4


def test_after_the_wait_one_wrong_guess_makes_all_wait_again(akari, few_guesses):
    few_guesses.GUESSES_LONGEST_WAIT = timedelta(seconds=1)
    guess_from_everywhere("20000011")
    sleep(1.1)
    assert log_in("20000011", "wrong").status_code == 200
    assert log_in("20000011").status_code == 429


def test_a_refused_guess_changes_nothing(akari, few_guesses):
    """A223: hammering on makes nobody wait longer, and is written down nowhere."""
    guess_from_everywhere("20000011")
    written = list(AccessAttempt.objects.order_by("pk").values())
    for _hammering in range(20):
        assert log_in("20000011", "wrong", address=LIBRARY_PC).status_code == 429
    assert list(AccessAttempt.objects.order_by("pk").values()) == written
    assert Counter("account", "20000011").forget() == 4
    assert Counter("source", LIBRARY_PC).forget() == 0
    assert not StaffAction.objects.exists()


def test_hammering_at_one_card_from_one_address_makes_the_wait_no_longer(akari):
    """A223: the quarter of an hour counts from the last guess that was looked at."""
    for _guess in range(5):
        log_in("20000011", "wrong")
    last = AccessAttempt.objects.get()
    for _hammering in range(3):
        assert log_in("20000011", "wrong").status_code == 429
    assert AccessAttempt.objects.get().attempt_time == last.attempt_time
    assert AccessAttempt.objects.get().failures_since_start == last.failures_since_start == 5


def test_right_passwords_from_another_address_work_while_one_address_is_stopped(akari):
    """A223: five slips at one place, and the owner comes in at another."""
    for _guess in range(6):
        log_in("20000011", "wrong", address=LIBRARY_PC)
    assert log_in("20000011", address=LIBRARY_PC).status_code == 429
    assert log_in("20000011", address=HOME).status_code == 302


def test_a_browser_that_came_in_before_comes_in_through_a_storm_of_guesses(akari, few_guesses):
    """A223: nobody keeps the owner out by guessing from elsewhere."""
    own = Client()
    assert log_in("20000011", client=own).status_code == 302
    own.post(reverse("logout"))
    guess_from_everywhere("20000011")
    assert log_in("20000011").status_code == 429
    assert log_in("20000011", client=own).status_code == 302
    assert log_in("20000011").status_code == 429  # and the storm is not forgiven for it


def test_a_known_browser_is_known_for_its_own_card_only(akari, aya, few_guesses):
    own = Client()
    log_in("20000028", client=own)
    own.post(reverse("logout"))
    guess_from_everywhere("20000011")
    assert log_in("20000011", client=own).status_code == 429


def test_a_known_browser_has_its_own_limit(akari, few_guesses):
    """A stolen or forgotten telephone guesses no faster than others."""
    own = Client()
    log_in("20000011", client=own)
    own.post(reverse("logout"))
    for host in range(4):
        assert log_in("20000011", "wrong", client=own, address=f"192.0.2.{host}").status_code == 200
    assert log_in("20000011", client=own).status_code == 429
    assert log_in("20000011").status_code == 302  # the account itself was not guessed at


def test_a_forged_mark_of_a_browser_is_worth_nothing(akari, few_guesses):
    own = Client()
    log_in("20000011", client=own)
    forged = Client()
    value = own.cookies[guessing.COOKIE].value
    forged.cookies[guessing.COOKIE] = value[:-1] + ("A" if value[-1] != "A" else "B")
    guess_from_everywhere("20000011")
    assert log_in("20000011", client=forged).status_code == 429


def test_the_mark_of_a_browser_and_the_counters_tell_no_card_and_no_address(akari):
    """PAT-3: what is kept says nothing of anybody."""
    own = Client()
    log_in("20000011", "wrong")
    log_in("20000011", client=own)
    log_in("20000011", "wrong")
    assert "20000011" not in own.cookies[guessing.COOKIE].value
    assert own.cookies[guessing.COOKIE]["httponly"]
    names = [name.decode() for name in cache._cache.get_client().keys("*guesses*")]
    assert names
    assert not any("20000011" in name or HOME in name for name in names)


# ── Many cards, one address ──


def test_one_address_guessing_at_many_cards_is_slowed(akari, few_guesses):
    """A223: no card was tried more than once."""
    for number in range(29999900, 29999908):
        assert log_in(str(number), "wrong").status_code == 200
    assert log_in("20000011").status_code == 429
    assert log_in("20000011", address=LIBRARY_PC).status_code == 302


def test_a_card_of_ones_own_does_not_wash_off_the_guesses_at_others(akari, few_guesses):
    for number in range(29999900, 29999908):
        log_in(str(number), "wrong")
        if number < 29999907:
            assert log_in("20000011").status_code == 302
    assert log_in("20000028", "wrong").status_code == 429


def test_the_slips_of_a_whole_library_slow_nobody(akari):
    """A223: sixty wrong passwords in an hour at an address shared by all readers, and the next one comes in."""
    for number in range(29999900, 29999960):
        assert log_in(str(number), "wrong", address=LIBRARY_PC).status_code == 200
    assert log_in("20000011", address=LIBRARY_PC).status_code == 302


def test_those_who_come_in_do_not_count(akari, few_guesses):
    for _visit in range(12):
        assert log_in("20000011", address=LIBRARY_PC).status_code == 302


def test_the_addresses_of_one_subscriber_are_one_source(akari, few_guesses):
    """In IPv6 whoever has one address has millions."""
    for host in range(8):
        log_in(f"2999990{host}", "wrong", address=f"2001:db8:1:2::{host:x}")
    assert log_in("20000011", address="2001:db8:1:2::ffff").status_code == 429
    assert log_in("20000011", address="2001:db8:1:3::1").status_code == 302


def test_many_guesses_in_one_moment_are_all_counted(servers):
    """A223: of thirty at once only the free ones are looked at."""
    cache.clear()
    counter = Counter("account", "20000011")
    with ThreadPoolExecutor(30) as at_once:
        looked_at = list(at_once.map(lambda _guess: counter.count(), range(30)))
    cache.clear()
    assert sum(looked_at) == 10


# ── Where a request comes from ──


@pytest.mark.parametrize(
    ("trusted", "sent", "meant"),
    [
        ("", {"X-Forwarded-For": "192.0.2.9"}, "10.0.0.1"),  # nobody said that there is a proxy
        ("X-Forwarded-For", {"X-Forwarded-For": "192.0.2.9"}, "192.0.2.9"),
        ("X-Forwarded-For", {"X-Forwarded-For": "1.2.3.4, 192.0.2.9"}, "192.0.2.9"),  # the first is the sender's claim
        ("X-Real-IP", {"X-Forwarded-For": "1.2.3.4", "X-Real-IP": "192.0.2.9"}, "192.0.2.9"),
        ("X-Real-IP", {"X-Real-IP": "<script>"}, "10.0.0.1"),
        ("X-Real-IP", {}, "10.0.0.1"),
        ("X-Real-IP", {"X-Real-IP": "::ffff:192.0.2.9"}, "192.0.2.9"),
        ("X-Real-IP", {"X-Real-IP": "2001:db8:1:2:3:4:5:6"}, "2001:db8:1:2::"),
    ],
)
def test_the_source_is_the_address_that_can_be_trusted(rf, settings, trusted, sent, meant):
    """A223: a header of the sender's own does not make a new source."""
    settings.TRUSTED_ADDRESS_HEADER = trusted
    assert guessing.source(rf.get("/", REMOTE_ADDR="10.0.0.1", headers=sent)) == meant


def test_a_request_through_a_socket_has_no_address(rf):
    assert guessing.source(rf.get("/", REMOTE_ADDR="")) == ""


def test_a_header_that_the_sender_makes_up_does_not_help(akari, few_guesses):
    """A223, through the page."""
    for host in range(8):
        log_in(f"2999990{host}", "wrong", **{"X-Forwarded-For": f"192.0.2.{host}"})
    assert log_in("20000011", **{"X-Forwarded-For": "192.0.2.200"}).status_code == 429


# ── The other doors ──


@pytest.mark.parametrize("door", ["login", "admin:login"])
def test_the_log_in_of_staff_is_slowed_too(desk, home, few_guesses, door):
    """A223."""
    for host in range(4):
        log_in("deguchi", "wrong", door=door, address=f"192.0.2.{host}")
    assert log_in("deguchi", door=door).status_code == 429


def test_staff_who_came_in_before_are_not_kept_out(desk, home, few_guesses):
    """A223: the counter goes on working while somebody guesses at its name."""
    at_the_desk = Client()
    assert log_in("deguchi", client=at_the_desk, door="admin:login").status_code == 302
    guess_from_everywhere("deguchi")
    assert log_in("deguchi").status_code == 429
    assert log_in("deguchi", client=at_the_desk, door="admin:login").status_code == 302


def test_codes_guessed_from_many_addresses_are_slowed(akari, desk, ten, few_guesses):
    """A223, PAT-3: the same page for a card that has no code, or does not exist."""
    patrons.issue_activation_code(patron=akari, by=desk, now=ten)
    pages = set()
    for number in ("20000011", "29999999"):
        for host in range(4):
            assert enter_code(number, "2222-2222", address=f"192.0.2.{host}").status_code == 422
        refused = enter_code(number, "2222-2222")
        pages.add((refused.status_code, refused.content.decode()))
    assert {status for status, _page in pages} == {429}
    assert len(pages) == 1
    assert Activation.objects.get().attempts == 4
    assert people.is_locked_out(akari)


def test_one_address_guessing_codes_of_many_cards_is_slowed(akari, desk, ten, few_guesses):
    """A223: passwords and codes are counted together for a source."""
    code = patrons.issue_activation_code(patron=akari, by=desk, now=ten)
    for host in range(4):
        enter_code(f"2999990{host}", "2222-2222")
        log_in(f"2999991{host}", "wrong")
    assert enter_code("20000011", code).status_code == 429
    assert enter_code("20000011", code, address=LIBRARY_PC).status_code == 302


def test_a_weak_first_password_is_no_guess(akari, desk, ten, few_guesses):
    """PAT-3: whoever has to think of a better one does not have to wait."""
    code = patrons.issue_activation_code(patron=akari, by=desk, now=ten)
    for _attempt in range(12):
        assert enter_code("20000011", code, password="12345678").status_code == 422
    assert enter_code("20000011", code).status_code == 302


def test_guessing_codes_keeps_nobody_from_logging_in(akari, few_guesses):
    for host in range(5):
        enter_code("20000011", "2222-2222", address=f"192.0.2.{host}")
    assert log_in("20000011").status_code == 302


def test_the_old_password_is_guessed_no_faster_at_a_page_left_open(akari, few_guesses):
    """PAT-3."""
    left_open = Client()
    log_in("20000011", client=left_open)
    typed = {"old": "wrong", "new": PASSWORD, "again": PASSWORD}
    answers = [left_open.post(reverse("set_password"), typed).status_code for _guess in range(5)]
    assert answers == [409] * 4 + [429]
    akari.user.refresh_from_db()
    assert akari.user.check_password("sesame")


# ── Staff see it and lift it ──


def test_staff_lift_the_wait_of_a_card_guessed_from_everywhere(akari, desk, ten, few_guesses):
    """A223."""
    guess_from_everywhere("20000011")
    for host in range(4):
        enter_code("20000011", "2222-2222", address=f"192.0.2.{host}")
    assert people.is_locked_out(akari)
    patrons.lift_log_in_lock(patron=akari, by=desk, now=ten)
    assert not people.is_locked_out(akari)
    assert log_in("20000011").status_code == 302


def test_a_new_first_password_lets_its_owner_in_at_once(akari, desk, ten, few_guesses):
    """A223, PAT-3."""
    guess_from_everywhere("20000011")
    code = patrons.issue_activation_code(patron=akari, by=desk, now=ten)
    assert enter_code("20000011", code).status_code == 302
    assert log_in("20000011", PASSWORD).status_code == 302
