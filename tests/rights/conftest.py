"""Those who come to every door, and what is written while they do."""

import re
import uuid
from datetime import date, time

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client

from catalog.models import SearchTarget
from circulation.models import LoanPeriod, OfflineScan, ReadingRecord
from delivery.models import RunException
from holds import actions as queue
from holds.models import BasketConfirmation
from notifications.models import Template
from okalib import jobs
from okalib.models import Block, Closure, EmergencyClosure, News, PatronCategory, SpecialOpening, User, YearlyDay
from tests.factories import StaffFactory
from tests.lively import desk_clerk, lively
from tests.web.desk import clerk

__all__ = ["desk_clerk", "lively"]

ROLES = (
    "visitor",
    "owner",
    "patron",
    "desk",
    "cooperation",
    "cataloguer",
    "administrator",
    "own_pickup",
    "other_pickup",
)
"""Who comes: `owner` is the patron whose things are asked for, `patron` another one; `own_pickup` is the staff of the
library where the owner's bag goes, `other_pickup` that of another."""

WRITES = re.compile(r'^\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+"?(\w+)', re.IGNORECASE)


@pytest.fixture
def house(lively, akari, bizen, ten, desk):
    """A library full of life, with one thing at least of each kind that has an address."""
    OfflineScan.objects.create(
        key=uuid.UUID(int=7), is_loan=False, item_number="9999999999", scanned_at=ten, uploaded_at=ten
    )
    Block.objects.create(patron=akari, kind="loans", reason="試し", until_on=date(2026, 11, 1), placed_at=ten)
    EmergencyClosure.objects.create(
        library=bizen,
        first_on=date(2027, 3, 2),
        last_on=date(2027, 3, 3),
        reason="試し",
        applied_at=ten,
        applied_by=desk,
    )
    Closure.objects.create(library=bizen, first_on=date(2027, 2, 2), last_on=date(2027, 2, 3), reason="試し")
    SpecialOpening.objects.create(library=bizen, day=date(2027, 2, 8), opens=time(10), closes=time(17))
    YearlyDay.objects.create(library=bizen, first_month=12, first_day=29, last_month=1, last_day=3)
    PatronCategory.objects.create(code="child", name="児童")
    News.objects.create(title="年末年始の開館", text="1月4日は正午から開館します。", first_on=date(2026, 11, 1))
    ReadingRecord.objects.create(
        patron=akari, bib=lively.bibs["free"], lent_on=date(2026, 10, 1), returned_on=date(2026, 10, 9)
    )
    SearchTarget.objects.create(
        code="neighbour", name="隣の図書館", protocol="link", page_address="https://example.jp/?q={query}"
    )
    BasketConfirmation.objects.create(patron=akari, token=uuid.UUID(int=7), made_at=ten)
    LoanPeriod.objects.create(name="年末", first_on=date(2026, 12, 15), last_on=date(2026, 12, 28), days=22)
    run = lively.loans["packed"].slip_line.bag.run
    RunException.objects.create(run=run, hold=lively.holds["secured"], reasons="試し", found_at=ten)
    Template.objects.create(kind="ready", language="ja", subject="お知らせ", body="お知らせ")
    call_command("write_first_texts")
    queue.make_pull_list(day=date(2026, 12, 1), now=ten)
    jobs.run("expiry", now=ten)
    return lively


@pytest.fixture
def person(akari, aya, bizen_desk, okayama):
    """Somebody of ROLES; None for a visitor."""

    def person(role: str) -> User | None:
        others = {
            "visitor": lambda: None,
            "owner": lambda: akari.user,
            "patron": lambda: aya.user,
            "own_pickup": lambda: bizen_desk,
            "other_pickup": lambda: StaffFactory(username="okayama-desk", is_staff=False, library=okayama),
        }
        return others[role]() if role in others else clerk(role)

    return person


def browser_of(user: User | None, *, checks_token: bool = False) -> Client:
    """A browser in which somebody has logged in, or nobody."""
    client = Client(enforce_csrf_checks=checks_token)
    if user is not None:
        backend = "CardBackend" if hasattr(user, "patron") else "StaffBackend"
        client.force_login(user, backend=f"okalib.auth.{backend}")
    return client


class Attempt:
    """What came of asking at a door: `outcome` in a word, and the tables that were written meanwhile."""

    def __init__(self, browser: Client, method: str, address: str, form: str = "") -> None:
        self.written: set[str] = set()
        with transaction.atomic(), connection.execute_wrapper(self._note):
            answer = browser.generic(method, address, form, content_type="application/x-www-form-urlencoded")
            transaction.set_rollback(True)
        self.outcome = _in_a_word(answer)

    def _note(self, execute, sql, params, many, context):
        if found := WRITES.match(sql):
            self.written.add(found[1])
        return execute(sql, params, many, context)


def _in_a_word(answer) -> str:
    to = answer.headers.get("Location", "")
    if answer.status_code == 302 and to.startswith(("/login/", "/staff/login/")):
        return "log-in"
    return {403: "denied", 404: "404", 405: "method"}.get(answer.status_code, "yes")
