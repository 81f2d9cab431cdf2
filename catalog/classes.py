"""The Nippon Decimal Classification (NDC 9) as a tree of three levels, 類・綱・目, with names in Japanese and English.

The notations and what they stand for are facts of the classification; the words are ours, in `classes.tsv`.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

LEVELS = 3


@dataclass(frozen=True, slots=True)
class NdcClass:
    """A class: "9", "91" or "913", with its name in both languages."""

    notation: str
    ja: str
    en: str

    @property
    def level(self) -> int:
        """1 for 類, 2 for 綱, 3 for 目."""
        return len(self.notation)

    @property
    def is_leaf(self) -> bool:
        """Whether nothing in this tree is narrower."""
        return self.level == LEVELS

    @property
    def digit(self) -> str:
        """The first digit, by which covers and cards are coloured."""
        return self.notation[0]


def find(notation: str) -> NdcClass | None:
    """Return a class by its notation, None where the tree has no such class.

    >>> find("913")
    NdcClass(notation='913', ja='小説・物語', en='Novels and tales')
    >>> find("91３"), find("062"), find("")
    (None, None, None)
    """
    return _classes().get(notation)


def main_classes() -> list[NdcClass]:
    """Return the ten classes of the first level."""
    return narrower("")


def narrower(notation: str) -> list[NdcClass]:
    """Return the classes one level down, in order.

    >>> [found.notation for found in narrower("06")]
    ['060', '061', '063', '065', '069']
    """
    level = len(notation) + 1
    return [found for found in _classes().values() if found.level == level and found.notation.startswith(notation)]


def broader(notation: str) -> list[NdcClass]:
    """Return the classes above, the broadest first.

    >>> [found.ja for found in broader("913")]
    ['文学', '日本文学']
    """
    return [_classes()[notation[:length]] for length in range(1, len(notation)) if notation[:length] in _classes()]


def beside(notation: str) -> tuple[NdcClass | None, NdcClass | None]:
    """Return the class before and the class after one of the tree, of the same level.

    >>> [found.notation for found in beside("92") if found]
    ['91', '93']
    >>> beside("999")[1] is None
    True
    """
    level = [found for found in _classes().values() if found.level == len(notation)]
    place = level.index(_classes()[notation])
    before = level[place - 1] if place else None
    return before, (level[place + 1] if place + 1 < len(level) else None)


@cache
def _classes() -> dict[str, NdcClass]:
    with (Path(__file__).parent / "classes.tsv").open(encoding="utf-8", newline="") as lines:
        return {row["notation"]: NdcClass(**row) for row in csv.DictReader(lines, delimiter="\t")}
