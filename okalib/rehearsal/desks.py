"""The staff of a rehearsal: the morning's round, the weekly delivery, requests, telephones, and bad weather."""

from __future__ import annotations

from datetime import datetime, time
from functools import partial

from catalog.models import Item
from catalog.rules import Whereabouts
from circulation import actions as circulation
from circulation.models import Loan
from circulation.rules import default_drop_day
from delivery import actions as delivery
from delivery import queries as deliveries
from delivery.models import Bag, SlipLine
from delivery.rules import BagState, RunDates, arrival_day
from holds import actions as holds
from holds import queries as reservations
from holds.models import PullLine
from holds.rules import PullOutcome, RequestKind
from notifications import actions as notifications
from notifications import queries as notices
from notifications.models import Notice
from notifications.rules import State
from okalib import days
from okalib.actions import patrons
from okalib.models import Library, Patron, PolicySettings
from okalib.rehearsal import letterbox
from okalib.rehearsal.readers import collected_on
from okalib.rehearsal.stage import Stage

WAYS_OUT = (PullOutcome.NOT_FOUND, PullOutcome.IN_USE, PullOutcome.IN_USE, PullOutcome.DAMAGED)


def plan_day(stage: Stage) -> None:
    """Put on the agenda what the staff do today; on closed days only the run and the van."""
    if stage.is_open(stage.home, stage.day):
        stage.on(time(8, 10), partial(_empty_the_book_drop, stage))
        stage.on(time(8, 20), partial(_unload_the_van, stage))
        stage.on(time(8, 40), partial(_fetch_the_pull_list, stage))
    if stage.is_open(stage.home, stage.day) and stage.day != stage.leaves_work_on:
        stage.on(time(9, 40), partial(_clear_the_hold_shelf, stage))
        stage.on(time(11), partial(_answer_requests, stage))
        stage.on(time(14), partial(_telephone, stage))
        stage.on(time(15), partial(_look_for_lost_items, stage))
        stage.on(time(16, 30), partial(_look_after_cards, stage))
    stage.on(time(13), partial(_take_things_out_of_bags, stage))
    stage.on(time(16), partial(_send_the_bags, stage))
    stage.on(time(10, 30), partial(_mark_arrivals, stage))
    stage.on(time(17), partial(_send_back_what_was_left, stage))
    if stage.chance(stage.bad_weather):
        stage.on(time(17, 30), partial(_close_because_of_a_typhoon, stage))


# --- the morning ---------------------------------------------------------------------------------------------------


def _empty_the_book_drop(stage: Stage, now: datetime) -> None:
    """Returns of the evening and of closed days, back-dated to them (RET-2)."""
    for item in Item.objects.filter(pk__in=stage.book_drop).order_by("pk"):
        dropped_on = default_drop_day(stage.day)
        stage.verb("emptied", circulation.check_in, item=item, by=stage.crew.desk, now=now, dropped_on=dropped_on)
    stage.book_drop.clear()


def _unload_the_van(stage: Stage, now: datetime) -> None:
    """Items that pickup libraries have received, and bags that nobody came for (RET-3, DLV-10, DLV-11)."""
    received = Loan.objects.open().filter(received_on__isnull=False).exclude(patron__in=stage.scripted)
    left = Loan.objects.open().filter(received_on=None, slip_line__bag__run__window_to__lt=stage.day)
    on_the_van = [
        loan
        for loan in received.select_related("item").order_by("pk")
        if loan.received_on and stage.day >= days.plus(loan.received_on, stage.fate("van", loan.pk).randint(2, 6))
    ]
    for loan in left.exclude(patron__in=stage.scripted).select_related("item", "slip_line__bag__run").order_by("pk"):
        bag = loan.slip_line.bag
        if collected_on(stage, bag) is None and stage.day >= days.plus(
            bag.last_day, stage.fate("van", bag.pk).randint(3, 6)
        ):
            on_the_van.append(loan)
    for loan in on_the_van:
        stage.verb("came by van", circulation.check_in, item=loan.item, by=stage.crew.desk, now=now)


def _fetch_the_pull_list(stage: Stage, now: datetime) -> None:
    """Fetch what is listed; what is missing is marked, and the next copy tried (PUL-3, PUL-5)."""
    lines = reservations.pull_list(stage.day)
    if stage.day == stage.leaves_work_on:
        lines = [line for place, line in enumerate(lines) if place % 2 or line.item.bib_id in stage.left_alone]
    while lines:
        line = lines.pop(0)
        if line.item.bib_id in stage.left_alone or stage.lot.random() < 0.95:
            stage.verb("fetched", circulation.check_in, item=line.item, by=stage.crew.desk, now=now)
        elif instead := _mark_missing(stage, line, now):
            lines.append(instead)


def _mark_missing(stage: Stage, line: PullLine, now: datetime) -> PullLine | None:
    outcome = stage.lot.choice(WAYS_OUT)
    return stage.verb("missing", holds.mark_missing, line=line, outcome=outcome, by=stage.crew.desk, now=now)


def _clear_the_hold_shelf(stage: Stage, now: datetime) -> None:
    """Scan what has expired off the shelf, and change the slips of what went to the next (SHF-4, HLD-7)."""
    for item in reservations.clearance():
        stage.verb("cleared", circulation.check_in, item=item, by=stage.crew.desk, now=now)
    for hold in reservations.to_relabel():
        stage.verb("relabelled", circulation.check_in, item=hold.item, by=stage.crew.desk, now=now)


# --- people --------------------------------------------------------------------------------------------------------


def _answer_requests(stage: Stage, now: datetime) -> None:
    for request in reservations.open_requests():
        if request.patron_id in stage.scripted or stage.chance(0.3):
            continue  # tomorrow
        if request.kind == RequestKind.KEEP_LONGER and request.patron is not None:
            _keep_longer(stage, request.patron, now)
        facts = {"request": request, "by": stage.crew.cooperation, "now": now}
        answered = None
        if stage.chance(0.9):
            answered = stage.verb("accepted", holds.answer, accept=True, answer="", **facts)
        if answered is None:
            stage.verb("declined", holds.answer, accept=False, answer="ご希望に添えませんでした。", **facts)


def _keep_longer(stage: Stage, patron: Patron, now: datetime) -> None:
    for bag in Bag.objects.of_patron(patron).select_related("run").order_by("pk")[:1]:
        until = days.plus(bag.last_day, 7)
        stage.verb("kept longer", delivery.keep_longer, bag=bag, until=until, by=stage.crew.cooperation, now=now)


def _telephone(stage: Stage, now: datetime) -> None:
    """Tell those whom no mail reaches, and close what nobody can be told (PAT-4, NTF-4)."""
    by = stage.crew.desk
    for notice in notices.for_staff():
        if notice.is_on_phone_list and stage.chance(0.85):
            stage.verb("telephoned", notifications.mark_phoned, notice=notice, by=by, reason="伝言済", now=now)
        elif not notice.is_on_phone_list:
            stage.verb("closed", notifications.close, notice=notice, by=by, reason="確認済", now=now)
    if stage.chance(0.1):
        yesterdays = Notice.objects.filter(state=State.SENT, patron__isnull=False, erased_at=None)
        latest = yesterdays.exclude(patron__in=stage.scripted).order_by("-sent_at").first()
        if latest is not None:
            stage.verb("bounced", notifications.bounced, notice=latest, by=by, reason="宛先不明", now=now)


def _look_after_cards(stage: Stage, now: datetime) -> None:
    """Cards are lost, and addresses put right (PAT-2, PAT-4)."""
    by = stage.crew.desk
    if stage.chance(0.05):
        stage.verb("cards replaced", patrons.replace_lost_card, patron=stage.somebody(), by=by, now=now)
    failed = Patron.objects.filter(email_failed_at__isnull=False).exclude(pk__in=stage.scripted).order_by("pk").first()
    if failed is not None and stage.chance(0.3):
        address = f"new.{failed.email}"
        while letterbox.is_dead(address):
            address = f"new.{address}"
        facts = {"contact": "email", "email": address, "phone": failed.phone, "by": by, "now": now}
        stage.verb("addresses corrected", patrons.set_contact, patron=failed, **facts)


def _look_for_lost_items(stage: Stage, now: datetime) -> None:
    """Some turn up again; where none is left for a reservation, the patron is told in the end (PUL-5)."""
    for item in Item.objects.filter(whereabouts=Whereabouts.SEARCHED_FOR).order_by("pk"):
        if stage.chance(0.12):
            stage.verb("found again", circulation.check_in, item=item, by=stage.crew.desk, now=now)
    for hold in reservations.cannot_be_filled(PolicySettings.current()):
        if stage.chance(0.05) and hold.patron_id not in stage.scripted:
            reason = "資料が見つからないため"
            stage.verb("given up", holds.give_up, hold=hold, by=stage.crew.desk, now=now, reason=reason)


# --- the delivery --------------------------------------------------------------------------------------------------


def _take_things_out_of_bags(stage: Stage, now: datetime) -> None:
    lines = SlipLine.objects.filter(bag__state=BagState.PACKED, bag__run__lend_on=stage.day)
    for line in lines.exclude(loan__patron__in=stage.scripted).select_related("loan__item").order_by("pk"):
        if stage.chance(0.02):
            facts = {"line": line, "by": stage.crew.cooperation, "now": now, "reason": "破損が見つかったため"}
            stage.verb("taken out", delivery.take_out, **facts)


def _send_the_bags(stage: Stage, now: datetime) -> None:
    packed = Bag.objects.filter(state=BagState.PACKED).exclude(lines__loan__patron__in=stage.scripted)
    bags = [bag for bag in packed.order_by("pk").distinct() if stage.chance(0.97)]
    stage.account.counts["bags sent"] += delivery.send(bags=bags, by=stage.crew.cooperation, now=now)


def _mark_arrivals(stage: Stage, now: datetime) -> None:
    """Bags come to the central libraries and on to the branches; half of the libraries say so (DLV-8, DLV-9)."""
    for bag in deliveries.under_way():
        library = stage.libraries[bag.library_id]
        due = arrival_day(bag.run.dates, library.arrival_weekday)
        if bag.state not in (BagState.SENT, BagState.AT_CENTRAL) or due is None or _is_scripted(stage, bag):
            continue
        habit = stage.fate("habit", library.pk).random()
        if library.central_id and bag.state == BagState.SENT and stage.day == days.plus(due, -1) and habit < 0.8:
            _mark(stage, bag, BagState.AT_CENTRAL, library.central_id, now)
        elif stage.day == due and habit < 0.55:
            _mark(stage, bag, BagState.ARRIVED, library.pk, now)


def _mark(stage: Stage, bag: Bag, to: BagState, library_id: int, now: datetime) -> None:
    by = stage.crew.at_pickup.get(library_id, stage.crew.cooperation)
    stage.verb(f"bags {to.replace('_', ' ')}", delivery.mark, bag=bag, to=to, by=by, now=now)


def _is_scripted(stage: Stage, bag: Bag) -> bool:
    return bag.patron is not None and bag.patron.pk in stage.scripted


def _send_back_what_was_left(stage: Stage, now: datetime) -> None:
    """Bags whose window is over, and bags whose items have all been handed in again (DLV-10, DLV-11)."""
    for bag in deliveries.under_way():
        if bag.state == BagState.ON_THE_WAY_BACK or bag.is_packed or _is_scripted(stage, bag):
            continue
        open_loans = [line.loan for line in bag.lines.all() if line.loan.is_open]
        is_left = bag.last_day < stage.day and collected_on(stage, bag) is None
        if is_left or all(loan.received_on for loan in open_loans):
            by = stage.crew.at_pickup.get(bag.library_id, stage.crew.cooperation)
            stage.verb("bags sent back", delivery.send_back, bag=bag, by=by, now=now)


# --- weather -------------------------------------------------------------------------------------------------------


def _close_because_of_a_typhoon(stage: Stage, now: datetime) -> None:
    """Close one library from tomorrow, and take it back if the typhoon passes by (CAL-8)."""
    library = stage.home if stage.chance(0.5) else stage.lot.choice(list(stage.libraries.values()))
    close_for_weather(stage, library, now, length=stage.lot.randint(1, 2), passes_by=stage.chance(0.3))


def close_for_weather(stage: Stage, library: Library, now: datetime, *, length: int, passes_by: bool = False) -> None:
    """Close a library for some days from tomorrow; what the closure falls on is moved, the delivery run too."""
    first, last = days.plus(stage.day, 1), days.plus(stage.day, length)
    facts = {"reason": "台風接近のため", "public_note": "台風のため臨時休館します。", "spread_days": 2}
    by = stage.crew.administrator
    closure = stage.verb(
        "emergency closures", delivery.close_in_emergency,
        library=library, first_on=first, last_on=last, by=by, now=now, **facts,
    )  # fmt: skip
    if passes_by:
        stage.verb("closures undone", delivery.undo_emergency, closure=closure, by=by, now=now)
    elif library.is_home:
        for day in days.each_day(first, last):
            _postpone_runs(stage, day, days.plus(last, 1), now)


def _postpone_runs(stage: Stage, day: object, to: object, now: datetime) -> None:
    for run in deliveries.runs_to_lend(day):  # type: ignore[arg-type]
        later = stage.calendars[stage.home.pk].on_or_after(to)  # type: ignore[arg-type]
        mail_on = max(run.mail_on, later)
        window_from = max(run.window_from, mail_on)
        dates = RunDates(run.cut_off_on, later, mail_on, window_from, max(run.window_to, window_from))
        facts = {"dates": dates, "by": stage.crew.cooperation, "now": now, "reason": "台風接近のため"}
        stage.verb("runs postponed", delivery.reschedule, run=run, **facts)
