"""What decides whether a patron may reserve: for one title under its locks, or for a basketful before it is sent."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from catalog.models import Bib, Item
from catalog.rules import material_class
from holds.queries.facts import PatronFacts, facts
from holds.queries.queue import pickup_point
from holds.rules import BOUND, HoldState, Wish, objections
from okalib.models import Library, Patron
from okalib.rules import MaterialClass, Policy, Refusal


def wishes(
    patron: Patron,
    bibs: Sequence[Bib],
    *,
    pickup_at: Library | None,
    by_staff: bool,
    policy: Policy,
    today: date,
    only_item: Item | None = None,
    need_by: date | None = None,
    known: PatronFacts | None = None,
    lendable: Mapping[int, int] | None = None,
) -> dict[int, Wish]:
    """Return what the rules ask of each title, by id; as many queries for fifteen titles as for one (HLD-3).

    A page that has read the patron's facts, or how many copies can be lent of each title, gives them.
    """
    if lendable is None:
        fitting = Item.objects.for_holds(policy.holds_on_damaged).filter(bib__in=bibs)
        if only_item is not None:
            fitting = fitting.filter(pk=only_item.pk)
        lendable = Counter(fitting.values_list("bib_id", flat=True))
    known = known or facts(patron, today)
    limits, pickup = patron.category.limits(), pickup_point(pickup_at)
    return {
        bib.pk: Wish(
            lendable_items=lendable.get(bib.pk, 0),
            is_on_order=bib.is_on_order,
            by_staff=by_staff,
            is_particular_item=only_item is not None,
            already_waiting=known.states.get(bib.pk) == HoldState.WAITING,
            already_bound=known.states.get(bib.pk) in BOUND,
            already_on_loan=bib.pk in known.on_loan,
            overdue_loans=known.overdue_loans,
            material_class=material_class(bib.material),
            open_holds=known.open_holds[material_class(bib.material)],
            made_today=known.made_today,
            limits=limits,
            card_lapsed=patron.is_lapsed(today, policy),
            blocks=known.blocks,
            pickup=pickup,
            need_by=need_by,
            today=today,
        )
        for bib in bibs
    }


@dataclass(frozen=True, slots=True)
class Room:
    """How many of a class a patron may still reserve (LIM-2)."""

    material_class: MaterialClass
    limit: int
    open_holds: int

    @property
    def left(self) -> int:
        """How many more."""
        return max(0, self.limit - self.open_holds)


@dataclass(frozen=True, slots=True)
class Foresight:
    """What would become of a basket if it were sent now: refusals by bib id, and the room for each class in it."""

    refusals: dict[int, list[Refusal]]
    rooms: list[Room]


def foresight(patron: Patron, bibs: Sequence[Bib], pickup_at: Library | None, policy: Policy, today: date) -> Foresight:
    """Return what stands in the way of each title before the basket is sent, limits counted title by title (HLD-10).

    A pickup library that takes no audio-visual items is foreseen too; one that is not chosen yet is no reason.
    """
    asked = wishes(patron, bibs, pickup_at=pickup_at, by_staff=False, policy=policy, today=today)
    accepted: Counter[MaterialClass] = Counter()
    refusals: dict[int, list[Refusal]] = defaultdict(list)
    for bib in bibs:
        wish = asked[bib.pk]
        so_far = replace(
            wish,
            open_holds=wish.open_holds + accepted[wish.material_class],
            made_today=wish.made_today + accepted.total(),
        )
        found = [one for one in objections(so_far, policy) if one.code != "pickup_unknown"]
        if found:
            refusals[bib.pk] = found
        else:
            accepted[wish.material_class] += 1
    rooms = {
        wish.material_class: Room(wish.material_class, wish.limits.holds(wish.material_class), wish.open_holds)
        for wish in asked.values()
    }
    return Foresight(dict(refusals), [rooms[kind] for kind in MaterialClass if kind in rooms])
