"""Loans and returns that a desk wrote down while the network was cut: each is done once, and none is dropped (A247)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from uuid import UUID

from catalog import queries as catalog
from catalog.models import Bib, Item
from circulation import rules
from circulation.actions.lending import check_out
from circulation.actions.returning import check_in
from circulation.models import Loan, OfflineScan
from circulation.rules import OfflineState
from holds.rules import unknown_item
from okalib import people
from okalib.actions import staff
from okalib.models import Patron, User
from okalib.rules import Override, Refused
from okalib.transactions import verb

SETTLED_KEPT = timedelta(days=90)
"""How long it is known that a scan was done; a desk that sends it again after that is told to look at it."""


@dataclass(frozen=True, slots=True)
class OfflineEntry:
    """One scan as a desk sends it; `key`, made at the scan, is its name for ever; a return has no `card_number`."""

    key: UUID
    is_loan: bool
    card_number: str
    item_number: str
    scanned_at: datetime


@verb
def record_offline(*, entry: OfflineEntry, by: User, now: datetime) -> OfflineScan:
    """Do what was scanned, as of the moment of the scan; sent again, nothing changes (A247, A252).

    What is refused becomes a conflict with every reason. Entries are to be recorded in the order of their scans.
    """
    scan, is_new = OfflineScan.objects.get_or_create(
        key=entry.key,
        defaults={
            "is_loan": entry.is_loan,
            "card_number": entry.card_number,
            "item_number": entry.item_number,
            "scanned_at": entry.scanned_at,
            "uploaded_at": now,
            "uploaded_by": by,
        },
    )
    if is_new:
        try:
            destination = _carry_out(scan, by=by, at=scan.scanned_at, now=now)
        except Refused as refused:
            scan.reasons = [asdict(refusal) for refusal in refused.refusals]
            scan.save(update_fields=["reasons"])
        else:
            scan.settle(OfflineState.DONE, now, destination)
    return scan


@verb
def retry_offline(*, scan: OfflineScan, by: User, now: datetime, override: Override | None = None) -> OfflineScan:
    """Do a scan that staff have looked at, as of now. Raises Refused; done or closed already, nothing changes."""
    scan = OfflineScan.objects.select_for_update().get(pk=scan.pk)
    if scan.state == OfflineState.CONFLICT:
        scan.settle(OfflineState.DONE, now, _carry_out(scan, by=by, at=now, now=now, override=override))
    return scan


@verb
def close_offline(*, scan: OfflineScan, by: User, now: datetime, reason: str) -> OfflineScan:
    """End a scan without doing it, with a reason that stays written down (OPS-5). Raises Refused without one."""
    if not reason.strip():
        raise Refused([rules.reason_missing()])
    scan = OfflineScan.objects.select_for_update().get(pk=scan.pk)
    if scan.state == OfflineState.CONFLICT:
        scan.settle(OfflineState.CLOSED, now)
        staff.record(verb="close_offline", subject=f"item:{scan.item_number}", by=by, now=now, reason=reason)
    return scan


def forget_offline(*, now: datetime) -> dict[str, int]:
    """Delete what was settled long ago (RET-5); conflicts stay until somebody settles them."""
    return {"offline_scans": OfflineScan.objects.filter(settled_at__lt=now - SETTLED_KEPT).delete()[0]}


def _carry_out(scan: OfflineScan, *, by: User, at: datetime, now: datetime, override: Override | None = None) -> str:
    """Do as of `at` what the scan stands for and return where a returned item goes. Raises Refused with every reason.

    `at` is the moment of the scan or, once staff have looked at it, now.
    """
    item, patron = _named_by(scan, at)
    if patron is not None:
        Patron.objects.lock(patron.pk)
    Bib.objects.lock(item.bib_id)
    item.refresh_from_db()
    objections = rules.offline_objections(
        is_loan=scan.is_loan,
        scanned_at=scan.scanned_at,
        moved_at=item.whereabouts_since,
        lent_at=Loan.objects.open().filter(item=item).values_list("lent_at", flat=True).first(),
        now=now,
        is_looked_at=at > scan.scanned_at,
    )
    if objections:
        raise Refused(objections)
    if patron is not None:
        check_out(item=item, patron=patron, by=by, now=at, override=override)
        return ""
    return str(check_in(item=item, by=by, now=at).destination)


def _named_by(scan: OfflineScan, at: datetime) -> tuple[Item, Patron | None]:
    """Return the item, and for a loan the patron; raises Refused with all that names nobody and nothing (HLD-3)."""
    refusals = []
    item, patron = catalog.item_with_number(scan.item_number), None
    if item is None:
        refusals.append(unknown_item(scan.item_number))
    if scan.is_loan and not scan.card_number:
        refusals.append(rules.card_missing())
    elif scan.is_loan:
        card = people.card_at_desk(scan.card_number, now=at)
        patron = card.patron
        if patron is None and card.refusal is not None:
            refusals.append(card.refusal)
    if refusals or item is None:
        raise Refused(refusals)
    return item, patron
