"""Sunday: lend what is secured for pickup libraries and pack it (DLV-3, DLV-4)."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from catalog.models import Bib
from circulation import queries as circulation
from circulation.actions import check_out
from circulation.models import Loan
from circulation.rules import check_out_objections
from delivery import queries, rules
from delivery.actions.mailing import announce
from delivery.models import Bag, DeliveryRun, RunException, SlipLine
from delivery.rules import BagState
from holds.models import Hold
from okalib import days, jobs
from okalib.actions import staff
from okalib.models import Library, Patron, PolicySettings, User, rules_read_once
from okalib.one_by_one import one_by_one
from okalib.rules import Channel, Policy, Refusal, Refused, Severity
from okalib.transactions import can_be_done_again, verb


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a run did this time: loans made, and reservations left for next week with their reasons."""

    lent: int
    exceptions: int


@dataclass(frozen=True, slots=True)
class _Destination:
    """What one run knows of one pickup library."""

    library: Library
    opening: days.OpeningDays
    obstacle: Refusal | None


def run(
    *, run: DeliveryRun, by: User | None, now: datetime, progress: Callable[[int, int], None] | None = None
) -> RunResult:
    """Lend and pack for every reservation secured by the cut-off (DLV-3, DLV-4), one transaction each.

    First those for whom others wait, then by acceptance, so that a patron's last free place goes where it helps most.
    Started again, after a kill too, it does what is left and touches nothing else (A158, A159). What is lent after the
    mail is told at once (DLV-7).
    `progress(done, total)` is called after each.
    """
    if run.is_cancelled:
        return RunResult(0, 0)
    policy = PolicySettings.current()
    destinations = {library.pk: _destination(library, run) for library in queries.pickup_libraries()}
    candidates = dict(queries.candidates(run).values_list("pk", "pickup_at"))
    tried = set(RunException.objects.filter(run=run).values_list("hold", flat=True))
    done = itertools.count(1)

    def lend(hold_id: int) -> Loan | None:
        try:
            destination = destinations[candidates[hold_id]]
            return _lend_one(
                run=run,
                hold_id=hold_id,
                was_tried=hold_id in tried,
                destination=destination,
                policy=policy,
                by=by,
                now=now,
            )
        finally:
            if progress:
                progress(next(done), len(candidates))

    with can_be_done_again():
        loans = one_by_one(candidates, lend, what="hold")
    lent = sum(loan is not None for loan in loans)
    DeliveryRun.objects.filter(pk=run.pk, lent_at=None).update(lent_at=now)
    if lent and DeliveryRun.objects.filter(pk=run.pk, announced_at__isnull=False).exists():
        announce(run=run, by=by, now=now)
    return RunResult(lent, RunException.objects.filter(run=run).count() if lent < len(loans) else 0)


def ask_to_lend(*, run: DeliveryRun, by: User, now: datetime) -> None:
    """Have a worker lend and pack this run now, as the timetable would (DLV-3, OPS-3).

    Raises Refused before its day, for a cancelled run, and where no worker can be reached.
    """
    refusals = rules.lending_objections(lend_on=run.lend_on, today=days.day_of(now), is_cancelled=run.is_cancelled)
    if refusals:
        raise Refused(refusals)
    asked_before = run.lending_asked_at
    _note_asking(run=run, asked_at=now)
    try:
        jobs.start("delivery_run", run.lend_on)
    except jobs.NoWorkerError as error:
        _note_asking(run=run, asked_at=asked_before)
        raise Refused([jobs.NO_BROKER]) from error
    staff.record(verb="ask_to_lend", subject=f"run {run.pk}", by=by, now=now)


@verb
def _note_asking(*, run: DeliveryRun, asked_at: datetime | None) -> None:
    DeliveryRun.objects.filter(pk=run.pk).update(lending_asked_at=asked_at)


@dataclass(frozen=True, slots=True)
class Planned:
    """What a run would do with one reservation: send it, or leave it with every reason."""

    hold: Hold
    refusals: tuple[Refusal, ...]


def preview(*, run: DeliveryRun, now: datetime) -> list[Planned]:
    """Return what a run would do now, in its order and changing nothing (DLV-3); limits fill up as in the run."""
    policy, today = PolicySettings.current(), days.day_of(now)
    destinations = {library.pk: _destination(library, run) for library in queries.pickup_libraries()}
    already: Counter[tuple[int, str]] = Counter()
    planned = []
    candidates = queries.candidates(run).select_related("bib", "item", "pickup_at", "patron__category")
    for hold in candidates.prefetch_related("patron__blocks"):
        patron, item = hold.patron, hold.item
        if patron is None or item is None:
            continue
        obstacle = destinations[hold.pickup_at_id].obstacle
        refusals = [obstacle] if obstacle else []
        if not refusals:
            asked = circulation.lending(item, patron, Channel.PICKUP, policy, today)
            asked = replace(asked, on_loan=asked.on_loan + already[patron.pk, item.material_class])
            refusals = in_the_way(check_out_objections(asked, policy))
        if not refusals:
            already[patron.pk, item.material_class] += 1
        planned.append(Planned(hold, tuple(refusals)))
    return planned


def in_the_way(refusals: list[Refusal]) -> list[Refusal]:
    """Return the refusals that stop a loan; warnings do not."""
    return [refusal for refusal in refusals if refusal.severity is not Severity.WARNING]


def _destination(library: Library, run: DeliveryRun) -> _Destination:
    opening = library.opening_days()
    exclusion = next((exclusion for exclusion in run.exclusions.all() if exclusion.library_id == library.pk), None)
    obstacle = rules.left_out(exclusion.reason, exclusion.reason_en) if exclusion else None
    obstacle = obstacle or _calendar_error(opening, run)
    if obstacle is None and not opening.open_days(run.window_from, run.window_to):
        obstacle = rules.pickup_shut(library.name, library.name_en or library.name)
    return _Destination(library, opening, obstacle)


def _calendar_error(opening: days.OpeningDays, run: DeliveryRun) -> Refusal | None:
    """A calendar without open days keeps back its own library and stops no other (CAL-6, A75)."""
    try:
        opening.on_or_after(run.window_to)
    except days.NoOpenDay as error:
        return Refusal("no_open_day", error.text, error.text_en)
    return None


def _lend_one(
    *,
    run: DeliveryRun,
    hold_id: int,
    was_tried: bool,
    destination: _Destination,
    policy: Policy,
    by: User | None,
    now: datetime,
) -> Loan | None:
    """Lend one reservation, or write down every reason why not; None where nothing was lent."""
    try:
        if destination.obstacle:
            raise Refused([destination.obstacle])
        return _lend_and_pack(
            run=run,
            hold_id=hold_id,
            was_tried=was_tried,
            destination=destination,
            policy=policy,
            by=by,
            now=now,
        )
    except Refused as refused:
        RunException.objects.update_or_create(
            run=run,
            hold_id=hold_id,
            defaults={
                "codes": sorted(refused.codes),
                "reasons": "\n".join(refusal.text for refusal in refused.refusals),
                "found_at": now,
            },
        )
        return None


@verb
@rules_read_once()
def _lend_and_pack(
    *,
    run: DeliveryRun,
    hold_id: int,
    was_tried: bool,
    destination: _Destination,
    policy: Policy,
    by: User | None,
    now: datetime,
) -> Loan | None:
    patron_id, bib_id = Hold.objects.values_list("patron", "bib").get(pk=hold_id)
    if patron_id is None:
        return None
    patron = Patron.objects.lock(patron_id)
    Bib.objects.lock(bib_id)
    hold = Hold.objects.select_related("item", "pickup_at").get(pk=hold_id)
    if not hold.is_secured or hold.item is None or hold.pickup_at_id != destination.library.pk:
        return None  # a desk was quicker: cancelled, lent, or sent elsewhere
    due = rules.due_on(run.window_to, destination.opening, policy)
    lent = check_out(
        item=hold.item,
        patron=patron,
        by=by,
        now=now,
        channel=Channel.PICKUP,
        return_to=destination.library,
        due_on=due,
    )
    SlipLine.objects.create(bag=_bag_for(run, destination.library, patron, now), loan=lent.loan, due_on=due)
    if was_tried:
        RunException.objects.filter(run=run, hold=hold).delete()
    return lent.loan


def _bag_for(run: DeliveryRun, library: Library, patron: Patron, now: datetime) -> Bag:
    """The bag that is being packed for this patron and library; the patron is locked, so there is one.

    One that was closed for the van is followed by another. Locked, so that nobody sends it before the line is in it.
    """
    bags = Bag.objects.filter(pk__in=Bag.objects.of_patron(patron).filter(run=run, library=library).values("pk"))
    packed = bags.filter(state=BagState.PACKED, sealed_at=None).select_for_update(no_key=True, of=("self",)).first()
    return packed or Bag.objects.create(run=run, library=library, packed_at=now)
