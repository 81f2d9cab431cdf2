"""Loan periods of their own, e.g. before the turn of the year (LON-2)."""

from __future__ import annotations

from datetime import datetime

from circulation import rules
from circulation.models import LoanPeriod
from okalib.actions import staff
from okalib.models import User
from okalib.rules import Refused
from okalib.transactions import verb


@verb
def set_loan_period(
    *,
    name: str,
    period: rules.Period,
    by: User | None,
    now: datetime,
    reason: str = "",
    in_place_of: LoanPeriod | None = None,
) -> LoanPeriod:
    """Enter a loan period, or change the one that it takes the place of; what is on loan keeps its due date (LON-2).

    Raises Refused with every reason (`circulation.rules.period_objections`).
    """
    row = in_place_of or LoanPeriod()
    others = LoanPeriod.objects.select_for_update(no_key=True).exclude(pk=row.pk)
    if refusals := rules.period_objections(period, [other.as_period() for other in others]):
        raise Refused(refusals)
    row.name, row.first_on, row.last_on, row.days = name, period.first_on, period.last_on, period.days
    row.channel, row.material_class, row.category_id = period.channel, period.material_class, period.category_id
    row.save()
    subject = f"{row.first_on}–{row.last_on} {row.channel} {row.material_class} {row.days}"
    staff.record(verb="set_loan_period", subject=" ".join(subject.split()), by=by, now=now, reason=reason or name)
    return row


@verb
def remove_loan_period(*, row: LoanPeriod, by: User | None, now: datetime, reason: str = "") -> None:
    """Take a loan period back; what was lent under it keeps its due date (LON-2)."""
    subject = f"{row.first_on}–{row.last_on} {row.name}"
    row.delete()
    staff.record(verb="remove_loan_period", subject=subject, by=by, now=now, reason=reason)
