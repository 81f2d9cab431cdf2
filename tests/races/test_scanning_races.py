"""Two scans, or two undoings, at the same moment: one of them is done (A67, RET-5, LON-3)."""

from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest
from django.test import Client

from circulation import actions as circulation
from circulation.models import Loan
from delivery import consistency
from holds import actions as holds
from okalib import clock
from tests.factories import BibFactory
from tests.web.desk import at, at_work, clerk

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def all_is_well(ten, home):
    """The clock stands at ten on Tuesday, and after every race no invariant of items and queue is broken."""
    with clock.standing_at(ten):
        yield
        names = {name for room in (consistency.items, consistency.queue) for name in vars(room)}
        found = [finding for finding in consistency.check(now=ten) if finding.name in names]
        assert [finding.name for finding in found if finding.is_broken] == []


def send(session, form):
    """Send a form from a window of the same session."""
    browser = Client()
    browser.cookies["sessionid"] = session
    return browser.post(at("check-out"), form)


def test_one_form_sent_twice_at_once_makes_one_loan_and_one_answer(akari, at_once):
    session = at_work(clerk("desk")).cookies["sessionid"].value
    for _ in range(10):
        item = BibFactory(items=1).items.get()
        form = {"scan": item.item_number, "patron": akari.pk, "token": uuid4().hex}
        race = at_once(partial(send, session, form), partial(send, session, form))
        assert [answer.status_code for answer in race.answers] == [200, 200]
        assert race.answers[0].content == race.answers[1].content
        loan = Loan.objects.open().get(item=item)
        circulation.check_in(item=item, by=None, now=clock.now())
        assert Loan.objects.filter(item=item).get() == loan


def test_a_return_is_undone_once(akari, aya, botchan, home, desk, ten, at_once):
    item = botchan.items.get()
    circulation.check_out(item=item, patron=akari, by=desk, now=ten)
    holds.reserve(patron=aya, bib=botchan, pickup_at=home, by=None, now=ten)
    for minute in range(10):
        now = ten + timedelta(minutes=minute)
        memory = circulation.check_in(item=item, by=desk, now=now).memory
        undo = partial(circulation.undo_check_in, memory=memory, by=desk, now=now, reason="読み違い")
        race = at_once(undo, undo)
        assert (len(race.won), [sorted(codes)[-1] for codes in race.refused]) == (1, ["gone_on"])
        assert Loan.objects.open().get(item=item).patron == akari


def test_an_undoing_and_another_loan_meet(akari, aya, botchan, desk, ten, at_once):
    """LON-3: it is with Akari again, or with Aya, never with both."""
    item = botchan.items.get()
    for minute in range(10):
        now = ten + timedelta(minutes=2 * minute)
        circulation.check_out(item=item, patron=akari, by=desk, now=now)
        memory = circulation.check_in(item=item, by=desk, now=now).memory
        undo = partial(circulation.undo_check_in, memory=memory, by=desk, now=now, reason="読み違い")
        lend = partial(circulation.check_out, item=item, patron=aya, by=desk, now=now)
        race = at_once(undo, lend)
        assert len(race.won) == 1
        assert Loan.objects.open().filter(item=item).count() == 1
        circulation.check_in(item=item, by=desk, now=now + timedelta(minutes=1))
