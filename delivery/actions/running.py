"""Sunday: lend what is secured for pickup libraries and pack it (DLV-3, DLV-4)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from circulation import queries as circulation
from circulation.actions import lend_kept
from circulation.models import Loan
from circulation.rules import check_out_objections
from delivery import queries, rules
from delivery.actions.mailing import announce
from delivery.models import Bag, DeliveryRun, RunException, SlipLine
from delivery.rules import BagState
from holds.models import Hold
from holds.rules import HoldState
from okalib import days, jobs
from okalib.actions import staff
from okalib.models import PolicySettings, User
from okalib.one_by_one import in_handfuls, one_by_one
from okalib.rules import Channel, Policy, Refusal, Refused, in_the_way
from okalib.transactions import can_be_done_again, verb


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a run did this time: loans made, and reservations left for next week with their reasons."""

    lent: int
    exceptions: int


@dataclass(frozen=True, slots=True)
class _Destinations:
    """What one run knows of the pickup libraries: the due date of what goes there, or what stands in the way."""

    due_on: dict[int, date]
    obstacles: dict[int, Refusal]


def run(
    *, run: DeliveryRun, by: User | None, now: datetime, progress: Callable[[int, int], None] | None = None
) -> RunResult:
    """Lend and pack for every reservation secured by the cut-off, a handful in each transaction (DLV-3, DLV-4).

    First those for whom others wait, then by acceptance, so that a patron's last free place goes where it helps most.
    Started again, after a kill too, it does what is left and touches nothing else (A158, A159). What is lent after the
    mail is told at once (DLV-7).
    `progress(done, total)` is called after each handful.
    """
    if run.is_cancelled:
        return RunResult(0, 0)
    destinations = _destinations(run, PolicySettings.current())
    candidates = list(queries.candidates(run).values_list("pk", flat=True))
    tried = set(RunException.objects.filter(run=run).values_list("hold", flat=True))
    looked_at = 0

    def lend(hold_ids: Sequence[int]) -> int:
        nonlocal looked_at
        were_tried = tried.intersection(hold_ids)
        lent = _lend_and_pack(
            run=run, hold_ids=hold_ids, were_tried=were_tried, destinations=destinations, by=by, now=now
        )
        looked_at += len(hold_ids)
        if progress:
            progress(looked_at, len(candidates))
        return lent

    with can_be_done_again():
        lent, left = in_handfuls(candidates, lend)
        lent += one_by_one(left, lambda hold_id: lend([hold_id]), what="hold")
    DeliveryRun.objects.filter(pk=run.pk, lent_at=None).update(lent_at=now)
    if any(lent) and DeliveryRun.objects.filter(pk=run.pk, announced_at__isnull=False).exists():
        announce(run=run, by=by, now=now)
    return RunResult(sum(lent), RunException.objects.filter(run=run).count() if sum(lent) < len(candidates) else 0)


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
    obstacles = _destinations(run, policy).obstacles
    already: Counter[tuple[int, str]] = Counter()
    planned = []
    candidates = list(queries.candidates(run).select_related("bib", "item", "pickup_at", "patron__category"))
    around = circulation.around_kept(candidates, policy, today)
    for hold in candidates:
        patron, item = hold.patron, hold.item
        if patron is None or item is None:
            continue
        refusals = [obstacles[hold.pickup_at_id]] if hold.pickup_at_id in obstacles else []
        if not refusals:
            asked = circulation.lending(item, patron, Channel.PICKUP, policy, today, around[hold.pk])
            asked = replace(asked, on_loan=asked.on_loan + already[patron.pk, item.material_class])
            refusals = in_the_way(check_out_objections(asked, policy))
        if not refusals:
            already[patron.pk, item.material_class] += 1
        planned.append(Planned(hold, tuple(refusals)))
    return planned


def _destinations(run: DeliveryRun, policy: Policy) -> _Destinations:
    left_out = {exclusion.library_id: exclusion for exclusion in run.exclusions.all()}
    found = _Destinations({}, {})
    for library in queries.pickup_libraries():
        opening, exclusion = library.opening_days(), left_out.get(library.pk)
        obstacle = rules.left_out(exclusion.reason, exclusion.reason_en) if exclusion else None
        obstacle = obstacle or _calendar_error(opening, run)
        if obstacle is None and not opening.open_days(run.window_from, run.window_to):
            obstacle = rules.pickup_shut(library.name, library.name_en or library.name)
        if obstacle:
            found.obstacles[library.pk] = obstacle
        else:
            found.due_on[library.pk] = rules.due_on(run.window_to, opening, policy)
    return found


def _calendar_error(opening: days.OpeningDays, run: DeliveryRun) -> Refusal | None:
    """A calendar without open days keeps back its own library and stops no other (CAL-6, A75)."""
    try:
        opening.on_or_after(run.window_to)
    except days.NoOpenDay as error:
        return Refusal("no_open_day", error.text, error.text_en)
    return None


@verb
def _lend_and_pack(
    *,
    run: DeliveryRun,
    hold_ids: Sequence[int],
    were_tried: Collection[int],
    destinations: _Destinations,
    by: User | None,
    now: datetime,
) -> int:
    """Lend a handful of reservations, or write down every reason why not; returns how many were lent.

    Nothing is done where a desk was quicker: cancelled, lent, or sent elsewhere.
    """
    lent = lend_kept(hold_ids=hold_ids, due_on=destinations.due_on, by=by, now=now)
    bags = _bags_for(run, lent.loans.values(), now)
    SlipLine.objects.bulk_create(
        SlipLine(bag=bags[loan.return_to_id, loan.patron_id], loan=loan, due_on=loan.due_on)
        for loan in lent.loans.values()
    )
    if lent_at_last := lent.loans.keys() & were_tried:
        RunException.objects.filter(run=run, hold__in=lent_at_last).delete()
    _write_down(run, lent.refused | _held_up(hold_ids, destinations), now)
    return len(lent.loans)


def _held_up(hold_ids: Sequence[int], destinations: _Destinations) -> dict[int, list[Refusal]]:
    """Return by number the reservations whose pickup library the run cannot serve."""
    if not destinations.obstacles:
        return {}
    secured = Hold.objects.filter(pk__in=hold_ids, state=HoldState.SECURED, pickup_at__in=destinations.obstacles)
    return {pk: [destinations.obstacles[place]] for pk, place in secured.values_list("pk", "pickup_at")}


def _write_down(run: DeliveryRun, refused: Mapping[int, list[Refusal]], now: datetime) -> None:
    RunException.objects.bulk_create(
        [
            RunException(
                run=run,
                hold_id=hold_id,
                codes=sorted({refusal.code for refusal in refusals}),
                reasons="\n".join(refusal.text for refusal in refusals),
                found_at=now,
            )
            for hold_id, refusals in refused.items()
        ],
        update_conflicts=True,
        unique_fields=["run", "hold"],
        update_fields=["codes", "reasons", "found_at"],
    )


def _bags_for(run: DeliveryRun, loans: Collection[Loan], now: datetime) -> dict[tuple[int, int | None], Bag]:
    """The bags that are being packed, by library and patron; the patrons are locked, so there is one each.

    One that was closed for the van is followed by another. Locked, so that nobody sends it before the lines are in it.
    """
    patrons = {loan.patron_id for loan in loans}
    lines = SlipLine.objects.filter(loan__patron__in=patrons, loan__returned_at=None, bag__run=run)
    packed = Bag.objects.filter(pk__in=lines.values("bag"), state=BagState.PACKED, sealed_at=None).order_by("pk")
    by_number = {bag.pk: bag for bag in packed.select_for_update(no_key=True, of=("self",))}
    whose = lines.filter(bag__in=by_number).values_list("bag", "loan__patron") if by_number else ()
    bags = {(by_number[bag_id].library_id, patron_id): by_number[bag_id] for bag_id, patron_id in whose}
    wanted = {(loan.return_to_id, loan.patron_id): loan.return_to for loan in loans}
    new = {key: Bag(run=run, library=library, packed_at=now) for key, library in wanted.items() if key not in bags}
    Bag.objects.bulk_create(new.values())
    return bags | new
