"""Every route × every role: who is let in, who is not, and that nothing was done where nobody was (A215–A218)."""

import pytest
from django.test import Client

from tests.rights import table
from tests.rights.conftest import ROLES, Attempt, browser_of
from tests.rights.routes import FORMS, address, all_routes

ROWS = table.read()
KEPT_WHILE_READING = {"django_session", "okalib_patronview", "okalib_staffaction"}
"""What reading may write: the session itself; that a clerk looked at a patron (A227), that figures were exported."""

METHODS = ("GET", "POST")


def test_every_route_has_a_row_and_every_row_a_route():
    """Whoever adds a route says here whose it is."""
    assert sorted(ROWS) == [route.name for route in all_routes()]


def test_each_row_speaks_of_every_role_in_known_words():
    known = {"yes", "read", "log-in", "denied", "404"}
    assert [
        row.name for row in ROWS.values() if not set(row.cells.values()) <= known or set(row.cells) != set(ROLES)
    ] == []
    assert [row.name for row in ROWS.values() if not row.methods or not set(row.methods) <= set(METHODS)] == []


@pytest.mark.slow
@pytest.mark.parametrize("role", ROLES)
def test_each_role_comes_as_far_as_the_table_says_and_what_is_denied_is_not_done(house, person, role):
    """A215, A217: 403 or 404, and not a row is written. A218: reading changes nothing."""
    user, wrong = person(role), []
    for route in all_routes():
        row = ROWS[route.name]
        for method in row.methods:
            attempt = Attempt(browser_of(user), method, address(route, house), FORMS.get(route.name, ""))
            if attempt.outcome != row.outcome(role, method):
                wrong.append(f"{method} {row.name}: {attempt.outcome}, not {row.outcome(role, method)}")
            allowed = KEPT_WHILE_READING if method == "GET" and attempt.outcome == "yes" else {"django_session"}
            if (method == "GET" or attempt.outcome in ("denied", "log-in")) and attempt.written - allowed:
                wrong.append(f"{method} {row.name} wrote {sorted(attempt.written - allowed)}")
    assert wrong == []


@pytest.mark.slow
@pytest.mark.parametrize("role", ["owner", "administrator", "own_pickup"])
def test_no_route_takes_another_method_and_none_a_form_without_its_token(house, person, role):
    """A218: a link does nothing, nor does another site's form."""
    browser, wrong = browser_of(person(role), checks_token=True), []
    for route in all_routes():
        row, at = ROWS[route.name], address(route, house)
        if row.outcome(role, "GET") != "yes" and row.outcome(role, "POST") != "yes":
            continue
        for method in ("PUT", "PATCH", "DELETE", "POST"):
            attempt = Attempt(browser, method, at)
            if attempt.outcome not in ("denied", "method") or attempt.written:
                wrong.append(f"{method} {row.name}: {attempt.outcome}, wrote {sorted(attempt.written)}")
    assert wrong == []


def test_somebody_who_is_not_there_gets_no_answer_of_substance(house):
    """A216: of what is asked without a log-in, only what the table calls public is answered."""
    answered = {row.name for row in ROWS.values() if row.cells["visitor"] == "yes"}
    others = {role for role in ROLES if role != "visitor"}
    assert [name for name in answered if any(ROWS[name].cells[role] != "yes" for role in others)] == []
    assert Client().get("/my/").status_code == 302
