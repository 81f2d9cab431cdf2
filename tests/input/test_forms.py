"""Whatever is put into a form, nothing breaks, and what was typed is still there.

The forms are those that the pages themselves show, with everything that a browser would send, and one field at a time
has something odd in it: so views are reached that a form of odd values alone would never come to.
"""

import os
import random

import pytest
from django.test import Client

from tests.input.asking import FORM, ODD, ask, encoded, judged
from tests.input.forms import forms_of
from tests.input.test_addresses import doors
from tests.rights.conftest import browser_of
from tests.rights.routes import address

TRIES = int(os.environ.get("INPUT_TRIES", "60"))
"""How often the slow tests send a form, for each role."""

NOT_TRIED = ("/logout/", "/language/", "/lost/")
LONG = "長い" * 4000


def forms_shown_to(browser, role, house):
    """The forms of all pages that are open to a role, each kind of form once."""
    found = {}
    for route in doors(role):
        at = address(route, house)
        answer = browser.get(at)
        if "html" in answer.headers.get("Content-Type", ""):
            for form in forms_of(answer.content, at):
                if not any(part in form.address for part in NOT_TRIED):
                    found.setdefault((route.name, form.method, *form.names), form)
    return [form for _kind, form in sorted(found.items(), key=lambda one: one[0])]


@pytest.mark.slow
@pytest.mark.parametrize("role", ["visitor", "owner", "own_pickup", "administrator"])
def test_every_form_takes_anything_in_any_of_its_fields(house, person, role):
    """A219; A215: a number of somebody else's, or of nobody, among them."""
    browser, chance, wrong = browser_of(person(role)), random.Random(TRIES), []
    forms = forms_shown_to(browser, role, house)
    fields = [(form, name) for form in forms for name in form.names]
    assert fields
    for form, name in chance.sample(fields, min(TRIES, len(fields))):
        what = chance.choice(sorted(ODD))
        if fault := ask(browser, form.method, form.address, form.with_value(name, ODD[what])):
            wrong.append(f"{form.method} {form.address} {name}={what}: {fault}")
    assert wrong == []


@pytest.mark.parametrize("at", ["/login/", "/activation/", "/password/lost/", "/my/settings/", "/my/requests/"])
@pytest.mark.parametrize("typed", ["<b>&だめ", LONG], ids=["wrong", "too long"])
def test_what_cannot_be_taken_is_still_in_its_field(lively, akari, at, typed):
    """What was typed is shown again, as text, beside a sentence that says what is wrong."""
    browser, tried = browser_of(akari.user) if at.startswith("/my/") else Client(), 0
    for form in forms_of(browser.get(at).content, at):
        for name in form.free if form.method == "POST" else ():
            answer = browser.post(form.address, encoded(form.with_value(name, typed)), content_type=FORM)
            tried += 1
            assert judged(answer) == "", name
            if answer.status_code != 302:
                shown = {text.strip() for again in forms_of(answer.content, at) for text in again.values_of(name)}
                assert typed in shown, (form.address, name)
    assert tried
