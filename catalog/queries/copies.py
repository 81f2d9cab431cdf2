"""The copies of a title as its page shows them: a few at once, however many there are."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from catalog.models import STATUS_LABELS, Bib, Item
from catalog.rules import ItemStatus, Material

SHOWN_AT_FIRST = 20
SHOWN_AT_MOST = 200  # rows of which a page is not too heavy for a phone


@dataclass(frozen=True, slots=True)
class Copies:
    """Some of the copies of a title, where the page stands among all of them, and what all of them are doing."""

    shown: list[Item]
    total: int
    part: int
    parts: int
    summary: list[tuple[object, int]]
    newest_first: bool

    @property
    def part_numbers(self) -> range:
        """The numbers of the parts."""
        return range(1, self.parts + 1)

    @property
    def are_all(self) -> bool:
        """Whether every copy is shown."""
        return len(self.shown) == self.total


def copies(bib: Bib, items: Sequence[Item], *, all_of_them: bool, part: int = 1) -> Copies:
    """Return which copies to show (CAT-7, CAT-8): the first twenty, or all of them in parts of two hundred.

    Those of a magazine with the newest issue first, all others in walking order, as `items` are.
    """
    newest_first = bib.material == Material.MAGAZINE
    ordered = sorted(items, key=lambda item: natural(item.volume_mark), reverse=True) if newest_first else list(items)
    size = SHOWN_AT_MOST if all_of_them else SHOWN_AT_FIRST
    parts = max(1, -(-len(ordered) // SHOWN_AT_MOST)) if all_of_them else 1
    part = min(max(1, part), parts)
    counted = Counter(item.status for item in ordered)
    return Copies(
        shown=ordered[(part - 1) * size : part * size],
        total=len(ordered),
        part=part,
        parts=parts,
        summary=[(STATUS_LABELS[status], counted[status]) for status in ItemStatus if counted[status]],
        newest_first=newest_first and len(ordered) > 1,
    )


def natural(text: str) -> list[tuple[int, str]]:
    """Return a key by which numbers inside texts are numbers.

    >>> sorted(["10号", "9号", "2019-12", "2019-2"], key=natural)
    ['9号', '10号', '2019-2', '2019-12']
    """
    return [(int(piece), "") if piece.isdigit() else (0, piece) for piece in re.split(r"([0-9]+)", text) if piece]
