"""After a return nothing older than its term joins the patron and the title (RET-5, A201)."""

import pickle
from dataclasses import dataclass
from datetime import date, datetime, time

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from catalog.models import Item
from circulation import actions as desk
from circulation.models import Loan
from holds import actions as queue
from holds.models import Hold
from holds.rules import OPEN
from notifications import actions as notifications
from okalib import days, jobs
from okalib.models import Patron, User
from tests.privacy.traces import net_of_everything, tables_with_all_of
from tests.web.desk import at, at_work, clerk

HALF_AN_HOUR = 30 * 60
MAILS_KEPT, LONGEST_TERM = 61, 100
"""Days after which mails have lost their words; after which everything has that has a term."""

RETURNED_AFTER = 40


@dataclass
class Story:
    """A patron, what she has had on loan, and the day on which all of it came back."""

    patron: Patron
    items: dict[str, Item]
    returned_on: date

    def __post_init__(self) -> None:
        self.marks = (self.patron.card_number, self.patron.name, self.patron.name_kana, self.patron.email)
        self.titles = (*self.items, *(item.item_number for item in self.items.values()))

    def ways(self, *, without: tuple[str, ...] = ()) -> list[list[tuple[str, object]]]:
        """The ways that lead from her to one of the titles, but for those through some tables."""
        clerks = set(User.objects.filter(patron=None).values_list("pk", flat=True))
        net = net_of_everything(clerks)
        for knot in [knot for knot in net.words if knot[0] in without]:
            for other in net.ties.pop(knot, set()):
                net.ties[other].discard(knot)
        ends = {("catalog.item", item.pk) for item in self.items.values()}
        ends |= {("catalog.bib", item.bib_id) for item in self.items.values()}
        starts = (("okalib.patron", self.patron.pk), ("okalib.user", self.patron.user_id))
        return [way for start in starts if (way := net.path(start, ends, self.titles))]

    def after(self, number: int) -> datetime:
        """Ten o'clock so many days after the return."""
        return days.at(days.plus(self.returned_on, number), time(10))


@pytest.fixture
def lent(lively, akari, desk_clerk, ten, tuesday):
    """She has loans of all kinds: from the counter, reserved, by bag, renewed, reminded of, overdue."""
    notifications.send_due(now=ten)
    for hold in Hold.objects.filter(patron=akari, state__in=OPEN):
        if hold.is_ready:
            desk.check_out(item=hold.item, patron=akari, by=desk_clerk, now=ten)
        elif not hold.item_id:
            queue.cancel(hold=hold, by=akari.user, now=ten)
    desk.renew(loan=lively.loans["due_soon"], by=akari.user, now=ten)
    items = {loan.item.bib.title: loan.item for loan in Loan.objects.filter(patron=akari).select_related("item__bib")}
    assert len(items) == 5
    return Story(akari, items, days.plus(tuesday, RETURNED_AFTER))


@pytest.fixture
def returned(lent, desk_clerk):
    """All of it has been mailed about and come back."""
    jobs.run("due_and_overdue", now=lent.after(-1))
    notifications.send_due(now=lent.after(-1))
    for item in lent.items.values():
        desk.check_in(item=item, by=desk_clerk, now=lent.after(0))
    return lent


def test_while_it_is_lent_a_way_leads_from_the_patron_to_the_title(lent):
    """The search below can find one; loans are never forgotten (A202)."""
    assert lent.ways(without=("notifications.notice",))
    assert tables_with_all_of(lent.marks, lent.titles)


def test_at_once_only_mails_and_the_note_of_a_renewed_loan_join_them(returned):
    """RET-5, LON-5: no loan, reservation, bag, basket or log of staff does."""
    assert returned.ways(without=("notifications.notice", "circulation.restperiod")) == []
    said = tables_with_all_of(returned.marks, returned.titles)
    assert said and all(row.startswith("notifications_notice:") for row in said)


def test_after_a_week_only_mails_do(returned):
    """LON-5: the note of a renewed loan erases itself."""
    jobs.run("retention", now=returned.after(9))
    assert returned.ways(without=("notifications.notice",)) == []


@pytest.mark.parametrize("number", [MAILS_KEPT, LONGEST_TERM])
def test_after_the_terms_nothing_does(returned, number):
    """A201: no column of any table, by any chain of keys, by any text."""
    jobs.run("retention", now=returned.after(number))
    assert returned.ways() == []
    assert tables_with_all_of(returned.marks, returned.titles) == []


# ── What is remembered for a while, and what is written down by the way ──


@pytest.fixture
def a_day(lent, lively, akari, said):
    """She logs in, searches, reserves and leafs through; the desk lends to her and takes back; something breaks."""
    akari.user.set_password("ひみつのことば")
    akari.user.save()
    hers, counter, title = Client(), at_work(clerk("desk")), "武士道"
    hers.post("/login/", {"username": akari.card_number, "password": "まちがい"})
    hers.post("/login/", {"username": akari.card_number, "password": "ひみつのことば"})
    found = hers.get("/search/", {"q": title})
    assert title in found.content.decode()
    hers.get(reverse("record", args=[lively.bibs["others"].pk]))
    hers.post(reverse("inquire"), {"inquiry-text": f"{title}はありますか。"})
    for page in ("/my/", "/basket/", "/my/notices/", "/elsewhere/?q=武士道", "/search/suggestions/?q=武士"):
        hers.get(page)
    counter.post(at("check-out"), {"scan": akari.card_number})
    counter.post(at("check-out"), {"scan": lively.bibs["free"].items.get().item_number, "patron": akari.pk})
    counter.post(at("check-in"), {"scan": lively.bibs["free"].items.get().item_number})
    for item in lent.items.values():
        counter.post(at("check-in"), {"scan": item.item_number})
    lent.items |= {each.title: each.items.get() for each in (lively.bibs["free"], lively.bibs["others"])}
    lent.__post_init__()
    return lent


def test_the_logs_name_neither_patrons_nor_titles_nor_what_was_searched_for(a_day, said):
    """RET-5; a line says which kind of page was asked for."""
    lines = said()
    assert lines.count('"route": "search"') == 1 and '"route": "admin:desk-check-in"' in lines
    for word in (*a_day.marks, *a_day.titles, "武士", "127.0.0.1", "ひみつ", "まちがい"):
        assert word not in lines, word


def test_the_cache_keeps_what_joins_them_for_half_an_hour_at_most(a_day):
    """RET-5: what the desk needs to undo a scan, and the list of a sitting; nothing without an end."""
    redis, joined = cache._cache.get_client(), 0
    for key in redis.keys("*"):
        assert redis.ttl(key) > 0, key
        words = redis.get(key) if redis.type(key) == b"string" else b""
        kept = f"{key.decode()} {_readable(words)}"
        assert not any(mark in key.decode() for mark in (*a_day.marks, *a_day.titles)), key
        if b"sessions" not in key and any(title in kept for title in a_day.titles):
            joined += 1
            assert redis.ttl(key) <= HALF_AN_HOUR, key
    assert joined


def test_no_session_joins_them(a_day):
    """The clerk's list of scans names items and nobody; hers names no title, read or asked for."""
    sessions = [(session.get_decoded(), str(session.get_decoded())) for session in Session.objects.all()]
    hers = [said for kept, said in sessions if kept.get("_auth_user_id") == str(a_day.patron.user_id)]
    assert len(hers) == 1 and len(sessions) > 1
    for word in (*a_day.titles, "武士"):
        assert word not in hers[0], word
    for _kept, said in sessions:
        assert not any(mark in said for mark in a_day.marks)


def _readable(words: bytes | None) -> str:
    try:
        return str(pickle.loads(words or b"N."))  # noqa: S301 - our own cache
    except (pickle.UnpicklingError, ValueError, EOFError, KeyError):
        return str(words)
