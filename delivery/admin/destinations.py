"""The bags of a run by where they go, in the order of the van (DLV-8)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby

from django.utils.translation import gettext as _

from delivery import queries
from delivery.models import BAG_STATES, Bag, DeliveryRun, SlipLine
from delivery.rules import BagState
from okalib.models import Library


@dataclass(slots=True)
class Destination:
    """The bags of a run for one library, counted by how far they are."""

    library: Library
    bags: list[Bag] = field(default_factory=list)

    @property
    def lines(self) -> list[SlipLine]:
        """What goes there."""
        return [line for bag in self.bags for line in bag.lines.all()]

    @property
    def items(self) -> int:
        """How many items go there."""
        return len(self.lines)

    @property
    def in_bags(self) -> int:
        """How many of them are in their bags."""
        return sum(line.is_packed for line in self.lines)

    @property
    def packed(self) -> int:
        """How many bags have not left the house."""
        return sum(bag.is_packed for bag in self.bags)

    @property
    def ready_to_send(self) -> int:
        """How many of them are closed for the van."""
        return sum(bag.is_packed and bag.is_sealed for bag in self.bags)

    @property
    def states(self) -> list[tuple[str, int]]:
        """How many bags are where, in the order of the way; one in the house is open or closed for the van."""
        counted = Counter(self._place(bag) for bag in self.bags)
        at_home = [("open", _("開いている")), ("sealed", _("閉じた"))]
        names = [*at_home, *BAG_STATES, (BagState.CLOSED, _("完了"))]
        return [(str(name), counted[place]) for place, name in names if counted[place]]

    @staticmethod
    def _place(bag: Bag) -> str:
        if bag.shown_state == BagState.PACKED:
            return "sealed" if bag.is_sealed else "open"
        return str(bag.shown_state)


@dataclass(frozen=True, slots=True)
class Route:
    """One leg of the van and the legs behind it: the central library, then its branches (DLV-8)."""

    central: Library
    stops: list[Destination]

    @property
    def bags(self) -> int:
        """How many bags the van unloads at the central library."""
        return sum(len(stop.bags) for stop in self.stops)

    @property
    def items(self) -> int:
        """How many items are in them."""
        return sum(stop.items for stop in self.stops)

    @property
    def own(self) -> list[Destination]:
        """What stays at the central library."""
        return [stop for stop in self.stops if stop.library == self.central]

    @property
    def branches(self) -> list[Destination]:
        """What goes on from there."""
        return [stop for stop in self.stops if stop.library != self.central]


def destinations(run: DeliveryRun) -> list[Destination]:
    """Return the bags of a run by library, branches behind their central library (DLV-8)."""
    by_library: dict[int, Destination] = {}
    for bag in queries.bags_of(run):
        by_library.setdefault(bag.library_id, Destination(bag.library)).bags.append(bag)
    return sorted(by_library.values(), key=lambda found: route_key(found.library))


def routes(stops: Iterable[Destination]) -> list[Route]:
    """Return the destinations by route; they must come in the order of the van."""
    by_central = groupby(stops, key=lambda stop: stop.library.central or stop.library)
    return [Route(central, list(legs)) for central, legs in by_central]


def route_key(library: Library) -> tuple[str, str, bool, str]:
    """The order of the van: by town, the central library before its branches (DLV-8)."""
    central = library.central or library
    return central.town, central.code, library.central_id is not None, library.name_kana
