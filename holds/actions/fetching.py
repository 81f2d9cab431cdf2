"""The morning's work: what to fetch from the shelves, and what was not there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterator, Sequence
from datetime import date, datetime

from django.db.models import Exists, OuterRef

from catalog.models import Bib, Item
from catalog.rules import Whereabouts
from holds import queries
from holds.models import Hold, HoldQuerySet, PullLine
from holds.rules import PullOutcome
from okalib import days
from okalib.actions import staff
from okalib.models import PolicySettings, User
from okalib.transactions import verb


@verb
def make_pull_list(*, day: date, now: datetime) -> int:
    """Write down what to fetch on the morning of `day`; returns how many lines the list has (PUL-1, PUL-2, PUL-6).

    For each bib as many items from the shelf as eligible reservations accepted before `day` need. Made again it shows
    the same work; what came since is marked as an addition.
    """
    listed = dict(PullLine.objects.filter(day=day).values_list("item", "outcome"))
    PullLine.objects.bulk_create(
        [
            PullLine(day=day, item_id=item_id, listed_at=now, is_addition=bool(listed))
            for item_id in _needed(day, still_listed={item_id for item_id, outcome in listed.items() if not outcome})
            if item_id not in listed
        ],
        ignore_conflicts=True,  # another desk is making the same list: its line is as good
    )
    return queries.to_fetch(day).count()


def _needed(day: date, still_listed: Container[int]) -> Iterator[int]:
    """Yield the items to fetch: one for each reservation, particular copies first, listed ones kept.

    Thousands of both: asked for by those of their columns that decide.
    """
    holds, shelf = defaultdict(list), defaultdict(list)
    for bib_id, only_item_id in _to_be_filled(day).values_list("bib", "only_item"):
        holds[bib_id].append(only_item_id)
    fitting = Item.objects.for_holds(PolicySettings.current().holds_on_damaged).on_shelf().filter(bib__in=list(holds))
    for bib_id, item_id in fitting.by_call_number().values_list("bib", "pk"):
        shelf[bib_id].append(item_id)
    for bib_id, wanted in holds.items():
        yield from _choose(wanted, sorted(shelf[bib_id], key=lambda item_id: item_id not in still_listed))


def _to_be_filled(day: date) -> HoldQuerySet:
    accepted_before = Hold.objects.eligible(day).filter(accepted_at__lt=days.midnight(day))
    return accepted_before.filter(Exists(Item.objects.on_shelf().filter(bib=OuterRef("bib")))).in_queue_order()


def _choose(wanted: Sequence[int | None], shelf: list[int]) -> Iterator[int]:
    """Give each reservation an item from the shelf, or the particular one it wants, as long as there are any."""
    for only_item_id in sorted(wanted, key=lambda only_item_id: only_item_id is None):
        item_id = next((item_id for item_id in shelf if only_item_id in (None, item_id)), None)
        if item_id is not None:
            shelf.remove(item_id)
            yield item_id


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
    make_pull_list(day=line.day, now=now)
    instead = (other for other in queries.pull_list(line.day) if other.pk not in known)
    return next((other for other in instead if other.item.bib_id == item.bib_id), None)


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
