"""The queue of one title, read once, for all that its page says of it: how many wait, my place, by when about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from catalog.models import Bib, Item
from holds.models import Hold
from holds.queries.queue import Place
from holds.queries.standings import Ahead, Copies, count_copies, foresee
from holds.rules import Forecast
from okalib import days
from okalib.compiled import compiled
from okalib.models import Patron
from okalib.rules import Policy


@dataclass(frozen=True, slots=True)
class TitleQueue:
    """The open reservations of a title in the order of the queue, and the copies that can fill them."""

    holds: list[Hold]
    copies: Copies

    @property
    def waiting(self) -> list[Hold]:
        """Those without an item."""
        return [hold for hold in self.holds if hold.is_waiting]

    def of(self, patron: Patron | None) -> Hold | None:
        """Return a patron's own reservation."""
        return next((hold for hold in self.holds if patron is not None and hold.patron_id == patron.pk), None)

    def place(self, hold: Hold) -> Place | None:
        """Return "position k of n, m copies", None unless the reservation waits (HLD-2)."""
        waiting = [one.pk for one in self.waiting]
        if hold.pk not in waiting:
            return None
        return Place(waiting.index(hold.pk) + 1, len(waiting), self.copies.all)


def title_queue(bib: Bib, items: Iterable[Item], policy: Policy, today: date) -> TitleQueue:
    """Return the queue of a bib whose items have been read, in one query (CAT-7, HLD-2)."""
    fitting = [item for item in items if item.can_fill_holds(policy.holds_on_damaged)]
    return TitleQueue(_open_holds(bib=bib.pk), count_copies(fitting, today))


@compiled(bib=int)
def _open_holds(*, bib: int) -> QuerySet[Hold]:
    return Hold.objects.open().filter(bib=bib).select_related("pickup_at").in_queue_order()


def forecast_for_next(
    queue: TitleQueue,
    *,
    is_delivered: bool,
    policy: Policy,
    today: date,
    opening: days.OpeningDays,
    runs: Sequence[tuple[date, date]],
) -> Forecast | None:
    """Return by when a reservation made now would probably be ready; nothing is written for it (HLD-12).

    The next in the queue stands behind all that wait, paused ones included, since they keep their place (HLD-8).
    """
    ahead = _behind(queue.waiting, today)
    return foresee(
        ahead, queue.copies, is_delivered=is_delivered, policy=policy, today=today, opening=opening, runs=runs
    )


def forecast_for(
    hold: Hold,
    queue: TitleQueue,
    *,
    policy: Policy,
    today: date,
    opening: days.OpeningDays,
    runs: Sequence[tuple[date, date]],
) -> Forecast | None:
    """Return by when one of the queue will probably be ready, as `standings` says (HLD-12).

    None for what is paused, in order behind another volume (HLD-9), or waits for one particular copy (HLD-6): those
    have a page of their own that says more.
    """
    if not hold.is_waiting or hold.is_paused(today) or hold.group_id or hold.only_item_id:
        return None
    earlier = queue.waiting[: [one.pk for one in queue.waiting].index(hold.pk)]
    return foresee(
        _behind(earlier, today),
        queue.copies,
        is_delivered=hold.is_for_delivery,
        policy=policy,
        today=today,
        opening=opening,
        runs=runs,
    )


def _behind(holds: Iterable[Hold], today: date) -> Ahead:
    ahead = Ahead()
    for hold in holds:
        ahead = ahead.behind(is_delivered=not hold.pickup_at.is_home, is_paused=hold.is_paused(today))
    return ahead
