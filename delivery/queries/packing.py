"""An item in the hand at the packing table: into which bag, and if into none, where it belongs (DLV-4)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from catalog import queries as catalog
from catalog.models import Item
from delivery.models import Bag, DeliveryRun, SlipLine
from holds.models import Hold
from holds.rules import HoldState


class Whereabouts(StrEnum):
    """What an item is to the run that is being packed."""

    OF_THIS_RUN = "of_this_run"
    OF_ANOTHER_RUN = "of_another_run"
    RESERVED = "reserved"
    ON_LOAN = "on_loan"
    NOT_OURS_TO_PACK = "not_ours_to_pack"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a scanned item belongs."""

    whereabouts: Whereabouts
    item: Item | None = None
    line: SlipLine | None = None
    hold: Hold | None = None

    @property
    def bag(self) -> Bag | None:
        """Its bag, of whatever run."""
        return self.line.bag if self.line else None


def place_of(run: DeliveryRun, number: str) -> Place:
    """Return where the item with this number belongs, seen from the packing table of a run."""
    item = catalog.item_with_number(number)
    if item is None:
        return Place(Whereabouts.UNKNOWN)
    lines = SlipLine.objects.filter(loan__item=item, loan__returned_at=None)
    line = lines.select_related("bag__run", "bag__library__central", "loan__item__bib", "loan__patron").first()
    if line is not None:
        is_ours = line.bag.run_id == run.pk
        return Place(Whereabouts.OF_THIS_RUN if is_ours else Whereabouts.OF_ANOTHER_RUN, item, line)
    bound = Hold.objects.filter(item=item, state__in=(HoldState.SECURED, HoldState.READY))
    hold = bound.select_related("pickup_at", "bib").first()
    if hold is not None:
        return Place(Whereabouts.RESERVED, item, hold=hold)
    is_lent = item.loans.filter(returned_at=None).exists()
    return Place(Whereabouts.ON_LOAN if is_lent else Whereabouts.NOT_OURS_TO_PACK, item)
