"""Closures, exceptional openings and other hours of single days (CAL-4)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from okalib import wording
from okalib.actions import staff
from okalib.actions.calendar.soundness import keep_in_reach
from okalib.days import Hours
from okalib.models import Closure, Library, SpecialOpening, User
from okalib.rules import Refusal, Refused
from okalib.transactions import verb

UNTIL_BEFORE_FROM = Refusal(
    "last_before_first",
    "休館の末日が初日より前になっています。",
    "The last day of the closure is before its first day.",
)
CLOSURE_OF_EMERGENCY = Refusal(
    "closure_of_emergency",
    "臨時休館の操作で登録された休館です。臨時休館の取消から元に戻してください。",
    "This closure belongs to an emergency closure. Please undo it there.",
)
NO_DAY = Refusal(
    "no_day_to_open", "この期間に、あてはまる日がありません。", "No day of this period is of the kind that was chosen."
)


def already_opened(day: date) -> Refusal:
    """The refusal for a second exceptional opening of one day (CAL-4)."""
    return Refusal(
        "already_opened_specially",
        f"{wording.day_ja(day)}の臨時開館・開館時間はすでに登録されています。",
        f"An exceptional opening is already entered for {wording.day_en(day)}.",
    )


@verb
def close_period(
    *,
    library: Library,
    first_on: date,
    last_on: date,
    reason: str,
    by: User | None,
    now: datetime,
    public_note: str = "",
) -> Closure:
    """Close one library from the first to the last day, both included; closures may overlap (CAL-4).

    `reason` is for staff, `public_note` stands on the calendar page. Raises Refused (last_before_first, no_open_day).
    """
    if last_on < first_on:
        raise Refused([UNTIL_BEFORE_FROM])
    closure = Closure.objects.create(
        library=library, first_on=first_on, last_on=last_on, reason=reason, public_note=public_note
    )
    keep_in_reach(library=library, now=now)
    staff.record(verb="close_period", subject=f"{library.code} {first_on}–{last_on}", by=by, now=now, reason=reason)
    return closure


@verb
def change_closure(
    *, closure: Closure, first_on: date, last_on: date, reason: str, by: User | None, now: datetime, public_note: str
) -> Closure:
    """Give a closure other days or words (CAL-4); that of an emergency is undone there instead (CAL-8).

    Raises Refused (closure_of_emergency, last_before_first, no_open_day).
    """
    refusals = [CLOSURE_OF_EMERGENCY] if closure.emergency_id is not None else []
    refusals += [UNTIL_BEFORE_FROM] if last_on < first_on else []
    if refusals:
        raise Refused(refusals)
    before = f"{closure.first_on}–{closure.last_on}"
    closure.first_on, closure.last_on = first_on, last_on
    closure.reason, closure.public_note = reason, public_note
    closure.save()
    keep_in_reach(library=closure.library, now=now)
    subject = f"{closure.library.code} {before} → {first_on}–{last_on}"
    staff.record(verb="change_closure", subject=subject, by=by, now=now, reason=reason)
    return closure


@verb
def open_specially(
    *,
    library: Library,
    on: Sequence[date],
    hours: Hours,
    by: User | None,
    now: datetime,
    note: str = "",
    reason: str = "",
) -> list[SpecialOpening]:
    """Open one library on days that are closed by its pattern, or give open days other hours (CAL-4).

    Raises Refused with each day that has hours of its own already (already_opened_specially), and where no day is
    given (no_day_to_open); a closure over the same day goes before it.
    """
    Library.objects.select_for_update(no_key=True, of=("self",)).get(pk=library.pk)
    known = library.special_openings.filter(day__in=on).order_by("day").values_list("day", flat=True)
    refusals = [already_opened(day) for day in known] if on else [NO_DAY]
    if refusals:
        raise Refused(refusals)
    openings = SpecialOpening.objects.bulk_create(
        SpecialOpening(library=library, day=day, opens=hours.opens, closes=hours.closes, note=note) for day in on
    )
    subject = f"{library.code} {'–'.join(str(day) for day in sorted({min(on), max(on)}))} {hours}"
    staff.record(verb="open_specially", subject=subject, by=by, now=now, reason=reason or note)
    return openings


@verb
def change_opening(
    *, opening: SpecialOpening, hours: Hours, note: str, by: User | None, now: datetime, reason: str = ""
) -> SpecialOpening:
    """Give an exceptional opening other hours or words (CAL-4)."""
    opening.opens, opening.closes, opening.note = hours.opens, hours.closes, note
    opening.save()
    subject = f"{opening.library.code} {opening.day} {hours}"
    staff.record(verb="change_special_opening", subject=subject, by=by, now=now, reason=reason or note)
    return opening


@verb
def remove(*, exception: Closure | SpecialOpening, by: User | None, now: datetime, reason: str = "") -> None:
    """Take back a closure or an exceptional opening; the closure of an emergency is undone there instead (CAL-8).

    Raises Refused (closure_of_emergency, no_open_day).
    """
    if isinstance(exception, Closure) and exception.emergency_id is not None:
        raise Refused([CLOSURE_OF_EMERGENCY])
    kind = "remove_closure" if isinstance(exception, Closure) else "remove_special_opening"
    library, subject = exception.library, f"{exception.library.code} {exception}"
    exception.delete()
    keep_in_reach(library=library, now=now)
    staff.record(verb=kind, subject=subject, by=by, now=now, reason=reason)
