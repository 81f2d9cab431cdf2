"""What an emergency closure asks (CAL-8)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from circulation.models import Loan
from holds.models import Hold
from okalib import days
from okalib.models import EmergencyClosure, EmergencyMove, Library, Patron


def opening_days_if_closed(library: Library, first_on: date, last_on: date) -> days.OpeningDays:
    """Return a library's calendar as it would be with one more closure."""
    opening = Library.objects.with_calendar().get(pk=library.pk).opening_days()
    return replace(opening, closures=tuple(sorted({*opening.closures, (first_on, last_on)})))


def emergency_in_force(library: Library, first_on: date, last_on: date) -> EmergencyClosure | None:
    """Return the emergency closure of exactly these days that has been applied and not taken back."""
    applied = EmergencyClosure.objects.filter(applied_at__isnull=False, undone_at=None)
    return applied.filter(library=library, first_on=first_on, last_on=last_on).first()


def whose(moves: Sequence[EmergencyMove]) -> dict[EmergencyMove, tuple[Patron, str]]:
    """Return whom each moved date concerns, and the title; what has been returned meanwhile concerns nobody."""
    ids = {kind: [move.object_id for move in moves if move.kind == kind] for kind in ("loan", "hold")}
    found: dict[tuple[str, int], tuple[Patron, str]] = {}
    for loan in Loan.objects.filter(pk__in=ids["loan"]).select_related("item__bib", "patron"):
        if loan.patron is not None:
            found["loan", loan.pk] = loan.patron, loan.item.bib.full_title
    for hold in Hold.objects.filter(pk__in=ids["hold"]).select_related("bib", "patron"):
        if hold.patron is not None:
            found["hold", hold.pk] = hold.patron, hold.bib.full_title
    known = ((move, found.get((move.kind, move.object_id))) for move in moves)
    return {move: whom for move, whom in known if whom is not None}
