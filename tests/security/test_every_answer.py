"""What every answer carries, whoever asks for what: the pages of the table of rights (ASVS 3.2, 3.4, 4.1, 14.3)."""

import re

from django.test import Client

from tests.lively import desk_clerk, lively
from tests.rights import table
from tests.rights.conftest import browser_of, house, person
from tests.rights.routes import address, all_routes

__all__ = ["desk_clerk", "house", "lively", "person"]

ROWS = table.read()
IS_TEXT = re.compile(r"^text/|[+/]xml\b|javascript")


def test_every_answer_says_what_it_is_and_may_not_be_taken_for_anything_else(house, person):
    """Type and encoding, no guessing of types, no frames, no script that is written into a page, no other origin."""
    wrong, seen = [], 0
    for role in ("visitor", "owner", "own_pickup"):
        browser = browser_of(person(role))
        for route in all_routes():
            if ROWS[route.name].outcome(role, "GET") != "yes" or "GET" not in ROWS[route.name].methods:
                continue
            if role != "visitor" and ROWS[route.name].cells["visitor"] == "yes":
                continue
            answer, seen = browser.get(address(route, house)), seen + 1
            csp = answer.headers.get("Content-Security-Policy", "")
            kind = answer.headers.get("Content-Type", "")
            faults = {
                "encoding": bool(IS_TEXT.search(kind)) and "charset=utf-8" not in kind.lower(),
                "nosniff": answer.headers.get("X-Content-Type-Options") != "nosniff",
                "policy": not all(
                    rule in csp for rule in ("object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'")
                ),
                "unsafe": "unsafe" in csp,
                "origin": "Access-Control-Allow-Origin" in answer.headers,
                "stored": role != "visitor" and "no-store" not in answer.headers.get("Cache-Control", ""),
                "referrer": answer.headers.get("Referrer-Policy") != "same-origin",
            }
            wrong += [f"{route.name}: {fault}" for fault, is_there in faults.items() if is_there]
    assert seen > 50
    assert wrong == []


def test_no_file_of_the_workshop_is_served(db):
    """ASVS 13.4.1: only what is meant for browsers lies where the web server looks."""
    for path in (
        "/.git/config",
        "/static/../.git/config",
        "/static/%2e%2e/manage.py",
        "/pyproject.toml",
        "/okalib/settings.py",
        "/static/.git/HEAD",
    ):
        assert Client().get(path).status_code == 404, path
