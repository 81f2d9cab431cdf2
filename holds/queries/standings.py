"""Where reservations stand on the pages of patrons: the place, what each waits for, and by when about (HLD-12)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from catalog.models import Item
from catalog.rules import Whereabouts
from holds.models import Hold
from holds.queries.queue import COMING_BACK, Place
from holds.rules import Forecast, WaitingFace, forecast, is_paused, waiting_face
from okalib import days
from okalib.rules import Policy

DAYS_IN_THE_VAN = 4


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a waiting reservation stands; `is_held_up` by an earlier volume of its order (HLD-9)."""

    place: Place
    face: WaitingFace
    is_held_up: bool
    forecast: Forecast | None


def standings(
    holds: Iterable[Hold],
    policy: Policy,
    today: date,
    opening: days.OpeningDays | None,
    runs: Sequence[tuple[date, date]],
) -> dict[int, Standing]:
    """Return where each of some waiting reservations stands, by id, in two queries (HLD-2, HLD-4, HLD-12).

    `opening` is the prefectural library's calendar; `runs` are cut-off and first day of the window of the coming runs.
    There is no forecast for what is paused, nor for a volume that waits for an earlier one (HLD-9): a third query.
    """
    waiting = [hold for hold in holds if hold.is_waiting]
    if not waiting:
        return {}
    copies, queues = _copies(waiting, policy, today), _queues(waiting, today)
    held_up = Hold.objects.filter(pk__in=[hold.pk for hold in waiting if hold.group_id]).behind_an_earlier_volume()
    behind = set(held_up.values_list("pk", flat=True))
    found = {}
    for hold in waiting:
        ahead, fitting = queues[hold.bib_id].ahead.get(hold.pk), copies[hold.bib_id, hold.only_item_id]
        if ahead is None:
            continue  # it has been secured since it was read
        is_still = hold.pk in behind or hold.is_paused(today)
        found[hold.pk] = Standing(
            Place(ahead.position, queues[hold.bib_id].length, copies[hold.bib_id, None].all),
            waiting_face(on_shelf=fitting.on_shelf, coming_back=fitting.away, is_on_order=hold.bib.is_on_order),
            hold.pk in behind,
            None
            if is_still or opening is None
            else foresee(
                ahead,
                fitting,
                is_delivered=hold.is_for_delivery,
                policy=policy,
                today=today,
                opening=opening,
                runs=runs,
            ),
        )
    return found


def forecasts(
    holds: Iterable[Hold], policy: Policy, today: date, opening: days.OpeningDays, runs: Sequence[tuple[date, date]]
) -> dict[int, Forecast]:
    """Return of some waiting reservations by when they will probably be ready, by id: as `standings` says (HLD-12)."""
    found = standings(holds, policy, today, opening, runs)
    return {pk: standing.forecast for pk, standing in found.items() if standing.forecast is not None}


def foresee(
    ahead: Ahead,
    copies: Copies,
    *,
    is_delivered: bool,
    policy: Policy,
    today: date,
    opening: days.OpeningDays,
    runs: Sequence[tuple[date, date]],
) -> Forecast | None:
    """Return by when a reservation at this place in the queue for these copies will probably be ready (HLD-12)."""
    return forecast(
        position=ahead.position,
        delivered_ahead=ahead.delivered,
        paused_ahead=ahead.paused,
        free_copies=copies.free,
        set_aside=copies.set_aside,
        due_dates=copies.due_dates,
        today=today,
        opening=opening,
        policy=policy,
        runs=runs,
        is_delivered=is_delivered,
    )


@dataclass(frozen=True, slots=True)
class Copies:
    """Where the copies are that may fill a reservation; `free` ones stand on a shelf, or on the hold shelf in vain."""

    all: int
    on_shelf: int
    away: int
    free: int
    set_aside: int
    due_dates: list[date]


def _copies(waiting: Iterable[Hold], policy: Policy, today: date) -> dict[tuple[int, int | None], Copies]:
    """Return the copies of each bib that is waited for, and of each particular item (HLD-6)."""
    waiting = list(waiting)
    items = Item.objects.for_holds(policy.holds_on_damaged).filter(bib_id__in={hold.bib_id for hold in waiting})
    by_bib: dict[int, list[Item]] = defaultdict(list)
    for item in items.only("bib", "whereabouts", "due_on", "received_on", "clearance_since"):
        by_bib[item.bib_id].append(item)
    asked = {(hold.bib_id, only_item) for hold in waiting for only_item in (None, hold.only_item_id)}
    return {
        (bib_id, only_item): count_copies([item for item in by_bib[bib_id] if only_item in (None, item.pk)], today)
        for bib_id, only_item in asked
    }


def count_copies(items: list[Item], today: date) -> Copies:
    """Say of the copies that may fill a reservation where they are."""
    on_shelf = sum(item.whereabouts == Whereabouts.SHELF for item in items)
    set_aside = [item.clearance_since for item in items if item.is_set_aside]
    in_vain = sum(since is not None for since in set_aside)
    return Copies(
        all=len(items),
        on_shelf=on_shelf,
        away=sum(item.whereabouts in COMING_BACK for item in items),
        free=on_shelf + in_vain,
        set_aside=len(set_aside) - in_vain,
        due_dates=[_expected_on(item, today) for item in items if item.is_on_loan],
    )


def _expected_on(item: Item, today: date) -> date:
    """Return the due date, or about when it arrives what a pickup library has taken back already (RET-3)."""
    return days.plus(today, DAYS_IN_THE_VAN) if item.received_on or item.due_on is None else item.due_on


@dataclass(frozen=True, slots=True)
class Ahead:
    """A place in the queue, and how many of those before it collect elsewhere and pause."""

    position: int = 1
    delivered: int = 0
    paused: int = 0

    def behind(self, *, is_delivered: bool, is_paused: bool) -> Ahead:
        """Return the place behind one more reservation."""
        return Ahead(self.position + 1, self.delivered + is_delivered, self.paused + is_paused)


@dataclass(slots=True)
class _Queue:
    """The places of a bib's waiting reservations by id, and how many there are."""

    ahead: dict[int, Ahead]
    length: int = 0


def _queues(waiting: Iterable[Hold], today: date) -> dict[int, _Queue]:
    """Return the queue of each bib that is waited for, in one query."""
    in_order = (
        Hold.objects.waiting()
        .filter(bib_id__in={hold.bib_id for hold in waiting})
        .in_queue_order()
        .values_list("pk", "bib_id", "pickup_at__is_home", "paused_at", "paused_until")
    )
    queues: dict[int, _Queue] = defaultdict(lambda: _Queue({}))
    reached: dict[int, Ahead] = defaultdict(Ahead)
    for pk, bib_id, is_home, paused_at, paused_until in in_order:
        here = reached[bib_id]
        queues[bib_id].ahead[pk] = here
        queues[bib_id].length += 1
        is_pausing = is_paused(paused_at, paused_until, today)
        reached[bib_id] = here.behind(is_delivered=not is_home, is_paused=is_pausing)
    return queues
