"""What happens to calendars: closures foreseen, and closures in an emergency."""

from __future__ import annotations

from typing import Any

from delivery import actions as delivery
from okalib import days
from okalib.actions import calendar
from okalib.models import EmergencyClosure
from okalib.rehearsal.soak.ends import end_of
from okalib.rehearsal.soak.life import AHEAD, Life, loan_due
from okalib.rehearsal.soak.steps.registry import step

BOTH = ("home", "branch")


@step(2, place=BOTH, ahead=AHEAD, length=range(5))
def close(life: Life, place: str, ahead: int, length: int) -> None:
    """CAL-4: a closure moves no due date."""
    first = days.plus(life.model.today, ahead)
    last = days.plus(first, length)
    calendar.close_period(
        library=life.places[place], first_on=first, last_on=last, reason="点検", by=life.house.desk, now=life.now()
    )
    life.calendars[place].closed.append((first, last))


@step(2, place=BOTH, ahead=range(3), length=range(5))
def close_in_emergency(life: Life, place: str, ahead: int, length: int) -> None:
    """CAL-8, A88: what it touches moves to open days, never earlier; applied twice it changes nothing (A252)."""
    first = days.plus(life.model.today, ahead)
    last = days.plus(first, length)
    library = life.places[place]
    closing: dict[str, Any] = {"library": library, "first_on": first, "last_on": last, "reason": "台風"}
    closing |= {"by": life.house.desk, "now": life.now()}
    life.closures.append(delivery.close_in_emergency(**closing))
    life.calendars[place].closed.append((first, last))
    before = end_of(life.house)
    delivery.close_in_emergency(**closing)
    assert end_of(life.house) == before
    for copy, loan in life.loans():
        is_touched = loan.return_to_id == library.pk and first <= loan_due(copy) <= last
        if is_touched and copy.received_on is None and loan_due(copy) >= life.model.today:
            life.is_open_day(library, loan.due_on)
            assert loan.due_on > loan_due(copy)
            copy.due_on = loan.due_on
    life.follow_deadlines()


@step(2, when=lambda life: any(closure.undone_at is None for closure in life.closures))
def take_the_emergency_back(life: Life) -> None:
    """CAL-8: to no day that has passed."""
    closure = next(closure for closure in reversed(life.closures) if closure.undone_at is None)
    for each in life.closures:
        if each.pk == closure.pk:
            each.undone_at = life.now()
    delivery.undo_emergency(closure=EmergencyClosure.objects.get(pk=closure.pk), by=life.house.desk, now=life.now())
    place = "home" if closure.library_id == life.house.home.pk else "branch"
    closed = life.calendars[place].closed
    closed[:] = [period for period in closed if period != (closure.first_on, closure.last_on)]
    closed += [(row.first_on, row.last_on) for row in closure.library.closures.all()]
    for copy, loan in life.loans():
        assert loan.due_on == loan_due(copy) or loan.due_on >= life.model.today
        copy.due_on = loan.due_on
    for wish, hold in zip(life.model.wishes, life.held(), strict=True):
        if wish.state == "ready":
            wish.keep_until = hold.keep_until
