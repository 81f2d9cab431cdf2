"""An item in the hand: what now? Fetched, arrived and returned items are the same question."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from catalog.models import Bib, Item
from catalog.rules import Whereabouts
from circulation import queries, rules
from circulation.actions.lending import close
from circulation.actions.memory import CheckInMemory, Claimed, Returned, Stand
from circulation.models import Loan, ReadingRecord, RestPeriod
from circulation.rules import Destination
from holds import actions as holds
from holds import queries as queue
from holds.models import Hold
from okalib import days
from okalib.actions import staff
from okalib.models import Library, Patron, PolicySettings, User, rules_read_once
from okalib.rules import Refusal, Refused
from okalib.transactions import verb

WAITING = ("waiting", None, None)


@dataclass(frozen=True, slots=True)
class CheckIn:
    """What the desk does now: where the item goes, for which reservation, and what it should look at (RET-1).

    `memory` is what `undo_check_in` needs; keep it for minutes only.
    """

    destination: Destination
    item: Item
    loan: Loan | None = None
    hold: Hold | None = None
    messages: tuple[Refusal, ...] = field(default=())
    memory: CheckInMemory | None = field(default=None, repr=False)


@verb
@rules_read_once()
def check_in(*, item: Item, by: User | None, now: datetime, dropped_on: date | None = None) -> CheckIn:
    """Take an item in the hand: close its loan if it has one, and say where it goes (RET-1, PUL-3, A62, A144, A145).

    To the next reservation that it can fill, else to its shelf. `dropped_on` back-dates a return from the book drop
    (RET-2). Scanned again, nothing changes (A67, A68). Raises Refused where the drop day cannot be.
    """
    bib = Bib.objects.lock(item.bib_id)
    item = Item.objects.in_hand(item.pk)
    item.bib = bib
    loan = queries.open_loan_of(item)
    wish = queue.wishes_for_item(item, loan.patron if loan else None, days.day_of(now))
    before, bound = Stand.of(item), queue.bound_to(item) if wish.is_bound else None
    was_bound = Claimed.state_of(bound) if bound else None
    _refuse_day(dropped_on, loan, days.day_of(now))
    returned = _return(loan, item, now, dropped_on, wish) if loan is not None else None
    if returned is not None:
        # Without the patron: what was returned leads back to nobody (RET-5).
        staff.witness(verb="check_in", subject=f"item:{item.item_number}", by=by, now=now)
    if item.whereabouts == Whereabouts.WITHDRAWN:
        return CheckIn(Destination.ASK_STAFF, item, messages=(rules.withdrawn(),))
    hold = holds.claim(item=item, by=by, now=now) if wish.is_bound or wish.is_wanted else None
    if hold is None and item.whereabouts != Whereabouts.SHELF:
        item.stand_on_shelf(now)
    messages = rules.check_in_messages(
        was_on_loan=loan is not None,
        was=before.whereabouts,
        is_claimed=hold is not None,
        is_damaged=item.is_damaged,
        was_disputed=before.is_disputed,
    )
    claimed = Claimed(hold.pk, was_bound or WAITING, Claimed.state_of(hold)) if hold else None
    if loan is None and Stand.of(item) != before:
        staff.witness(verb="scan", subject=f"item:{item.item_number}", by=by, now=now)
    memory = CheckInMemory(item.pk, before, Stand.of(item), returned, claimed)
    return CheckIn(_destination(hold), item, loan, hold, tuple(messages), memory)


def _refuse_day(dropped_on: date | None, loan: Loan | None, today: date) -> None:
    if dropped_on is None:
        return
    if refusals := rules.drop_objections(dropped_on, loan.lent_on if loan else dropped_on, today):
        raise Refused(refusals)


def _destination(hold: Hold | None) -> Destination:
    if hold is None:
        return Destination.SHELF
    return Destination.DELIVERY_SHELF if hold.is_for_delivery else Destination.HOLD_SHELF


def _return(loan: Loan, item: Item, now: datetime, dropped_on: date | None, wish: queue.WishesForItem) -> Returned:
    """Close the loan, keep what the patron asked us to keep, and cut every link between the two (RET-2, RET-5)."""
    patron = loan.patron
    assert patron is not None  # noqa: S101 - an open loan has its patron: a constraint says so
    returned_on = dropped_on or loan.received_on or days.day_of(now)
    rested_until = _let_rest(patron, item.bib, returned_on) if loan.renewals else None
    line = None
    if patron.keeps_reading_record:
        line = ReadingRecord.objects.create(patron=patron, bib=item.bib, lent_on=loan.lent_on, returned_on=returned_on)
    forgotten = holds.forget(item=item, patron=patron, now=now) if wish.was_fulfilled else ()
    close(loan, returned_on=returned_on, now=now)
    item.stand_on_shelf(now)
    return Returned(
        loan_id=loan.pk,
        patron_id=patron.pk,
        returned_at=now,
        is_resting=loan.renewals > 0,
        rested_until=rested_until,
        reading_line_id=line.pk if line else None,
        forgotten=forgotten,
    )


def _let_rest(patron: Patron, bib: Bib, returned_on: date) -> date | None:
    """Note until when the title rests for this patron; returns the day of a note that was there before (LON-5)."""
    earlier = RestPeriod.objects.filter(patron=patron, bib=bib).values_list("until_on", flat=True).first()
    until = rules.rest_until(returned_on, PolicySettings.current())
    RestPeriod.objects.update_or_create(patron=patron, bib=bib, defaults={"until_on": until})
    return earlier


@verb
def receive(*, item: Item, library: Library, by: User | None, now: datetime) -> Loan:
    """Note that a counter elsewhere has taken an item for the prefectural library (RET-3, RET-4, A149, A150).

    The loan stays open until the prefectural library scans the item; from today the patron is not overdue by it.
    Received twice, the first day stays. Raises Refused where that counter does not take such returns.
    """
    Bib.objects.lock(item.bib_id)
    item = Item.objects.get(pk=item.pk)
    loan = Loan.objects.open().filter(item=item).select_related("return_to", "received_at").first()
    if loan is None:
        raise Refused([rules.not_on_loan()])
    if loan.received_at_id == library.pk and not loan.is_disputed:
        return loan
    today = days.day_of(now)
    refusals = rules.receive_objections(
        was_delivered=loan.was_delivered,
        takes_delivered_returns=library.takes_delivered_returns,
        takes_mutual_returns=library.takes_mutual_returns,
        own_pickup_is_shut=loan.was_delivered and loan.return_to.is_unexpectedly_closed(today),
        is_received=loan.received_on is not None and not loan.is_disputed,
    )
    if refusals:
        raise Refused(refusals)
    loan.received_on, loan.received_at, loan.is_disputed = today, library, False
    loan.save()
    item.received_on, item.is_disputed = today, False
    item.save()
    staff.witness(verb="receive", subject=f"item:{item.item_number}", by=by, now=now)
    return loan
