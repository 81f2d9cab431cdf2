"""A patron says that an item was returned, and nobody has scanned it (A197, A198).

The loan stays open while we look for the item, but nobody is reminded of it or kept from borrowing by it: it counts as
received by the prefectural library on the day that the patron names. A scan ends it like any return, back-dated to that
day (`check_in`); what is not found is given up with a reason, and from then on only the item is searched for.
"""

from __future__ import annotations

from datetime import date, datetime

from catalog.models import Bib, Item
from circulation import rules
from circulation.actions.lending import close
from circulation.models import Loan
from holds import actions as holds
from okalib import days
from okalib.actions import staff
from okalib.models import Library, User
from okalib.rules import Refusal, Refused
from okalib.transactions import verb


@verb
def dispute(*, loan: Loan, said_on: date, by: User, now: datetime, reason: str = "") -> Loan:
    """Note that the patron says to have returned the item on `said_on` (A197). Said again, the later word counts.

    Raises Refused for a loan that is closed, or that another counter has, and for a day that cannot be.
    """
    loan, item = _locked(loan)
    refusals = rules.drop_objections(said_on, loan.lent_on, days.day_of(now))
    if not loan.is_open:
        refusals = [rules.not_on_loan()]
    elif loan.received_on is not None and not loan.is_disputed:
        refusals = [rules.received()]
    _refuse(refusals)
    loan.is_disputed, loan.received_on, loan.received_at = True, said_on, Library.objects.home()
    loan.save()
    item.is_disputed, item.received_on = True, said_on
    item.save()
    _record("dispute", loan, by, now, reason)
    return loan


@verb
def end_dispute(*, loan: Loan, by: User, now: datetime, reason: str = "") -> Loan:
    """The patron has found the item after all: the loan goes on as before. Raises Refused where nothing is disputed."""
    loan, item = _locked(loan)
    _refuse(_not_disputed(loan))
    loan.is_disputed, loan.received_on, loan.received_at = False, None, None
    loan.save()
    item.is_disputed, item.received_on = False, None
    item.save()
    _record("end_dispute", loan, by, now, reason)
    return loan


@verb
def give_up_search(*, loan: Loan, by: User, now: datetime, reason: str) -> Item:
    """Believe the patron: close the loan for the day that they named, and search for the item alone (A198, PUL-5).

    Raises Refused without a reason, and where nothing is disputed.
    """
    loan, item = _locked(loan)
    refusals = _not_disputed(loan)
    if not reason.strip():
        refusals.append(rules.reason_missing())
    _refuse(refusals)
    patron, returned_on = loan.patron, loan.received_on
    assert patron is not None and returned_on is not None  # noqa: S101 - a disputed loan is open, and has its day
    _record("give_up_search", loan, by, now, reason)
    holds.forget(item=item, patron=patron, now=now)
    close(loan, returned_on=returned_on, now=now)
    item.be_searched_for(now)
    return item


def _locked(loan: Loan) -> tuple[Loan, Item]:
    Bib.objects.lock(loan.item.bib_id)
    loan = Loan.objects.select_related("patron").get(pk=loan.pk)
    return loan, Item.objects.select_related("location").get(pk=loan.item_id)


def _not_disputed(loan: Loan) -> list[Refusal]:
    return [] if loan.is_open and loan.is_disputed else [rules.not_disputed()]


def _refuse(refusals: list[Refusal]) -> None:
    if refusals:
        raise Refused(refusals)


def _record(deed: str, loan: Loan, by: User, now: datetime, reason: str) -> None:
    staff.record(verb=deed, subject=f"loan:{loan.pk}", by=by, now=now, patron=loan.patron, reason=reason)
