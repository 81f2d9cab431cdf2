"""Joining the queue, changing a place in it and leaving it."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from catalog.models import Bib, Item
from holds import queries, rules
from holds.actions.binding import give_on, lock_group
from holds.models import Hold, HoldGroup
from holds.rules import EndReason, HoldState
from notifications.actions import post
from okalib import days
from okalib.actions import staff
from okalib.models import Library, Patron, PolicySettings, User, rules_read_once
from okalib.one_by_one import one_by_one
from okalib.rules import Override, Policy, Refusal, Refused
from okalib.transactions import verb


@verb
@rules_read_once()
def reserve(
    *,
    patron: Patron,
    bib: Bib,
    pickup_at: Library | None,
    by: User | None,
    now: datetime,
    need_by: date | None = None,
    only_item: Item | None = None,
    token: UUID | None = None,
    override: Override | None = None,
    accepted_at: datetime | None = None,
    group: HoldGroup | None = None,
    volume_order: int | None = None,
) -> Hold:
    """Reserve a bib for a patron, to be collected at a library (HLD-1, HLD-3, HLD-6, HLD-8, LIM-2…LIM-4).

    `only_item` reserves that particular copy, which only staff do; `accepted_at` back-dates the acceptance (A39).
    The same `token` sent twice makes one reservation and returns it (HLD-11). Raises Refused with every reason.
    """
    patron, bib = Patron.objects.lock(patron.pk), Bib.objects.lock(bib.pk)
    if token is not None and (known := Hold.objects.filter(request_token=token, patron=patron).first()):
        return known
    policy, today = PolicySettings.current(), days.day_of(now)
    wish = _wish(patron, bib, pickup_at, by, only_item, need_by, policy, today)
    refusals = rules.objections(wish, policy)
    staff.settle(refusals, override=override, by=by, now=now, verb="reserve", subject=f"bib:{bib.pk}", patron=patron)
    assert pickup_at is not None  # noqa: S101 - no override covers its absence
    hold = Hold.objects.create(
        patron=patron,
        bib=bib,
        pickup_at=pickup_at,
        accepted_at=accepted_at or now,
        queue_at=accepted_at or now,
        made_by=by,
        request_token=token,
        only_item=only_item,
        need_by=need_by,
        pickup_override=any(refusal.code == "pickup_not_allowed" for refusal in refusals),
        group=group,
        volume_order=volume_order,
    )
    patron.touch(today)
    if patron.last_pickup_id != pickup_at.pk:
        Patron.objects.filter(pk=patron.pk).update(last_pickup=pickup_at)
    return hold


def objections(*, patron: Patron, bib: Bib, pickup_at: Library | None, by: User | None, now: datetime) -> list[Refusal]:
    """Return why a reservation would be refused now, changing nothing; pages show it instead of a button (CAT-7)."""
    policy, today = PolicySettings.current(), days.day_of(now)
    return rules.objections(_wish(patron, bib, pickup_at, by, None, None, policy, today), policy)


def _wish(
    patron: Patron,
    bib: Bib,
    pickup_at: Library | None,
    by: User | None,
    only_item: Item | None,
    need_by: date | None,
    policy: Policy,
    today: date,
) -> rules.Wish:
    found = queries.wishes(
        patron,
        [bib],
        pickup_at=pickup_at,
        by_staff=by is not None and by.is_staff,
        policy=policy,
        today=today,
        only_item=only_item,
        need_by=need_by,
    )
    return found[bib.pk]


@verb
def cancel(*, hold: Hold, by: User | None, now: datetime, reason: str = "") -> Hold:
    """Cancel a reservation; an item that it holds goes to the next in the same transaction (HLD-4, HLD-5, HLD-7).

    A patron cancels what waits; staff cancel anything open, and the patron is told why. Raises Refused.
    """
    hold = locked(hold.pk)
    by_staff = by is None or by.is_staff
    face = queries.faces([hold], PolicySettings.current()).get(hold.pk)
    refuse(rules.cancel_objections(hold.state, face, by_staff=by_staff))
    end(hold=hold, state=HoldState.CANCELLED, reason=EndReason.BY_STAFF if by_staff else EndReason.BY_PATRON, now=now)
    if by_staff:
        staff.record(verb="cancel", subject=f"hold:{hold.pk}", by=by, now=now, patron=hold.patron, reason=reason)
        post(
            key=f"cancelled_by_staff:{hold.pk}",
            kind="cancelled_by_staff",
            patron=hold.patron,
            context={"title": hold.bib.full_title, "reason": reason},
            cause=f"hold:{hold.pk}",
            now=now,
        )
    return hold


@verb
def give_up(*, hold: Hold, by: User, now: datetime, reason: str = "") -> Hold:
    """End a waiting reservation for which no item is to be had any more, and tell the patron (PUL-5, NTF-1)."""
    hold = locked(hold.pk)
    refuse(rules.give_up_objections(hold.state))
    hold.end(rules.step(hold.state, HoldState.CANCELLED), EndReason.CANNOT_BE_FILLED, now)
    staff.record(verb="give_up", subject=f"hold:{hold.pk}", by=by, now=now, patron=hold.patron, reason=reason)
    post(
        key=f"cannot_be_filled:{hold.pk}",
        kind="cannot_be_filled",
        patron=hold.patron,
        context={"title": hold.bib.full_title, "reason": reason},
        cause=f"hold:{hold.pk}",
        now=now,
    )
    return hold


def end(*, hold: Hold, state: HoldState, reason: EndReason, now: datetime, for_clearance: bool = False) -> None:
    """End a reservation and give its item on; the caller holds the lock of the bib (HLD-7)."""
    item = hold.item
    hold.end(state, reason, now)
    if item is not None:
        give_on(item=item, now=now, for_clearance=for_clearance)


@verb
def pause(*, hold: Hold, by: User | None, now: datetime, until: date | None = None) -> Hold:
    """Let a waiting reservation be skipped until a day, or until it is resumed; it keeps its place (HLD-8)."""
    hold = locked(hold.pk)
    refuse(rules.pause_objections(hold.state, until, days.day_of(now)))
    hold.paused_at, hold.paused_until = now, until
    hold.save()
    staff.witness(verb="pause", subject=f"hold:{hold.pk}", by=by, now=now, patron=hold.patron)
    return hold


@verb
def resume(*, hold: Hold, by: User | None, now: datetime) -> Hold:
    """Let a paused reservation take part again, at its old place (HLD-8). One that is not paused stays as it is."""
    hold = locked(hold.pk)
    if hold.is_waiting:
        hold.paused_at = hold.paused_until = None
        hold.save()
        staff.witness(verb="resume", subject=f"hold:{hold.pk}", by=by, now=now, patron=hold.patron)
    return hold


@verb
def set_need_by(*, hold: Hold, need_by: date | None, by: User | None, now: datetime) -> Hold:
    """Set or remove the day after which an unfilled reservation ends by itself (HLD-8)."""
    hold = locked(hold.pk)
    refuse([*_ended(hold), *rules.need_by_objections(need_by, days.day_of(now))])
    hold.need_by = need_by
    hold.save()
    return hold


@verb
def change_pickup(
    *, hold: Hold, pickup_at: Library | None, by: User | None, now: datetime, override: Override | None = None
) -> Hold:
    """Collect elsewhere: at once while waiting, by staff once an item is bound (HLD-5, A53–A55).

    A reservation that was ready at the prefectural library is secured again and goes with the next run.
    """
    hold = locked(hold.pk)
    by_staff = by is None or by.is_staff
    refusals = [*_ended(hold), *rules.pickup_objections(queries.pickup_point(pickup_at), hold.material_class)]
    if hold.is_bound and not by_staff:
        refusals.append(
            Refusal(
                "ask_staff",
                "資料の準備が始まっているため、「受渡館変更依頼」からお申し込みください。",
                "The item is already being prepared. Please send a request to change the pickup library.",
            )
        )
    staff.settle(
        refusals, override=override, by=by, now=now, verb="change_pickup", subject=f"hold:{hold.pk}", patron=hold.patron
    )
    if pickup_at is None or hold.pickup_at_id == pickup_at.pk:
        return hold
    hold.pickup_at = pickup_at
    hold.pickup_override = any(refusal.code == "pickup_not_allowed" for refusal in refusals)
    if hold.is_ready:
        hold.state = rules.step(hold.state, HoldState.SECURED)
        hold.keep_until = hold.announced_on = None
    hold.save()
    if not refusals:
        staff.witness(verb="change_pickup", subject=f"hold:{hold.pk}", by=by, now=now, patron=hold.patron)
    return hold


def end_unneeded(*, day: date, now: datetime) -> dict[str, int]:
    """End the unfilled reservations whose need-by date lies before `day` (HLD-8, A96, A97); one transaction each."""
    due = Hold.objects.waiting().filter(need_by__lt=day).values_list("pk", flat=True)

    def end_it(pk: int) -> bool:
        return _end_unneeded(hold_id=pk, day=day, now=now)

    return {"ended": sum(one_by_one(list(due), end_it, what="hold"))}


@verb
def _end_unneeded(*, hold_id: int, day: date, now: datetime) -> bool:
    hold = locked(hold_id)
    if not hold.is_waiting or hold.need_by is None or hold.need_by >= day:
        return False
    hold.end(HoldState.CANCELLED, EndReason.NOT_NEEDED_ANY_MORE, now)
    return True


def locked(hold_id: int) -> Hold:
    """Lock the bib, the aggregate of its items and its queue, then the group, then read the reservation.

    Without the group, another title that completes it could end this reservation after it was read.
    """
    bib_id, group_id = Hold.objects.values_list("bib_id", "group_id").get(pk=hold_id)
    Bib.objects.lock(bib_id)
    if group_id is not None:
        lock_group(group_id)
    return read(hold_id)


def read(hold_id: int) -> Hold:
    """Read a reservation with all that its verbs ask of it; the caller holds the locks."""
    return Hold.objects.select_related("bib", "patron", "pickup_at", "item").get(pk=hold_id)


def _ended(hold: Hold) -> list[Refusal]:
    return rules.cancel_objections(hold.state, None, by_staff=True)


def refuse(refusals: list[Refusal]) -> None:
    """Raise the refusals, if there are any."""
    if refusals:
        raise Refused(refusals)
