"""Snow: a run is late, and with it go its mail, its window and the due dates of what it has lent (DLV-1, DLV-6).

The life of a shift:

1. `preview_shift` says what would move; nothing is changed.
2. `shift` moves the dates of the run and marks the slips of its bags to be printed again, in one transaction.
3. Then each due date, never earlier, and each mail to those who had been told the old days, one transaction each.

The new dates are the argument, not the number of days: applied twice, or again after a kill, it does what is left.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from circulation.actions import move_due_date
from circulation.models import Loan
from delivery import queries, rules
from delivery.actions.mailing import notice_key
from delivery.models import Bag, DeliveryRun, SlipLine
from notifications.actions import post
from notifications.contexts import primitive
from notifications.models import Notice
from notifications.rules import State
from okalib import days
from okalib.actions import staff
from okalib.models import Library, PolicySettings, User
from okalib.rules import Refused
from okalib.transactions import verb

UNSENT = (State.QUEUED, State.PHONE, State.FAILED)
LABELS = {
    "window_from": {"ja": "受渡期間の初日", "en": "First day to collect"},
    "window_to": {"ja": "受渡期間の末日", "en": "Last day to collect"},
    "due_on": {"ja": "返却期限日", "en": "Due date"},
}


@dataclass(frozen=True, slots=True)
class DueMove:
    """One due date that the shift moves; before and after are the same where it stays."""

    line: SlipLine
    before: date
    after: date


@dataclass(frozen=True, slots=True)
class Shift:
    """What a shift would do: dates, due dates, whom it would write to, which slips are to be printed again."""

    before: rules.RunDates
    after: rules.RunDates
    moves: list[DueMove]
    told: int
    bags: int
    overlapping: list[rules.RunDates]


def shifted_by(run: DeliveryRun, by_days: int) -> rules.RunDates:
    """Return the dates of a run that is late by some days; what has been done keeps its day."""
    is_lent, is_announced = run.lent_at is not None, run.announced_at is not None
    return rules.shifted(run.dates, by_days, is_lent=is_lent, is_announced=is_announced)


def preview_shift(*, run: DeliveryRun, dates: rules.RunDates) -> Shift:
    """Return what a shift to these dates would do, changing nothing. Raises Refused as the shift itself would."""
    if refusals := rules.shift_objections(run.dates, dates):
        raise Refused(refusals)
    lines = _lines(run)
    return Shift(
        before=run.dates,
        after=dates,
        moves=list(_moves(lines, dates)),
        told=Notice.objects.filter(key__in=list(_readers(run, lines))).exclude(state=State.WITHDRAWN).count(),
        bags=len({line.bag_id for line in lines}),
        overlapping=queries.neighbours(run, dates),
    )


def shift(*, run: DeliveryRun, dates: rules.RunDates, reason: str, by: User, now: datetime) -> DeliveryRun:
    """Move a run to later dates, and all that hangs on them; applied twice it changes nothing.

    Raises Refused for dates that are earlier than now or do not follow one another.
    """
    run = _move_run(run=run, dates=dates, reason=reason, by=by, now=now)
    for move in list(_moves(_lines(run), dates)):
        _move_due_date(move=move)
    for key, mine in _readers(run, _lines(run)).items():
        _tell(run=run, key=key, lines=mine, reason=reason, now=now)
    return run


@verb
def _move_run(*, run: DeliveryRun, dates: rules.RunDates, reason: str, by: User, now: datetime) -> DeliveryRun:
    run = DeliveryRun.objects.select_for_update(no_key=True).get(pk=run.pk)
    if run.dates == dates:
        return run
    if refusals := rules.shift_objections(run.dates, dates):
        raise Refused(refusals)
    before = run.window_to
    for name, day in asdict(dates).items():
        setattr(run, name, day)
    run.is_edited = True
    run.save()
    if dates.window_to != before:
        Bag.objects.filter(run=run, reprint_since=None).with_open_loans().update(reprint_since=now)
    subject = f"run {run.pk} window to {before} → {dates.window_to}"
    staff.record(verb="shift_run", subject=subject, by=by, now=now, reason=reason)
    return run


def _lines(run: DeliveryRun) -> list[SlipLine]:
    """What is still out, with what a mail and a due date need."""
    lines = queries.lines_of_run(run).filter(loan__returned_at=None, loan__received_on=None)
    return list(lines.select_related("bag__library", "loan__item__bib", "loan__patron"))


def _moves(lines: list[SlipLine], dates: rules.RunDates) -> Iterator[DueMove]:
    policy = PolicySettings.current()
    wanted = {line.bag.library_id for line in lines}
    dues: dict[int, date] = {}
    for library in Library.objects.with_calendar().filter(pk__in=wanted):
        try:
            dues[library.pk] = rules.due_on(dates.window_to, library.opening_days(), policy)
        except days.NoOpenDay:
            continue  # a calendar without open days keeps back its own library and stops no other (CAL-6)
    for line in lines:
        due = dues.get(line.bag.library_id, line.loan.due_on)
        yield DueMove(line, line.loan.due_on, max(due, line.loan.due_on))


@verb
def _move_due_date(*, move: DueMove) -> None:
    if move.after > move.before:
        move_due_date(loan=Loan.objects.get(pk=move.line.loan_id), due_on=move.after)


def _readers(run: DeliveryRun, lines: list[SlipLine]) -> dict[str, list[SlipLine]]:
    """Return by the key of their Thursday's notice what each patron still has to collect of this run.

    Patrons who have their bag know all they need but the due date, and see that in My Library.
    """
    readers: dict[str, list[SlipLine]] = defaultdict(list)
    for line in lines:
        if line.loan.patron is not None and not line.bag.is_with_patron:
            readers[notice_key(run, line.bag.library, line.loan.patron)].append(line)
    return readers


@verb
def _tell(*, run: DeliveryRun, key: str, lines: list[SlipLine], reason: str, now: datetime) -> None:
    """Tell one patron: by a mail with the old days and the new ones, or in the notice that has not gone out yet.

    The key of the mail names the new days, so that it is posted once (NTF-2).
    """
    notice = Notice.objects.select_for_update(no_key=True, of=("self",)).filter(key=key).first()
    if notice is None:
        return
    last_day = max(max(run.window_to, line.bag.keep_until or run.window_to) for line in lines)
    new = {"window_from": run.window_from, "window_to": last_day, "due_on": lines[0].loan.due_on}
    if notice.state in UNSENT:
        notice.context |= primitive(new)
        notice.save(update_fields=["context"])
    elif notice.state != State.WITHDRAWN:
        _post(run=run, lines=lines, told=notice.context, new=new, reason=reason, now=now)


def _post(
    *,
    run: DeliveryRun,
    lines: list[SlipLine],
    told: dict[str, Any],
    new: dict[str, date],
    reason: str,
    now: datetime,
) -> None:
    library, patron = lines[0].bag.library, lines[0].loan.patron
    assert patron is not None  # noqa: S101 - an open loan has its patron: a constraint says so
    place = {"ja": library.name, "en": library.name_en or library.name}
    moves = [_move(place, name, told, new[name]) for name in ("window_from", "window_to")]
    moves += [_move(line.loan.item.bib.full_title, "due_on", told, line.loan.due_on) for line in lines]
    moves = [move for move in moves if str(move["old_on"]) != str(move["new_on"])]
    if moves:
        post(
            key=f"dates_moved:run:{run.pk}:{library.pk}:{patron.pk}:{run.window_from}:{run.window_to}",
            kind="dates_moved",
            patron=patron,
            context={"reason": reason, "moves": moves},
            cause=f"run:{run.pk}",
            now=now,
        )


def _move(title: object, name: str, told: dict[str, Any], new_on: date) -> dict[str, object]:
    return {"title": title, "label": LABELS[name], "old_on": told.get(name) or new_on, "new_on": new_on}
