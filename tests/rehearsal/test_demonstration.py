"""The demonstration has something to show on every page, on whatever day it is begun."""

import re
from pathlib import Path

import pytest
from django.contrib.auth import authenticate
from django.db.models import Q
from django.urls import reverse

from catalog.search import Query, search
from circulation.models import Loan
from delivery import consistency
from delivery.models import Bag, RunException
from holds import queries as holds
from holds.models import Hold, HoldGroup, Request
from holds.rules import HoldState
from notifications.models import Notice
from okalib import clock, days
from okalib.models import EmergencyClosure, EmergencyMove, JobRun, Library, Patron, PolicySettings
from okalib.rehearsal import demonstration

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

README = Path(__file__).parents[2] / "README.md"

MOMENTS = {
    "a Tuesday afternoon": "2026-12-01T14:00",
    "a closed Monday, before dawn": "2026-12-07T05:00",
    "a Sunday, after the run": "2026-12-13T12:00",
    "a closed Sunday at the turn of the year": "2027-01-03T09:00",
}


def shown(*, progress, now) -> list[str]:
    """Fill as `manage.py demo` does; returns what could not be played."""
    with clock.standing_at(now):
        return demonstration.fill(progress=progress, now=now)


@pytest.mark.parametrize("moment", MOMENTS.values(), ids=MOMENTS.keys())
def test_it_shows_every_state_of_the_story(redis, rf, moment):
    """Loans, reservations, runs, bags, notices and requests in every state; and nothing is broken (OPS-4)."""
    told: list[tuple[str, int, int]] = []
    now = clock._moment(moment)
    assert now is not None
    assert shown(progress=lambda *what: told.append(what), now=now) == []
    today, policy = days.day_of(now), PolicySettings.current()

    assert [finding for finding in consistency.check(now=now) if finding.is_broken] == []
    assert {what for what, done, total in told if done == total} == {
        "libraries", "catalogue", "patrons", "days of use",
    }  # fmt: skip
    assert Library.objects.filter(is_sample=True).count() == 74
    assert Patron.objects.count() == 200

    assert set(Hold.objects.values_list("state", flat=True)) == set(HoldState)
    waiting = Hold.objects.waiting().select_related("bib")
    assert {"all_on_loan", "on_shelf", "on_order"} <= set(holds.faces(waiting, policy).values())
    assert waiting.exclude(paused_at=None).exists()
    assert set(HoldGroup.objects.values_list("kind", flat=True)) == {"in_order", "any_of"}
    open_loans = Loan.objects.open()
    for query in (Q(due_on__lt=today), Q(renewals__gte=0), Q(received_on__isnull=False), Q(channel="pickup")):
        assert open_loans.filter(query).exists(), query
    states = {"packed", "sent", "at_central", "handed_over", "on_the_way_back"}
    assert states <= set(Bag.objects.with_open_loans().values_list("state", flat=True))
    assert RunException.objects.filter(hold__state="secured", codes__contains=["overdue_loan"]).exists()
    assert set(Request.objects.values_list("state", flat=True)) >= {"open", "accepted"}
    assert Notice.objects.filter(state="sent").count() > 50
    assert EmergencyClosure.objects.count() == 1  # the one of the scenes: any other could fall on the day of a scene
    assert EmergencyMove.objects.exists()
    assert not JobRun.objects.exclude(state="done").exists()

    _hanako_has_something_everywhere()
    _the_walk_of_the_readme_finds_its_titles(today)
    _everybody_can_log_in(rf)
    assert search(Query.parse("燃えよ剣")).total == 2


def _hanako_has_something_everywhere() -> None:
    hanako = Patron.objects.get(cards__number=demonstration.HANAKO)
    mine = set(Hold.objects.filter(patron=hanako).values_list("state", flat=True))
    assert mine >= {"waiting", "secured", "ready", "cancelled", "expired", "fulfilled"} - {"secured"}
    loans = Loan.objects.open().filter(patron=hanako)
    assert loans.filter(channel="pickup").count() == 3
    assert loans.filter(channel="counter").count() >= 3
    assert not loans.overdue(days.day_of(clock.now())).exists()
    for related in (hanako.basket, hanako.reading_record, hanako.notices):
        assert related.exists()
    assert set(hanako.requests.values_list("state", flat=True)) >= {"accepted"}


def _the_walk_of_the_readme_finds_its_titles(today) -> None:
    """On whatever day: the loan to be renewed first, and the one that the overdue patron has and others wait for."""
    walk = README.read_text(encoding="utf-8").split("### A walk through the story")[1].split("\n## ")[0]
    open_loans = Loan.objects.open().select_related("item__bib").order_by("due_on")
    renewable = open_loans.filter(patron__cards__number=demonstration.HANAKO).first()
    overdue = open_loans.overdue(today).filter(patron__cards__number=demonstration.TARO).get()
    assert (renewable.item.bib.title, renewable.renewals) == ("阿部一族・舞姫", 0)
    assert today <= renewable.due_on <= days.plus(today, 6)
    assert overdue.item.bib.title == "春琴抄"
    assert Hold.objects.waiting().filter(bib=overdue.item.bib).exists()
    assert {"阿部一族・舞姫", "春琴抄"} <= set(re.findall(r"[一-龠ぁ-んァ-ヶ・]+", walk))


def _everybody_can_log_in(rf) -> None:
    for role, page, user, password in demonstration.LOGINS:
        request = rf.post(reverse("login"))
        assert authenticate(request, username=user, password=password) is not None, role
        assert page.startswith("/")
