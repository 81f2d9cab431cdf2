"""An item meets a reservation: claimed, fulfilled, given on. The caller holds the lock of the bib."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import F

from catalog.models import Bib, Item
from holds import queries
from holds.models import Hold, HoldGroup, HoldQuerySet
from holds.rules import BOUND, EndReason, GroupKind, HoldState, step
from notifications.actions import forget as forget_notices
from okalib import days
from okalib.actions import staff
from okalib.models import Patron, PolicySettings, User

BOUND_OR_LENT = [*BOUND, HoldState.FULFILLED]


@dataclass(frozen=True, slots=True)
class Forgotten:
    """A link between a patron and a reservation that `forget` has cut; kept only while the return can be undone."""

    hold_id: int
    made_by_id: int | None
    group_id: int | None
    is_one_less: bool
    """Whether its any-of group has needed one title less since."""


def claim(*, item: Item, by: User | None, now: datetime) -> Hold | None:
    """Bind an item in the hand to the first reservation that it can fill, and set it aside (PUL-3, A62).

    An item that is bound already stays so, and its reservation is returned: scanning twice changes nothing. Taken off
    the hold shelf or relabelled, it counts as secured now (SHF-4). None, and nothing changed, where nobody is next.
    """
    bound = queries.bound_to(item)
    if bound:
        _confirm(bound, item, now)
        return bound
    if not item.can_fill_holds(PolicySettings.current().holds_on_damaged):
        return None
    return _bind_to_next(item, now)


def _confirm(hold: Hold, item: Item, now: datetime) -> None:
    """Staff have the item in the hand under its new slip: from now on it can be announced."""
    if item.clearance_since is not None:
        item.set_aside(now)
        hold.secured_at = now
    elif hold.relabel_since is None:
        return
    hold.relabel_since = None
    hold.save()


def _bind_to_next(item: Item, now: datetime, *, for_clearance: bool = False) -> Hold | None:
    while hold := queries.next_for(item, days.day_of(now)):
        if hold.group_id is not None and not _still_waits_in(hold.group_id, hold):
            continue  # its group was completed a moment ago by another title: the next one, please
        hold.secure(item, now)
        item.set_aside(now, for_clearance=for_clearance)
        _end_rest_of_group(hold, now)
        return hold
    return None


def _still_waits_in(group_id: int, hold: Hold) -> bool:
    """Lock the group of a reservation and tell whether it is still waiting; rivals from other bibs queue up here."""
    hold.group = lock_group(group_id)
    hold.refresh_from_db(fields=["state"])
    return hold.is_waiting


def lock_group(group_id: int) -> HoldGroup:
    """Lock a group, after the bib of the title that it is asked for and before that title's reservation is read.

    Returns it fresh: a return may have made it want one title less.
    """
    return HoldGroup.objects.select_for_update(no_key=True).get(pk=group_id)


def lock_with_group(*, bib_id: int, holds: HoldQuerySet) -> None:
    """Lock a bib and every title that some reservations are in a group with, in ascending order, then the groups.

    For what may let other titles of a group wait again: meanwhile nobody reserves, secures or ends one of them.
    """
    groups = sorted(holds.exclude(group=None).values_list("group_id", flat=True))
    Bib.objects.lock_all([bib_id, *Hold.objects.filter(group__in=groups).values_list("bib_id", flat=True)])
    for group_id in groups:
        lock_group(group_id)


def lock_to_reopen(*, item: Item, patron: Patron | None) -> None:
    """Lock all that `reopen` may change; of a loan that has come back, which has no patron, the bib alone."""
    lock_with_group(bib_id=item.bib_id, holds=_answered_by(item, patron))


def _end_rest_of_group(hold: Hold, now: datetime) -> None:
    """End what still waits in an any-of group once k of its titles are secured or lent (HLD-9)."""
    group = hold.group
    if group is not None and _is_served(group):
        group.holds.filter(state=HoldState.WAITING).update(
            state=step(HoldState.WAITING, HoldState.CANCELLED),
            end_reason=EndReason.ENOUGH_OF_GROUP,
            ended_at=now,
        )


def _is_served(group: HoldGroup) -> bool:
    """Whether k titles of an any-of group are secured or lent."""
    return group.wanted is not None and group.holds.filter(state__in=BOUND_OR_LENT).count() >= group.wanted


def give_on(*, item: Item, now: datetime, for_clearance: bool) -> Hold | None:
    """Give an item whose reservation has just ended to the next one, or put it on the clearance list (HLD-7).

    `for_clearance`: the next one gets it, but it is served only when staff have scanned it off the shelf (SHF-4).
    Otherwise it only waits for its slip to be changed (A49).
    """
    following = None
    if item.can_fill_holds(PolicySettings.current().holds_on_damaged):
        following = _bind_to_next(item, now, for_clearance=for_clearance)
    if following is None:
        item.set_aside(now, for_clearance=True)
    elif not for_clearance:
        following.relabel_since = now
        following.save()
    return following


def fulfil(*, item: Item, patron: Patron, by: User | None, now: datetime) -> Hold | None:
    """End the reservation that lending this item to this patron answers (LON-4, A81).

    The one that holds the item; else the patron's open reservation of the title, whose own copy is given on.
    A reservation of another particular item stays.
    """
    answered = Hold.objects.open().filter(patron=patron, bib_id=item.bib_id).select_related("item", "group")
    hold = answered.first()
    if hold is not None and hold.group_id is not None:
        lock_group(hold.group_id)
        hold = answered.first()  # another title may have completed its group before we had the lock
    if hold is None or hold.only_item_id not in (None, item.pk):
        return None
    other_copy = hold.item if hold.item_id and hold.item_id != item.pk else None
    hold.state = step(hold.state, HoldState.FULFILLED)
    hold.item = item
    hold.ended_at = now
    hold.keep_until = None
    hold.relabel_since = None
    hold.save()
    _end_rest_of_group(hold, now)
    if other_copy is not None:
        give_on(item=other_copy, now=now, for_clearance=True)
    return hold


def fulfil_kept(*, holds: Iterable[Hold], now: datetime) -> None:
    """End secured reservations whose own items have been lent to their patrons, as `fulfil` does each (LON-4)."""
    holds = list(holds)
    Hold.objects.filter(pk__in=[hold.pk for hold in holds]).fulfil_all(now)
    for hold in sorted(holds, key=lambda hold: hold.group_id or 0):  # in ascending order, as locks are taken
        if hold.group_id is not None:
            hold.group = lock_group(hold.group_id)
            _end_rest_of_group(hold, now)


def reopen(
    *, item: Item, patron: Patron, by: User | None, now: datetime, keep_until: date | None = None
) -> Hold | None:
    """Put back the reservation that a loan, now undone, had fulfilled: it holds the item, or waits as before (A165).

    `keep_until`: it was ready until that day and is so again; else it is secured and announced anew. The titles of its
    any-of group that the loan had ended wait again. None where there was no reservation, or where the patron has
    reserved the title anew since. The caller holds the locks of `lock_to_reopen`.
    """
    hold = _answered_by(item, patron).order_by("-ended_at", "-id").first()
    if hold is None or Hold.objects.open().filter(patron=patron, bib_id=item.bib_id).exists():
        return None
    hold.ended_at = None
    if hold.secured_at is None:  # the patron had found a copy on the shelf before one was fetched
        return _wait_again(hold, by=by, now=now)
    hold.state = step(hold.state, HoldState.READY if keep_until else HoldState.SECURED)
    hold.keep_until = keep_until
    hold.save()
    item.set_aside(now)
    return hold


def _answered_by(item: Item, patron: Patron | None) -> HoldQuerySet:
    """Return the patron's reservations that loans of this item have fulfilled."""
    return Hold.objects.filter(patron=patron, item=item, state=HoldState.FULFILLED)


def lose(*, hold: Hold, by: User | None, now: datetime) -> Hold:
    """What a reservation holds is not where it should be: the item is searched for, and it waits again (PUL-5, A52).

    The caller holds the locks of `lock_with_group`.
    """
    item = hold.item
    _wait_again(hold, by=by, now=now)
    if item is not None:
        item.be_searched_for(now)
    return hold


def unclaim(*, hold: Hold, by: User | None, now: datetime) -> Hold:
    """Undo that an item was claimed for a reservation: it waits again at its place, as do those that ended with it.

    What becomes of the item, the caller decides, who holds the locks of `lock_with_group`.
    """
    return _wait_again(hold, by=by, now=now)


def _wait_again(hold: Hold, *, by: User | None, now: datetime) -> Hold:
    """Take a reservation's item away from it: it waits again, at its old place (PUL-5)."""
    hold.state = step(hold.state, HoldState.WAITING)
    hold.item = None
    hold.secured_at = hold.announced_on = hold.keep_until = hold.relabel_since = None
    hold.save()
    if hold.group is not None and not _is_served(hold.group):
        _revive_rest_of_group(hold.group, by=by, now=now)
    return hold


def _revive_rest_of_group(group: HoldGroup, *, by: User | None, now: datetime) -> None:
    """Let the titles wait again that ended because k others of their any-of group were secured or lent (HLD-9).

    They may be more than the patron could reserve by now (LIM-4), so that each is written down with who led to it.
    """
    ended = group.holds.filter(state=HoldState.CANCELLED, end_reason=EndReason.ENOUGH_OF_GROUP)
    for other in ended.select_related("patron"):
        if Hold.objects.open().filter(patron=other.patron_id, bib=other.bib_id).exists():
            other.group = other.volume_order = None  # reserved anew since, by itself: the group goes on without it
        else:
            other.state = step(other.state, HoldState.WAITING)
            other.end_reason, other.ended_at = "", None
            staff.record(verb="wait_again", subject=f"hold:{other.pk}", by=by, now=now, patron=other.patron)
        other.save()


def forget(*, item: Item, patron: Patron, now: datetime) -> tuple[Forgotten, ...]:
    """Cut the link between a patron and the reservations that loans of this item fulfilled, notices too (RET-5).

    Returns what was cut, for `relink`.
    """
    fulfilled = _answered_by(item, patron)
    cut = []
    for hold in fulfilled:
        is_one_less = hold.group_id is not None and _need_one_less(hold.group_id)
        cut.append(Forgotten(hold.pk, hold.made_by_id, hold.group_id, is_one_less))
        forget_notices(cause=f"hold:{hold.pk}", now=now)
    fulfilled.update(patron=None, made_by=None, group=None)
    return tuple(cut)


def relink(*, forgotten: tuple[Forgotten, ...], patron: Patron) -> None:
    """Tie the links again that a return, now undone, had cut; the words of erased notices stay erased."""
    for link in forgotten:
        group = HoldGroup.objects.filter(pk=link.group_id).first() if link.group_id else None
        if group:
            lock_group(group.pk)
            HoldGroup.objects.filter(pk=group.pk).update(wanted=F("wanted") + int(link.is_one_less))
        Hold.objects.filter(pk=link.hold_id, patron=None).update(patron=patron, made_by=link.made_by_id, group=group)


def _need_one_less(group_id: int) -> bool:
    """Of any k titles one has been had and leaves the group, which would lead to its patron: k - 1 are left (HLD-9).

    Returns False where none is left to be had: the group still says one.
    """
    lock_group(group_id)
    any_of = HoldGroup.objects.filter(pk=group_id, kind=GroupKind.ANY_OF, wanted__gt=1)
    return any_of.update(wanted=F("wanted") - 1) > 0
