"""Snow: a run is late, and with it its window, its due dates and what people have been told (DLV-1, DLV-6, DLV-7)."""

from datetime import date, time, timedelta

import pytest

from circulation import actions as circulation
from circulation.models import Loan
from delivery import actions as delivery
from delivery.actions import shifting
from delivery.models import Bag, DeliveryRun
from holds import actions as holds
from notifications.models import Notice
from okalib import days
from okalib.models import PolicySettings, StaffAction
from okalib.rules import Refused
from tests.factories import BibFactory

pytestmark = pytest.mark.django_db

SUNDAY, THURSDAY = date(2026, 12, 6), date(2026, 12, 10)
NOON = days.at(SUNDAY, time(12))
SNOW = days.at(THURSDAY, time(15))


@pytest.fixture
def run(home):
    """The run of Sunday, Dec 6: window from Dec 11 to 17; due dates are not moved to open days here."""
    PolicySettings.objects.update(due_on_open_day=False)
    delivery.plan(first=SUNDAY, last=date(2026, 12, 20))
    return DeliveryRun.objects.get(lend_on=SUNDAY)


@pytest.fixture
def lent(run, akari, aya, bizen, okayama, desk, ten):
    """Akari has a bag at bizen, Aya one at okayama; both were told on Thursday morning."""
    for patron, library in ((akari, bizen), (aya, okayama)):
        bib = BibFactory(items=1)
        holds.reserve(patron=patron, bib=bib, pickup_at=library, by=None, now=ten)
        circulation.check_in(item=bib.items.first(), by=desk, now=ten)
    delivery.run(run=run, by=None, now=NOON)
    delivery.announce(run=run, by=None, now=days.at(THURSDAY, time(8, 30)))
    Notice.objects.update(state="sent", sent_at=days.at(THURSDAY, time(8, 40)), next_try_at=None)
    run.refresh_from_db()
    return run


def facts():
    """All that a shift may write, without the moments."""
    return {
        "runs": list(DeliveryRun.objects.order_by("pk").values()),
        "loans": sorted(Loan.objects.values_list("pk", "due_on", "item__due_on")),
        "bags": sorted(Bag.objects.values_list("pk", "reprint_since")),
        "notices": sorted(Notice.objects.values_list("key", flat=True)),
        "trace": StaffAction.objects.filter(verb="shift_run").count(),
    }


def shift(run, by_days, coop, now=SNOW):
    return delivery.shift(run=run, dates=delivery.shifted_by(run, by_days), reason="大雪", by=coop, now=now)


def test_before_it_is_lent_lending_mail_and_window_move_together(run, coop, ten):
    """DLV-1: the cut-off stays, because people were promised it."""
    late = shift(run, 2, coop, ten)
    assert late.dates == shifting.rules.RunDates(
        date(2026, 12, 5), date(2026, 12, 8), date(2026, 12, 12), date(2026, 12, 13), date(2026, 12, 19)
    )
    assert late.is_edited


def test_after_lending_due_dates_go_along_and_slips_are_to_be_printed_again(lent, coop):
    """DLV-6: what is done keeps its day."""
    before = set(Loan.objects.values_list("due_on", flat=True))
    late = shift(lent, 3, coop)
    assert (late.lend_on, late.mail_on) == (SUNDAY, THURSDAY)
    assert (late.window_from, late.window_to) == (date(2026, 12, 14), date(2026, 12, 20))
    assert (before, set(Loan.objects.values_list("due_on", flat=True))) == ({date(2026, 12, 31)}, {date(2027, 1, 3)})
    assert not Bag.objects.filter(reprint_since=None).exists()
    assert StaffAction.objects.get(verb="shift_run").reason == "大雪"


def test_applied_twice_it_changes_nothing(lent, coop):
    """DLV-1: the dates are the order, not the number of days."""
    dates = delivery.shifted_by(lent, 3)
    delivery.shift(run=lent, dates=dates, reason="大雪", by=coop, now=SNOW)
    before = facts()
    delivery.shift(run=lent, dates=dates, reason="大雪", by=coop, now=SNOW + timedelta(minutes=5))
    assert facts() == before


class Killed(BaseException):
    """The process is gone."""


@pytest.mark.parametrize("verb", ["_move_due_date", "_tell"])
@pytest.mark.parametrize("after", [0, 1])
def test_killed_in_the_middle_and_applied_again_it_ends_the_same(lent, coop, monkeypatch, verb, after):
    """OPS-2."""
    dates, real, done = delivery.shifted_by(lent, 3), getattr(shifting, verb), []

    def die(**arguments):
        if len(done) == after:
            raise Killed
        done.append(real(**arguments))

    monkeypatch.setattr(shifting, verb, die)
    with pytest.raises(Killed):
        delivery.shift(run=lent, dates=dates, reason="大雪", by=coop, now=SNOW)
    monkeypatch.setattr(shifting, verb, real)
    delivery.shift(run=lent, dates=dates, reason="大雪", by=coop, now=SNOW)
    assert set(Loan.objects.values_list("due_on", flat=True)) == {date(2027, 1, 3)}
    assert Notice.objects.filter(kind="dates_moved").count() == 2
    assert facts()["trace"] == 1


def test_who_was_told_is_told_the_new_days_with_the_old_ones(lent, akari, coop):
    """DLV-7, NTF-1: one mail, window and due date in it."""
    shift(lent, 3, coop)
    (notice,) = Notice.objects.filter(kind="dates_moved", patron=akari)
    moved = {(move["label"]["ja"], move["old_on"], move["new_on"]) for move in notice.context["moves"]}
    assert moved == {
        ("受渡期間の初日", "2026-12-11", "2026-12-14"),
        ("受渡期間の末日", "2026-12-17", "2026-12-20"),
        ("返却期限日", "2026-12-31", "2027-01-03"),
    }


def test_no_due_date_ever_becomes_earlier(lent, akari, coop):
    """DLV-1: a loan that was renewed beyond the new day keeps its own."""
    loan = Loan.objects.get(patron=akari)
    circulation.move_due_date(loan=loan, due_on=date(2027, 1, 20))
    shift(lent, 3, coop)
    loan.refresh_from_db()
    assert loan.due_on == date(2027, 1, 20)
    earlier = delivery.shifted_by(lent, -5)
    with pytest.raises(Refused) as refused:
        delivery.shift(run=lent, dates=earlier, reason="晴れ", by=coop, now=SNOW)
    assert refused.value.codes == {"never_earlier"}


def test_what_was_returned_or_handed_over_is_not_written_about(lent, akari, aya, coop, desk):
    """DLV-7: who has the bag is not told when to come for it; who has brought everything back hears nothing."""
    hers = Bag.objects.of_patron(akari).get()
    delivery.send(bags=[hers], by=coop, now=SNOW)
    delivery.hand_over(bag=hers, by=coop, now=SNOW)
    circulation.check_in(item=Loan.objects.get(patron=aya).item, by=desk, now=SNOW)
    shift(lent, 3, coop)
    assert not Notice.objects.filter(kind="dates_moved").exists()
    assert Loan.objects.get(patron=akari).due_on == date(2027, 1, 3)


def test_the_preview_changes_nothing_and_says_what_the_shift_then_does(lent, coop):
    """DLV-1."""
    dates, before = delivery.shifted_by(lent, 3), facts()
    planned = delivery.preview_shift(run=lent, dates=dates)
    assert facts() == before
    assert (len(planned.moves), planned.told, planned.bags) == (2, 2, 2)
    assert [other.lend_on for other in planned.overlapping] == [date(2026, 12, 13)]
    delivery.shift(run=lent, dates=dates, reason="大雪", by=coop, now=SNOW)
    assert {move.line.loan_id: move.after for move in planned.moves} == dict(Loan.objects.values_list("pk", "due_on"))
