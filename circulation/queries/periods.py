"""Loan periods as staff see them: each with what it does, and with the others that it meets (LON-2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from circulation import rules
from circulation.models import LoanPeriod
from circulation.rules import Period
from okalib import days
from okalib.days import NoOpenDay
from okalib.models import Library, StaffAction
from okalib.rules import Policy

CHANGES_SHOWN = 20
NOT_YET_ENTERED = 2**62
"""The number of a period that is only looked at: it would be the last one entered."""


@dataclass(frozen=True, slots=True)
class Rival:
    """Another period that could rule the same loans, from when to when, and whether it does."""

    row: LoanPeriod
    first_on: date
    last_on: date
    rules_there: bool


@dataclass(frozen=True, slots=True)
class PeriodEffect:
    """The due dates at both ends of a period beside those without it, and which other periods it meets."""

    period: Period
    first_lent_on: date | None
    first_due_on: date | None
    first_due_without: date | None
    last_lent_on: date | None
    last_due_on: date | None
    last_due_without: date | None
    rivals: list[Rival]

    @property
    def has_no_open_day(self) -> bool:
        """Whether nothing is lent at the counter on any day of it."""
        return self.first_lent_on is None


def loan_periods(from_day: date) -> list[tuple[str, Period]]:
    """Return name and value of every period that is not over by `from_day` (LON-2)."""
    return [(row.name, row.as_period()) for row in LoanPeriod.objects.filter(last_on__gte=from_day)]


def all_loan_periods() -> list[LoanPeriod]:
    """Return every period, the latest first, each with its category."""
    return list(LoanPeriod.objects.select_related("category").order_by("-last_on", "-first_on", "-pk"))


def loan_period(period_id: int) -> LoanPeriod | None:
    """Return one period with its category."""
    return LoanPeriod.objects.select_related("category").filter(pk=period_id).first()


def changes_of_periods() -> list[StaffAction]:
    """Return who has changed loan periods last, and how (OPS-5)."""
    done = StaffAction.objects.filter(verb__in=["set_loan_period", "remove_loan_period"]).select_related("by")
    return list(done.order_by("-at", "-id")[:CHANGES_SHOWN])


def period_effects(periods: list[Period], policy: Policy) -> list[PeriodEffect]:
    """Return the effect of each period on the calendar of the prefectural library (LON-2); asks twice for all."""
    known = all_loan_periods()
    home = Library.objects.with_opening_days().filter(is_home=True).first()
    opening = home.opening_days() if home else None
    return [_effect(period, known, opening, policy) for period in periods]


def _effect(period: Period, known: list[LoanPeriod], opening: days.OpeningDays | None, policy: Policy) -> PeriodEffect:
    lent = _first_and_last(period, opening)
    dues: list[date | None] = [None] * 4
    if opening is not None and lent[0] is not None and lent[1] is not None:
        dues = [
            rules.due_on(day, loan_days, opening, policy)
            for day in (lent[0], lent[1])
            for loan_days in (period.days, policy.loan_days)
        ]
    return PeriodEffect(period, lent[0], dues[0], dues[1], lent[1], dues[2], dues[3], _rivals(period, known))


def _first_and_last(period: Period, opening: days.OpeningDays | None) -> tuple[date | None, date | None]:
    """The first and the last open day of a period; nothing where there is none."""
    if opening is None or period.last_on < period.first_on:
        return None, None
    try:
        first, last = opening.on_or_after(period.first_on), opening.on_or_before(period.last_on)
    except NoOpenDay:
        return None, None
    return (first, last) if first <= last else (None, None)


def _rivals(period: Period, known: list[LoanPeriod]) -> list[Rival]:
    found = []
    for row in known:
        other = row.as_period()
        if other.id != period.id and rules.rival_of(period, other):
            first_on, last_on = max(period.first_on, other.first_on), min(period.last_on, other.last_on)
            found.append(Rival(row, first_on, last_on, rules.ruling(period, other) == other))
    return found
