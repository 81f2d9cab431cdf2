"""Redis is silent: pages answer, people come in, guesses are slowed; when it is back, nothing old comes to life."""

import time

import pytest
import redis as redis_client
from django.core.cache import cache, caches
from django.core.cache.backends.redis import RedisCacheClient
from django.urls import reverse

from okalib import cache as okalib_cache
from okalib.jobs import NoWorkerError, start
from okalib.models import Patron
from tests.lively import desk_clerk, lively

__all__ = ["desk_clerk", "lively"]

pytestmark = [pytest.mark.faults, pytest.mark.django_db]

PASSWORD = "sesame"


@pytest.fixture(autouse=True)
def nothing_was_silent(redis):
    """Each test begins and ends with a Redis that answers."""
    yield
    okalib_cache.silence.until = 0
    okalib_cache.silence.changed.clear()
    caches["default"]._own.clear()


@pytest.fixture
def down(monkeypatch):
    """Call it, and Redis is silent; call it with False, and it is back."""

    def silent(self, key=None, *, write=False):
        raise redis_client.ConnectionError("nobody there")

    def set_down(is_down=True):
        monkeypatch.undo()
        okalib_cache.silence.until = 0
        if is_down:
            monkeypatch.setattr(RedisCacheClient, "get_client", silent)

    return set_down


def log_in(client, password=PASSWORD):
    return client.post("/login/", {"username": "20000011", "password": password})


def test_the_pages_answer(lively, client, down):
    """The home page, the search, a record, the calendar, and after logging in one's own pages and a reservation."""
    down()
    bib = lively.bibs["free"].pk
    addresses = [
        "/",
        "/search/?q=こころ",
        reverse("record", args=[bib]),
        "/calendar/",
        "/libraries/",
        "/browse/",
        "/login/",
    ]
    assert {address: client.get(address, follow=True).status_code for address in addresses} == dict.fromkeys(
        addresses, 200
    )
    assert log_in(client).status_code == 302
    for address in ("/my/", "/my/settings/", "/basket/"):
        assert client.get(address).status_code == 200, address


def test_whoever_was_logged_in_stays_so(lively, client, down):
    """Sessions are in the database too."""
    log_in(client)
    down()
    assert client.get("/my/").status_code == 200


def test_staff_go_on_scanning(lively, client, desk_clerk, down):
    """What lies with the last scan in the cache lies in this process meanwhile."""
    down()
    client.force_login(desk_clerk)
    assert client.get("/staff/").status_code == 200


def test_guesses_are_still_slowed(akari, client, settings, down):
    """PAT-3, A223: counted by this process, and the pair of card and address by the database."""
    settings.GUESSES = settings.GUESSES | {"account": (3, settings.GUESSES["account"][1])}
    down()
    answers = [log_in(client, "wrong").status_code for _guess in range(6)]
    assert answers[:3] == [200, 200, 200]
    assert set(answers[4:]) <= {403, 429}
    assert log_in(client).status_code != 302, "the right password has to wait like the others"


def test_a_session_that_was_ended_meanwhile_does_not_come_to_life(akari, client, down):
    """V7.4.1: Redis still has it when it is back; it is forgotten before anybody asks."""
    log_in(client)
    assert client.get("/my/").status_code == 200
    cookie = client.cookies["sessionid"].value
    down()
    client.post("/logout/")
    client.cookies["sessionid"] = cookie
    assert client.get("/my/").status_code == 302
    down(False)
    client.cookies["sessionid"] = cookie
    assert client.get("/my/").status_code == 302


def test_what_was_changed_meanwhile_is_not_what_redis_remembers(down, redis):
    """A value of before is worth nothing after a silence in which it was changed."""
    cache.set("kept", "old")
    cache.set("untouched", "old")
    down()
    cache.set("kept", "new")
    assert cache.get("kept") == "new"
    assert cache.incr("guesses", 1) if cache.add("guesses", 0) else False
    down(False)
    assert (cache.get("kept"), cache.get("untouched"), cache.get("guesses")) == (None, "old", None)


def test_a_silent_server_is_waited_for_once(settings, down, redis):
    """Pages ask often: the second question does not wait."""
    asked = []

    def slow(self, key=None, *, write=False):
        asked.append(key)
        raise redis_client.TimeoutError

    down(False)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(RedisCacheClient, "get_client", slow)
        for number in range(50):
            cache.set(f"key{number}", number)
    assert len(asked) == 1
    assert cache.get("key7") == 7


def test_an_address_where_nobody_listens_is_a_silent_server(settings, client, akari):
    """The real thing, and not its imitation: a socket that is not there."""
    settings.CACHES = settings.CACHES | {
        "default": settings.CACHES["default"] | {"LOCATION": "unix:///nowhere/redis.sock?db=0"}
    }
    okalib_cache.silence.until = 0
    began = time.monotonic()
    assert client.get("/").status_code == 200
    assert log_in(client).status_code == 302
    print(f"two pages without Redis: {time.monotonic() - began:.2f} s")
    answer = client.get("/readyz")
    assert (answer.status_code, answer.content) == (200, b"no answer from: redis\n")


def test_a_button_that_needs_a_worker_says_that_there_is_none(settings, ten):
    """OPS-3: nothing is promised."""
    from okalib.celery import app

    before = app.conf.broker_url
    app.conf.broker_url = "redis+socket:///nowhere/redis.sock?virtual_host=0"
    try:
        with pytest.raises(NoWorkerError):
            start("expiry", ten.date())
    finally:
        app.conf.broker_url = before
    assert Patron.objects.count() == 0
