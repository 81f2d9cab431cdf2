"""A loan that should not have been is taken back as if it had never been made (A165)."""

from datetime import time

import pytest

from catalog.models import Item
from circulation import actions as circulation
from circulation import queries
from circulation.models import Loan, ReadingRecord, RestPeriod
from holds import actions as holds
from holds.models import Hold
from notifications.models import Notice
from okalib import days
from okalib.models import StaffAction
from okalib.rules import Refused

pytestmark = pytest.mark.django_db


def undo(loan, coop, now):
    return circulation.undo_check_out(loan=loan, by=coop, now=now, reason="誤って貸出")


def test_an_undone_loan_leaves_the_item_on_its_shelf_and_a_trace(akari, kusamakura, desk, coop, ten):
    """A165, OPS-5: the loan is marked as annulled, and statistics can leave it out."""
    loan = circulation.check_out(item=kusamakura.items.first(), patron=akari, by=desk, now=ten).loan
    assert undo(loan, coop, ten) is None
    loan.refresh_from_db()
    assert (loan.is_open, loan.is_annulled, loan.patron) == (False, True, None)
    assert Item.objects.get(pk=loan.item_id).whereabouts == "shelf"
    assert list(queries.of_patron(akari)) == []
    trace = StaffAction.objects.get(verb="undo_check_out")
    assert (trace.by, trace.reason) == (coop, "誤って貸出")


def test_the_reservation_that_the_loan_had_fulfilled_holds_its_item_again(
    akari, aya, botchan, home, desk, coop, ten, wednesday, thursday
):
    """A165: secured, before everybody who came later, and announced anew."""
    mine = holds.reserve(patron=akari, bib=botchan, pickup_at=home, by=None, now=ten)
    circulation.check_in(item=botchan.items.get(), by=desk, now=ten)
    holds.announce(day=wednesday, now=days.at(wednesday, time(8)))
    loan = circulation.check_out(item=botchan.items.get(), patron=akari, by=desk, now=days.at(wednesday, time(11))).loan
    holds.reserve(patron=aya, bib=botchan, pickup_at=home, by=None, now=days.at(wednesday, time(12)))
    assert undo(loan, coop, days.at(wednesday, time(13))) == mine
    mine.refresh_from_db()
    assert (mine.state, mine.item, mine.ended_at) == ("secured", botchan.items.get(), None)
    assert botchan.items.get().is_set_aside
    assert holds.announce(day=thursday, now=days.at(thursday, time(8))) == {"told": 1}
    assert Notice.objects.filter(kind="ready").count() == 2


def test_a_reservation_that_had_still_been_waiting_waits_again_at_its_place(akari, aya, botchan, home, desk, coop, ten):
    """A165, LON-4: Akari took 坊っちゃん from the shelf herself; undone, she is where she was, behind Aya."""
    first = holds.reserve(patron=aya, bib=botchan, pickup_at=home, by=None, now=ten)
    second = holds.reserve(patron=akari, bib=botchan, pickup_at=home, by=None, now=ten)
    loan = circulation.check_out(item=botchan.items.get(), patron=akari, by=desk, now=ten).loan
    assert undo(loan, coop, ten) == second
    second.refresh_from_db()
    assert (second.state, second.item, second.ended_at) == ("waiting", None, None)
    assert circulation.check_in(item=botchan.items.get(), by=desk, now=ten).hold == first


def test_who_has_reserved_the_title_anew_keeps_that_reservation(akari, botchan, home, desk, coop, ten):
    """A165, A3: there are never two of a patron for a title."""
    holds.reserve(patron=akari, bib=botchan, pickup_at=home, by=None, now=ten)
    circulation.check_in(item=botchan.items.get(), by=desk, now=ten)
    loan = circulation.check_out(item=botchan.items.get(), patron=akari, by=desk, now=ten, channel="pickup").loan
    fulfilled = Hold.objects.get()
    Hold.objects.create(
        patron=akari, bib=botchan, pickup_at=home, accepted_at=ten, queue_at=ten
    )  # a colleague was quicker
    assert undo(loan, coop, ten) is None
    assert Hold.objects.get(pk=fulfilled.pk).state == "fulfilled"
    assert Hold.objects.open().count() == 1


def test_an_undone_loan_is_no_reading_and_no_renewed_loan(akari, botchan, desk, coop, ten):
    """LON-5, RET-5."""
    circulation.set_reading_record(patron=akari, wanted=True)
    loan = circulation.check_out(item=botchan.items.get(), patron=akari, by=desk, now=ten).loan
    undo(loan, coop, ten)
    assert not ReadingRecord.objects.exists()
    assert not RestPeriod.objects.exists()


def test_what_is_closed_cannot_be_undone(akari, botchan, desk, coop, ten):
    """A48: returned, or undone already."""
    loan = circulation.check_out(item=botchan.items.get(), patron=akari, by=desk, now=ten).loan
    undo(loan, coop, ten)
    with pytest.raises(Refused) as refused:
        undo(loan, coop, ten)
    assert refused.value.codes == {"not_on_loan"}
    assert Loan.objects.count() == 1
