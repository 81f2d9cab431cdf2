"""The morning's work: what to fetch from the shelves, and what was not there."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime

from catalog.models import Bib, Item
from catalog.rules import Whereabouts
from holds import queries
from holds.models import Hold, PullLine
from holds.rules import PullOutcome
from okalib import days
from okalib.actions import staff
from okalib.models import PolicySettings, User
from okalib.transactions import verb


@verb
def make_pull_list(*, day: date, now: datetime) -> list[PullLine]:
    """Write down what to fetch on the morning of `day` and return the list in walking order (PUL-1, PUL-2, PUL-6).

    For each bib as many items from the shelf as eligible reservations accepted before `day` need. Made again it shows
    the same work; what came since is marked as an addition.
    """
    made_before = PullLine.objects.filter(day=day).exists()
    listed = set(PullLine.objects.filter(day=day).values_list("item_id", flat=True))
    wanted = [item for items in _needed(day).values() for item in items]
    PullLine.objects.bulk_create(
        [
            PullLine(day=day, item=item, listed_at=now, is_addition=made_before)
            for item in wanted
            if item.pk not in listed
        ],
        ignore_conflicts=True,  # another desk is making the same list: its line is as good
    )
    return queries.pull_list(day)


def _needed(day: date) -> dict[int, list[Item]]:
    """Return by bib the items to fetch: one for each reservation, particular copies first, listed ones kept."""
    holds = defaultdict(list)
    for hold in _to_be_filled(day):
        holds[hold.bib_id].append(hold)
    shelf = defaultdict(list)
    policy = PolicySettings.current()
    fitting = Item.objects.for_holds(policy.holds_on_damaged).on_shelf().filter(bib_id__in=holds)
    already_listed = set(PullLine.objects.filter(day=day, outcome="").values_list("item_id", flat=True))
    for item in fitting.select_related("location").by_call_number():
        shelf[item.bib_id].append(item)
    return {bib_id: _choose(holds[bib_id], shelf[bib_id], already_listed) for bib_id in holds}


def _to_be_filled(day: date) -> list[Hold]:
    accepted_before = Hold.objects.eligible(day).filter(accepted_at__lt=days.midnight(day))
    return list(accepted_before.filter(bib__items__whereabouts="shelf").distinct().in_queue_order())


def _choose(holds: list[Hold], shelf: list[Item], already_listed: set[int]) -> list[Item]:
    """Give each reservation an item from the shelf as long as there are any."""
    chosen: list[Item] = []
    left = sorted(shelf, key=lambda item: item.pk not in already_listed)
    for hold in sorted(holds, key=lambda hold: hold.only_item_id is None):
        item = next((item for item in left if hold.only_item_id in (None, item.pk)), None)
        if item is not None:
            left.remove(item)
            chosen.append(item)
    return chosen


@verb
def mark_missing(*, line: PullLine, outcome: PullOutcome, by: User, now: datetime) -> PullLine | None:
    """Say that an item of the pull list is not to be had, and return the line of the item to try instead (PUL-5).

    Not found or in use: it is searched for until it is scanned again. Damaged: it fills no reservation until mended.
    The reservation keeps its place; with no item left it is on the list of those that cannot be filled. What is not
    on its shelf any more was fetched or lent, and nothing changes.
    """
    Bib.objects.lock(line.item.bib_id)
    item = Item.objects.select_related("location").get(pk=line.item_id)
    if item.whereabouts != Whereabouts.SHELF:
        return None  # fetched or lent meanwhile: it is not missing, whatever an old page says
    line.outcome, line.marked_by = outcome, by
    line.save()
    if outcome == PullOutcome.DAMAGED:
        item.is_damaged = True
        item.save()
    else:
        item.be_searched_for(now)
    staff.record(verb="mark_missing", subject=f"item:{item.item_number} {outcome}", by=by, now=now)
    known = {other.pk for other in queries.pull_list(line.day)}
    return next(
        (
            other
            for other in make_pull_list(day=line.day, now=now)
            if other.pk not in known and other.item.bib_id == item.bib_id
        ),
        None,
    )


@verb
def unmark_missing(*, line: PullLine, by: User, now: datetime) -> None:
    """Take back a mark that was made by mistake: the item stands on its shelf and is to be fetched again (PUL-5).

    What has been scanned, fetched or lent since the mark stays where it is.
    """
    Bib.objects.lock(line.item.bib_id)
    line = PullLine.objects.select_related("item").get(pk=line.pk)
    item, outcome = line.item, line.outcome
    if not outcome:
        return
    if outcome == PullOutcome.DAMAGED:
        item.is_damaged = False
        item.save()
    elif item.is_searched_for:
        item.stand_on_shelf(now)
    line.outcome, line.marked_by = "", None
    line.save()
    staff.record(verb="unmark_missing", subject=f"item:{item.item_number} {outcome}", by=by, now=now)
