"""What came lately.

A title arrives with a copy: its day is that of the latest copy that came, so that a copy added to an old record is a
new arrival as well, and a description without any copy is none. What was borrowed from another library for one reader,
what has been withdrawn and what patrons may not see (CAT-5, A221) never counts.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date

from catalog.models import Bib, Item

NEWEST = 3_000
"""Copies that new arrivals are taken from: some weeks of a large library. It bounds what a page costs."""

FEW = 8
"""How many copies are looked at for each of a few titles, before all of the newest are."""


@dataclass(frozen=True, slots=True, order=True)
class Arrival:
    """The latest copy of a title that came, by which it is listed."""

    day: date
    item_id: int
    bib_id: int
    material: str


@dataclass(frozen=True, slots=True)
class Arrivals:
    """New arrivals, the latest first, and how many there are of each kind of publication."""

    shown: list[Arrival]
    by_material: dict[str, int]
    has_more: bool


def arrivals(count: int, *, material: str = "", after: tuple[date, int] | None = None) -> Arrivals:
    """Return the titles that came last, of one kind if wanted, each once, in one query that an index answers.

    `after` is day and item of the last one already shown.
    """
    newest = _newest()
    of_kind = [one for one in newest if material in ("", one.material)]
    rest = [one for one in of_kind if after is None or (one.day, one.item_id) < after]
    return Arrivals(rest[:count], dict(Counter(one.material for one in newest)), len(rest) > count)


def new_arrivals(count: int) -> list[Bib]:
    """Return the titles that came last; a few copies tell them, unless many are of one title."""
    latest = _newest(count * FEW)
    if len(latest) < count:
        latest = _newest()
    shown = [one.bib_id for one in latest[:count]]
    found = Bib.objects.in_bulk(shown)
    return [found[bib_id] for bib_id in shown]


def _newest(number: int = NEWEST) -> list[Arrival]:
    """Return the arrivals among so many of the newest copies, the latest first, each title once."""
    copies = Item.objects.arrived().order_by("-arrived_on", "-pk")
    rows = copies.values_list("arrived_on", "pk", "bib_id", "bib__material", "bib__is_suppressed")[:number]
    latest: dict[int, Arrival] = {}
    for day, item_id, bib_id, material, is_suppressed in rows:
        if day and not is_suppressed:
            latest.setdefault(bib_id, Arrival(day, item_id, bib_id, material))
    return list(latest.values())
