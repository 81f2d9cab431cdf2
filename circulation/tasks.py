"""The jobs of the desk (OPS-1)."""

from __future__ import annotations

from datetime import date, datetime

from circulation import actions
from okalib.jobs import job


@job("due_and_overdue")
def due_and_overdue(day: date, now: datetime) -> dict[str, int]:
    """Remind of what is due soon and of what is overdue (NTF-1)."""
    return actions.remind(day=day, now=now)


@job("card_lapse")
def card_lapse(day: date, now: datetime) -> dict[str, int]:
    """Tell the patrons whose cards will lapse soon (PAT-1)."""
    return actions.remind_of_lapse(day=day, now=now)
