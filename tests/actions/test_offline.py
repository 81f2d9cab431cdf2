"""A desk without its network: what it wrote down is done once, in order, and what cannot be is listed (A247)."""

from datetime import date, time, timedelta
from uuid import uuid4

import pytest

from catalog.models import Item
from circulation import actions as circulation
from circulation import queries
from circulation.actions import OfflineEntry
from circulation.models import Loan, OfflineScan
from delivery import tasks
from holds import actions as holds
from okalib import days
from okalib.models import StaffAction
from okalib.rules import Refused
from tests.factories import PatronFactory

pytestmark = pytest.mark.django_db

AKARIS_CARD = "20000011"


@pytest.fixture
def noon(tuesday):
    """When the network is back, two hours after the scans."""
    return days.at(tuesday, time(12))


@pytest.fixture
def send(desk, ten, noon):
    """Send one scan, made at ten unless said otherwise."""

    def send(item, card="", *, at=ten, key=None, now=noon):
        number = item if isinstance(item, str) else item.item_number
        entry = OfflineEntry(key or uuid4(), bool(card), card, number, at)
        return circulation.record_offline(entry=entry, by=desk, now=now)

    return send


def codes(scan):
    return {refusal.code for refusal in scan.refusals}


def test_a_loan_counts_from_the_moment_of_the_scan_and_the_record_forgets_the_card(send, akari, botchan, ten, desk):
    """A247, LON-1, RET-5."""
    scan = send(botchan.items.get(), AKARIS_CARD)
    loan = Loan.objects.get()
    assert (loan.patron, loan.lent_at, loan.due_on, loan.lent_by) == (akari, ten, date(2026, 12, 15), desk)
    assert (scan.state, scan.card_number) == ("done", "")


def test_a_scan_that_is_sent_twice_is_done_once(send, akari, botchan):
    """A247, A252: the answer to the first sending was lost; meanwhile the loan was even undone."""
    key = uuid4()
    first = send(botchan.items.get(), AKARIS_CARD, key=key)
    circulation.check_in(item=botchan.items.get(), by=None, now=first.uploaded_at)
    again = send(botchan.items.get(), AKARIS_CARD, key=key)
    assert again == first
    assert (Loan.objects.count(), Loan.objects.open().count(), OfflineScan.objects.count()) == (1, 0, 1)


def test_a_return_serves_the_next_reservation_and_says_where_the_item_goes(send, akari, aya, botchan, home, desk, ten):
    """A247, RET-1: staff find it in the list of what is to be set aside."""
    item = botchan.items.get()
    circulation.check_out(item=item, patron=akari, by=desk, now=ten - timedelta(days=1))
    hold = holds.reserve(patron=aya, bib=botchan, pickup_at=home, by=aya.user, now=ten - timedelta(hours=1))
    scan = send(item)
    hold.refresh_from_db()
    assert (hold.is_secured, hold.item, scan.destination) == (True, item, "hold_shelf")
    assert queries.returned_for_somebody(scan.settled_at) == [(scan, item)]


def test_loan_return_and_loan_of_one_item_are_done_in_their_order(send, akari, aya, botchan, ten):
    """A247."""
    item = botchan.items.get()
    send(item, AKARIS_CARD, at=ten)
    send(item, at=ten + timedelta(minutes=20))
    send(item, "20000028", at=ten + timedelta(minutes=40))
    assert [loan.patron for loan in Loan.objects.order_by("lent_at")] == [None, aya]
    assert queries.offline_conflicts() == []


def test_what_another_desk_has_handled_since_is_left_to_staff(send, akari, aya, botchan, desk, ten):
    """A247: neither does the old loan stand beside the new one, nor does the old return end it."""
    item = botchan.items.get()
    circulation.check_out(item=item, patron=aya, by=desk, now=ten + timedelta(hours=1))
    lent, returned = send(item, AKARIS_CARD), send(item)
    assert (codes(lent), codes(returned)) == ({"moved_since"}, {"lent_since"})
    assert Loan.objects.get().patron == aya
    assert [scan for scan, _item in queries.offline_conflicts()] == [lent, returned]


def test_everything_that_stands_in_the_way_is_said_at_once(send, akari, botchan, ten, noon):
    """A247, HLD-3: number and card that nobody knows; a loan without a card; a scan from a drawer."""
    assert codes(send("9999999999", "29999999")) == {"unknown_item", "card_unknown"}
    entry = OfflineEntry(uuid4(), True, "", botchan.items.get().item_number, ten)
    assert codes(circulation.record_offline(entry=entry, by=None, now=noon)) == {"card_missing"}
    assert codes(send(botchan.items.get(), AKARIS_CARD, at=ten - timedelta(days=8))) == {"scan_too_old"}
    assert not Loan.objects.exists()


def test_the_rules_of_the_desk_hold_without_the_network_too(send, akari, aya, botchan, home, desk, coop, ten, noon):
    """LON-4: kept for another; once that has ended, the scan is done as of now."""
    hold = holds.reserve(patron=aya, bib=botchan, pickup_at=home, by=aya.user, now=ten - timedelta(hours=2))
    item = botchan.items.get()
    circulation.check_in(item=item, by=desk, now=ten - timedelta(hours=1))
    scan = send(item, AKARIS_CARD)
    assert codes(scan) == {"kept_for_another"}
    with pytest.raises(Refused):
        circulation.retry_offline(scan=scan, by=desk, now=noon)
    holds.cancel(hold=hold, by=coop, now=noon)
    later = noon + timedelta(hours=1)
    circulation.retry_offline(scan=scan, by=desk, now=later)
    assert (Loan.objects.get().patron, Loan.objects.get().lent_at) == (akari, later)
    assert Item.objects.get(pk=item.pk).whereabouts == "on_loan"


def test_staff_with_the_right_go_over_a_limit_with_a_reason(send, akari, botchan, kusamakura, coop, ten, noon, because):
    """LIM-4, A193: the same as at the desk."""
    akari.category.loans_print = 1
    akari.category.save()
    send(kusamakura.items.first(), AKARIS_CARD)
    scan = send(botchan.items.get(), AKARIS_CARD, at=ten + timedelta(minutes=1))
    assert codes(scan) == {"loan_limit"}
    circulation.retry_offline(scan=scan, by=coop, now=noon + timedelta(hours=1), override=because)
    assert Loan.objects.open().filter(patron=akari).count() == 2
    assert StaffAction.objects.get(verb="check_out").overridden == ["loan_limit"]


def test_a_conflict_ends_with_a_reason_or_not_at_all_and_then_names_nobody(send, coop, noon):
    """A247: none is dropped in silence (OPS-5)."""
    PatronFactory(card="20000042")
    scan = send("9999999999", "20000042")
    with pytest.raises(Refused):
        circulation.close_offline(scan=scan, by=coop, now=noon, reason="  ")
    assert queries.offline_conflict_count() == 1
    circulation.close_offline(scan=scan, by=coop, now=noon, reason="番号の読み違い")
    scan.refresh_from_db()
    assert (scan.state, scan.card_number, queries.offline_conflict_count()) == ("closed", "", 0)
    assert StaffAction.objects.get(verb="close_offline").reason == "番号の読み違い"


def test_what_was_settled_is_forgotten_in_time_and_conflicts_never(send, akari, botchan, noon):
    """RET-5: after ninety days."""
    send(botchan.items.get(), AKARIS_CARD)
    send("9999999999")
    later = noon + timedelta(days=91)
    assert tasks.retention(days.day_of(later), later)["offline_scans"] == 1
    assert OfflineScan.objects.get().state == "conflict"
