"""Tables of figures as Markdown, each with the machine and the day, and the figures themselves."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass, field

from okalib import clock


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its title; cells are texts or numbers."""

    title: str
    header: Sequence[str]
    rows: list[Sequence[object]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Figures:
    """What a series of durations says, in milliseconds."""

    p50: float
    p95: float
    p99: float
    worst: float

    HEADER = ("p50", "p95", "p99", "worst")

    @classmethod
    def of(cls, seconds: Sequence[float]) -> Figures:
        """Take the durations of one and the same thing, in seconds; at least one."""
        in_order = sorted(1_000 * one for one in seconds)
        at = [in_order[min(len(in_order) - 1, int(share * len(in_order)))] for share in (0.5, 0.95, 0.99)]
        return cls(*at, in_order[-1])

    def cells(self) -> list[str]:
        """Write the figures as HEADER names them."""
        return [shown(one) for one in (self.p50, self.p95, self.p99, self.worst)]


def shown(number: float) -> str:
    """Write a number with three digits that count.

    >>> shown(0.1234), shown(12.34), shown(1234.5)
    ('0.123', '12.3', '1,234')
    """
    return f"{number:,.{0 if number >= 100 else 1 if number >= 10 else 2 if number >= 1 else 3}f}"


def as_markdown(table: Table) -> str:
    """Write a table with the line that says where and when it was measured."""
    lines = [
        f"**{table.title}** ({machine()}, {clock.today()})",
        "",
        _row(table.header),
        _row(["---"] * len(table.header)),
    ]
    return "\n".join([*lines, *map(_row, table.rows), ""])


def machine() -> str:
    """Say in a few words what machine this is, and how busy it has been this minute."""
    gigabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    load = os.getloadavg()[0]
    python = platform.python_version()
    return f"load {load:.1f} on {os.cpu_count()} cores, {gigabytes:.0f} GiB, {platform.machine()}, Python {python}"


def _row(cells: Sequence[object]) -> str:
    return f"| {' | '.join(str(cell) for cell in cells)} |"
