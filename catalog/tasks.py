"""The jobs of the catalogue (OPS-1)."""

from __future__ import annotations

from datetime import date, datetime

from catalog import actions
from okalib import days
from okalib.jobs import job


@job("class_counts")
def class_counts(day: date, now: datetime) -> dict[str, int]:
    """Count how many titles stand in each class; a missed day has nothing to catch up, today's count says it all."""
    return {"classes": actions.count_classes()} if day >= days.day_of(now) else {}
