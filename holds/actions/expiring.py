"""The sweep of the hold shelf: what was not collected in time (SHF-4).

1. Deadlines that a closure entered since has touched are moved, a transaction each.
2. Of those past their deadline most have nobody behind them: they end in handfuls, a transaction for each handful, so
   that a desk that wants one of their titles waits for a moment only.
3. The others, and a handful in which something fails, end one by one, and each gives its item to the next.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from catalog.models import Bib, Item
from holds import queries, rules
from holds.actions.queue import end, locked
from holds.actions.shelf import ready_key
from holds.models import Hold
from holds.rules import EndReason, HoldState
from notifications.actions import Letter, post, post_all
from notifications.queries import reached, reached_at
from okalib import days
from okalib.models import EmergencyClosure, Library, PolicySettings
from okalib.one_by_one import in_handfuls, one_by_one
from okalib.rules import Policy
from okalib.transactions import can_be_done_again, verb


def expire(*, day: date, now: datetime) -> dict[str, int]:
    """End the ready reservations whose deadline lies before `day` (SHF-4, A89, A91); one transaction each.

    Nobody's ends while the patron could not be told; who was told late has the whole period from that day (A77).
    Deadlines that a closure entered since has touched are moved first (SHF-2). While an emergency keeps the library
    shut nothing expires (CAL-8).
    """
    opening, policy = Library.objects.home().opening_days(), PolicySettings.current()
    counts = {"moved": 0, "expired": 0, "told_late": 0, "not_told": 0}
    if EmergencyClosure.objects.in_force(day).filter(library__is_home=True).exists():
        return counts

    def move(pk: int) -> bool:
        return _follow_calendar(hold_id=pk, now=now, opening=opening, policy=policy)

    def end_it(pk: int) -> str:
        return _expire_one(hold_id=pk, day=day, now=now, opening=opening, policy=policy)

    def end_together(pks: Sequence[int]) -> set[int]:
        return _expire_together(hold_ids=pks, day=day, now=now, opening=opening, policy=policy)

    counts["moved"] = sum(one_by_one(queries.touched_by_calendar(opening), move, what="hold"))
    over = Hold.objects.filter(state=HoldState.READY, keep_until__lt=day).order_by("keep_until", "id")
    with can_be_done_again():
        due = list(over.values_list("pk", flat=True))
        done, _failed = in_handfuls(due, end_together)
        ended: set[int] = set().union(*done)
        counts["expired"] = len(ended)
        for outcome in one_by_one([pk for pk in due if pk not in ended], end_it, what="hold"):
            if outcome:
                counts[outcome] += 1
    return counts


@verb
def _expire_together(
    *, hold_ids: Sequence[int], day: date, now: datetime, opening: days.OpeningDays, policy: Policy
) -> set[int]:
    """End those of a handful that nobody waits behind and whose patrons were told in time; returns their numbers."""
    Bib.objects.lock_all(Hold.objects.filter(pk__in=hold_ids).values_list("bib_id", flat=True))
    over = Hold.objects.filter(pk__in=hold_ids, state=HoldState.READY, keep_until__lt=day)
    holds = list(over.select_related("bib", "patron", "pickup_at"))
    wanted = queries.waiting_by_bib(hold.bib_id for hold in holds)
    told_at = reached(ready_key(hold) for hold in holds)
    ended = [
        hold
        for hold in holds
        if hold.bib_id not in wanted
        and (told := told_at.get(ready_key(hold))) is not None
        and _later_deadline(hold, told, day, opening, policy) is None
    ]
    Item.objects.filter(holds__in=ended).put_on_clearance(now)
    Hold.objects.filter(pk__in=[hold.pk for hold in ended]).end_all(HoldState.EXPIRED, EndReason.NOT_COLLECTED, now)
    post_all(letters=[_letter(hold) for hold in ended], now=now)
    return {hold.pk for hold in ended}


def _later_deadline(hold: Hold, told_at: datetime, day: date, opening: days.OpeningDays, policy: Policy) -> date | None:
    """Return until when a patron who was told late has time after all, None for the others (A77)."""
    assert hold.keep_until is not None  # noqa: S101 - ready holds have a deadline: a constraint says so
    deadline = rules.keep_until(days.day_of(told_at), opening, policy, hold.need_by)
    return deadline if deadline >= day and hold.keep_until < deadline else None


def _letter(hold: Hold) -> Letter:
    library = {"ja": hold.pickup_at.name, "en": hold.pickup_at.name_en or hold.pickup_at.name}
    context = {"title": hold.bib.full_title, "library": library, "keep_until": hold.keep_until}
    return Letter(f"expired:{hold.pk}", "expired", hold.patron, context, f"hold:{hold.pk}")


@verb
def _follow_calendar(*, hold_id: int, now: datetime, opening: days.OpeningDays, policy: Policy) -> bool:
    """Count a deadline anew after the calendar has changed, never earlier, and tell who has been told (SHF-2, A88)."""
    hold = locked(hold_id)
    if not hold.is_ready or hold.keep_until is None or hold.announced_on is None:
        return False
    before = hold.keep_until
    after = rules.recomputed_deadline(hold.announced_on, before, hold.extensions, opening, policy, hold.need_by)
    if after == before:
        return False
    hold.keep_until = after
    hold.save()
    if reached_at(ready_key(hold)) is None:
        return True  # the notice that still waits says the new day
    move = {"title": hold.bib.full_title, "label": rules.DEADLINE_LABEL, "old_on": before, "new_on": after}
    post(
        key=f"dates_moved:hold:{hold.pk}:{after}",
        kind="dates_moved",
        patron=hold.patron,
        context={"reason": queries.why_closed(hold.pickup_at, hold.announced_on, before), "moves": [move]},
        cause=f"hold:{hold.pk}",
        now=now,
    )
    return True


@verb
def _expire_one(*, hold_id: int, day: date, now: datetime, opening: days.OpeningDays, policy: Policy) -> str:
    hold = locked(hold_id)
    if not hold.is_ready or hold.keep_until is None or hold.keep_until >= day:
        return ""
    told_at = reached_at(ready_key(hold))
    if told_at is None:
        return "not_told"
    deadline = _later_deadline(hold, told_at, day, opening, policy)
    if deadline is not None:
        hold.keep_until = deadline
        hold.save()
        return "told_late"
    letter = _letter(hold)
    end(hold=hold, state=HoldState.EXPIRED, reason=EndReason.NOT_COLLECTED, now=now, for_clearance=True)
    post_all(letters=[letter], now=now)
    return "expired"
