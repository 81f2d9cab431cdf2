"""Lending what is kept for patrons, a handful in one transaction: the weekly delivery does (DLV-3, DLV-4)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db.models import OuterRef, Subquery

from catalog.models import Bib, Item
from circulation import queries, rules
from circulation.actions.lending import loan_of
from circulation.models import Loan
from holds import actions as holds
from holds.models import Hold
from holds.rules import HoldState
from okalib import days
from okalib.models import Patron, PolicySettings, User, rules_read_once
from okalib.rules import Channel, Refusal, in_the_way
from okalib.transactions import verb


@dataclass(frozen=True, slots=True)
class LentKept:
    """The loans that were made, and why others were not, both by the number of the reservation."""

    loans: dict[int, Loan]
    refused: dict[int, list[Refusal]]


@verb
@rules_read_once()
def lend_kept(*, hold_ids: Sequence[int], due_on: Mapping[int, date], by: User | None, now: datetime) -> LentKept:
    """Lend what is secured for pickup libraries, in the order given, as `check_out` does each (LIM-1, LIM-3, LON-4).

    `due_on` has by library the due date of what is collected there. What is not secured any more, or is collected
    elsewhere, is left alone. Who fails stops nobody else: what one patron has got counts for the next that they want.
    All patrons and bibs are locked until the transaction ends, so give it no more than a handful.
    """
    wanted = list(Hold.objects.filter(pk__in=hold_ids).values_list("patron", "bib"))
    patrons = Patron.objects.lock_all(patron_id for patron_id, _bib_id in wanted if patron_id is not None)
    Bib.objects.lock_all(bib_id for _patron_id, bib_id in wanted)
    policy, today = PolicySettings.current(), days.day_of(now)
    kept = _still_kept(hold_ids, patrons, due_on)
    around = queries.around_kept(kept, policy, today)
    got: Counter[tuple[int | None, str]] = Counter()
    loans: dict[int, Loan] = {}
    refused: dict[int, list[Refusal]] = {}
    for hold in kept:
        patron, item, due = hold.patron, hold.item, due_on[hold.pickup_at_id]
        assert patron is not None and item is not None  # noqa: S101 - a constraint says so of secured holds
        lending = queries.lending(item, patron, Channel.PICKUP, policy, today, around[hold.pk])
        lending = replace(lending, on_loan=lending.on_loan + got[patron.pk, item.material_class])
        refusals = rules.check_out_objections(lending, policy)
        refusals += rules.due_date_objections(item.is_lendable, False, due, today)
        if refused_for := in_the_way(refusals):
            refused[hold.pk] = refused_for
        else:
            got[patron.pk, item.material_class] += 1
            loans[hold.pk] = loan_of(
                item, patron, channel=Channel.PICKUP, return_to=hold.pickup_at, due_on=due, by=by, now=now
            )
    _write(loans, [hold for hold in kept if hold.pk in loans], now)
    return LentKept(loans, refused)


def _still_kept(hold_ids: Sequence[int], patrons: Mapping[int, Patron], due_on: Mapping[int, date]) -> list[Hold]:
    """Read the reservations, with item and locked patron, in the order of their numbers as given."""
    secured = Hold.objects.filter(state=HoldState.SECURED, patron__in=patrons, pickup_at__in=due_on)
    found = secured.select_related("item", "pickup_at").in_bulk(hold_ids)
    kept = [found[pk] for pk in hold_ids if pk in found]
    for hold in kept:
        hold.patron = patrons[hold.patron_id or 0]
    return kept


def _write(loans: Mapping[int, Loan], lent: Sequence[Hold], now: datetime) -> None:
    """Write what lending them changes: loans, reservations, items, and that the cards were used."""
    if not loans:
        return
    holds.fulfil_kept(holds=lent, now=now)
    Loan.objects.bulk_create(loans.values())
    of_item = Loan.objects.open().filter(item=OuterRef("pk")).order_by()
    Item.objects.filter(pk__in=[loan.item_id for loan in loans.values()]).go_to_all(
        Subquery(of_item.values("patron")), Subquery(of_item.values("due_on")), now
    )
    Patron.objects.filter(pk__in={loan.patron_id for loan in loans.values()}).touch_all(days.day_of(now))
