"""Whatever stands in an address, the answer is a page: the nearest that makes sense, or one that says what is wrong.

The doors are those of the table of rights and their parameters are those that a view looks for, so that a new one is
tried by itself. `INPUT_EXAMPLES` makes the tests of properties longer, `INPUT_VALUES` those of every route.
"""

import os
import random
from io import BytesIO

import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.forms import modelform_factory
from django.test import Client, RequestFactory
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.admin import targets
from catalog.models import SearchTarget
from okalib.wsgi import application
from tests.input.asking import ODD, ask, judged, names_of
from tests.rights import table
from tests.rights.conftest import browser_of
from tests.rights.routes import Route, address, all_routes

EXAMPLES = int(os.environ.get("INPUT_EXAMPLES", "60"))
VALUES = int(os.environ.get("INPUT_VALUES", "1"))
ROWS = table.read()
ENDS_THE_SESSION = {"logout", "admin:logout"}

odd = st.sampled_from(list(ODD.values())) | st.text(max_size=30)
within_one_library = settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))


def doors(role: str, method: str = "GET") -> list[Route]:
    """The routes that are open to a role, without those that are open to everybody."""
    return [
        route
        for route in all_routes()
        if method in ROWS[route.name].methods
        and ROWS[route.name].outcome(role, method) == "yes"
        and (role == "visitor" or ROWS[route.name].cells["visitor"] != "yes")
        and route.name not in ENDS_THE_SESSION
    ]


def test_any_value_of_any_parameter_of_a_public_page_is_answered(house):
    """A219."""
    browser = Client()
    places = {route.name: address(route, house) for route in doors("visitor")}
    names = {name: names_of(browser, "GET", at) for name, at in places.items()}
    pages = sorted(name for name in places if names[name])
    assert {"search", "suggestions", "calendar", "export_ris", "shelf"} <= set(pages)

    @within_one_library
    @given(st.data())
    def holds(data):
        page = data.draw(st.sampled_from(pages))
        several = data.draw(st.lists(st.tuples(st.sampled_from(sorted(names[page])), odd), min_size=1, max_size=4))
        assert ask(browser, "GET", places[page], several) == ""

    holds()


def test_any_text_in_the_search_box_is_answered(house):
    """CAT-6: signs of the query language too, in any order."""
    browser = Client()
    pieces = st.sampled_from(
        ["猫", " ", "　", '"', "“", "AND", "OR", "NOT", "-", "*", "(", ")", "\x00", "%", "'", "ー"]
    )

    @within_one_library
    @given(st.lists(pieces | odd, max_size=8).map("".join), st.sampled_from(["/search/", "/search/suggestions/"]))
    def holds(text, at):
        assert ask(browser, "GET", at, [("q", text)]) == ""

    holds()


def test_any_part_of_a_path_is_answered(house):
    """A NUL, half a character or a number that no record has are addresses of nothing."""
    browser, patron = Client(), browser_of(house.holds["waiting"].patron.user)
    places = ["/records/{}/", "/classes/{}/", "/libraries/{}/", "/calendar/{}.ics", "/news/{}/", "/language/{}/"]
    places += ["/elsewhere/{}/", "/password/new/{}/", "/new-titles/stop/{}/", "/records/{}/record.mrc", "/static/{}"]
    own = ["/holds/{}/", "/basket/confirmations/{}/", "/{}", "/my/{}/"]
    for what in ("%00", "a%00b", "%ED%A0%80", "%FF", "9" * 30, str(2**63), "-1", "%2e%2e%2f", "%EF%BF%BE", "猫" * 500):
        for place in places + own:
            answer = (patron if place in own else browser).get(place.format(what))
            assert judged(answer) == "", (place, what)
            assert answer.status_code < 400 or answer.status_code in (400, 404, 410), (place, what)


HEADERS = [
    {"COOKIE": 'sessionid="\\000aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"'},
    {"COOKIE": 'django_language=\x01; known_browser="\\000"; csrftoken=' + "x" * 4000},
    {"REFERER": "http://[::1"},
    {"REFERER": "\x00猫"},
    {"ACCEPT_LANGUAGE": "ja-" * 5000},
    {"ACCEPT_LANGUAGE": "*;q=nan"},
    {"USER_AGENT": "x" * 9000},
    {"X_FORWARDED_FOR": "1" * 9000},
    {"HX_REQUEST": "true", "HX_CURRENT_URL": "http://[::1"},
    {"IF_MODIFIED_SINCE": "never", "IF_NONE_MATCH": '"\x00"'},
    {"ACCEPT": "application/json" * 1000},
]


def test_odd_headers_are_answered(house):
    """Cookies with a NUL, an address that cannot be parsed, a language without an end."""
    for headers in HEADERS:
        sent = {f"HTTP_{name}": value for name, value in headers.items()}
        for at in ("/search/?q=猫&page=2", "/login/", "/my/", "/elsewhere/?q=猫"):
            assert judged(Client().get(at, **sent)) == "", (at, headers)
        for at in ("/session/", "/login/", "/my/requests/inquiry/"):
            assert judged(Client().generic("POST", at, b"username=%00&next=http://[&x=%FF", **sent)) == "", (
                at,
                headers,
            )


@pytest.mark.parametrize(
    "kind",
    [
        "text/plain; charset=hex",
        "application/x-www-form-urlencoded; charset=utf-16",
        "application/x-www-form-urlencoded; charset=rot13",
        "multipart/form-data; charset=raw_unicode_escape; boundary=x",
        "multipart/form-data; boundary=",
        "application/json; charset=base64",
        ";;;===",
    ],
)
def test_the_pages_are_utf_8_whatever_the_sender_says(home, kind, one_connection):
    """Python knows encodings that are none; Django would ask for them before anything of ours is asked."""
    body = b'--x\r\nContent-Disposition: form-data; name="username"\r\n\r\n\\ud800\r\n--x--\r\n'
    for method in ("GET", "POST"):
        said: list[str] = []
        environ = RequestFactory().get("/login/?next=/%E7%8C%AB").environ
        environ |= {"REQUEST_METHOD": method, "CONTENT_TYPE": kind, "CONTENT_LENGTH": str(len(body))}
        application(environ | {"wsgi.input": BytesIO(body)}, lambda status, _headers, said=said: said.append(status))
        assert said[0][:3] in ("200", "400", "403"), (method, said)


@pytest.fixture
def one_connection():
    """Keep the connection of the test, which a web server would close between two requests."""
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    yield
    request_started.connect(close_old_connections)
    request_finished.connect(close_old_connections)


def test_what_nobody_types_is_taken_out_and_the_rest_found(house):
    """The nearest page that makes sense: a separator of a scanner hides no book."""
    found = Client().get("/search/", {"q": "\x1d広辞\x00苑"})
    assert "広辞苑を読む" in found.content.decode()


@pytest.mark.slow
@pytest.mark.parametrize("role", ["visitor", "owner", "own_pickup", "administrator"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_every_route_answers_odd_values_of_everything_that_it_looks_for(house, person, role, method):
    """A219. One value in all parameters at once, or a mixture."""
    browser, chance, wrong = browser_of(person(role)), random.Random(VALUES), []
    for route in doors(role, method):
        at = address(route, house)
        names = sorted(names_of(browser, method, at))
        for what in chance.sample(sorted(ODD), min(VALUES, len(ODD))) if names else []:
            is_mixed = chance.random() < 0.5
            pairs = [(name, ODD[chance.choice(sorted(ODD)) if is_mixed else what]) for name in names]
            if fault := ask(browser, method, at, pairs):
                wrong.append(f"{method} {route.name} {pairs!r:.300}: {fault}")
    assert wrong == []


def test_a_name_longer_than_anybodys_is_a_wrong_name(home):
    """PAT-3: guesses are counted under it all the same."""
    for page in ("/login/", "/staff/login/"):
        answer = Client().post(page, {"username": "\ufdfa" * 9000, "password": "x"})
        assert (answer.status_code, judged(answer)) == (200, "")


def test_after_a_log_in_nobody_is_led_to_what_is_no_path(home):
    for back in (
        "//evil.example/",
        "https://evil.example/",
        "my",
        "javascript:alert(1)",
        "http://[",
        "/\\evil.example",
    ):
        answer = Client().post("/session/", {"next": back})
        assert (answer.status_code, answer["Location"]) == (302, "/"), back


def test_a_fault_of_a_target_that_the_form_does_not_show_is_said_at_its_top(db):
    """The list of targets shows two fields of many."""
    form = modelform_factory(SearchTarget, form=targets.TargetForm, fields=["order"])({})
    assert "問い合わせ先: 入力してください。" in form.non_field_errors()
