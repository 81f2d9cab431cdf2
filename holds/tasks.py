"""The jobs of the queue (OPS-1)."""

from __future__ import annotations

from datetime import date, datetime

from holds import actions
from okalib import days
from okalib.jobs import job
from okalib.queries import is_home_open


@job("pull_list", asks=is_home_open)
def pull_list(day: date, now: datetime) -> dict[str, int]:
    """Make the pull list of an open morning (PUL-1)."""
    return {"lines": actions.make_pull_list(day=day, now=now)}


@job("ready_mails")
def ready_mails(day: date, now: datetime) -> dict[str, int]:
    """Tell the patrons whose items were secured the day before (SHF-1); a missed day's are told today."""
    return actions.announce(day=max(day, days.day_of(now)), now=now)


@job("expiry")
def expiry(day: date, now: datetime) -> dict[str, int]:
    """End what was not collected in time, and what is not needed any more (SHF-4, HLD-8)."""
    return actions.expire(day=day, now=now) | actions.end_unneeded(day=day, now=now)
