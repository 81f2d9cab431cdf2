"""Moving a due date: by the patron's renewal, or by a closure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from django.db.models import QuerySet

from catalog.models import Bib, Item
from circulation import queries, rules
from circulation.models import Loan
from okalib import days
from okalib.actions import staff
from okalib.compiled import compiled
from okalib.models import Patron, PolicySettings, User, rules_read_once
from okalib.rules import Override, Refused
from okalib.transactions import verb


@verb
@rules_read_once()
def renew(*, loan: Loan, by: User | None, now: datetime, override: Override | None = None) -> Loan:
    """Renew a loan (REN-1…REN-3): raises Refused with every reason, and with the day from which it is possible."""
    borrower = Patron.objects.lock(loan.patron_id) if loan.patron_id is not None else None
    loan = _locked(loan, borrower)
    policy, today = PolicySettings.current(), days.day_of(now)
    patron = loan.patron
    if patron is None:
        raise Refused([rules.not_on_loan()])
    refusals, item = (
        rules.renew_objections(queries.renewal(loan, policy, today), policy),
        f"item:{loan.item.item_number}",
    )
    staff.settle(refusals, override=override, by=by, now=now, verb="renew", subject=item, patron=patron)
    if not refusals:
        staff.witness(verb="renew", subject=item, by=by, now=now, patron=patron)
    loan.renewals += 1
    loan.renewed_on = today
    opening = loan.return_to.opening_days()
    _set_due(loan, rules.renewed_due_on(loan.due_on, today, opening, policy, patron.valid_until))
    patron.touch(today)
    return loan


def move_due_date(*, loan: Loan, due_on: date, may_be_earlier: bool = False) -> bool:
    """Move the due date of an open loan to a later day; to an earlier one only to undo a move (CAL-8)."""
    return bool(move_due_dates(due_on={loan.pk: due_on}, may_be_earlier=may_be_earlier))


@verb
def move_due_dates(*, due_on: Mapping[int, date], may_be_earlier: bool = False) -> set[int]:
    """Move the due dates of open loans, given by number, as `move_due_date` does; returns the numbers of those moved.

    One transaction that locks all their bibs: give it no more than some hundred (CAL-8).
    """
    Bib.objects.lock_all(Loan.objects.filter(pk__in=due_on).values_list("item__bib_id", flat=True))
    moved = []
    for loan in Loan.objects.open().filter(pk__in=due_on).select_related("item"):
        wanted = due_on[loan.pk]
        if wanted > loan.due_on or (may_be_earlier and wanted < loan.due_on):
            loan.due_on = loan.item.due_on = wanted
            moved.append(loan)
    Loan.objects.bulk_update(moved, ["due_on"])
    Item.objects.bulk_update([loan.item for loan in moved], ["due_on"])
    return {loan.pk for loan in moved}


def _set_due(loan: Loan, due_on: date) -> None:
    """Write the date on the loan and on the item; reminders of the old one ask before they are sent (A141)."""
    loan.due_on = due_on
    loan.save(update_fields=["due_on", "renewals", "renewed_on"])
    loan.item.due_on = due_on
    loan.item.save(update_fields=["due_on"])


def _locked(loan: Loan, borrower: Patron | None) -> Loan:
    """Lock the bib and read the loan; its patron is the locked one, unless it has changed hands since."""
    bib = Bib.objects.lock(loan.item.bib_id)
    [found] = _row(loan=loan.pk)
    found.item.bib = bib
    if borrower is not None and found.patron_id == borrower.pk:
        found.patron = borrower
    return found


@compiled(loan=int)
def _row(*, loan: int) -> QuerySet[Loan]:
    return Loan.objects.select_related("item", "return_to").filter(pk=loan)
