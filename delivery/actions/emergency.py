"""A typhoon, an earthquake, a burst pipe: close for some days and move what it touches (CAL-8)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from circulation.actions import move_due_dates
from circulation.models import Loan
from delivery import queries, rules
from holds.actions import move_deadlines
from holds.models import Hold
from holds.rules import DEADLINE_LABEL, HoldState, recomputed_deadline
from notifications.actions import post
from okalib import days, objections
from okalib.actions import staff
from okalib.models import Closure, EmergencyClosure, EmergencyMove, Library, Patron, PolicySettings, User
from okalib.rules import Refused
from okalib.transactions import verb

T = TypeVar("T")

AT_ONCE = 100
"""Things moved, or patrons told, in one transaction: a day touches thousands, and the desks go on working."""

LABELS = {"loan": {"ja": "返却期限日", "en": "Due date"}, "hold": DEADLINE_LABEL}


@dataclass(frozen=True, slots=True)
class Move:
    """One date that the closure moves: of a loan or of a reservation on the hold shelf."""

    kind: str
    object_id: int
    patron: Patron
    title: str
    before: date
    after: date


def cause_of(closure: EmergencyClosure) -> str:
    """Return what the mails about a closure name as their cause (NTF-2)."""
    return f"emergency:{closure.pk}"


def preview_emergency(
    *, library: Library, first_on: date, last_on: date, now: datetime, spread_days: int = 1
) -> list[Move]:
    """Return what an emergency closure would move, changing nothing (CAL-8); raises Refused as the closure does."""
    _keep_in_reach(library, first_on, last_on, now)
    return list(_moves(library, first_on, last_on, spread_days, days.day_of(now)))


def close_in_emergency(
    *,
    library: Library,
    first_on: date,
    last_on: date,
    reason: str,
    by: User,
    now: datetime,
    public_note: str = "",
    spread_days: int = 1,
) -> EmergencyClosure:
    """Close a library for a period and move what that touches: due dates and shelf deadlines (CAL-8, A88).

    Never earlier, to open days, spread over the first `spread_days` of them. What was overdue stays overdue. Some at a
    time: applied twice, or again after a kill, it moves what is left and nothing else. Raises Refused (no_open_day).
    """
    closure = _close(
        library=library,
        first_on=first_on,
        last_on=last_on,
        reason=reason,
        by=by,
        now=now,
        public_note=public_note,
        spread_days=spread_days,
    )
    moves = list(_moves(library, first_on, last_on, spread_days, days.day_of(closure.applied_at or now)))
    for some in some_at_a_time(moves):
        _apply(closure=closure, moves=some)
    _tell_patrons(closure, reason, now)
    return closure


@verb
def _close(
    *,
    library: Library,
    first_on: date,
    last_on: date,
    reason: str,
    by: User,
    now: datetime,
    public_note: str,
    spread_days: int,
) -> EmergencyClosure:
    Library.objects.select_for_update(no_key=True, of=("self",)).get(pk=library.pk)
    known = queries.emergency_in_force(library, first_on, last_on)
    if known:
        return known
    _keep_in_reach(library, first_on, last_on, now)
    closure = EmergencyClosure.objects.create(
        library=library,
        first_on=first_on,
        last_on=last_on,
        reason=reason,
        public_note=public_note,
        spread_days=spread_days,
        applied_at=now,
        applied_by=by,
    )
    Closure.objects.create(
        library=library,
        first_on=first_on,
        last_on=last_on,
        reason=reason,
        public_note=public_note,
        emergency=closure,
    )
    staff.record(
        verb="close_in_emergency", subject=f"{library.code} {first_on}–{last_on}", by=by, now=now, reason=reason
    )
    return closure


def _keep_in_reach(library: Library, first_on: date, last_on: date, now: datetime) -> None:
    """Refuse a closure after which no open day is in reach: nothing could be moved to one (CAL-6)."""
    opening = queries.opening_days_if_closed(library, first_on, last_on)
    if refusals := objections.to_calendar(opening, days.day_of(now)):
        raise Refused(refusals)


def _moves(library: Library, first_on: date, last_on: date, spread_days: int, today: date) -> Iterator[Move]:
    opening = queries.opening_days_if_closed(library, first_on, last_on)
    policy = PolicySettings.current()
    for loan in _loans_touched(library, first_on, last_on, today):
        after = rules.moved_date(loan.due_on, opening, spread_days, loan.pk)
        if after > loan.due_on and loan.patron is not None:
            yield Move("loan", loan.pk, loan.patron, loan.item.bib.full_title, loan.due_on, after)
    for hold in _holds_touched(library, first_on, last_on):
        if hold.keep_until is None or hold.announced_on is None or hold.patron is None:
            continue
        after = recomputed_deadline(hold.announced_on, hold.keep_until, hold.extensions, opening, policy, hold.need_by)
        if after == opening.on_or_after(last_on):
            after = rules.moved_date(after, opening, spread_days, hold.pk)
        if after > hold.keep_until:
            yield Move("hold", hold.pk, hold.patron, hold.bib.full_title, hold.keep_until, after)


def _loans_touched(library: Library, first_on: date, last_on: date, today: date) -> list[Loan]:
    touched = Loan.objects.open().filter(
        return_to=library, due_on__range=(first_on, last_on), due_on__gte=today, received_on=None
    )
    return list(touched.select_related("item__bib", "patron").order_by("id"))


def _holds_touched(library: Library, first_on: date, last_on: date) -> list[Hold]:
    touched = Hold.objects.filter(
        state=HoldState.READY, pickup_at=library, keep_until__gte=first_on, announced_on__lte=last_on
    )
    return list(touched.select_related("bib", "patron").order_by("id"))


@verb
def _apply(*, closure: EmergencyClosure, moves: Sequence[Move]) -> None:
    if not EmergencyClosure.objects.filter(pk=closure.pk, undone_at=None).exists():
        return  # taken back meanwhile, from another window
    known = set(closure.moves.filter(object_id__in=[move.object_id for move in moves]).values_list("kind", "object_id"))
    new = [move for move in moves if (move.kind, move.object_id) not in known]
    moved = {("loan", pk) for pk in move_due_dates(due_on=_wanted(new, "loan"))}
    moved |= {("hold", pk) for pk in move_deadlines(keep_until=_wanted(new, "hold"))}
    EmergencyMove.objects.bulk_create(
        EmergencyMove(closure=closure, kind=move.kind, object_id=move.object_id, before=move.before, after=move.after)
        for move in new
        if (move.kind, move.object_id) in moved
    )


def _wanted(moves: Sequence[Move], kind: str) -> dict[int, date]:
    return {move.object_id: move.after for move in moves if move.kind == kind}


def some_at_a_time(things: Sequence[T]) -> Iterator[Sequence[T]]:
    """Yield things on end, `AT_ONCE` in one transaction."""
    for start in range(0, len(things), AT_ONCE):
        yield things[start : start + AT_ONCE]


def _tell_patrons(closure: EmergencyClosure, reason: str, now: datetime) -> None:
    """One mail per patron with all the dates that moved (NTF-1)."""
    by_patron: dict[Patron, list[dict[str, object]]] = defaultdict(list)
    for some in some_at_a_time(list(closure.moves.order_by("id"))):
        for move, (patron, title) in queries.whose(some).items():
            by_patron[patron].append(
                {"title": title, "label": LABELS[move.kind], "old_on": move.before, "new_on": move.after}
            )
    for letters in some_at_a_time(list(by_patron.items())):
        _tell(closure=closure, letters=letters, reason=reason, now=now)


@verb
def _tell(
    *,
    closure: EmergencyClosure,
    letters: Sequence[tuple[Patron, list[dict[str, object]]]],
    reason: str,
    now: datetime,
) -> None:
    for patron, moves in letters:
        post(
            key=f"dates_moved:{closure.pk}:{patron.pk}",
            kind="dates_moved",
            patron=patron,
            context={"reason": closure.public_note or reason, "moves": moves},
            cause=cause_of(closure),
            now=now,
        )
