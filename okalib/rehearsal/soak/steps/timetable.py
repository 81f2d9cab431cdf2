"""What the timetable does: a day goes by with its jobs; where they changed anything, they are done once more."""

from __future__ import annotations

from datetime import date
from typing import Any

from delivery import actions as delivery
from delivery import queries as runs
from holds import actions as holds
from notifications import actions as notifications
from notifications.models import Notice
from okalib import days
from okalib.models import EmergencyClosure
from okalib.rehearsal.soak.ends import end_of
from okalib.rehearsal.soak.house import moment
from okalib.rehearsal.soak.life import Life
from okalib.rehearsal.soak.model import AFTER_THE_WINDOW, SHELF_DAYS
from okalib.rehearsal.soak.pieces import Calendar
from okalib.rehearsal.soak.steps.registry import step


@step(15, length=range(1, 4))
def days_pass(life: Life, length: int) -> None:
    """OPS-1."""
    for _day in range(length):
        _a_day_passes(life)


@step(1)
def weeks_pass(life: Life) -> None:
    """Long enough for anything to become overdue."""
    for _day in range(17):
        _a_day_passes(life)


def _a_day_passes(life: Life) -> None:
    day = life.model.today = days.plus(life.model.today, 1)
    life.minute, life.last_lent = 0, None  # the desk remembers its scans for minutes
    before = end_of(life.house)
    _expire(life, day)
    holds.end_unneeded(day=day, now=moment(day, 0, 40))
    life.model.end_unneeded()
    if life.calendars["home"].is_open(day):
        holds.make_pull_list(day=day, now=moment(day, 7, 30))
    _announce(life, day)
    for run in runs.runs_to_lend(day):
        _deliver(life, run, day)
    for run in runs.runs_to_announce(day):
        delivery.announce(run=run, by=None, now=moment(day, 9, 30))
    after = end_of(life.house)
    if after != before:  # else the first time was what the second would be
        _again(day)
        assert end_of(life.house) == after
    notifications.send_due(now=moment(day, 9, 45))
    _mail_was_true(life)


def _expire(life: Life, day: date) -> None:
    before = [(wish, hold) for wish, hold in zip(life.model.wishes, life.held(), strict=True) if wish.state == "ready"]
    holds.expire(day=day, now=moment(day, 0, 30))
    if EmergencyClosure.objects.in_force(day).filter(library=life.house.home).exists():
        return
    now = {hold.pk: hold for hold in life.held()}
    for wish, hold in before:
        found = now[hold.pk]
        if found.state == "ready" and found.keep_until != wish.keep_until:
            life.moves_to(wish, found)
        elif found.state == "expired":
            assert wish.keep_until is not None and wish.keep_until < day, found
    life.model.expire()


def _announce(life: Life, day: date) -> None:
    told = list(life.model.to_announce())
    assert holds.announce(day=day, now=moment(day, 8)) == {"told": len(told)}
    for wish in told:
        wish.state, wish.extensions = "ready", 0
        wish.keep_until = _last_day(life.calendars["home"], day, wish.need_by)


def _last_day(calendar: Calendar, day: date, need_by: date | None) -> date:
    """SHF-2, A60."""
    deadline = calendar.nth(day, SHELF_DAYS)
    if need_by is None or deadline <= need_by:
        return deadline
    return max(calendar.on_or_before(need_by), calendar.on_or_after(day))


def _deliver(life: Life, run: Any, day: date) -> None:
    delivery.run(run=run, by=None, now=moment(day, 9))
    branch = life.calendars["branch"]
    if not any(branch.is_open(each) for each in days.each_day(run.window_from, run.window_to)):
        return
    for wish in life.model.to_deliver(run.cut_off_on):
        assert wish.copy is not None
        if not life.model.against_lending(wish.patron, wish.copy, at_counter=False):
            due_on = branch.on_or_after(days.plus(run.window_to, AFTER_THE_WINDOW))
            life.model.lend(wish.patron, wish.copy, due_on)


def _again(day: date) -> None:
    """Every job once more: nothing may change (OPS-2, A252)."""
    holds.expire(day=day, now=moment(day, 9, 40))
    holds.end_unneeded(day=day, now=moment(day, 9, 40))
    holds.announce(day=day, now=moment(day, 9, 40))
    for run in runs.runs_to_lend(day):
        delivery.run(run=run, by=None, now=moment(day, 9, 40))
    for run in runs.runs_to_announce(day):
        delivery.announce(run=run, by=None, now=moment(day, 9, 40))


def _mail_was_true(life: Life) -> None:
    """A253: one notice for each that is ready, and for each that can be collected at the branch."""
    ready = [hold for hold in life.held() if hold.state == "ready"]
    keys = [f"ready:{hold.pk}:{hold.item_id}:{hold.announced_on}" for hold in ready]
    assert Notice.objects.filter(key__in=keys, state="sent").count() == len(keys), keys
    assert runs.to_tell(life.model.today) == []
