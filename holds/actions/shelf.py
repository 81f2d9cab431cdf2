"""The hold shelf of the prefectural library: told, kept until, lengthened, expired."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from catalog.models import Bib
from holds import rules
from holds.actions.binding import lock_with_group, lose
from holds.actions.queue import locked, read
from holds.models import Hold
from holds.rules import HoldState
from notifications.actions import post
from okalib import days
from okalib.actions import staff
from okalib.models import Library, PolicySettings, User
from okalib.one_by_one import one_by_one
from okalib.rules import Override, Policy, Refused
from okalib.transactions import verb


def announce(*, day: date, now: datetime) -> dict[str, int]:
    """Tell the patrons whose items were secured before `day` that they can collect them (SHF-1, A77).

    With the notice the reservation becomes ready and its deadline is stored; one transaction each. What still waits to
    be taken off the hold shelf or relabelled is left for another day (SHF-4).
    """
    opening, policy = Library.objects.home().opening_days(), PolicySettings.current()
    secured = (
        Hold.objects.filter(
            state=HoldState.SECURED,
            pickup_at__is_home=True,
            secured_at__lt=days.midnight(day),
            item__clearance_since=None,
        )
        .order_by("secured_at", "id")
        .values_list("pk", flat=True)
    )

    def tell(pk: int) -> bool:
        return _announce_one(hold_id=pk, day=day, now=now, opening=opening, policy=policy)

    return {"told": sum(one_by_one(list(secured), tell, what="hold"))}


@verb
def _announce_one(*, hold_id: int, day: date, now: datetime, opening: days.OpeningDays, policy: Policy) -> bool:
    hold = locked(hold_id)
    secured_on = hold.secured_on()
    if not hold.is_secured or hold.is_for_delivery or secured_on is None or secured_on >= day:
        return False
    if hold.item is None or hold.item.clearance_since is not None:
        return False
    hold.state = rules.step(hold.state, HoldState.READY)
    hold.announced_on = day
    hold.keep_until = rules.keep_until(day, opening, policy, hold.need_by)
    hold.extensions = 0
    hold.save()
    context = {
        "title": hold.bib.full_title,
        "library": {"ja": hold.pickup_at.name, "en": hold.pickup_at.name_en or hold.pickup_at.name},
        "keep_until": hold.keep_until,
    }
    if not opening.is_open(day):
        context["opens_on"] = opening.on_or_after(day)
    post(key=ready_key(hold), kind="ready", patron=hold.patron, context=context, cause=f"hold:{hold.pk}", now=now)
    return True


def ready_key(hold: Hold) -> str:
    """The key of the one notice that a reservation is ready with this item (NTF-2, A177)."""
    return f"ready:{hold.pk}:{hold.item_id}:{hold.announced_on}"


@verb
def extend(*, hold: Hold, by: User, now: datetime, override: Override | None = None) -> Hold:
    """Lengthen the shelf period of a ready reservation by one more period, once (SHF-5, A99)."""
    hold = locked(hold.pk)
    policy = PolicySettings.current()
    refusals = rules.may_extend(hold.extensions, policy)
    if not hold.is_ready or hold.keep_until is None:
        refusals = [rules.not_ready()]
    staff.settle(
        refusals, override=override, by=by, now=now, verb="extend", subject=f"hold:{hold.pk}", patron=hold.patron
    )
    assert hold.keep_until is not None  # noqa: S101 - ready holds have a deadline: a constraint says so
    hold.keep_until = rules.extended(hold.keep_until, Library.objects.home().opening_days(), policy)
    hold.extensions += 1
    hold.save()
    staff.record(verb="extend", subject=f"hold:{hold.pk}", by=by, now=now, patron=hold.patron)
    return hold


@verb
def mark_kept_missing(*, hold: Hold, by: User, now: datetime) -> Hold:
    """Say that the item of a reservation is not on the hold shelf: searched for until it is scanned (PUL-5, A52).

    The reservation waits again at its place and gets the item, or another, as soon as one is scanned; a mail that is
    still to be sent is withdrawn by its cause. Raises Refused where the reservation holds no item.
    """
    lock_with_group(bib_id=hold.bib_id, holds=Hold.objects.filter(pk=hold.pk))
    hold = read(hold.pk)
    if hold.item is None or not hold.is_bound:
        raise Refused([rules.holds_no_item()])
    item_number = hold.item.item_number
    lose(hold=hold, by=by, now=now)
    staff.record(verb="mark_missing", subject=f"item:{item_number} hold_shelf", by=by, now=now, patron=hold.patron)
    return hold


@verb
def move_deadlines(*, keep_until: Mapping[int, date], may_be_earlier: bool = False) -> set[int]:
    """Move the deadlines of ready reservations, given by number, to later days; returns the numbers of those moved.

    To an earlier day only to undo a move (SHF-2, CAL-8). One transaction that locks all their bibs: give it no more
    than some hundred.
    """
    Bib.objects.lock_all(Hold.objects.filter(pk__in=keep_until).values_list("bib_id", flat=True))
    moved = []
    for hold in Hold.objects.filter(pk__in=keep_until, state=HoldState.READY, keep_until__isnull=False):
        wanted, deadline = keep_until[hold.pk], hold.keep_until
        if deadline is not None and (wanted > deadline or (may_be_earlier and wanted < deadline)):
            hold.keep_until = wanted
            moved.append(hold)
    Hold.objects.bulk_update(moved, ["keep_until"])
    return {hold.pk for hold in moved}
