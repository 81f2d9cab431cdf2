"""The jobs of the catalogue (OPS-1)."""

from __future__ import annotations

from datetime import date, datetime

from catalog import actions
from catalog.search import upkeep
from okalib import days
from okalib.jobs import job


@job("class_counts")
def class_counts(day: date, now: datetime) -> dict[str, int]:
    """Count how many titles stand in each class; a missed day has nothing to catch up, today's count says it all."""
    return {"classes": actions.count_classes()} if day >= days.day_of(now) else {}


@job("search_refresh", daily=False)
def search_refresh(day: date, now: datetime) -> dict[str, int]:
    """Bring the search index up to date with the copies that moved; merge what changed, where that is much."""
    return upkeep.keep_up(now=now)


@job("search_merge")
def search_merge(day: date, now: datetime) -> dict[str, int]:
    """Merge into the search index what has changed; on Sundays put all titles in order of copies and years anew."""
    return upkeep.tidy_up(now=now, renumbers=day.isoweekday() == 7) if day >= days.day_of(now) else {}
