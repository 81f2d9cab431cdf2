"""Sessions that end by themselves, and what was typed when they had (A225)."""

import pytest
from django.conf import settings
from django.contrib.auth import get_user
from django.test import Client
from django.urls import reverse

from holds.models import Request
from okalib import clock, idle, typed
from okalib.models import User

MINUTE, HOUR, DAY = 60, 60 * 60, 24 * 60 * 60
WISH = "「草枕」の朗読CDはありますか。"


class Watch:
    """Real seconds, as a test lets them pass."""

    def __init__(self):
        self.seconds = 1_800_000_000

    def passes(self, seconds):
        self.seconds += seconds


@pytest.fixture(autouse=True)
def watch(monkeypatch, ten, redis):
    """Tuesday, ten o'clock, and a watch."""
    watch = Watch()
    monkeypatch.setattr(clock, "seconds", lambda: watch.seconds)
    with clock.standing_at(ten):
        yield watch


def come_in(client, number="20000011", word="sesame", **more):
    return client.post(reverse("login"), {"username": number, "password": word, **more})


def is_in(client):
    return get_user(client).is_authenticated


def text(answer):
    return answer.content.decode()


# ── How long it lasts ──


def test_on_a_shared_machine_ten_idle_minutes_end_the_session(akari, client, watch):
    """A225."""
    come_in(client)
    watch.passes(10 * MINUTE - 1)
    assert client.get("/my/").status_code == 200
    watch.passes(10 * MINUTE)
    answer = client.get("/my/settings/?a=b")
    assert (answer.status_code, answer.url) == (302, "/session/end/?next=%2Fmy%2Fsettings%2F%3Fa%3Db")
    assert not is_in(client)


def test_whoever_goes_on_reading_stays(akari, client, watch):
    come_in(client)
    for _page in range(6):
        watch.passes(9 * MINUTE)
        assert client.get("/my/").status_code == 200


@pytest.mark.parametrize(("own_device", "step", "longest"), [("", 9 * MINUTE, 12 * HOUR), ("on", 13 * DAY, 90 * DAY)])
def test_however_much_it_is_used_a_session_ends(akari, client, watch, own_device, step, longest):
    """ASVS 7.3.2: after twelve hours, on a device of one's own after ninety days."""
    come_in(client, **({"own_device": own_device} if own_device else {}))
    for _use in range((longest - 1) // step):
        watch.passes(step)
        client.post("/session/")
        assert is_in(client)
    watch.passes(longest - (longest - 1) // step * step)
    assert client.get("/my/").status_code == 302
    assert not is_in(client)


def test_the_session_of_a_shared_machine_ends_with_its_browser_and_that_of_an_own_one_does_not(akari):
    """A225: the cookie."""
    shared, own = Client(), Client()
    come_in(shared)
    come_in(own, own_device="on")
    assert shared.cookies[settings.SESSION_COOKIE_NAME]["max-age"] == ""
    assert own.cookies[settings.SESSION_COOKIE_NAME]["max-age"] == 14 * DAY


def test_on_a_device_of_ones_own_fourteen_days_begin_anew_with_each_use(akari, client, watch):
    come_in(client, own_device="on")
    for _visit in range(3):
        watch.passes(13 * DAY)
        answer = client.get("/my/")
        assert answer.status_code == 200
        assert answer.cookies[settings.SESSION_COOKIE_NAME]["max-age"] == 14 * DAY
    watch.passes(14 * DAY)
    assert client.get("/my/").status_code == 302


@pytest.mark.parametrize("door", ["login", "admin:login"])
def test_staff_have_eight_hours_by_either_door(desk, home, client, watch, door):
    client.post(reverse(door), {"username": "deguchi", "password": "sesame"})
    assert is_in(client)
    watch.passes(8 * HOUR - 1)
    assert client.get(reverse("admin:index")).status_code == 200
    watch.passes(8 * HOUR)
    client.get(reverse("admin:index"))
    assert not is_in(client)


def test_the_numbers_are_the_policys(akari, policy, client, watch):
    policy.shared_idle_minutes = 3
    policy.save()
    come_in(client)
    watch.passes(3 * MINUTE)
    assert client.get("/my/").status_code == 302


def test_the_box_is_empty_at_first_and_says_for_how_long(home, client):
    page = text(client.get(reverse("login")))
    assert "自分専用の機器で使う（ログインしたままにする）" in page
    assert "checked" not in page
    assert "10分間" in page
    assert "14日間" in page


def test_reading_on_writes_the_session_once_a_minute_at_most(akari, client, watch, django_assert_num_queries):
    """A page costs no more than before."""
    come_in(client)
    client.get(reverse("session_end"))
    with django_assert_num_queries(_queries_of(client)):
        watch.passes(30)
        client.get(reverse("guide"))
    before = client.session["idle"]["seen"]
    watch.passes(40)
    client.get(reverse("guide"))
    assert client.session["idle"]["seen"] == before + 70


def _queries_of(client):
    """How many queries a page asks of a session that was noted in this second."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client.get(reverse("guide"))
    with CaptureQueriesContext(connection) as asked:
        client.get(reverse("guide"))
    return len(asked)


def test_a_session_from_before_there_was_a_limit_gets_one(akari, client, watch):
    come_in(client)
    session = client.session
    del session["idle"]
    session.save()
    assert client.get("/my/").status_code == 200
    watch.passes(10 * MINUTE)
    assert client.get("/my/").status_code == 302


def test_visitors_have_no_session_to_lose(home, client):
    answer = client.get("/")
    assert "no-store" not in answer.get("Cache-Control", "")
    assert settings.SESSION_COOKIE_NAME not in client.cookies
    assert "data-idle" not in text(answer)


# ── The warning ──


def test_the_page_carries_what_is_left_and_a_way_to_go_on(akari, client, watch):
    """WCAG 2.2.1."""
    come_in(client)
    watch.passes(20)
    page = text(client.get("/my/"))
    assert 'data-left="580" data-warning="120"' in page
    assert "ログインしたまま続ける" in page
    assert 'js/idle.js" defer' in page


def test_without_a_script_the_page_gives_way_by_itself(akari, client):
    come_in(client)
    page = text(client.get("/my/requests/?a=b"))
    assert 'content="601;url=/session/end/?next=%2Fmy%2Frequests%2F%3Fa%3Db"></noscript>' in page


def test_who_has_days_is_not_warned(akari, client):
    come_in(client, own_device="on")
    page = text(client.get("/my/"))
    assert "data-left" not in page
    assert "http-equiv" not in page


def test_asking_what_is_left_is_no_use_and_going_on_is(akari, client, watch):
    """A225: two forgotten windows do not keep each other awake."""
    come_in(client)
    watch.passes(5 * MINUTE)
    assert client.get(reverse("session")).json() == {"left": 5 * MINUTE}
    client.get(reverse("session_end"))
    watch.passes(MINUTE)
    assert client.get(reverse("session")).json() == {"left": 4 * MINUTE}
    answer = client.post(reverse("session"), headers={"Accept": "application/json"})
    assert answer.json() == {"left": 10 * MINUTE}
    watch.passes(9 * MINUTE)
    assert is_in_by_server(client)
    watch.passes(10 * MINUTE)
    assert client.get(reverse("session")).json() == {"left": 0}


def is_in_by_server(client):
    return client.get(reverse("session")).json()["left"] > 0


def test_going_on_without_a_script_leads_back(akari, client):
    come_in(client)
    answer = client.post(reverse("session"), headers={"Referer": "http://testserver/my/"})
    assert answer.url == "/my/"


# ── The end ──


def test_the_end_says_so_and_leads_back(akari, client, watch):
    come_in(client)
    watch.passes(11 * MINUTE)
    page = text(client.get("/my/settings/", follow=True))
    assert "しばらく操作がなかったため、ログアウトしました" in page
    assert "青木" not in page
    assert "/login/?next=%2Fmy%2Fsettings%2F" in page
    assert come_in(client, next="/my/settings/").url == "/my/settings/"


def test_a_public_page_goes_on_and_says_that_the_session_has_ended(akari, client, watch):
    come_in(client)
    watch.passes(11 * MINUTE)
    page = text(client.get("/guide/"))
    assert "しばらく操作がなかったため、ログアウトしました。" in page
    assert "しばらく操作がなかったため" not in text(client.get("/guide/"))


def test_a_window_that_comes_to_the_end_while_another_is_used_shows_nothing_personal(akari, client):
    come_in(client)
    page = text(client.get(reverse("session_end"), {"next": "/my/"}))
    assert "ログインは続いています" in page
    assert 'href="/my/"' in page


def test_the_end_leads_to_our_pages_only(home, client):
    page = text(client.get(reverse("session_end"), {"next": "https://example.com/"}))
    assert 'href="/login/?next=%2F"' in page


def test_logging_out_empties_the_browsers_memory(akari, client):
    """A225: leafing back shows nothing."""
    come_in(client)
    answer = client.post(reverse("logout"))
    assert answer["Clear-Site-Data"] == '"cache"'
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize(
    "path", ["/my/", "/", "/nowhere/", "/holds/999999/", "/login/", "/language/en/", "/session/", "/robots.txt"]
)
def test_nothing_of_who_is_logged_in_is_stored(akari, client, path):
    """A225: pages, redirects, errors."""
    come_in(client)
    assert "no-store" in client.get(path)["Cache-Control"]


def test_the_redirect_of_the_log_in_is_not_stored(akari, client):
    assert "no-store" in come_in(client)["Cache-Control"]


# ── What was typed ──


def ask_something(client, **more):
    form = {"inquiry-text": WISH, "inquiry-contact": "090-1", **more}
    return client.post(reverse("inquire"), form, headers={"Referer": "http://testserver/my/requests/"})


def test_what_was_typed_when_the_session_had_ended_is_sent_after_the_log_in(akari, client, watch):
    come_in(client)
    watch.passes(11 * MINUTE)
    answer = ask_something(client)
    assert answer.url == "/session/end/?next=%2Fmy%2Frequests%2F"
    assert not Request.objects.exists()
    assert "まだ送られていません" in text(client.get(answer.url))
    assert "まだ送られていません" in text(client.get(reverse("login")))
    assert come_in(client, next="/my/requests/").url == reverse("unsent")
    page = client.get(reverse("unsent"))
    assert WISH in text(page)
    assert f'action="{reverse("inquire")}"' in text(page)
    assert 'href="/my/requests/"' in text(page)
    again = dict(page.context["typed"].fields)
    assert client.post(reverse("inquire"), again).status_code == 302
    assert Request.objects.get().patron == akari
    assert client.get(reverse("unsent")).url == "/my/"


def test_what_one_patron_typed_is_not_shown_to_the_next(akari, aya, client, watch):
    """A225: at a shared machine."""
    come_in(client)
    watch.passes(11 * MINUTE)
    ask_something(client)
    assert come_in(client, number="20000028").url == "/my/"
    assert client.get(reverse("unsent")).url == "/my/"
    assert typed.KEY not in client.session


def test_what_was_typed_waits_half_an_hour(akari, client, watch):
    come_in(client)
    watch.passes(11 * MINUTE)
    ask_something(client)
    watch.passes(31 * MINUTE)
    assert come_in(client).url == "/my/"
    assert typed.KEY not in client.session


def test_a_visitor_who_sends_a_form_finds_it_again_after_the_log_in(akari, client):
    assert ask_something(client).url == "/login/?next=/my/requests/"
    assert come_in(client).url == reverse("unsent")


def test_passwords_are_asked_for_again_and_never_kept(akari, client, watch):
    come_in(client)
    watch.passes(11 * MINUTE)
    secret = {"old": "sesame", "new": "tsukiyo-no-karasu", "again": "tsukiyo-no-karasu"}
    client.post(reverse("set_password"), secret | {"next": "/my/settings/"})
    assert "sesame" not in str(dict(client.session))
    assert "tsukiyo" not in str(dict(client.session))
    come_in(client)
    page = text(client.get(reverse("unsent")))
    assert page.count('type="password"') == 3
    assert "tsukiyo" not in page


def test_what_was_typed_is_shown_as_text(akari, client, watch):
    """No markup comes back from a form."""
    come_in(client)
    watch.passes(11 * MINUTE)
    ask_something(client, **{"inquiry-text": "<script>alert(1)</script>\nあ"})
    come_in(client)
    page = text(client.get(reverse("unsent")))
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;<br>あ" in page


def test_a_very_long_form_is_not_kept(akari, client, watch):
    come_in(client)
    watch.passes(11 * MINUTE)
    ask_something(client, **{"inquiry-text": "あ" * 30_000})
    assert typed.KEY not in client.session


def test_logging_out_forgets_what_waited(akari, client, watch):
    come_in(client)
    watch.passes(11 * MINUTE)
    ask_something(client)
    come_in(client)
    client.post(reverse("logout"))
    come_in(client)
    assert client.get(reverse("unsent")).url == "/my/"


def test_a_pickup_librarys_staff_have_the_hours_of_staff(bizen_desk, home):
    """Whoever is no patron is staff."""
    limit, dies_with_browser = idle._patience(
        User.objects.get(pk=bizen_desk.pk), is_own=True, policy=idle.PolicySettings.current()
    )
    assert (limit, dies_with_browser) == (8 * HOUR, False)
