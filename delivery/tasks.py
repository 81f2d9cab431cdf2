"""The jobs of the delivery, and those that look after the whole house from its top floor (OPS-1)."""

from __future__ import annotations

from datetime import date, datetime

from catalog import actions as catalog
from circulation import actions as circulation
from delivery import actions, consistency, figures, queries
from holds import actions as holds
from notifications import actions as notifications
from okalib import days, guessing
from okalib.actions import calendar, staff
from okalib.jobs import Report, job

PLANNED_AHEAD = 366  # days


@job("delivery_run")
def delivery_run(day: date, now: datetime) -> Report:
    """Lend and pack what the runs of this day take along (DLV-3, DLV-4)."""
    report = Report({"lent": 0, "exceptions": 0})
    for run in queries.runs_to_lend(day):
        result = actions.run(run=run, by=None, now=now)
        report.counts["lent"] += result.lent
        report.counts["exceptions"] += result.exceptions
        report.exceptions += [f"hold {row.hold_id}: {', '.join(row.codes)}" for row in queries.exceptions_of(run)]
    return report


@job("delivery_mail")
def delivery_mail(day: date, now: datetime) -> dict[str, int]:
    """Tell the patrons of the runs of this day what waits where (DLV-7)."""
    return {"told": sum(actions.announce(run=run, by=None, now=now)["told"] for run in queries.runs_to_announce(day))}


@job("calendar_and_runs")
def calendar_and_runs(day: date, now: datetime) -> dict[str, int]:
    """Keep the holidays and the delivery runs known for a year ahead (CAL-7, DLV-1)."""
    last = days.plus(day, PLANNED_AHEAD)
    holidays = calendar.seed_holidays(first_year=day.year, last_year=last.year)
    return {"holidays": holidays} | actions.plan(first=day, last=last)


@job("retention")
def retention(day: date, now: datetime) -> dict[str, int]:
    """Forget what need not be known any longer (RET-5, LON-5)."""
    return (
        {"notices": notifications.erase_old(now=now), "failed_log_ins": guessing.forget_failures(now=now)}
        | {"saved_searches": catalog.forget_searches(day=day)}
        | staff.forget_old(now=now)
        | circulation.erase_rest_periods(day=day)
        | circulation.forget_offline(now=now)
        | holds.forget_ended(day=day)
    )


@job("figures")
def count_figures(day: date, now: datetime) -> dict[str, int]:
    """Count what was done on the days before, while it can be counted (RET-5)."""
    return figures.count(day=day, now=now)


@job("consistency_check")
def consistency_check(day: date, now: datetime) -> Report:
    """Name every broken invariant (OPS-4); `manage.py check_invariants` says what to do about each."""
    broken = [finding for finding in consistency.check(now=now) if finding.is_broken]
    exceptions = [f"{finding.name}: {finding.count} ({', '.join(finding.examples)})" for finding in broken]
    return Report({"broken": len(broken)}, exceptions)
