"""Who goes before whom: by staff with the right, or because a patron lets the next one go first (HLD-2)."""

from __future__ import annotations

from datetime import datetime, timedelta

from holds import rules
from holds.actions.queue import locked, refuse
from holds.models import Hold
from holds.queries import next_behind
from okalib import days
from okalib.actions import staff
from okalib.models import User
from okalib.rules import Refusal, Refused
from okalib.transactions import verb


@verb
def move(*, hold: Hold, before: Hold, by: User, now: datetime) -> Hold:
    """Move a waiting reservation ahead of another waiting one of the same bib (A40, A41); staff with the right only."""
    hold = locked(hold.pk)
    before = Hold.objects.get(pk=before.pk)
    if not by.has_perm("holds.reorder_queue"):
        refuse([Refusal("no_right", "予約の順番を変える権限がありません。", "You may not reorder queues.")])
    if not (hold.is_waiting and before.is_waiting and hold.bib_id == before.bib_id and hold.pk != before.pk):
        refuse(
            [
                Refusal(
                    "not_waiting",
                    "順番を変えられるのは、同じ資料を待っている予約どうしだけです。",
                    "Only reservations of the same title that wait can change places.",
                )
            ]
        )
    _go_before(hold, before)
    staff.record(verb="move", subject=f"hold:{hold.pk}", by=by, now=now, patron=hold.patron)
    hold.refresh_from_db()
    return hold


@verb
def yield_place(*, hold: Hold, by: User | None, now: datetime) -> Hold:
    """Let the next in the queue who can be served go first; everybody else keeps their order (HLD-2, A43).

    Who pauses, or waits for an earlier volume, does not count. Returns the reservation that goes first; raises Refused
    where this one does not wait, or nobody who could go first waits behind it.
    """
    hold = locked(hold.pk)
    refuse(rules.give_up_objections(hold.state))
    following = next_behind(hold, days.day_of(now))
    if following is None:
        raise Refused([rules.nobody_behind()])
    _go_before(following, hold)
    staff.record(verb="yield_place", subject=f"hold:{following.pk}", by=by, now=now, patron=hold.patron)
    return following


def _go_before(hold: Hold, before: Hold) -> None:
    others = [other for other in Hold.objects.open().filter(bib_id=hold.bib_id).in_queue_order() if other != hold]
    place = others.index(before)
    others.insert(place, hold)
    _renumber(others, place)


def _renumber(in_order: list[Hold], place: int) -> None:
    """Give the moved reservation a time of its own just before its follower's, pushing earlier ones if they touch."""
    tick = timedelta(microseconds=1)
    latest = in_order[place + 1].queue_at
    for hold in reversed(in_order[: place + 1]):
        if hold.queue_at < latest:
            return
        latest -= tick
        Hold.objects.filter(pk=hold.pk).update(queue_at=latest)
