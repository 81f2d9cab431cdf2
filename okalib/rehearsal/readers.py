"""The patrons of a rehearsal: what they do on a day, at counters and at the book drop."""

from __future__ import annotations

from datetime import date, datetime, time
from functools import partial
from typing import Any

from catalog.models import Item
from circulation import actions as circulation
from circulation.models import Loan
from delivery import actions as delivery
from delivery.models import Bag
from delivery.rules import BagState
from holds.models import Hold
from holds.rules import HoldState
from okalib import days
from okalib.models import Library, Patron
from okalib.rehearsal.browsing import sit_down_at_home
from okalib.rehearsal.stage import Stage
from okalib.rules import Override

NEVER_COLLECTED = 0.09
SESSIONS_A_DAY = 0.08  # for each patron
VISITS_A_DAY = 0.06


def plan_day(stage: Stage) -> None:
    """Put on the agenda what the patrons do today."""
    _plan_returns(stage)
    _plan_collecting(stage)
    _plan_bags(stage)
    patrons = len(stage.patron_ids)
    for _visit in range(stage.about(patrons * VISITS_A_DAY * stage.liveliness)):
        stage.in_hours(stage.home, partial(_visit_the_shelves, stage))
    for _session in range(stage.about(patrons * SESSIONS_A_DAY * stage.liveliness)):
        stage.on(time(6), partial(sit_down_at_home, stage), minutes=stage.lot.randrange(17 * 60))


# --- bringing back -------------------------------------------------------------------------------------------------


def _plan_returns(stage: Stage) -> None:
    still_out = Loan.objects.open().filter(received_on=None).exclude(patron__in=stage.scripted)
    for loan in still_out.select_related("slip_line__bag__run", "patron").order_by("pk"):
        if loan.item_id not in stage.book_drop and (due_back := _comes_back_on(stage, loan)) and due_back <= stage.day:
            _plan_return(stage, loan, is_first_try=due_back == stage.day)


def _comes_back_on(stage: Stage, loan: Loan) -> date | None:
    """When the patron brings it back: mostly in time; None while it is not with the patron."""
    begins = loan.renewed_on or loan.lent_on
    if loan.was_delivered:
        collected = collected_on(stage, loan.slip_line.bag)
        if collected is None:
            return None
        begins = max(begins, collected)
    fate = stage.fate("return", 10 * loan.pk + loan.renewals)
    draw = fate.random()
    if draw < 0.9:
        return days.plus(begins, fate.randint(3, max(3, days.days_between(begins, loan.due_on))))
    return days.plus(loan.due_on, fate.randint(1, 6) if draw < 0.97 else fate.randint(8, 40))


def _plan_return(stage: Stage, loan: Loan, *, is_first_try: bool) -> None:
    fate = stage.fate("way", loan.pk)
    draw = fate.random()
    if is_first_try and loan.was_delivered and draw < 0.8:
        return stage.in_hours(stage.libraries[loan.return_to_id], partial(_hand_in, stage, loan, loan.return_to))
    if is_first_try and draw > 0.92:
        elsewhere = fate.choice([library for library in stage.libraries.values() if library.is_pickup])
        return stage.in_hours(elsewhere, partial(_hand_in, stage, loan, elsewhere))
    if draw < 0.2 or not stage.is_open(stage.home, stage.day):
        return stage.on(time(20), partial(_drop, stage, loan))
    return stage.in_hours(stage.home, partial(_bring_back, stage, loan))


def _hand_in(stage: Stage, loan: Loan, library: Library, now: datetime) -> None:
    by = stage.crew.at_pickup.get(library.pk, stage.crew.cooperation)
    stage.verb("received elsewhere", circulation.receive, item=loan.item, library=library, by=by, now=now)


def _drop(stage: Stage, loan: Loan, now: datetime) -> None:
    stage.book_drop.append(loan.item_id)
    stage.account.counts["dropped"] += 1


def _bring_back(stage: Stage, loan: Loan, now: datetime) -> None:
    stage.verb("returned", circulation.check_in, item=loan.item, by=stage.crew.desk, now=now)


# --- collecting ----------------------------------------------------------------------------------------------------


def _plan_collecting(stage: Stage) -> None:
    ready = Hold.objects.filter(state=HoldState.READY).exclude(patron__in=stage.scripted)
    for hold in ready.select_related("item", "patron").order_by("pk"):
        told_on = hold.announced_on or stage.day
        fate = stage.fate("collect", 7 * hold.pk + told_on.toordinal())
        if fate.random() > NEVER_COLLECTED and stage.day >= days.plus(told_on, fate.randint(0, 7)):
            stage.in_hours(stage.home, partial(_collect, stage, hold))
    impatient = Hold.objects.filter(state=HoldState.SECURED, pickup_at=stage.home).exclude(patron__in=stage.scripted)
    for hold in impatient.select_related("item", "patron").order_by("pk"):
        if stage.chance(0.03):  # came by before the mail (SHF-3)
            stage.in_hours(stage.home, partial(_collect, stage, hold))


def _collect(stage: Stage, hold: Hold, now: datetime) -> None:
    if hold.item is not None and hold.patron is not None:
        lend(stage, hold.item, hold.patron, now, "collected")


def lend(stage: Stage, item: Item, patron: Patron, now: datetime, what: str) -> None:
    """Lend at the counter; now and then the cooperation desk makes an exception (LIM-4)."""
    facts: dict[str, Any] = {"item": item, "patron": patron, "now": now}
    if stage.verb(what, circulation.check_out, by=stage.crew.desk, **facts) is None and stage.chance(0.15):
        exception = Override(reason="館長の承認による")
        stage.verb(
            f"{what} by exception", circulation.check_out, by=stage.crew.cooperation, override=exception, **facts
        )


def collected_on(stage: Stage, bag: Bag) -> date | None:
    """When a bag's patron comes for it, None for one that is never collected (DLV-10)."""
    fate = stage.fate("bag", bag.pk)
    if fate.random() < NEVER_COLLECTED:
        return None
    wanted = days.plus(bag.run.window_from, fate.randint(0, 6))
    came = stage.calendars[bag.library_id].on_or_after(wanted)
    return came if came <= bag.last_day else None


def _plan_bags(stage: Stage) -> None:
    there = [BagState.SENT, BagState.AT_CENTRAL, BagState.ARRIVED]
    bags = Bag.objects.with_open_loans().filter(state__in=there, run__window_from__lte=stage.day)
    scripted = Bag.objects.filter(lines__loan__patron__in=stage.scripted).values("pk")
    for bag in bags.exclude(pk__in=scripted).select_related("run").order_by("pk"):
        if collected_on(stage, bag) == stage.day and stage.fate("habit", bag.library_id).random() < 0.8:
            stage.in_hours(stage.libraries[bag.library_id], partial(_take_the_bag, stage, bag))


def _take_the_bag(stage: Stage, bag: Bag, now: datetime) -> None:
    by = stage.crew.at_pickup.get(bag.library_id, stage.crew.cooperation)
    stage.verb("bags handed over", delivery.hand_over, bag=bag, by=by, now=now)


# --- at the shelves ------------------------------------------------------------------------------------------------


def _visit_the_shelves(stage: Stage, now: datetime) -> None:
    patron = stage.somebody()
    stage.account.counts["visits"] += 1
    for _book in range(stage.lot.choice((0, 1, 1, 2, 2, 3, 4))):
        item = stage.copy_on_shelf()
        if item is not None:
            lend(stage, item, patron, now, "lent")
