"""My Library: what a patron has, waits for and is asked to do now."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from circulation import queries
from circulation.views.todos import todos
from circulation.views.ways import Journey, journeys
from delivery import queries as deliveries
from holds import queries as holds
from okalib import clock, days, rules, wording
from okalib import queries as house
from okalib.web import PatronRequest, patron_page

ENDED_SHOWN_DAYS = 31
REQUESTS_SHOWN = 5


@dataclass(frozen=True, slots=True)
class LoanRow:
    """A loan as the page shows it."""

    loan: queries.Loan
    renewal: queries.Renewability
    journey: Journey | None
    today: date

    @property
    def title(self) -> str:
        """What was lent."""
        return self.loan.item.bib.full_title

    @property
    def due_on(self) -> date:
        """Its last day."""
        return self.loan.due_on

    @property
    def return_to(self) -> str:
        """Where it is to be brought back."""
        return self.loan.return_to.label

    @property
    def days_left(self) -> int:
        """How many days are left until its last day; negative when that is over."""
        return days.days_between(self.today, self.loan.due_on)

    @property
    def is_overdue(self) -> bool:
        """Whether its last day is over (LON-6)."""
        return self.loan.is_overdue(self.today)

    @property
    def can_be_late(self) -> bool:
        """Whether its last day is still to come, and no counter has it back."""
        return not self.is_overdue and self.loan.received_on is None

    @property
    def stage(self) -> str:
        """How far it is, if it was delivered."""
        return self.journey.stage if self.journey else ""

    @property
    def bag(self) -> Any:
        """The bag in which it was delivered."""
        return self.journey.way.bag if self.journey else None


@dataclass(frozen=True, slots=True)
class HoldRow:
    """A reservation as the page shows it."""

    hold: Any
    standing: holds.Standing | None
    is_paused: bool
    patron_is_late: bool

    @property
    def title(self) -> str:
        """What is reserved."""
        return self.hold.bib.full_title

    @property
    def place(self) -> str:
        """Where it is to be collected."""
        return self.hold.pickup_at.label

    @property
    def ahead(self) -> int:
        """How many readers come before."""
        return self.standing.place.position - 1 if self.standing else 0

    @property
    def forecast_words(self) -> str:
        """By when it will probably be ready, as vague as that is known (HLD-12)."""
        forecast = self.standing.forecast if self.standing else None
        write = wording.about_en if (get_language() or "ja").startswith("en") else wording.about_ja
        return write(forecast.earliest, forecast.latest, clock.today()) if forecast else ""

    @property
    def may_be_cancelled(self) -> bool:
        """Whether the patron ends it here and now (HLD-4)."""
        return self.hold.is_waiting and not (self.standing and self.standing.face == "on_order")


@require_safe
@patron_page
def my_library(request: PatronRequest) -> HttpResponse:
    """Show everything of a patron on one page, what is to be done first, in a fixed number of queries."""
    patron, policy, today = request.patron, house.policy(), clock.today()
    loans, ways = deliveries.loans_and_ways(patron)
    calendars = queries.calendars_for(loans)
    standing, ended = holds.of_patron_and_ended(patron, days.plus(today, -ENDED_SHOWN_DAYS))
    renewals = queries.renewabilities(loans, patron, policy, today, calendars.by_place)
    under_way = journeys(ways, loans, today)
    loan_rows = [LoanRow(loan, renewals[loan.pk], under_way.get(loan.pk), today) for loan in loans]
    is_late = any(row.is_overdue for row in loan_rows)
    hold_rows = _hold_rows(standing, policy, today, calendars, is_late)
    context = {
        "patron": patron,
        "loans": loan_rows,
        "holds": hold_rows,
        "todos": todos(patron, loan_rows, hold_rows, policy, today),
        "ended": ended,
        "requests": holds.requests_of(patron)[:REQUESTS_SHOWN],
        "limits": patron.category.limits(),
        "loan_numbers": _by_class(row.loan.item.material_class for row in loan_rows),
        "hold_numbers": _by_class(row.hold.material_class for row in hold_rows),
        "policy": policy,
        "today": today,
    }
    return render(request, "circulation/my_library.html", context)


def _hold_rows(
    standing: list[Any], policy: rules.Policy, today: date, calendars: queries.Calendars, is_late: bool
) -> list[HoldRow]:
    """Return the reservations, those to be collected first, then those that are coming, then those that wait."""
    runs = deliveries.windows(today) if any(hold.is_waiting for hold in standing) else []
    found = holds.standings(standing, policy, today, calendars.home, runs)
    in_order = sorted(standing, key=lambda hold: (not hold.is_ready, not hold.is_secured, hold.accepted_at))
    return [HoldRow(hold, found.get(hold.pk), hold.is_paused(today), is_late) for hold in in_order]


def _by_class(classes: Any) -> dict[str, int]:
    numbers = Counter(classes)
    return {"print": numbers["print"], "av": numbers["av"]}
