"""The queue of a bib: who waits, at which place, for what, and until when about."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, F, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from catalog.models import Bib, Item
from catalog.rules import Whereabouts
from holds.models import Hold, HoldQuerySet
from holds.rules import HoldState, PickupPoint, WaitingFace, waiting_face
from okalib.compiled import compiled
from okalib.facts import Read, count, facts
from okalib.models import Library, Patron
from okalib.rules import Policy

COMING_BACK = frozenset({Whereabouts.ON_LOAN, Whereabouts.SET_ASIDE, Whereabouts.PROCESSING})


def pickup_point(library: Library | None) -> PickupPoint | None:
    """Return what the rules ask of a pickup library."""
    if library is None:
        return None
    return PickupPoint(
        library.name,
        library.name_en or library.name,
        library.can_be_pickup_point,
        library.is_home or library.accepts_av,
    )


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the queue as a patron reads it: position k of n, m copies (HLD-2)."""

    position: int
    waiting: int
    copies: int


def queue(bib: Bib) -> HoldQuerySet:
    """Return the open reservations of a bib, first come first served (HLD-2)."""
    return Hold.objects.open().filter(bib=bib).in_queue_order()


def number_of_holds(bib_ids: Iterable[int]) -> dict[int, int]:
    """Return how many open reservations each of some bibs has, in one query (CAT-7)."""
    wanted = list(bib_ids)
    return dict(_counted(bibs=wanted)) if wanted else {}


@compiled(bibs=list)
def _counted(*, bibs: list[int]) -> QuerySet[Hold, tuple[int, int]]:
    return Hold.objects.open().filter(bib__among=bibs).order_by().values_list("bib_id").annotate(n=Count("pk"))


def demand() -> QuerySet[Hold, tuple[int, int]]:
    """Return bib and number of open reservations of all that is reserved, for the search to sort by."""
    return Hold.objects.open().order_by().values_list("bib_id").annotate(n=Count("pk"))


def places(holds: Iterable[Hold], policy: Policy) -> dict[int, Place]:
    """Return the place of each of some waiting reservations by its id, in two queries (HLD-2, A45).

    The position counts open reservations without an item, paused ones included: they keep their place.
    """
    waiting = [hold for hold in holds if hold.is_waiting]
    bib_ids = {hold.bib_id for hold in waiting}
    numbered = (
        Hold.objects.waiting()
        .filter(bib_id__in=bib_ids)
        .annotate(position=Window(RowNumber(), partition_by=F("bib"), order_by=[F("queue_at"), F("id")]))
        .values_list("bib_id", "id", "position")
    )
    positions: dict[int, int] = {}
    lengths: dict[int, int] = {}
    for bib_id, hold_id, position in numbered:
        positions[hold_id] = position
        lengths[bib_id] = max(position, lengths.get(bib_id, 0))
    copies = dict(
        Item.objects.for_holds(policy.holds_on_damaged)
        .filter(bib_id__in=bib_ids)
        .order_by()
        .values_list("bib_id")
        .annotate(n=Count("pk"))
    )
    return {
        hold.pk: Place(positions[hold.pk], lengths[hold.bib_id], copies.get(hold.bib_id, 0))
        for hold in waiting
        if hold.pk in positions
    }


def position(hold: Hold, policy: Policy) -> Place | None:
    """Return the place of one reservation, None unless it waits."""
    return places([hold], policy).get(hold.pk)


def faces(holds: Iterable[Hold], policy: Policy) -> dict[int, WaitingFace]:
    """Return what each of some waiting reservations waits for, in one query (HLD-4)."""
    waiting = [hold for hold in holds if hold.is_waiting]
    items = (
        Item.objects.for_holds(policy.holds_on_damaged)
        .filter(bib_id__in={hold.bib_id for hold in waiting})
        .values_list("bib_id", "pk", "whereabouts")
    )
    by_bib: dict[int, list[tuple[int, str]]] = {}
    for bib_id, item_id, whereabouts in items:
        by_bib.setdefault(bib_id, []).append((item_id, whereabouts))
    return {hold.pk: _face(hold, by_bib.get(hold.bib_id, [])) for hold in waiting}


def _face(hold: Hold, items: list[tuple[int, str]]) -> WaitingFace:
    fitting = [place for item_id, place in items if hold.only_item_id in (None, item_id)]
    return waiting_face(
        on_shelf=fitting.count(Whereabouts.SHELF),
        coming_back=sum(place in COMING_BACK for place in fitting),
        is_on_order=hold.bib.is_on_order,
    )


def next_for(item: Item, today: date) -> Hold | None:
    """Return the first reservation that this item can fill today (HLD-2, HLD-6, HLD-8, HLD-9, A63, A64, A66)."""
    return Hold.objects.eligible(today).for_item(item).in_queue_order().first()


def next_behind(hold: Hold, today: date) -> Hold | None:
    """Return the next reservation in the queue behind a waiting one that could be served today (A43)."""
    behind = Q(queue_at__gt=hold.queue_at) | Q(queue_at=hold.queue_at, pk__gt=hold.pk)
    return Hold.objects.eligible(today).filter(behind, bib_id=hold.bib_id).in_queue_order().first()


def is_wanted(item: Item, today: date, other_than: Patron | None = None) -> int:
    """Return how many waiting reservations of others this item could fill (PUL-4, REN-1, A131)."""
    found = Hold.objects.eligible(today).for_item(item)
    return (found.exclude(patron=other_than) if other_than else found).count()


def free_copies(item: Item, policy: Policy) -> int:
    """Return how many other copies of the title stand on their shelf for the queue (A105, A133)."""
    others = Item.objects.for_holds(policy.holds_on_damaged).on_shelf().filter(bib_id=item.bib_id)
    return others.exclude(pk=item.pk).count()


def bound_to(item: Item) -> Hold | None:
    """Return the reservation that holds this item, if any."""
    return Hold.objects.bound().filter(item=item).select_related("pickup_at", "patron", "bib").first()


@facts(item=int, bib=int, patron=int, today=date)
def _wishes_for_item(*, item: int, bib: int, patron: int, today: date, material_class: str) -> dict[str, Read]:
    this = Item(pk=item, bib_id=bib, material_class=material_class)
    return {
        "bound": count(Hold.objects.bound().filter(item=item)),
        "wanted": count(Hold.objects.eligible(today).for_item(this)),
        "fulfilled": count(Hold.objects.filter(item=item, patron=patron, state=HoldState.FULFILLED)),
    }


@dataclass(frozen=True, slots=True)
class WishesForItem:
    """Which reservations a scan of an item must look at: one that holds it, some that want it, some that it filled."""

    is_bound: bool
    is_wanted: bool
    was_fulfilled: bool


def wishes_for_item(item: Item, patron: Patron | None, today: date) -> WishesForItem:
    """Return what there is to do for an item in the hand, lent to `patron`; most have nothing, and one query says so.

    The caller holds the lock of the bib.
    """
    found = _wishes_for_item(
        item=item.pk,
        bib=item.bib_id,
        patron=patron.pk if patron else 0,
        today=today,
        material_class=item.material_class,
    )
    return WishesForItem(found["bound"] > 0, found["wanted"] > 0, found["fulfilled"] > 0)
