"""Lending an item."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from catalog.models import Bib, Item
from circulation import queries, rules
from circulation.actions.memory import CheckOutMemory
from circulation.models import Loan
from holds import actions as holds
from holds.models import Hold
from okalib import days
from okalib.actions import staff
from okalib.models import Library, Patron, PolicySettings, User, rules_read_once
from okalib.rules import Channel, Override, Refusal, age_band
from okalib.transactions import verb


@dataclass(frozen=True, slots=True)
class CheckOut:
    """What lending led to: the loan, the reservation that it fulfilled, and what the desk should look at.

    `memory` is what `undo_check_out` needs to put things back exactly; keep it for minutes only.
    """

    loan: Loan
    hold: Hold | None
    warnings: tuple[Refusal, ...]
    memory: CheckOutMemory = field(repr=False)


@verb
@rules_read_once()
def check_out(
    *,
    item: Item,
    patron: Patron,
    by: User | None,
    now: datetime,
    channel: str = Channel.COUNTER,
    override: Override | None = None,
    return_to: Library | None = None,
    due_on: date | None = None,
) -> CheckOut:
    """Lend an item to a patron and fulfil the reservation that it answers (LIM-1, LIM-3, SHF-3, LON-1…LON-5).

    The due date counts on the calendar of `return_to`, the prefectural library if none is named; `due_on` sets it
    (delivery runs; overrides of what is not lendable, which must name a later day, A194). Raises Refused with every
    reason; warnings come with the loan.
    """
    patron = Patron.objects.lock(patron.pk)
    bib = Bib.objects.lock(item.bib_id)
    item = Item.objects.in_hand(item.pk)
    policy, today = PolicySettings.current(), days.day_of(now)
    around = queries.around(item, patron, policy, today)
    refusals = rules.check_out_objections(queries.lending(item, patron, channel, policy, today, around), policy)
    refusals += rules.due_date_objections(item.is_lendable, override is not None, due_on, today)
    warnings = staff.settle(
        refusals, override=override, by=by, now=now, verb="check_out", subject=f"item:{item.item_number}", patron=patron
    )
    return_to = return_to or Library.objects.home()
    period = queries.period_for(item, patron, channel, today) if due_on is None else None
    was = item.whereabouts
    hold = holds.fulfil(item=item, patron=patron, by=by, now=now) if around.own_holds else None
    due_on = due_on or rules.due_on(
        today, period.days if period else policy.loan_days, return_to.opening_days(), policy, patron.valid_until
    )
    loan = loan_of(item, patron, channel=channel, return_to=return_to, due_on=due_on, by=by, now=now)
    loan.period_id = period.id if period else None
    loan.save(force_insert=True)
    item.go_to(patron, loan.due_on, now)
    patron.touch(today)
    loan.item.bib = bib
    kept_until = around.kept_until if hold and around.bound and around.bound["id"] == hold.pk else None
    memory = CheckOutMemory(loan.pk, was, kept_until)
    return CheckOut(loan, hold, tuple(warnings), memory)


def loan_of(
    item: Item, patron: Patron, *, channel: str, return_to: Library, due_on: date, by: User | None, now: datetime
) -> Loan:
    """Return a loan as it begins, not saved yet, with what the figures keep of the patron (RET-5)."""
    today = days.day_of(now)
    return Loan(
        item=item,
        patron=patron,
        channel=channel,
        return_to=return_to,
        lent_at=now,
        lent_on=today,
        lent_by=by,
        due_on=due_on,
        material_class=item.material_class,
        age_band=age_band(patron.birth_year, today),
        area=patron.area,
    )


def close(loan: Loan, *, returned_on: date, now: datetime, is_annulled: bool = False) -> None:
    """Close a loan and forget its patron; the caller holds the lock of the bib (RET-5)."""
    loan.patron = None
    loan.returned_at, loan.returned_on = now, returned_on
    loan.is_annulled = is_annulled
    loan.save(update_fields=["patron", "returned_at", "returned_on", "is_annulled"])
