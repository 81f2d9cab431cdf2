"""How far a delivered item is for its reader (DLV-5, DLV-12)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from circulation.queries import Loan
from delivery.queries import Way


@dataclass(frozen=True, slots=True)
class Journey:
    """The way of a delivered item, and what it means to its reader today."""

    way: Way
    stage: str

    @property
    def is_to_be_collected(self) -> bool:
        """Whether the reader has been told where and until when to collect it, and can still do so."""
        return self.stage in ("announced", "ready")


def journeys(ways: dict[int, Way], loans: list[Loan], today: date) -> dict[int, Journey]:
    """Return the journey of each delivered loan by its id."""
    return {loan.pk: Journey(ways[loan.pk], _stage(ways[loan.pk], loan, today)) for loan in loans if loan.pk in ways}


def _stage(way: Way, loan: Loan, today: date) -> str:
    """Return how far it is: it can be collected after the mail, not before (DLV-5)."""
    bag = way.bag
    if (loan.received_on and not loan.is_disputed) or bag.on_the_way_back_at:
        return "on_the_way_back"
    if bag.handed_over_at:
        return "handed_over"
    if bag.run.announced_at and bag.run.window_from <= today:
        return "ready" if today <= bag.last_day else "window_over"
    if bag.run.announced_at:
        return "announced"
    return "on_the_way" if bag.sent_at else "preparing"
