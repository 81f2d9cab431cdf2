"""What stands near a title in the catalogue: the same author, the same series, the shelf."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from catalog.models import Bib, Item
from catalog.queries.shelf import shelf_neighbours
from catalog.search import Query
from catalog.search.alike import alike

MOST_ALIKE = 6
NEIGHBOURS = 3


@dataclass(frozen=True, slots=True)
class Related:
    """Other titles, and what stands on the shelf left and right of the copy `here`, the title itself among it."""

    by_author: list[Bib] = field(default_factory=list)
    in_series: list[Bib] = field(default_factory=list)
    here: Item | None = None

    on_shelf: list[Bib] = field(default_factory=list)

    @property
    def has_neighbours(self) -> bool:
        """Whether anything stands beside it."""
        return len(self.on_shelf) > 1


def related(bib: Bib, here: Item | None) -> Related:
    """Return what stands near a title, in three queries; `here` is the copy from which to look along the shelf."""
    author, series = first_author(bib), bib.series[0] if bib.series else ""
    queries = {
        "by_author": Query.parse(author=phrase(author)),
        "in_series": Query.parse(series=phrase(series_name(series))),
    }
    found = alike(queries, other_than=bib.pk, most=MOST_ALIKE)
    on_shelf = _on_shelf(bib, here) if here is not None and here.class_mark else []
    return Related(found["by_author"], found["in_series"], here, on_shelf)


def _on_shelf(bib: Bib, here: Item) -> list[Bib]:
    around = shelf_neighbours(here, NEIGHBOURS, NEIGHBOURS)
    before, after = ([item.bib for item in side if item.bib_id != bib.pk] for side in (around.before, around.after))
    return [*before, bib, *after]


def first_author(bib: Bib) -> str:
    """Return the name of the first contributor, "" where there is none."""
    return str(bib.contributors[0].get("name", "")) if bib.contributors else ""


def series_name(series: str) -> str:
    """Return the name of a series without the number of the volume.

    >>> series_name("MF文庫J ; あ-22-02"), series_name("岩波文庫 赤 101"), series_name("")
    ('MF文庫J', '岩波文庫 赤 101', '')
    """
    return re.split(r"\s+[;；]\s*", series)[0].strip()


def phrase(text: str) -> str:
    """Return a text as one quoted phrase for the search."""
    plain = text.replace('"', " ").strip()
    return f'"{plain}"' if plain else ""
