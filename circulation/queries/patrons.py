"""What a patron reads of their own loans: until when, renewed until when, and the reading record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet

from catalog.models import Item
from circulation import rules
from circulation.models import Loan, LoanQuerySet, ReadingRecord
from holds.models import Hold
from okalib.compiled import compiled
from okalib.days import OpeningDays
from okalib.models import Library, Patron
from okalib.rules import MaterialClass, Policy, Refusal


def of_patron(patron: Patron | int) -> LoanQuerySet:
    """Return a patron's open loans by due date, with what My Library shows of them."""
    return (
        Loan.objects.open()
        .filter(patron=patron)
        .select_related("item__bib", "item__location", "return_to", "received_at")
    )


def loan_of(patron: Patron, loan_id: int) -> Loan | None:
    """Return a patron's own open loan, None for anybody else's (A137)."""
    return of_patron(patron).filter(pk=loan_id).first()


@dataclass(frozen=True, slots=True)
class Calendars:
    """The calendar of the prefectural library, None in a house without, and those of the places of return by id."""

    home: OpeningDays | None
    by_place: dict[int, OpeningDays]


def calendars_for(loans: Iterable[Loan]) -> Calendars:
    """Return what renewals and forecasts on one page reckon with, in one query."""
    libraries = _with_home(libraries=list({loan.return_to_id for loan in loans}))
    by_place = {library.pk: library.opening_days() for library in libraries}
    return Calendars(next((by_place[library.pk] for library in libraries if library.is_home), None), by_place)


@compiled(libraries=list)
def _with_home(*, libraries: list[int]) -> QuerySet[Library]:
    return Library.objects.filter(Q(is_home=True) | Q(pk__among=libraries)).with_opening_days()


@dataclass(frozen=True, slots=True)
class Renewability:
    """What My Library says of the renewal of one loan: the new date, or every reason and from when (REN-2)."""

    new_due_on: date | None
    opens_on: date
    refusals: tuple[Refusal, ...]

    @property
    def is_only_too_early(self) -> bool:
        """Whether waiting until `opens_on` is all that it needs."""
        return [refusal.code for refusal in self.refusals] == ["too_early"]


def renewabilities(
    loans: Iterable[Loan],
    patron: Patron,
    policy: Policy,
    today: date,
    calendars: Mapping[int, OpeningDays] | None = None,
) -> dict[int, Renewability]:
    """Return by id what a patron's page says of renewing each loan, in a fixed number of queries (REN-2).

    `calendars` has that of each place of return by its id; who has not got them lets them be fetched here.
    """
    loans = list(loans)
    if not loans:
        return {}
    bib_ids = {loan.item.bib_id for loan in loans}
    waiting = _waiting(bibs=list(bib_ids), patron=patron.pk, today=today)
    if calendars is None:
        calendars = calendars_for(loans).by_place
    late = sum(loan.is_overdue(today) for loan in loans)
    free = _free_copies(bib_ids, policy) if waiting and policy.renewal_counts_free_copies else []
    found = {}
    for loan in loans:
        facts = rules.Renewal(
            due_on=loan.due_on,
            renewals=loan.renewals,
            received_on=loan.received_on,
            wanted_by_others=sum(_could_fill(loan.item, hold) for hold in waiting),
            free_copies=free.count(loan.item.bib_id),
            overdue_loans=late,
            card_lapsed=patron.is_lapsed(today, policy),
            today=today,
        )
        refusals = rules.renew_objections(facts, policy)
        due = None
        if not refusals:
            opening = calendars[loan.return_to_id]
            due = rules.renewed_due_on(loan.due_on, today, opening, policy, patron.valid_until)
        found[loan.pk] = Renewability(due, rules.renewal_opens_on(loan.due_on, policy), tuple(refusals))
    return found


def _free_copies(bib_ids: Iterable[int], policy: Policy) -> list[int]:
    """Return the bib of each copy on its shelf for the queue."""
    items = Item.objects.for_holds(policy.holds_on_damaged).on_shelf().filter(bib_id__in=bib_ids)
    return list(items.values_list("bib_id", flat=True))


@compiled(bibs=list, patron=int, today=date)
def _waiting(*, bibs: list[int], patron: int, today: date) -> QuerySet[Hold]:
    """Those besides the patron who wait for some titles, as far as `_could_fill` asks."""
    others = Hold.objects.eligible(today).filter(bib__among=bibs).exclude(patron=patron).select_related("pickup_at")
    return others.only("bib_id", "only_item_id", "pickup_override", "pickup_at__accepts_av")


def _could_fill(item: Item, hold: Hold) -> bool:
    """The filter of `HoldQuerySet.for_item`, for rows already read."""
    fits = hold.bib_id == item.bib_id and hold.only_item_id in (None, item.pk)
    return fits and (item.material_class != MaterialClass.AV or hold.pickup_at.accepts_av or hold.pickup_override)


def reading_record(patron: Patron) -> QuerySet[ReadingRecord]:
    """Return the record that a patron has asked us to keep, the latest return first (RET-5)."""
    return ReadingRecord.objects.filter(patron=patron).select_related("bib")


def reading_line_of(patron: Patron, line_id: int) -> ReadingRecord | None:
    """Return a line of a patron's own record, None for anybody else's (A215)."""
    return reading_record(patron).filter(pk=line_id).first()
