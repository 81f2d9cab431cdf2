"""What the policy means, in dates one can point at: for the page that edits it (LON-1, LON-2, REN-1, SHF-2, DLV-6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from circulation import queries as circulation
from circulation import rules as lending
from circulation.rules import Period
from delivery import rules
from delivery.models import DeliveryRun
from holds import rules as queue
from okalib import days
from okalib.days import NoOpenDay, OpeningDays
from okalib.models import Library
from okalib.rules import Channel, MaterialClass, Policy, card_lapses_on

DECEMBER, CHRISTMAS_EVE = 12, 24


@dataclass(frozen=True, slots=True)
class LoanExample:
    """A book lent at the counter on a day: when it is due, and what has decided that."""

    lent_on: date
    due_on: date
    counted_to: date
    """The last day by counting alone; `due_on` is later where that day is closed."""
    period_name: str
    """The name of the loan period that rules, "" for the ordinary one (LON-2)."""


@dataclass(frozen=True, slots=True)
class Renewed:
    """A loan renewed as early as can be, and on its last day (REN-1)."""

    opens_on: date
    due_if_early: date
    due_if_late: date
    again_from: date
    """From when the same patron can have the title again if it comes back on its last day (LON-5)."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """What goes with the next run to a pickup library (DLV-6)."""

    library: Library
    window_to: date
    due_on: date


@dataclass(frozen=True, slots=True)
class PolicyEffect:
    """The dates of a policy for somebody who comes today."""

    today: date
    loans: list[LoanExample]
    renewed: Renewed | None
    told_on: date
    keep_until: date
    extended_to: date | None
    delivered: Delivered | None
    reminded_on: date
    overdue: list[tuple[int, date]]
    card_lapses_on: date
    card_warned_on: date

    @property
    def loan(self) -> LoanExample:
        """The first example: lent today, or on the next open day."""
        return self.loans[0]


def policy_effect(policy: Policy, today: date) -> PolicyEffect | None:
    """Return what a policy means from today on, whether it is in force or not; None without an open day (CAL-6)."""
    home = Library.objects.with_opening_days().filter(is_home=True).first()
    if home is None:
        return None
    try:
        return _effect(policy, today, home.opening_days())
    except NoOpenDay:
        return None


def _effect(policy: Policy, today: date, opening: OpeningDays) -> PolicyEffect:
    eve = date(today.year, DECEMBER, CHRISTMAS_EVE)
    lending_days = sorted({opening.on_or_after(today), opening.on_or_after(max(eve, today))})
    named = circulation.loan_periods(today)
    loans = [_loan(policy, day, opening, named) for day in lending_days]
    told_on = days.plus(today, 1)
    keep_until = queue.keep_until(told_on, opening, policy)
    lapses_on = card_lapses_on(today, policy)
    return PolicyEffect(
        today=today,
        loans=loans,
        renewed=_renewed(policy, loans[0].due_on, opening) if policy.max_renewals else None,
        told_on=told_on,
        keep_until=keep_until,
        extended_to=queue.extended(keep_until, opening, policy) if policy.shelf_extensions else None,
        delivered=_delivered(policy, today),
        reminded_on=days.plus(loans[0].due_on, -policy.due_soon_days),
        overdue=[(late, days.plus(loans[0].due_on, late)) for late in policy.overdue_days],
        card_lapses_on=lapses_on,
        card_warned_on=days.plus(lapses_on, -policy.card_lapse_warning_days),
    )


def _loan(policy: Policy, lent_on: date, opening: OpeningDays, named: Sequence[tuple[str, Period]]) -> LoanExample:
    period = lending.period_for(
        [period for _name, period in named],
        day=lent_on,
        channel=Channel.COUNTER,
        material_class=MaterialClass.PRINT,
        category_id=None,
        interlibrary=False,
    )
    loan_days = period.days if period else policy.loan_days
    name = next((name for name, each in named if each == period), "")
    return LoanExample(
        lent_on, lending.due_on(lent_on, loan_days, opening, policy), days.plus(lent_on, max(loan_days - 1, 0)), name
    )


def _renewed(policy: Policy, due: date, opening: OpeningDays) -> Renewed:
    opens_on = lending.renewal_opens_on(due, policy)
    late = lending.renewed_due_on(due, due, opening, policy)
    return Renewed(
        opens_on,
        lending.renewed_due_on(due, opens_on, opening, policy),
        late,
        days.plus(lending.rest_until(late, policy), 1),
    )


def _delivered(policy: Policy, today: date) -> Delivered | None:
    run = DeliveryRun.objects.filter(cut_off_on__gte=today, is_cancelled=False).first()
    library = Library.objects.filter(is_pickup=True, closed_down_on=None).with_opening_days().first()
    if run is None or library is None:
        return None
    try:
        return Delivered(library, run.window_to, rules.due_on(run.window_to, library.opening_days(), policy))
    except NoOpenDay:
        return None
