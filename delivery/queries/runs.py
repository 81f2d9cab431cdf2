"""What pages, lists and verbs ask of the weekly runs (DLV-1, DLV-2, DLV-3)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from delivery import rules
from delivery.models import DeliveryRun, RunException, RunExclusion
from delivery.queries.bags import to_tell
from holds.models import Hold, HoldQuerySet
from holds.rules import HoldState
from okalib import days
from okalib import queries as house
from okalib.compiled import compiled
from okalib.models import Library
from okalib.rules import Policy

RUNS_AHEAD = 12


def pickup_libraries() -> list[Library]:
    """Return every library that ever was a pickup library, with calendar and route (DLV-8)."""
    return list(Library.objects.filter(is_home=False).with_calendar().select_related("central"))


def runs_from(day: date, number: int = RUNS_AHEAD) -> list[DeliveryRun]:
    """Return the runs whose window has not ended by `day`, with what they leave out (REQ-2)."""
    return _runs_from(day=day, number=number)


@compiled(day=date)
def _runs_from(*, day: date, number: int) -> QuerySet[DeliveryRun]:
    left_out = Prefetch("exclusions", RunExclusion.objects.select_related("library"))
    return DeliveryRun.objects.filter(window_to__gte=day, is_cancelled=False).prefetch_related(left_out)[:number]


def windows(day: date) -> list[tuple[date, date]]:
    """Return cut-off and first day of the window of the coming runs, from which forecasts are made (HLD-12)."""
    coming = DeliveryRun.objects.filter(window_to__gte=day, is_cancelled=False)
    return list(coming.values_list("cut_off_on", "window_from")[:RUNS_AHEAD])


def next_run(day: date) -> DeliveryRun | None:
    """Return the next run that something secured on `day` can go with."""
    return DeliveryRun.objects.filter(cut_off_on__gte=day, is_cancelled=False).first()


def runs_to_lend(day: date) -> list[DeliveryRun]:
    """Return the runs whose day of lending is `day` (A176)."""
    return list(DeliveryRun.objects.filter(lend_on=day, is_cancelled=False).prefetch_related("exclusions"))


def runs_to_announce(day: date) -> list[DeliveryRun]:
    """Return the runs whose day of mailing is `day` (A176), and those of which somebody is still to be told.

    On their day they had not lent yet (OPS-2), or a bag was held back that can be collected by now (CAL-8, DLV-10).
    """
    is_late = Q(mail_on__lt=day, window_to__gte=day, announced_at=None, lent_at__isnull=False)
    is_untold = Q(pk__in={line.bag.run_id for line in to_tell(day)})
    return list(DeliveryRun.objects.filter(Q(mail_on=day) | is_late | is_untold, is_cancelled=False))


@dataclass(frozen=True, slots=True)
class Promise:
    """What a patron is told before reserving for a pickup library: both dates, or why this run leaves it out."""

    run: DeliveryRun
    due_on: date
    left_out: RunExclusion | None


def promise(library: Library, today: date, policy: Policy) -> Promise | None:
    """Return the next run, window and due date for a pickup library (DLV-2, DLV-6); None where no run is planned."""
    run = next_run(today)
    if run is None:
        return None
    exclusion = run.exclusions.filter(library=library).first()
    return Promise(run, rules.due_on(run.window_to, library.opening_days(), policy), exclusion)


@dataclass(frozen=True, slots=True)
class Outlook:
    """What the next run means for one pickup library: the due date, or the reason why it is left out."""

    due_on: date | None
    left_out: str


def outlooks(run: DeliveryRun | None, policy: Policy, libraries: Iterable[Library]) -> dict[int, Outlook]:
    """Return for pickup libraries (with their opening days), by id, what a patron is told before choosing one.

    `policy` is the one in force: due dates are kept until it, a library or a calendar changes (DLV-2, DLV-6).
    """
    if run is None:
        return {}
    reasons = {row.library_id: row.reason_label for row in run.exclusions.all()}
    places = [library for library in libraries if not library.is_home]
    key = ("due dates", run.window_to, tuple(library.pk for library in places))
    due_dates = house.kept_with_rules(key, lambda: {place.pk: _due_on(run, place, policy) for place in places})
    return {library.pk: Outlook(due_dates[library.pk], reasons.get(library.pk, "")) for library in places}


def _due_on(run: DeliveryRun, library: Library, policy: Policy) -> date | None:
    try:
        return rules.due_on(run.window_to, library.opening_days(), policy)
    except days.NoOpenDay:
        return None


def candidates(run: DeliveryRun) -> HoldQuerySet:
    """Return the reservations that a run tries: secured by the cut-off for a pickup library (DLV-3).

    First those for whom others wait, then by acceptance. What is still to be taken off the hold shelf waits (SHF-4).
    """
    others_wait = Hold.objects.waiting().filter(bib=OuterRef("bib"))
    return (
        Hold.objects.filter(
            state=HoldState.SECURED,
            pickup_at__is_home=False,
            secured_at__lt=days.midnight(days.plus(run.cut_off_on, 1)),
            item__clearance_since=None,
        )
        .annotate(others_wait=Exists(others_wait))
        .order_by("-others_wait", "accepted_at", "id")
    )


def exceptions_of(run: DeliveryRun) -> list[RunException]:
    """Return what a run could not lend, with every reason (DLV-3, A160)."""
    return list(
        RunException.objects.filter(run=run).select_related(
            "hold__bib", "hold__patron", "hold__pickup_at", "hold__item"
        )
    )


def tried_before(run: DeliveryRun, holds: Iterable[Hold]) -> dict[int, RunException]:
    """Return by reservation what earlier runs could not lend and why, the latest of each (DLV-3)."""
    earlier = RunException.objects.filter(hold__in=list(holds), run__cut_off_on__lt=run.cut_off_on)
    return {row.hold_id: row for row in earlier.select_related("run").order_by("run__cut_off_on")}


def neighbours(run: DeliveryRun, dates: rules.RunDates) -> list[rules.RunDates]:
    """Return the dates of the other runs whose window would share a day with that of `dates` (DLV-1)."""
    others = DeliveryRun.objects.exclude(pk=run.pk).filter(is_cancelled=False)
    sharing = others.filter(window_from__lte=dates.window_to, window_to__gte=dates.window_from)
    return [other.dates for other in sharing]
