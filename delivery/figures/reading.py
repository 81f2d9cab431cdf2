"""What the pages read of the counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from math import ceil

from django.db.models import Max, Sum
from django.db.models.functions import TruncWeek

from okalib import days
from okalib.models import Figure
from okalib.rules import FigureName

WEEKS = 52


@dataclass(frozen=True, slots=True)
class Week:
    """One week from its Monday, and how many of each part there were in it."""

    first_on: date
    parts: dict[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """The sum of all parts."""
        return sum(self.parts.values())

    @property
    def waits(self) -> dict[int, int]:
        """The parts of WAITED: how many reservations were ready after so many days."""
        return {int(waited): number for waited, number in self.parts.items()}


def weekly(names: Iterable[FigureName], *, until: date, weeks: int = WEEKS) -> dict[FigureName, list[Week]]:
    """Return the whole weeks before the one of `until`, the earliest first, in one query over the counts.

    A week in which nothing was counted is there with nothing in it.
    """
    monday = days.plus(until, -until.weekday())
    found = {
        name: {first: Week(first) for first in (days.plus(monday, -7 * back) for back in range(weeks, 0, -1))}
        for name in names
    }
    rows = Figure.objects.filter(
        name__in=list(found), day__gte=days.plus(monday, -7 * weeks), day__lt=monday
    ).values_list("name", TruncWeek("day"), "part")
    for name, first, part, number in rows.annotate(n=Sum("number")).order_by("name", "part"):
        found[FigureName(name)][first].parts[part] = number
    return {name: list(each.values()) for name, each in found.items()}


def items_by_state() -> tuple[date | None, dict[str, int]]:
    """Return the latest day on which the items were counted, and how many stood in each state; no day: never."""
    counted = Figure.objects.filter(name=FigureName.ITEMS)
    day = counted.aggregate(last=Max("day"))["last"]
    return day, dict(counted.filter(day=day).values_list("part", "number")) if day else {}


def quantile(waits: Mapping[int, int], share: float) -> int | None:
    """Return the number of days after which at least that share of them was ready; None of nobody.

    >>> quantile({1: 5, 3: 4, 30: 1}, 0.5), quantile({1: 5, 3: 4, 30: 1}, 0.9), quantile({}, 0.5)
    (1, 3, None)
    """
    needed, so_far = ceil(sum(waits.values()) * share), 0
    for waited, number in sorted(waits.items()):
        so_far += number
        if so_far >= needed:
            return waited
    return None
