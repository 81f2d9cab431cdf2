"""A lost password: a link by mail, or the counter; nobody learns which cards exist (PAT-3)."""

import re
import time
from datetime import date, timedelta

import pytest
from django.contrib.auth import get_user
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from notifications import actions as notifications
from notifications.models import Notice
from okalib import clock
from okalib.actions import patrons
from okalib.models import Card, PasswordLink
from tests.post_office import post_office

__all__ = ["post_office"]

NEW = "tsukiyo-no-karasu"


@pytest.fixture(autouse=True)
def at_ten(ten, redis, settings):
    """Tuesday, ten o'clock, and answers at once."""
    settings.LOST_PASSWORD_SECONDS = 0
    with clock.standing_at(ten):
        yield


@pytest.fixture
def reachable(akari, home):
    """Akari with an address on file."""
    akari.email = "akari@example.jp"
    akari.save()
    return akari


def ask(number="20000011", email="akari@example.jp", client=None):
    """Send the form; returns the response."""
    return (client or Client()).post(reverse("lost_password"), {"card_number": number, "email": email})


def link_in(letter):
    """Return the path of the link in a letter."""
    return re.search(r"http://localhost:8000(/password/new/\S+)", letter.get_body(["plain"]).get_content()).group(1)


def mailed_link(post_office, now):
    """Have the outbox sent; returns the path of the newest link."""
    notifications.send_due(now=now)
    return link_in(post_office.letters[-1])


def set_new(path, client=None, password=NEW):
    """Open the link and set a password; returns the last response."""
    client = client or Client()
    client.get(path)
    return client.post(reverse("new_password"), {"new": password, "again": password}, follow=True)


def log_in(password, client=None, number="20000011"):
    client = client or Client()
    client.post(reverse("login"), {"username": number, "password": password})
    return get_user(client).is_authenticated


def test_a_mailed_link_sets_a_new_password_and_the_card_comes_in_with_it(reachable, post_office, ten):
    """PAT-3, NTF-1: and the owner of the address hears of the change."""
    assert ask().url == reverse("password_link_sent")
    answer = set_new(mailed_link(post_office, ten))
    assert "新しいパスワードを登録しました。" in answer.content.decode()
    assert not log_in("sesame")
    assert log_in(NEW)
    assert set(Notice.objects.values_list("kind", flat=True)) == {"password_reset", "password_changed"}


def test_typed_in_other_widths_and_cases_it_is_the_same_card_and_address(reachable):
    ask(number="２０００００１１", email="Akari@Example.jp")
    assert Notice.objects.count() == 1


def test_the_answer_is_the_same_whoever_asks(reachable, aya, chiyo, desk, ten):
    """PAT-3: for a card with this address, with another, with none, lapsed, dead or unknown."""
    aya.email, aya.last_used_on = "aya@example.jp", date(2024, 11, 1)
    aya.save()
    dead = chiyo.card_number
    chiyo.email = "chiyo@example.jp"
    chiyo.save()
    patrons.replace_lost_card(patron=chiyo, by=desk, now=ten)
    asked = [
        ("20000011", "akari@example.jp"),
        ("20000011", "somebody@example.jp"),
        (aya.card_number, "aya@example.jp"),
        (dead, "chiyo@example.jp"),
        ("29999999", "akari@example.jp"),
        ("deguchi", "deguchi@example.jp"),
    ]
    answers = set()
    for number, email in asked:
        client = Client()
        first = ask(number, email, client)
        shown = client.get(first.url)
        words = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", shown.content.decode())
        answers.add((first.status_code, first.url, first.content, shown.status_code, words))
    assert len(answers) == 1
    assert {notice.patron for notice in Notice.objects.all()} == {reachable, aya}


def test_the_answer_takes_as_long_whether_a_mail_is_written_or_not(reachable, settings):
    """PAT-3: nor does the time tell."""
    settings.LOST_PASSWORD_SECONDS = 0.4
    for number in ("20000011", "29999999"):
        started = time.monotonic()
        ask(number)
        assert 0.4 <= time.monotonic() - started < 1.2
    assert Notice.objects.count() == 1


def test_the_link_lies_neither_in_the_outbox_nor_in_an_address(reachable, post_office, ten):
    """PAT-3: who reads the database or looks over a shoulder cannot open the account."""
    ask()
    queued = str(list(Notice.objects.values())) + str(list(PasswordLink.objects.values()))
    path = mailed_link(post_office, ten)
    token = path.rstrip("/").rpartition("/")[2]
    kept = str(list(Notice.objects.values())) + str(list(PasswordLink.objects.values()))
    assert token not in queued
    assert token not in kept
    opened = Client().get(path)
    assert opened.url == reverse("new_password")
    assert opened["Referrer-Policy"] == "no-referrer"
    assert "no-store" in opened["Cache-Control"]


@pytest.mark.parametrize("trouble", ["451 4.3.0 Not now", "554 5.6.0 Not this", None])
def test_a_letter_that_was_not_delivered_leaves_no_link_behind(reachable, post_office, ten, trouble):
    """PAT-3: refused for now, for good, or taken by a server that never said so."""
    post_office.refuse_letters = trouble
    post_office.hangs_up_after_data = trouble is None
    ask()
    notifications.send_due(now=ten)
    notice = Notice.objects.get()
    assert not notice.is_sent
    assert notice.subject
    assert (notice.text, notice.html) == ("", "")
    assert not notice.is_on_phone_list  # a link is not read out


def test_a_link_works_once(reachable, post_office, ten):
    ask()
    path = mailed_link(post_office, ten)
    set_new(path)
    again = Client().get(path)
    assert again.status_code == 410
    assert "このリンクは使えません" in again.content.decode()


def test_a_link_taken_into_two_browsers_works_in_one(reachable, post_office, ten):
    ask()
    path = mailed_link(post_office, ten)
    slower = Client()
    slower.get(path)
    set_new(path)
    answer = slower.post(reverse("new_password"), {"new": "another-password-9", "again": "another-password-9"})
    assert answer.status_code == 410
    assert log_in(NEW)


def test_a_newer_link_puts_the_older_one_out_of_use(reachable, post_office, ten):
    ask()
    older = mailed_link(post_office, ten)
    ask()
    newer = mailed_link(post_office, ten)
    assert Client().get(older).status_code == 410
    assert Client().get(newer).status_code == 302


def test_only_the_newest_of_two_waiting_mails_is_sent(reachable, post_office, ten):
    """NTF-2: asked again just before sending."""
    ask()
    ask()
    notifications.send_due(now=ten)
    assert len(post_office.letters) == 1
    assert sorted(Notice.objects.values_list("state", flat=True)) == ["sent", "withdrawn"]


def test_a_link_dies_after_the_hours_of_the_policy(reachable, policy, post_office, ten):
    policy.password_link_hours = 2
    policy.save()
    ask()
    path = mailed_link(post_office, ten)
    assert "2時間以内" in post_office.letters[0].get_body(["plain"]).get_content()
    with clock.standing_at(ten + timedelta(hours=2)):
        assert Client().get(path).status_code == 410


def test_a_mail_that_comes_too_late_is_not_sent(reachable, post_office, ten):
    """A180."""
    ask()
    assert notifications.send_due(now=ten + timedelta(hours=25)) == {"withdrawn": 1}


def test_any_other_change_of_the_password_kills_the_link(reachable, post_office, ten):
    ask()
    path = mailed_link(post_office, ten)
    patrons.change_password(patron=reachable, old="sesame", new=NEW, now=ten)
    assert Client().get(path).status_code == 410


@pytest.mark.parametrize("token", ["x", "WzEsMSwiYSJd:1tXyZ0:abc", "../../my"])
def test_a_made_up_link_opens_nothing(home, client, token):
    assert client.get(f"/password/new/{token}/").status_code in {404, 410}
    assert client.get(reverse("new_password")).status_code == 410


def test_a_new_password_ends_every_session(reachable, post_office, ten):
    """A224."""
    elsewhere = Client()
    log_in("sesame", elsewhere)
    ask()
    set_new(mailed_link(post_office, ten))
    assert not get_user(elsewhere).is_authenticated


def test_a_weak_password_is_refused_and_the_link_goes_on(reachable, post_office, ten):
    ask()
    path, client = mailed_link(post_office, ten), Client()
    for weak in ("12345678", "x20000011x"):
        assert set_new(path, client, weak).status_code == 422
    assert "新しいパスワードを登録しました。" in set_new(path, client).content.decode()


def test_three_mails_a_day_are_enough(reachable, ten):
    """PAT-3: nobody fills a stranger's letterbox; the next day begins anew."""
    for _time in range(5):
        assert ask().status_code == 302
    assert Notice.objects.count() == 3
    with clock.standing_at(ten + timedelta(days=1)):
        ask()
    assert Notice.objects.count() == 4


def test_asking_is_counted_like_guessing(reachable, settings):
    """A223: per card and per source, for cards that exist and for those that do not."""
    settings.GUESSES = settings.GUESSES | {"account": (2, timedelta(days=1)), "source": (3, timedelta(hours=1))}
    statuses = {number: [ask(number).status_code for _time in range(3)] for number in ("20000011",)}
    assert statuses["20000011"] == [302, 302, 429]
    assert ask("29999999").status_code == 302
    assert ask("29999998").status_code == 429
    assert log_in("sesame") is False  # the same source


def test_asking_for_links_keeps_nobody_from_logging_in(reachable, settings):
    """A223: a stranger who asks in one's name slows only the asking."""
    settings.GUESSES = settings.GUESSES | {"account": (2, timedelta(days=1))}
    for _time in range(3):
        ask()
    assert log_in("sesame")


def test_a_lapsed_card_is_mailed_what_to_do_instead(reachable, post_office, ten):
    """PAT-1."""
    reachable.last_used_on = date(2024, 11, 1)
    reachable.save()
    ask()
    notifications.send_due(now=ten)
    text = post_office.letters[0].get_body(["plain"]).get_content()
    assert "password/new" not in text
    assert "総合カウンター（電話 086-000-0002）" in text


def test_the_first_password_comes_from_the_counter_and_not_by_this_link(reachable, post_office, ten):
    """PAT-3."""
    reachable.user.set_unusable_password()
    reachable.user.save()
    ask()
    notifications.send_due(now=ten)
    assert "password/new" not in post_office.letters[0].get_body(["plain"]).get_content()


def test_a_patron_who_is_telephoned_otherwise_gets_this_mail_all_the_same(reachable, post_office, ten):
    """PAT-4: whoever asks for a mail wants a mail, and a link is not read out on the telephone."""
    reachable.contact = "phone"
    reachable.save()
    ask()
    assert mailed_link(post_office, ten)


def test_the_page_tells_of_the_counter_and_of_the_staff(home, client):
    """With telephone and hours for whom no mail helps."""
    page = client.get(reverse("lost_password")).content.decode()
    assert '電話 <a class="phone" href="tel:0860000002">' in page
    assert "9:00–19:00" in page
    assert "システム管理者" in page
    assert reverse("lost_password") in client.get(reverse("login")).content.decode()


def test_an_empty_form_is_sent_back_beside_its_fields(home, client):
    answer = client.post(reverse("lost_password"), {"card_number": "20000011", "email": "akari"})
    assert answer.status_code == 422
    assert 'value="20000011"' in answer.content.decode()
    assert Card.objects.count() == 0


def test_the_link_is_not_made_from_the_address_that_a_request_claims(reachable, post_office, ten):
    """A forged Host leads nobody's token to another site."""
    Client().post(
        reverse("lost_password"), {"card_number": "20000011", "email": "akari@example.jp"}, HTTP_HOST="evil.example"
    )
    notifications.send_due(now=ten)
    assert "evil.example" not in post_office.letters[0].as_string()


def test_the_session_that_opens_a_link_is_nobodys(reachable, post_office, ten):
    """Opening a mail logs nobody in."""
    ask()
    client = Client()
    client.get(mailed_link(post_office, ten))
    assert not get_user(client).is_authenticated
    assert Session.objects.count() == 1


@pytest.mark.parametrize("name", ["login", "lost_password", "password_link_sent", "new_password", "activation"])
def test_the_pages_at_the_door_ask_little_of_the_database(home, client, name, django_assert_max_num_queries):
    """Twelve queries at most, and small."""
    client.get(reverse(name))
    with django_assert_max_num_queries(12):
        answer = client.get(reverse(name))
    assert len(answer.content) < 20_000
