"""The typhoon has passed by: a closure is taken back, and whoever was told of it is told that too (CAL-8)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime

from catalog.models import Bib
from circulation.actions import move_due_dates
from circulation.models import Loan
from delivery import queries
from delivery.actions.emergency import LABELS, cause_of, some_at_a_time
from holds.actions import move_deadlines
from holds.models import Hold
from notifications.actions import post, withdraw
from notifications.models import Notice
from notifications.rules import State
from okalib import days
from okalib.actions import staff
from okalib.models import Closure, EmergencyClosure, EmergencyMove, Library, Patron, User
from okalib.transactions import verb

TAKEN_BACK = {"ja": "臨時休館の取消", "en": "The closure was called off"}

Letter = tuple[Patron | None, list[tuple[EmergencyMove, str]]]


def undo_emergency(*, closure: EmergencyClosure, by: User, now: datetime) -> EmergencyClosure:
    """Take an emergency closure back: what it moved and nobody moved since goes back (CAL-8).

    Never to a day that has passed: then to the first open day from today. What was not sent yet of its mails is
    withdrawn; who has had one is told the days that hold again, so that nobody becomes overdue by it. Done twice it
    changes nothing.
    """
    closure = _reopen(closure=closure, by=by, now=now)
    opening = Library.objects.with_calendar().get(pk=closure.library_id).opening_days()
    today = days.day_of(now)
    moves = list(closure.moves.order_by("id"))
    if moves:
        earliest = opening.on_or_after(today)
        for letters in some_at_a_time(_letters(moves)):
            _put_back(closure=closure, letters=letters, earliest=earliest, now=now)
    return closure


@verb
def _reopen(*, closure: EmergencyClosure, by: User, now: datetime) -> EmergencyClosure:
    closure = EmergencyClosure.objects.select_for_update(no_key=True, of=("self",)).get(pk=closure.pk)
    if closure.undone_at is None:
        closure.undone_at, closure.undone_by = now, by
        closure.save()
        Closure.objects.filter(emergency=closure).delete()
        withdraw(cause=cause_of(closure), reason="臨時休館を取り消したため", now=now)
        subject = f"{closure.library.code} {closure.first_on}–{closure.last_on}"
        staff.record(verb="undo_emergency", subject=subject, by=by, now=now)
    return closure


def _letters(moves: Sequence[EmergencyMove]) -> list[Letter]:
    """Gather moves by whom they concern, so that each hears of all at once; None where it is nobody any more."""
    whose = queries.whose(moves)
    by_patron: dict[Patron | None, list[tuple[EmergencyMove, str]]] = defaultdict(list)
    for move in moves:
        patron, title = whose.get(move, (None, ""))
        by_patron[patron].append((move, title))
    return list(by_patron.items())


@verb
def _put_back(*, closure: EmergencyClosure, letters: Sequence[Letter], earliest: date, now: datetime) -> None:
    moves = [move for _patron, told in letters for move, _title in told]
    today, stands = days.day_of(now), _locked_dates(moves)
    back = {
        (move.kind, move.object_id): move.before if move.before >= today else min(earliest, move.after)
        for move in moves
        if stands.get((move.kind, move.object_id)) == move.after  # else somebody has moved it since
    }
    move_due_dates(due_on={pk: day for (kind, pk), day in back.items() if kind == "loan"}, may_be_earlier=True)
    move_deadlines(keep_until={pk: day for (kind, pk), day in back.items() if kind == "hold"}, may_be_earlier=True)
    for patron, told in letters:
        if patron is not None:
            _tell(closure, patron, [(move, title, back.get((move.kind, move.object_id))) for move, title in told], now)
    EmergencyMove.objects.filter(pk__in=[move.pk for move in moves]).delete()


def _locked_dates(moves: Sequence[EmergencyMove]) -> dict[tuple[str, int], date | None]:
    """Lock what was moved, and return the dates that stand now."""
    loans = Loan.objects.open().filter(pk__in=[move.object_id for move in moves if move.kind == "loan"])
    holds = Hold.objects.filter(pk__in=[move.object_id for move in moves if move.kind == "hold"])
    Bib.objects.lock_all([*loans.values_list("item__bib_id", flat=True), *holds.values_list("bib_id", flat=True)])
    stands: dict[tuple[str, int], date | None] = {("loan", pk): on for pk, on in loans.values_list("pk", "due_on")}
    return stands | {("hold", pk): on for pk, on in holds.values_list("pk", "keep_until")}


def _tell(
    closure: EmergencyClosure, patron: Patron, told: list[tuple[EmergencyMove, str, date | None]], now: datetime
) -> None:
    notice = Notice.objects.filter(cause=cause_of(closure), patron=patron).first()
    if notice is None or notice.state == State.WITHDRAWN:
        return
    moves = [
        {"title": title, "label": LABELS[move.kind], "old_on": move.after, "new_on": back}
        for move, title, back in told
        if back is not None and back != move.after
    ]
    if moves:
        post(
            key=f"dates_back:{closure.pk}:{patron.pk}",
            kind="dates_moved",
            patron=patron,
            context={"reason": TAKEN_BACK, "moves": moves},
            cause=f"emergency_undone:{closure.pk}",
            now=now,
        )
