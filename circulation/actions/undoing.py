"""Taking back what should not have been: a loan, a return, a reservation's claim to an item.

Undone is undone wholly, under the same locks as the scan itself, or refused with every reason why the world has gone
on since. The trace stays: who undid what, when and why (OPS-5).
"""

from __future__ import annotations

from datetime import date, datetime

from catalog.models import Bib, Item
from catalog.rules import Whereabouts
from circulation import queries, rules
from circulation.actions.lending import close
from circulation.actions.memory import CheckInMemory, CheckOutMemory, Claimed, Returned, Stand
from circulation.models import Loan, ReadingRecord, RestPeriod
from holds import actions as holds
from holds.models import Hold
from okalib.actions import staff
from okalib.models import Patron, PolicySettings, User
from okalib.rules import Refusal, Refused
from okalib.transactions import verb

STAYS = {Whereabouts.WITHDRAWN, Whereabouts.PROCESSING}
"""Where an item lent from there goes back to; from anywhere else it is in the hand now, and goes to its shelf."""


@verb
def undo_check_out(
    *, loan: Loan, by: User, now: datetime, reason: str, memory: CheckOutMemory | None = None
) -> Hold | None:
    """Undo a loan as if it had never been made; its reservation, if any, holds the item again (A165).

    With the `memory` of the scan a reservation that was ready is so again, with its deadline, and a withdrawn item
    stays withdrawn (A200). The loan is marked as annulled. Returns the reservation. Raises Refused if it is closed.
    """
    if loan.patron_id is not None:
        Patron.objects.lock(loan.patron_id)
    holds.lock_to_reopen(item=loan.item, patron=loan.patron)
    loan = Loan.objects.select_related("item", "patron").get(pk=loan.pk)
    patron, item = loan.patron, loan.item
    if not loan.is_open or patron is None:
        raise Refused([rules.not_on_loan()])
    close(loan, returned_on=loan.lent_on, now=now, is_annulled=True)
    item.stand_on_shelf(now)
    if memory and memory.whereabouts in STAYS:
        item.whereabouts = memory.whereabouts
        item.save()
    keep_until = memory.keep_until if memory else None
    hold = holds.reopen(item=item, patron=patron, by=by, now=now, keep_until=keep_until)
    staff.record(
        verb="undo_check_out", subject=f"item:{item.item_number}", by=by, now=now, patron=patron, reason=reason
    )
    return hold


@verb
def undo_check_in(*, memory: CheckInMemory, by: User, now: datetime, reason: str) -> Item:
    """Undo a scan at the desk: the loan is open again, the reservation waits at its place, the item is where it was.

    Raises Refused with every reason where something has happened since: the item was lent or moved, its reservation was
    announced or given on, the patron has reserved the title anew or filled the limit meanwhile.
    """
    returned, claimed = memory.returned, memory.claimed
    patron = _lock_patron(returned)
    bib_id = Item.objects.values_list("bib_id", flat=True).get(pk=memory.item_id)
    holds.lock_with_group(bib_id=bib_id, holds=Hold.objects.filter(pk__in=[claimed.hold_id] if claimed else []))
    item = Item.objects.select_related("bib").get(pk=memory.item_id)
    hold = Hold.objects.select_related("group").filter(pk=claimed.hold_id).first() if claimed else None
    refusals = [
        *_objections_to_item(item, memory),
        *(_objections_to_hold(hold, item, claimed) if claimed else []),
        *(_objections_to_patron(patron, item, returned) if returned else []),
    ]
    if refusals:
        raise Refused(list(dict.fromkeys(refusals)))
    if hold is not None and claimed is not None:
        _let_go(hold, claimed, by=by, now=now)
    memory.before.restore(item)
    if returned and patron is not None:
        _open_again(returned, item, patron)
    staff.record(verb="undo_check_in", subject=f"item:{item.item_number}", by=by, now=now, patron=patron, reason=reason)
    return item


def _lock_patron(returned: Returned | None) -> Patron | None:
    if returned is None or not Patron.objects.filter(pk=returned.patron_id).exists():
        return None
    return Patron.objects.lock(returned.patron_id)


def _objections_to_item(item: Item, memory: CheckInMemory) -> list[Refusal]:
    loans = Loan.objects.filter(item=item)
    lent_since = loans.filter(pk__gt=memory.returned.loan_id) if memory.returned else loans.open()
    is_elsewhere = Stand.of(item) != memory.after or lent_since.exists()
    return [rules.gone_on()] if is_elsewhere else []


def _objections_to_hold(hold: Hold | None, item: Item, claimed: Claimed) -> list[Refusal]:
    if hold is not None and hold.item_id == item.pk and Claimed.state_of(hold) == claimed.after:
        return []
    if hold is not None and hold.item_id == item.pk and hold.is_ready:
        return [rules.told_since()]
    return [rules.gone_on()]


def _objections_to_patron(patron: Patron | None, item: Item, returned: Returned) -> list[Refusal]:
    if patron is None:
        return [rules.patron_gone()]
    found = []
    if Hold.objects.open().filter(patron=patron, bib_id=item.bib_id).exists():
        found.append(rules.reserved_since())
    lent_since = Loan.objects.open().filter(patron=patron, lent_at__gte=returned.returned_at)
    limit = patron.category.limits().loans(item.bib.material_class)
    if lent_since.exists() and queries.on_loan(patron, item.material_class, PolicySettings.current()) >= limit:
        found.append(rules.limit_filled_since(limit))
    return found


def _let_go(hold: Hold, claimed: Claimed, *, by: User, now: datetime) -> None:
    """Give the reservation back what it was before the scan: waiting, or bound and not yet confirmed (SHF-4)."""
    if claimed.before[0] == "waiting":
        holds.unclaim(hold=hold, by=by, now=now)
        return
    _state, hold.secured_at, hold.relabel_since = claimed.before
    hold.save()


def _open_again(returned: Returned, item: Item, patron: Patron) -> None:
    """Open the loan again with its due date, and take back all that its return led to (RET-5)."""
    loan = Loan.objects.get(pk=returned.loan_id)
    loan.patron, loan.returned_at, loan.returned_on = patron, None, None
    loan.save()
    if returned.reading_line_id is not None:
        ReadingRecord.objects.filter(pk=returned.reading_line_id).delete()
    if returned.is_resting:
        _rest_as_before(patron, item.bib, returned.rested_until)
    holds.relink(forgotten=returned.forgotten, patron=patron)


def _rest_as_before(patron: Patron, bib: Bib, until: date | None) -> None:
    note = RestPeriod.objects.filter(patron=patron, bib=bib)
    if until is None:
        note.delete()
    else:
        note.update(until_on=until)
