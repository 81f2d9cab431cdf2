"""How far an item has come, as its patron sees it (DLV-5, DLV-12)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import OuterRef, QuerySet, Subquery

from circulation import queries as circulation
from circulation.models import Loan
from delivery.models import Bag, SlipLine
from delivery.rules import WayStep
from holds.models import Hold
from holds.rules import HoldState
from okalib import days
from okalib.compiled import compiled
from okalib.models import Patron


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an item's way, with its moment once it is done."""

    step: WayStep
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Way:
    """How far a delivered item has come, and until when it can be collected."""

    bag: Bag
    steps: tuple[Step, ...]

    @property
    def reached(self) -> WayStep:
        """The last step that was done."""
        return [step.step for step in self.steps if step.at is not None][-1]


def ways(patron: Patron) -> dict[int, Way]:
    """Return the way of each delivered item that a patron has on loan, by loan id (DLV-5, DLV-12)."""
    return loans_and_ways(patron)[1]


def loans_and_ways(patron: Patron) -> tuple[list[Loan], dict[int, Way]]:
    """Return a patron's open loans by due date, and by their id the way of those that were delivered, in one query."""
    loans = _loans(patron=patron.pk)
    delivered = [loan for loan in loans if hasattr(loan, "slip_line")]
    return loans, {loan.pk: _way(loan.slip_line, loan.secured_at) for loan in delivered}  # type: ignore[attr-defined]


@compiled(patron=int)
def _loans(*, patron: int) -> QuerySet[Loan]:
    came_from = Hold.objects.filter(patron=patron, state=HoldState.FULFILLED, item=OuterRef("item"))
    return (
        circulation.of_patron(patron)
        .select_related("slip_line__bag__run", "slip_line__bag__library__central")
        .annotate(secured_at=Subquery(came_from.order_by("-ended_at").values("secured_at")[:1]))
    )


def _way(line: SlipLine, secured_at: datetime | None) -> Way:
    bag, loan = line.bag, line.loan
    steps = [Step(WayStep.SECURED, secured_at), Step(WayStep.PACKED, bag.packed_at), Step(WayStep.SENT, bag.sent_at)]
    if bag.library.central_id is not None:
        steps.append(Step(WayStep.AT_CENTRAL, bag.at_central_at))
    received_at = days.midnight(loan.received_on) if loan.received_on else None
    steps += [
        Step(WayStep.ARRIVED, bag.arrived_at),
        Step(WayStep.HANDED_OVER, bag.handed_over_at),
        Step(WayStep.ON_THE_WAY_BACK, bag.on_the_way_back_at or received_at),
        Step(WayStep.RETURNED, loan.returned_at),
    ]
    return Way(bag, tuple(steps))
