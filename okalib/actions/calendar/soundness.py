"""Every verb that edits a calendar ends with this question (CAL-6)."""

from __future__ import annotations

from datetime import datetime

from okalib import days, objections
from okalib.models import Library
from okalib.rules import Refused


def keep_in_reach(*, library: Library, now: datetime) -> None:
    """Refuse what the caller has just done to a calendar if no open day is left in reach (no_open_day, CAL-6)."""
    opening = Library.objects.with_opening_days().get(pk=library.pk).opening_days()
    if refusals := objections.to_calendar(opening, days.day_of(now)):
        raise Refused(refusals)
