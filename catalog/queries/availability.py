"""Whether a title can be had: one line of every list."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Case, Count, F, Min, Q, QuerySet, Value, When, Window
from django.db.models.functions import RowNumber

from catalog.models import Item
from catalog.rules import Loanability, MaterialClass, Whereabouts
from okalib.compiled import compiled


@dataclass(frozen=True, slots=True)
class Availability:
    """Whether one can have a title: what one line of the pages says of it.

    `copies` can be borrowed at some time, `free` of them stand on the shelf, `due_on` is the nearest due date.
    `to_read_here` more stand on the shelf but must not leave the house.
    `best` is the copy that the line speaks of: a free one, else one that will be free, else one to read in the house.
    """

    copies: int
    free: int
    to_read_here: int
    due_on: date | None
    best: Item

    @property
    def is_av(self) -> bool:
        """Whether copies are counted as 点 and not as 冊."""
        return self.best.material_class == MaterialClass.AV


LENDABLE = Q(loanability=Loanability.LENDABLE)
ON_SHELF = Q(whereabouts=Whereabouts.SHELF)

NEAREST_FIRST = (
    Whereabouts.SHELF,
    Whereabouts.ON_LOAN,
    Whereabouts.SET_ASIDE,
    Whereabouts.PROCESSING,
    Whereabouts.SEARCHED_FOR,
)
"""How soon a copy can be had; what may be lent comes before all that may not, so that no such title is told as one
for the house only."""


def availability(items: Iterable[Item]) -> Availability | None:
    """Return the availability of a title all of whose copies have been read already; None where there is none."""
    items = sorted(items, key=lambda item: (_rank(item), item.pk))
    if not items:
        return None
    lendable = [item for item in items if item.is_lendable]
    on_shelf = [item for item in items if item.whereabouts == Whereabouts.SHELF]
    free = sum(item.is_lendable for item in on_shelf)
    return Availability(
        copies=len(lendable),
        free=free,
        to_read_here=len(on_shelf) - free,
        due_on=min((item.due_on for item in lendable if item.due_on), default=None),
        best=items[0],
    )


def _rank(item: Item) -> int:
    """The best copy first, as `availabilities` orders them."""
    nearness = {place: rank for rank, place in enumerate(NEAREST_FIRST)}
    return nearness.get(Whereabouts(item.whereabouts), len(nearness)) + (0 if item.is_lendable else len(nearness) + 1)


def availabilities(bib_ids: Iterable[int]) -> dict[int, Availability]:
    """Return the availability of each of some bibs, in one query; bibs without items are missing."""
    wanted = list(bib_ids)
    return {
        item.bib_id: Availability(item.copies, item.free, item.to_read_here, item.next_due_on, item)  # type: ignore[attr-defined]
        for item in (_best_copies(bibs=wanted) if wanted else ())
    }


@compiled(bibs=list)
def _best_copies(*, bibs: list[int]) -> QuerySet[Item]:
    """The best copy of each of some bibs, with what is counted of all its copies."""
    may_leave = Case(When(LENDABLE, then=Value(0)), default=Value(1))
    nearest = Case(
        *(When(whereabouts=place, then=Value(rank)) for rank, place in enumerate(NEAREST_FIRST)),
        default=Value(len(NEAREST_FIRST)),
    )
    return (
        Item.objects.filter(bib__among=bibs)
        .exclude(whereabouts=Whereabouts.WITHDRAWN)
        .annotate(
            place=Window(RowNumber(), partition_by=F("bib"), order_by=[may_leave, nearest, F("pk")]),
            copies=Window(Count("pk", filter=LENDABLE), partition_by=F("bib")),
            free=Window(Count("pk", filter=LENDABLE & ON_SHELF), partition_by=F("bib")),
            to_read_here=Window(Count("pk", filter=~LENDABLE & ON_SHELF), partition_by=F("bib")),
            next_due_on=Window(Min("due_on", filter=LENDABLE), partition_by=F("bib")),
        )
        .filter(place=1)
        .select_related("location")
    )
