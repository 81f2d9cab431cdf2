"""A scan at the desk that should not have been is taken back: the return, the capture, or not at all (RET-5, OPS-5)."""

from datetime import date, time, timedelta

import pytest

from catalog.models import Item
from circulation import actions as circulation
from circulation import queries
from circulation.models import Loan, ReadingRecord, RestPeriod
from holds import actions as holds
from holds import queries as queue
from holds.models import Hold, HoldGroup
from okalib import days
from okalib.models import PolicySettings, StaffAction
from okalib.rules import Refused
from tests.factories import BibFactory

pytestmark = pytest.mark.django_db


def at(day, hour=10, minute=0):
    return days.at(day, time(hour, minute))


def lend(bib, patron, by, now):
    return circulation.check_out(item=bib.items.first(), patron=patron, by=by, now=now).loan


def scan(bib, by, now, **more):
    return circulation.check_in(item=bib.items.first(), by=by, now=now, **more)


def undo(scanned, by, now):
    return circulation.undo_check_in(memory=scanned.memory, by=by, now=now, reason="読み違い")


def refused_codes(scanned, by, now):
    with pytest.raises(Refused) as refused:
        undo(scanned, by, now)
    return refused.value.codes


def test_an_undone_return_is_the_same_loan_with_its_due_date(akari, botchan, desk, ten, wednesday):
    """RET-5: nothing in the database led back to Akari; the memory of the scan does."""
    loan = lend(botchan, akari, desk, ten)
    scanned = scan(botchan, desk, at(wednesday))
    assert Loan.objects.get().patron is None
    undo(scanned, desk, at(wednesday, 10, 1))
    (again,) = queries.of_patron(akari)
    assert (again.pk, again.due_on, again.returned_on) == (loan.pk, loan.due_on, None)
    item = botchan.items.get()
    assert (item.is_on_loan, item.holder, item.due_on) == (True, akari, loan.due_on)
    trace = StaffAction.objects.get(verb="undo_check_in")
    assert (trace.by, trace.reason, trace.subject, trace.patron) == (
        desk,
        "読み違い",
        f"item:{item.item_number}",
        akari,
    )


def test_an_undone_return_leaves_its_reservation_at_its_place(akari, aya, chiyo, botchan, home, desk, ten, thursday):
    """HLD-2: SECURED back to WAITING, first in the queue as before."""
    lend(botchan, akari, desk, ten)
    first = holds.reserve(patron=aya, bib=botchan, pickup_at=home, by=None, now=at(thursday, 8))
    holds.reserve(patron=chiyo, bib=botchan, pickup_at=home, by=None, now=at(thursday, 9))
    scanned = scan(botchan, desk, at(thursday))
    assert scanned.hold == first
    undo(scanned, desk, at(thursday, 11))
    first.refresh_from_db()
    assert (first.state, first.item, first.secured_at) == ("waiting", None, None)
    assert queue.position(first, PolicySettings.current()).position == 1
    assert scan(botchan, desk, at(thursday, 12)).hold == first


def test_an_undone_capture_leaves_the_item_where_it_was(akari, botchan, home, desk, ten, wednesday):
    """PUL-3: fetched by mistake; it stands on its shelf again and the reservation waits."""
    hold = holds.reserve(patron=akari, bib=botchan, pickup_at=home, by=None, now=ten)
    since = botchan.items.get().whereabouts_since
    scanned = scan(botchan, desk, at(wednesday))
    undo(scanned, desk, at(wednesday, 10, 1))
    hold.refresh_from_db()
    item = botchan.items.get()
    assert (hold.state, item.whereabouts, item.whereabouts_since) == ("waiting", "shelf", since)


def test_what_the_return_had_led_to_is_taken_back_too(akari, botchan, home, desk, coop, because, ten, thursday):
    """RET-5, LON-5: the line of the reading record, the week of rest, the link of the fulfilled reservation."""
    circulation.set_reading_record(patron=akari, wanted=True)
    mine = holds.reserve(patron=akari, bib=botchan, pickup_at=home, by=None, now=ten)
    loan = lend(botchan, akari, desk, ten)
    circulation.renew(loan=loan, by=coop, now=ten, override=because)
    scanned = scan(botchan, desk, at(thursday))
    mine.refresh_from_db()
    assert (ReadingRecord.objects.count(), RestPeriod.objects.count(), mine.patron) == (1, 1, None)
    undo(scanned, desk, at(thursday, 11))
    mine.refresh_from_db()
    assert (ReadingRecord.objects.count(), RestPeriod.objects.count(), mine.patron) == (0, 0, akari)
    assert queries.of_patron(akari).get().renewals == 1


def test_a_reading_that_was_noted_before_stays(akari, botchan, desk, coop, because, ten, thursday):
    """LON-5: an earlier note of rest comes back with its own day."""
    RestPeriod.objects.create(patron=akari, bib=botchan, until_on=date(2026, 12, 4))
    loan = circulation.check_out(item=botchan.items.get(), patron=akari, by=coop, now=ten, override=because).loan
    circulation.renew(loan=loan, by=coop, now=ten, override=because)
    scanned = scan(botchan, desk, at(thursday))
    assert RestPeriod.objects.get().until_on > date(2026, 12, 4)
    undo(scanned, desk, at(thursday, 11))
    assert RestPeriod.objects.get().until_on == date(2026, 12, 4)


def test_titles_that_ended_with_a_capture_wait_again(akari, botchan, kusamakura, home, desk, ten, wednesday):
    """HLD-9: any one of two; 坊っちゃん was captured by mistake, and 草枕 had ended with it."""
    group = HoldGroup.objects.create(patron=akari, kind="any_of", wanted=1, made_at=ten)
    one, other = (
        holds.reserve(patron=akari, bib=bib, pickup_at=home, by=None, now=ten, group=group, volume_order=place)
        for place, bib in enumerate((botchan, kusamakura), start=1)
    )
    scanned = scan(botchan, desk, at(wednesday))
    other.refresh_from_db()
    assert other.state == "cancelled"
    undo(scanned, desk, at(wednesday, 11))
    assert set(Hold.objects.waiting()) == {one, other}


def test_returns_of_one_group_are_undone_in_any_order(akari, home, desk, ten, wednesday):
    """HLD-9, RET-5: each gives back what it took, whatever came between."""
    group = HoldGroup.objects.create(patron=akari, kind="any_of", wanted=3, made_at=ten)
    bibs = [BibFactory(items=1) for _number in range(4)]
    for place, bib in enumerate(bibs, start=1):
        holds.reserve(patron=akari, bib=bib, pickup_at=home, by=None, now=ten, group=group, volume_order=place)
    for bib in bibs[:2]:
        lend(bib, akari, desk, ten)
    first, second = (scan(bib, desk, at(wednesday)) for bib in bibs[:2])
    assert wanted(group) == 1
    undo(first, desk, at(wednesday, 11))
    assert wanted(group) == 2
    undo(second, desk, at(wednesday, 11))
    assert wanted(group) == 3
    assert group.holds.count() == 4


def wanted(group):
    group.refresh_from_db()
    return group.wanted


def test_a_scan_off_the_hold_shelf_is_undone(akari, aya, botchan, home, desk, ten, wednesday, thursday, saturday):
    """SHF-4: it waits on the clearance list again, for the next one."""
    holds.reserve(patron=akari, bib=botchan, pickup_at=home, by=None, now=ten)
    scan(botchan, desk, ten)
    holds.reserve(patron=aya, bib=botchan, pickup_at=home, by=None, now=ten)
    item = botchan.items.get()
    hold = Hold.objects.bound().get()
    holds.cancel(hold=hold, by=desk, now=at(wednesday))
    before = Hold.objects.bound().get()
    scanned = scan(botchan, desk, at(thursday))
    assert not scanned.memory.is_empty
    undo(scanned, desk, at(thursday, 11))
    after = Hold.objects.bound().get()
    assert (after.secured_at, after.relabel_since) == (before.secured_at, before.relabel_since)
    assert Item.objects.get(pk=item.pk).clearance_since == item.clearance_since


def test_a_second_scan_changes_nothing_and_has_nothing_to_undo(akari, botchan, home, desk, ten, wednesday):
    """A68."""
    holds.reserve(patron=akari, bib=botchan, pickup_at=home, by=None, now=ten)
    assert not scan(botchan, desk, at(wednesday)).memory.is_empty
    assert scan(botchan, desk, at(wednesday, 11)).memory.is_empty


@pytest.mark.parametrize("again", ["lent", "undone", "moved"])
def test_it_is_refused_when_the_item_has_gone_on(akari, aya, botchan, desk, ten, wednesday, again):
    lend(botchan, akari, desk, ten)
    scanned = scan(botchan, desk, at(wednesday))
    match again:
        case "lent":
            lend(botchan, aya, desk, at(wednesday, 11))
        case "undone":
            undo(scanned, desk, at(wednesday, 11))
        case "moved":
            botchan.items.get().be_searched_for(at(wednesday, 11))
    assert "gone_on" in refused_codes(scanned, desk, at(wednesday, 12))
    assert Loan.objects.open().count() == (0 if again == "moved" else 1)


def test_it_is_refused_when_the_next_patron_has_been_told(akari, aya, botchan, home, desk, ten, wednesday):
    """SHF-1: the mail cannot be called back."""
    lend(botchan, akari, desk, ten)
    holds.reserve(patron=aya, bib=botchan, pickup_at=home, by=None, now=ten)
    scanned = scan(botchan, desk, ten)
    holds.announce(day=wednesday, now=at(wednesday, 8))
    assert refused_codes(scanned, desk, at(wednesday, 8, 1)) == {"told_since"}
    assert Hold.objects.get(patron=aya).is_ready


def test_it_is_refused_when_the_reservation_has_been_cancelled(akari, aya, botchan, home, desk, ten):
    lend(botchan, akari, desk, ten)
    hold = holds.reserve(patron=aya, bib=botchan, pickup_at=home, by=None, now=ten)
    scanned = scan(botchan, desk, ten)
    hold.refresh_from_db()
    holds.cancel(hold=hold, by=desk, now=ten + timedelta(minutes=1))
    assert refused_codes(scanned, desk, ten + timedelta(minutes=2)) == {"gone_on"}


def test_it_is_refused_when_the_patron_waits_for_the_title_now(akari, botchan, home, desk, ten, wednesday):
    """HLD-3: nobody has a title and waits for it."""
    lend(botchan, akari, desk, ten)
    scanned = scan(botchan, desk, at(wednesday))
    holds.reserve(patron=akari, bib=botchan, pickup_at=home, by=None, now=at(wednesday, 11))
    assert refused_codes(scanned, desk, at(wednesday, 12)) == {"reserved_since"}


def test_it_is_refused_when_other_loans_have_filled_the_limit(akari, botchan, desk, ten, wednesday):
    """LIM-1, LIM-4: ten at once, and none by undoing."""
    lend(botchan, akari, desk, ten)
    for _ in range(9):
        lend(BibFactory(items=1), akari, desk, ten)
    scanned = scan(botchan, desk, at(wednesday))
    lend(BibFactory(items=1), akari, desk, at(wednesday, 11))
    assert refused_codes(scanned, desk, at(wednesday, 12)) == {"limit_filled_since"}
    assert queries.on_loan(akari, "print", PolicySettings.current()) == 10


def test_a_ready_reservation_is_ready_again_with_its_deadline(akari, botchan, home, desk, ten, wednesday):
    """A165, SHF-2: undone within minutes, the patron is told nothing new."""
    hold = holds.reserve(patron=akari, bib=botchan, pickup_at=home, by=None, now=ten)
    scan(botchan, desk, ten)
    holds.announce(day=wednesday, now=at(wednesday, 8))
    hold.refresh_from_db()
    keep_until = hold.keep_until
    lent = circulation.check_out(item=botchan.items.get(), patron=akari, by=desk, now=at(wednesday))
    circulation.undo_check_out(loan=lent.loan, by=desk, now=at(wednesday, 11), reason="読み違い", memory=lent.memory)
    hold.refresh_from_db()
    assert (hold.state, hold.keep_until, hold.item) == ("ready", keep_until, botchan.items.get())
    assert botchan.items.get().is_set_aside


def test_a_withdrawn_item_does_not_become_available_by_undoing(akari, botchan, coop, because, ten):
    """A200."""
    botchan.items.update(whereabouts="withdrawn")
    lent = circulation.check_out(item=botchan.items.get(), patron=akari, by=coop, now=ten, override=because)
    circulation.undo_check_out(loan=lent.loan, by=coop, now=ten, reason="読み違い", memory=lent.memory)
    assert botchan.items.get().whereabouts == "withdrawn"


def test_titles_that_ended_with_a_loan_wait_again(akari, botchan, kusamakura, home, desk, ten):
    """HLD-9, A165."""
    group = HoldGroup.objects.create(patron=akari, kind="any_of", wanted=1, made_at=ten)
    for place, bib in enumerate((botchan, kusamakura), start=1):
        holds.reserve(patron=akari, bib=bib, pickup_at=home, by=None, now=ten, group=group, volume_order=place)
    loan = lend(botchan, akari, desk, ten)
    assert Hold.objects.open().count() == 0
    circulation.undo_check_out(loan=loan, by=desk, now=ten, reason="読み違い")
    assert Hold.objects.waiting().count() == 2
