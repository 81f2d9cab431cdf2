"""A bag on its way (DLV-9…DLV-11)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from circulation.actions import receive, undo_check_out
from delivery import queries, rules
from delivery.actions.mailing import tell_of
from delivery.models import Bag, SlipLine
from delivery.rules import BagState
from holds.actions import lock_to_reopen
from holds.models import Hold
from okalib import days
from okalib.actions import staff
from okalib.models import Patron, User
from okalib.rules import Refused
from okalib.transactions import verb

TIME_OF = {
    BagState.SENT: "sent_at",
    BagState.AT_CENTRAL: "at_central_at",
    BagState.ARRIVED: "arrived_at",
    BagState.HANDED_OVER: "handed_over_at",
    BagState.ON_THE_WAY_BACK: "on_the_way_back_at",
}


@verb
def mark(*, bag: Bag, to: BagState, by: User | None, now: datetime) -> Bag:
    """Say how far a bag has come; said twice, the first time stays (DLV-9).

    Raises Refused on a step backwards, and for a bag that was emptied meanwhile.
    """
    bag = locked(bag)
    if bag.state == to:
        return bag
    if refusals := rules.bag_objections(bag.state, to):
        raise Refused(refusals)
    bag.state = to
    setattr(bag, TIME_OF[to], now)
    bag.save()
    staff.record(verb=f"bag_{to}", subject=f"bag {bag.number}", by=by, now=now)
    return bag


def send(*, bags: Iterable[Bag], by: User | None, now: datetime) -> int:
    """Send the packed bags among these; returns how many (DLV-9).

    What nobody could collect because its pickup library is shut is held back (CAL-8, A175).
    """
    packed = [bag for bag in bags if bag.is_packed]
    held_back = queries.cannot_be_collected(packed, days.day_of(now))
    packed = [bag for bag in packed if bag.pk not in held_back]
    return sum(_send_one(bag=bag, by=by, now=now) for bag in packed)


@verb
def _send_one(*, bag: Bag, by: User | None, now: datetime) -> bool:
    found = Bag.objects.select_for_update(no_key=True, of=("self",)).filter(pk=bag.pk).first()
    if found is None or not found.is_packed:
        return False  # emptied meanwhile, or sent by a colleague
    mark(bag=bag, to=BagState.SENT, by=by, now=now)
    return True


def locked(bag: Bag) -> Bag:
    """Lock a bag and return it fresh; raises Refused for one that was emptied meanwhile."""
    found = Bag.objects.select_for_update(no_key=True, of=("self",)).select_related("run").filter(pk=bag.pk).first()
    if found is None:
        raise Refused([rules.dissolved()])
    return found


def arrive(*, bag: Bag, by: User | None, now: datetime) -> Bag:
    """A bag has arrived at its pickup library (DLV-9)."""
    return mark(bag=bag, to=BagState.ARRIVED, by=by, now=now)


def hand_over(*, bag: Bag, by: User | None, now: datetime) -> Bag:
    """Hand a bag over to its patron, who has shown card or mail (DLV-7, DLV-9)."""
    return mark(bag=bag, to=BagState.HANDED_OVER, by=by, now=now)


def send_back(*, bag: Bag, by: User | None, now: datetime) -> Bag:
    """Send a bag back: not collected by the end of its window, or returned (DLV-9, DLV-10)."""
    return mark(bag=bag, to=BagState.ON_THE_WAY_BACK, by=by, now=now)


@verb
def take_back(*, bag: Bag, by: User | None, now: datetime) -> int:
    """Note that the bag's library has been handed all that is still out of it (RET-3, DLV-11); returns how many.

    Raises Refused, and nothing is noted, where that library does not take such returns.
    """
    still_out = [line.loan.item for line in bag.lines.select_related("loan__item") if line.loan.is_open]
    for item in still_out:
        receive(item=item, library=bag.library, by=by, now=now)
    return len(still_out)


@verb
def keep_longer(*, bag: Bag, until: date, by: User, now: datetime, reason: str = "") -> Bag:
    """Keep a bag for its patron until a later day, and say so where the mail was held back (DLV-10).

    Raises Refused for a day that is not later.
    """
    bag = locked(bag)
    if refusals := rules.keep_longer_objections(until, bag.last_day):
        raise Refused(refusals)
    bag.keep_until = until
    bag.save()
    staff.record(verb="keep_longer", subject=f"bag {bag.number}", by=by, now=now, patron=bag.patron, reason=reason)
    tell_of(bag=bag, now=now)
    return bag


@verb
def take_out(*, line: SlipLine, by: User, now: datetime, reason: str) -> Hold | None:
    """Take an item out of a bag before it is sent: its loan is undone, its reservation secured again (A165).

    Returns the reservation. An empty bag is dissolved. Raises Refused once the bag has left the house, and where the
    item has been taken out already.
    """
    loan = line.loan
    if loan.patron_id is not None:
        Patron.objects.lock(loan.patron_id)
    lock_to_reopen(item=loan.item, patron=loan.patron)  # patron, bib, bag: in the order of the run
    bag = Bag.objects.select_for_update(no_key=True, of=("self",)).filter(pk=line.bag_id).first()
    if bag is not None and not bag.is_packed:
        raise Refused([rules.not_packed()])
    SlipLine.objects.filter(pk=line.pk).delete()  # the page's own line keeps its number, for another try
    hold = undo_check_out(loan=loan, by=by, now=now, reason=reason)
    if bag is not None and not bag.lines.exists():
        bag.delete()
    return hold
