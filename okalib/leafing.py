"""Lists that are too long for one page, and the numbers under them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar, cast

from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.utils.functional import cached_property

PAGES_AROUND = 2
MOST_COUNTED = 10_000
M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class Pages:
    """The numbers under a list; None stands for a gap."""

    current: int
    last: int

    @property
    def many(self) -> bool:
        """Whether there is anything to leaf through."""
        return self.last > 1

    @property
    def previous(self) -> int | None:
        """The page before."""
        return self.current - 1 if self.current > 1 else None

    @property
    def next(self) -> int | None:
        """The page after."""
        return self.current + 1 if self.current < self.last else None

    @property
    def numbers(self) -> list[int | None]:
        """First, last, and those around the present one."""
        near = range(self.current - PAGES_AROUND, self.current + PAGES_AROUND + 1)
        shown = sorted({1, self.last, *(number for number in near if 1 <= number <= self.last)})
        numbers: list[int | None] = []
        for number in shown:
            if numbers and numbers[-1] is not None and number - numbers[-1] > 1:
                numbers.append(None)
            numbers.append(number)
        return numbers


class ShortPaginator(Paginator):
    """Leafs through the first MOST_COUNTED rows and counts no further, since a count of all reads the whole table."""

    @cached_property
    def count(self) -> int:
        """How many rows there are, MOST_COUNTED at most."""
        rows = cast("QuerySet[Any]", self.object_list)
        # What is not narrowed by anything has no other index than that of the ids.
        return (rows.order_by() if rows.query.where else rows.order_by("pk"))[:MOST_COUNTED].count()

    @property
    def is_cut(self) -> bool:
        """Whether there are perhaps more."""
        return self.count == MOST_COUNTED


def leaf(rows: QuerySet[M, Any], asked: str, per_page: int) -> tuple[list[M], Pages]:
    """Return the rows of the page that was asked for, and the numbers; what is no page within reach is the nearest."""
    last = max(1, -(-rows.count() // per_page))
    number = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 7 else 1
    current = min(max(1, number), last)
    return list(rows[(current - 1) * per_page : current * per_page]), Pages(current, last)
