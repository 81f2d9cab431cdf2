"""The jobs of the outbox (OPS-1)."""

from __future__ import annotations

from datetime import date, datetime

from catalog.forms.saved import query_at
from notifications import actions
from okalib.jobs import Report, job


@job("send_notices", daily=False)
def send_notices(day: date, now: datetime) -> Report:
    """Send the notices that are due (NTF-2)."""
    return Report(dict(actions.send_due(now=now)))


@job("new_arrivals")
def new_arrivals(day: date, now: datetime) -> dict[str, int]:
    """Mail what is new in the searches that patrons keep (SDI); what a missed day would have told is told today."""
    return dict(actions.tell_new_arrivals(read=query_at, now=now))


@job("sweep_notices", daily=False)
def sweep_notices(day: date, now: datetime) -> Report:
    """Find the notices that a dead worker left in flight, and withdraw those whose cause is gone (NTF-2)."""
    return Report(dict(actions.sweep(now=now)))
