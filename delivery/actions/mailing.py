"""Thursday: one mail per patron, pickup library and run (DLV-7)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime

from circulation.models import Loan
from delivery import queries
from delivery.models import Bag, DeliveryRun
from notifications.actions import Letter, post_all
from okalib import days
from okalib.models import Library, Patron, User
from okalib.one_by_one import in_handfuls, one_by_one

Reader = tuple[int, int]
"""The number of a pickup library, and of a patron who collects there."""


def announce(*, run: DeliveryRun, by: User | None, now: datetime) -> dict[str, int]:
    """Tell every patron of a run what waits where, from when to when (DLV-7, A163); a handful in each transaction.

    Run again it posts nothing twice; what was taken out of its bag since Sunday is not on the list (A165), nor what
    nobody could collect because its library has been shut since (CAL-8): that is told once the bag is kept longer.
    A run that has not lent yet stays one to be told of.
    """
    told = _tell_all(run, now, set())
    done = DeliveryRun.objects.filter(pk=run.pk, announced_at=None, lent_at__isnull=False).update(announced_at=now)
    if done:  # what was lent since we looked, by a run that did not yet see that it is announced
        told |= _tell_all(run, now, told)
    return {"told": len(told)}


def tell_of(*, bag: Bag, now: datetime) -> None:
    """Tell the patron of a bag that was held back, if it can be collected by now; nobody is told twice (DLV-10)."""
    if bag.run.announced_at is not None:
        _tell_all(bag.run, now, set(), only=bag)


def _tell_all(run: DeliveryRun, now: datetime, already: set[Reader], only: Bag | None = None) -> set[Reader]:
    """Tell all who have something in a bag of the run, or in one bag, but those told already; returns whom."""
    by_reader: dict[Reader, list[Loan]] = defaultdict(list)
    until: dict[Reader, date] = defaultdict(lambda: run.window_to)
    held_back = queries.cannot_be_collected([only] if only else run.bags.all(), days.day_of(now))
    lines = queries.lines_of_run(run).prefetch_related("loan__patron__cards")
    for line in lines.filter(bag=only) if only else lines:
        if line.loan.is_open and line.loan.patron_id is not None and line.bag_id not in held_back:
            reader = line.bag.library_id, line.loan.patron_id
            by_reader[reader].append(line.loan)
            until[reader] = max(until[reader], line.bag.keep_until or run.window_to)
    libraries = {library.pk: library for library in queries.pickup_libraries()}

    def tell(readers: Sequence[Reader]) -> Sequence[Reader]:
        letters = (_letter(run, libraries[reader[0]], by_reader[reader], until[reader]) for reader in readers)
        post_all(letters=letters, now=now)
        return readers

    told, left = in_handfuls([reader for reader in by_reader if reader not in already], tell)
    told += one_by_one(left, lambda reader: tell([reader]), what="library and patron")
    return {reader for readers in told for reader in readers}


def _letter(run: DeliveryRun, library: Library, loans: list[Loan], until: date) -> Letter:
    patron = loans[0].patron
    assert patron is not None  # noqa: S101 - open loans have their patron: a constraint says so
    context: dict[str, object] = {
        "titles": [loan.item.bib.full_title for loan in loans],
        "loans": [loan.pk for loan in loans],
        "library": {"ja": library.name, "en": library.name_en or library.name},
        "window_from": run.window_from,
        "window_to": until,
        "due_on": loans[0].due_on,
        "card_number": patron.card_number,
        "note": _note(library),
    }
    return Letter(notice_key(run, library, patron), "delivery_ready", patron, context, f"run:{run.pk}")


def notice_key(run: DeliveryRun, library: Library, patron: Patron) -> str:
    """The key of the one notice of a run to a patron about a pickup library (NTF-2, DLV-7)."""
    return f"delivery_ready:{run.pk}:{library.pk}:{patron.pk}"


def _note(library: Library) -> object:
    if library.central is None:
        return ""
    return {
        "ja": f"{library.central.name}を経由して届きます。",
        "en": f"It travels by way of {library.central.name_en or library.central.name}.",
    }
