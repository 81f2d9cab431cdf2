"""Thursday: one mail per patron, pickup library and run (DLV-7; A163, A165, A166, A175)."""

from dataclasses import replace
from datetime import date, time, timedelta

import pytest

from circulation import actions as circulation
from circulation.models import Loan
from delivery import actions as delivery
from delivery.actions import mailing
from delivery.consistency import INVARIANTS
from delivery.models import Bag, DeliveryRun
from holds import actions as holds
from notifications import causes, queries
from notifications.actions import post_all
from notifications.models import Notice
from okalib import days, jobs, one_by_one
from okalib.actions import calendar
from tests.factories import BibFactory, PatronFactory

pytestmark = pytest.mark.django_db

SUNDAY, THURSDAY = date(2026, 12, 6), date(2026, 12, 10)
NOON = days.at(SUNDAY, time(12))
MAIL = days.at(THURSDAY, time(8, 30))


@pytest.fixture
def deliver(home, desk, ten):
    """Reserve titles, fetch their items and let Sunday's run pack them; returns the run."""

    def delivered(*wishes):
        for patron, library, bib in wishes:
            holds.reserve(patron=patron, bib=bib, pickup_at=library, by=None, now=ten)
            circulation.check_in(item=bib.items.first(), by=desk, now=ten)
        delivery.plan(first=SUNDAY, last=SUNDAY)
        run = DeliveryRun.objects.get()
        delivery.run(run=run, by=None, now=NOON)
        return DeliveryRun.objects.get()

    return delivered


def announce(run, now=MAIL):
    return delivery.announce(run=run, by=None, now=now)


def test_one_mail_lists_all_titles_with_window_place_due_date_and_card(deliver, akari, bizen, botchan, kusamakura):
    """A163, DLV-7: the mail serves instead of the card."""
    run = deliver((akari, bizen, botchan), (akari, bizen, kusamakura))
    assert announce(run) == {"told": 1}
    notice = Notice.objects.get()
    assert (notice.kind, notice.patron) == ("delivery_ready", akari)
    context = notice.context
    assert sorted(context["titles"]) == ["坊っちゃん", "草枕"]
    assert context["library"]["ja"] == "備前市立図書館"
    assert (context["window_from"], context["window_to"]) == ("2026-12-11", "2026-12-17")
    assert (context["due_on"], context["card_number"]) == ("2027-01-05", "20000011")


def test_as_many_mails_as_patrons_and_libraries(deliver, akari, aya, bizen, okayama):
    """A163: Akari collects at two places, Aya at one."""
    wishes = [(akari, bizen), (akari, okayama), (aya, bizen), (aya, bizen)]
    run = deliver(*[(patron, library, BibFactory(items=1)) for patron, library in wishes])
    assert announce(run) == {"told": 3}
    keys = set(Notice.objects.values_list("key", flat=True))
    assert keys == {
        f"delivery_ready:{run.pk}:{library.pk}:{patron.pk}"
        for patron, library in ((akari, bizen), (akari, okayama), (aya, bizen))
    }


def test_the_letter_shows_the_card_as_a_barcode(deliver, akari, bizen, botchan):
    """DLV-7: on screen or printed."""
    announce(deliver((akari, bizen, botchan)))
    letter, complaint = queries.letter_for(Notice.objects.get(), today=THURSDAY)
    assert complaint == ""
    assert "20000011" in letter.text and "備前市立図書館" in letter.text and "坊っちゃん" in letter.text
    assert "<svg" in letter.html or "data:image" in letter.html or "cid:" in letter.html


def test_run_again_or_late_nobody_is_told_twice(deliver, akari, bizen, botchan):
    """A177, OPS-2."""
    run = deliver((akari, bizen, botchan))
    for later in (0, 1, 24):
        announce(run, MAIL + timedelta(hours=later))
    assert Notice.objects.count() == 1
    assert DeliveryRun.objects.get().announced_at == MAIL


class Killed(BaseException):
    """The worker is gone."""


@pytest.mark.parametrize("handful", [1, 2, 3])
@pytest.mark.parametrize("after", [0, 1, 2, 3])
def test_killed_after_any_number_of_mails_and_run_again_everybody_is_told_once(
    deliver, bizen, monkeypatch, after, handful
):
    """A240, DLV-7."""
    monkeypatch.setattr(one_by_one, "HANDFUL", handful)
    run = deliver(*[(PatronFactory(), bizen, BibFactory(items=1)) for _number in range(4)])
    posted = []

    def die(*, letters, now):
        letters = list(letters)
        if len(posted) + len(letters) > after:
            raise Killed
        posted.extend(letters)
        post_all(letters=letters, now=now)

    with monkeypatch.context() as patch:
        patch.setattr(mailing, "post_all", die)
        with pytest.raises(Killed):
            announce(run)
    assert Notice.objects.count() == len(posted) > after - handful
    assert DeliveryRun.objects.get().announced_at is None
    announce(run)
    assert Notice.objects.count() == 4


def test_what_was_taken_out_since_sunday_is_not_listed(deliver, akari, bizen, botchan, kusamakura, coop):
    """A165."""
    run = deliver((akari, bizen, botchan), (akari, bizen, kusamakura))
    line = Bag.objects.get().lines.get(loan__item__bib=botchan)
    delivery.take_out(line=line, by=coop, now=NOON, reason="破損")
    announce(run)
    assert Notice.objects.get().context["titles"] == ["草枕"]


def test_what_comes_back_before_the_mail_has_left_is_dropped_from_it(deliver, akari, bizen, botchan, kusamakura, desk):
    """A178: with nothing left the mail is withdrawn, and its row says why."""
    announce(deliver((akari, bizen, botchan), (akari, bizen, kusamakura)))
    notice = Notice.objects.get()
    circulation.check_in(item=botchan.items.get(), by=desk, now=MAIL)
    assert causes.reason_to_withdraw(notice) is None
    assert notice.context["titles"] == ["草枕"]
    circulation.check_in(item=Loan.objects.open().get().item, by=desk, now=MAIL)
    assert causes.reason_to_withdraw(notice) == "受取る資料がなくなったため"


def test_who_has_no_mail_is_telephoned(deliver, chiyo, bizen, botchan):
    """A166, PAT-4."""
    announce(deliver((chiyo, bizen, botchan)))
    assert [notice.patron for notice in queries.phone_list()] == [chiyo]


def test_a_branch_says_by_which_way_it_comes(deliver, akari, hinase, botchan):
    """A167, DLV-8."""
    announce(deliver((akari, hinase, botchan)))
    assert Notice.objects.get().context["note"]["ja"] == "備前市立図書館を経由して届きます。"


def test_the_timetable_mails_on_the_day_of_the_run_not_on_every_thursday(deliver, akari, bizen, botchan, coop, ten):
    """A176: the mail was moved to Wednesday."""
    run = deliver((akari, bizen, botchan))
    wednesday = date(2026, 12, 9)
    delivery.reschedule(run=run, dates=replace(run.dates, mail_on=wednesday), by=coop, now=ten)
    told = [
        jobs.run_for("delivery_mail", day, now=days.at(day, time(8, 30))).counts["told"]
        for day in (date(2026, 12, 8), wednesday, THURSDAY)
    ]
    assert told == [0, 1, 0]


def test_nobody_is_called_to_a_library_that_has_been_shut_since(deliver, akari, aya, bizen, okayama, coop):
    """A175, CAL-8: 備前 is flooded on Monday; its patrons are told as soon as their bags are kept longer."""
    run = deliver((akari, bizen, BibFactory(items=1)), (aya, okayama, BibFactory(items=1)))
    monday = days.at(date(2026, 12, 7), time(9))
    delivery.close_in_emergency(
        library=bizen, first_on=date(2026, 12, 7), last_on=date(2026, 12, 20), reason="浸水", by=coop, now=monday
    )
    assert announce(run) == {"told": 1}
    assert Notice.objects.get(kind="delivery_ready").patron == aya
    bag = Bag.objects.get(library=bizen)
    assert INVARIANTS["delivered_without_notice"].check(MAIL).count == 0
    delivery.keep_longer(bag=bag, until=date(2026, 12, 27), by=coop, now=MAIL)
    late = Notice.objects.get(kind="delivery_ready", patron=akari)
    assert late.context["window_to"] == "2026-12-27"
    announce(run, MAIL + timedelta(hours=1))
    assert Notice.objects.filter(kind="delivery_ready").count() == 2


def test_once_a_closure_is_called_off_the_next_morning_tells_what_was_held_back(deliver, akari, bizen, botchan, coop):
    """DLV-10: 備前 had entered days off after Sunday's packing, and opens after all."""
    deliver((akari, bizen, botchan))
    off = {"library": bizen, "first_on": date(2026, 12, 11), "last_on": date(2026, 12, 17)}
    closure = calendar.close_period(**off, reason="点検", by=coop, now=NOON)
    assert jobs.run_for("delivery_mail", THURSDAY, now=MAIL).counts == {"told": 0}
    assert INVARIANTS["delivered_without_notice"].check(MAIL).count == 0
    calendar.remove(exception=closure, reason="中止", by=coop, now=MAIL + timedelta(hours=1))
    assert INVARIANTS["delivered_without_notice"].check(MAIL + timedelta(hours=1)).count == 1
    friday = date(2026, 12, 11)
    assert jobs.run_for("delivery_mail", friday, now=days.at(friday, time(8, 30))).counts == {"told": 1}
    assert Notice.objects.get().patron == akari


def test_a_mail_job_that_comes_before_its_run_leaves_the_patrons_to_be_told(home, desk, ten, akari, bizen, botchan):
    """OPS-2, DLV-7: the worker was dead since Sunday; on Thursday the mail's hour comes before the run's."""
    holds.reserve(patron=akari, bib=botchan, pickup_at=bizen, by=None, now=ten)
    circulation.check_in(item=botchan.items.get(), by=desk, now=ten)
    delivery.plan(first=SUNDAY, last=SUNDAY)
    jobs.run_for("delivery_mail", THURSDAY, now=MAIL)
    jobs.run_for("delivery_run", SUNDAY, now=MAIL + timedelta(minutes=30))
    assert not Notice.objects.exists()
    friday = date(2026, 12, 11)
    assert jobs.run_for("delivery_mail", friday, now=days.at(friday, time(8, 30))).counts == {"told": 1}
    assert Notice.objects.get().patron == akari


def test_what_is_lent_after_the_mail_is_told_at_once(deliver, akari, aya, bizen, desk, ten, botchan, kusamakura):
    """DLV-7, OPS-2: the run is run again by hand on Thursday, for a reservation that it had left out."""
    run = deliver((akari, bizen, botchan))
    announce(run)
    holds.reserve(patron=aya, bib=kusamakura, pickup_at=bizen, by=None, now=ten)
    circulation.check_in(item=kusamakura.items.first(), by=desk, now=ten)
    assert delivery.run(run=run, by=None, now=MAIL).lent == 1
    assert Notice.objects.filter(kind="delivery_ready", patron=aya).count() == 1
