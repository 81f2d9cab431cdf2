"""At the packing table: each item into its bag, and the bag closed (DLV-4)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from delivery import rules
from delivery.actions.bags import locked
from delivery.models import Bag, SlipLine
from okalib.actions import staff
from okalib.models import User
from okalib.rules import Refused
from okalib.transactions import verb


@verb
def pack(*, line: SlipLine, bag: Bag, by: User, now: datetime) -> bool:
    """Note that an item was put into its bag; returns False, and nothing is changed, where it was in it before.

    Raises Refused for the wrong bag, for one that has left the house, and for an item that has been returned.
    """
    bag = locked(bag)
    line = SlipLine.objects.select_related("bag", "loan__item").get(pk=line.pk)
    refusals = rules.packing_objections(
        is_here=bag.is_packed,
        is_open=line.loan.is_open,
        is_right_bag=line.bag_id == bag.pk,
        bag=line.bag.number,
        scanned=bag.number,
    )
    if refusals:
        raise Refused(refusals)
    if line.packed_at is not None:
        return False
    line.packed_at = now
    line.save(update_fields=["packed_at"])
    subject = f"bag {bag.number} item {line.loan.item.item_number}"
    staff.record(verb="pack", subject=subject, by=by, now=now)
    return True


@verb
def seal(*, bag: Bag, by: User, now: datetime) -> Bag:
    """Close a bag that has all in it; closed twice, the first time stays. Raises Refused while something is missing."""
    bag = locked(bag)
    if bag.is_sealed:
        return bag
    if not bag.is_packed:
        raise Refused([rules.not_packed()])
    lines = list(bag.lines.select_related("bag", "loan"))
    missing = [line for line in lines if line.loan.is_open and line.packed_at is None]
    if refusals := rules.sealing_objections(len(missing)):
        raise Refused(refusals)
    bag.sealed_at = now
    bag.save(update_fields=["sealed_at"])
    staff.record(verb="seal_bag", subject=f"bag {bag.number}", by=by, now=now)
    return bag


def slips_replaced(*, bags: Iterable[Bag], by: User, now: datetime) -> int:
    """Note that the slips of these bags were printed again and lie in their bags; returns how many (A142)."""
    return sum(_replace_slip(bag=bag, by=by, now=now) for bag in bags)


@verb
def _replace_slip(*, bag: Bag, by: User, now: datetime) -> bool:
    found = Bag.objects.select_for_update(no_key=True, of=("self",)).filter(pk=bag.pk).first()
    if found is None or found.reprint_since is None:
        return False
    bag = found
    for line in bag.lines.select_related("loan"):
        if line.is_outdated:
            line.due_on = line.loan.due_on
            line.save(update_fields=["due_on"])
    bag.reprint_since = None
    bag.save(update_fields=["reprint_since"])
    staff.record(verb="slip_replaced", subject=f"bag {bag.number}", by=by, now=now)
    return True
