"""What a patron decides: how to be told, and where else the dates may be read (PAT-3, PAT-4)."""

import re

import pytest

from circulation.models import CalendarFeed

CONTACT = {"contact": "email", "email": "akari@example.com", "phone": "090-1111-0001", "language": "ja"}


def words(answer):
    """The text of a page, without tags and blanks."""
    return re.sub(r"<[^>]+>|\s", "", answer.content.decode())


def test_each_way_of_being_told_is_explained(lively, log_in, akari):
    """PAT-4."""
    page = words(log_in(akari).get("/my/settings/"))
    for sentence in (
        "電子メール：用意ができたときなどに、下のアドレスへ送ります",
        "電話：用意ができたときなどに、図書館から下の番号へかけます",
        "連絡不要：送りません。お知らせはマイライブラリで読めます",
    ):
        assert sentence in page, sentence


@pytest.mark.parametrize(("password", "becomes"), [("", 409), ("wrong", 409), ("sesame", 302)])
def test_another_address_needs_the_password(home, log_in, akari, password, becomes):
    """PAT-3: by the address whoever sits at a page left open could take the account over."""
    form = CONTACT | {"email": "another@example.com", "present_password": password}
    assert log_in(akari).post("/my/settings/contact/", form).status_code == becomes
    akari.refresh_from_db()
    assert akari.email == ("another@example.com" if becomes == 302 else "akari@example.com")


def test_what_is_typed_stays_when_the_password_is_wrong(home, log_in, akari):
    answer = log_in(akari).post("/my/settings/contact/", CONTACT | {"email": "another@example.com"})
    assert "現在のパスワードが正しくありません。" in words(answer)
    assert 'value="another@example.com"' in answer.content.decode()


def test_all_but_the_address_is_changed_without_the_password(home, log_in, akari):
    assert log_in(akari).post("/my/settings/contact/", CONTACT | {"phone": "090-2222-0000"}).status_code == 302
    akari.refresh_from_db()
    assert akari.phone == "090-2222-0000"


def test_the_feed_is_switched_on_moved_and_switched_off(home, log_in, akari):
    """Its address can be read again, moved, and ended."""
    client = log_in(akari)
    client.post("/my/feed/", {})
    feed = CalendarFeed.objects.get(patron=akari)
    assert not feed.shows_titles
    address = f"http://testserver/feeds/{feed.secret}/loans.ics"
    assert address in client.get("/my/settings/").content.decode()
    client.post("/my/feed/", {"shows_titles": "yes"})
    assert CalendarFeed.objects.get(patron=akari).shows_titles
    client.post("/my/feed/address/")
    assert address not in client.get("/my/settings/").content.decode()
    assert client.get(address).status_code == 404
    client.post("/my/feed/removal/")
    assert not CalendarFeed.objects.exists()
    assert "/feeds/" not in client.get("/my/settings/").content.decode()
