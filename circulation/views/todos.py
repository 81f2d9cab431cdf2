"""What a patron is asked to do now, the most pressing first; what is alike is said once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from okalib import days, rules


@dataclass(slots=True)
class Todo:
    """One thing to do: a kind for the words, until when, where, and the rows of the page that it is about."""

    kind: str
    day: date | None = None
    place: str = ""
    rows: list[Any] = field(default_factory=list)

    @property
    def only_row(self) -> Any:
        """The one row that it is about, None where there are several."""
        return self.rows[0] if len(self.rows) == 1 else None


def todos(patron: Any, loans: list[Any], holds: list[Any], policy: rules.Policy, today: date) -> list[Todo]:
    """Return what is to be done now: bring back, collect, bring back soon, look after card and address."""
    found = _alike("overdue", ((row.due_on, row.return_to, row) for row in loans if row.is_overdue))
    found += _alike("collect", ((row.hold.keep_until, row.place, row) for row in holds if row.hold.is_ready))
    found += _alike(
        "collect_delivery", ((row.bag.last_day, row.bag.library.label, row) for row in loans if row.stage == "ready")
    )
    soon = (row for row in loans if row.can_be_late and row.days_left <= policy.due_soon_days)
    found += _alike("due_soon", ((row.due_on, row.return_to, row) for row in soon))
    if patron.email_failed_at is not None:
        found.append(Todo("mail_failed"))
    lapses_on = rules.card_lapses_on(patron.last_used_on, policy)
    if days.days_between(today, lapses_on) <= policy.card_lapse_warning_days:
        found.append(Todo("card_lapses", lapses_on))
    return found


def _alike(kind: str, found: Iterable[tuple[date, str, Any]]) -> list[Todo]:
    """Gather what is to be done until the same day at the same place, the first day first."""
    by_day_and_place: dict[tuple[date, str], Todo] = {}
    for day, place, row in found:
        by_day_and_place.setdefault((day, place), Todo(kind, day, place)).rows.append(row)
    return [by_day_and_place[key] for key in sorted(by_day_and_place, key=lambda key: key[0])]
