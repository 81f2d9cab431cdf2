"""How each figure grows with the library: the search, the pages and the desk at several sizes.

    python -m tests.bench grow --sizes 10000,100000,1000000 --only search

Beside the figures stands what ten times the bibs make of them: 1 is a figure that does not grow, 10 one that grows as
the library does.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from math import log10

from catalog.search import upkeep
from okalib import clock
from tests.bench import corpus, desk, pages, search
from tests.bench.tables import Table, shown

WORDS = {"pages": {"times": 60, "requests": 0}, "desk": {"times": 100}}
"""What the measurements are told on their command lines."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which sizes, and of what; `--records` is not asked for."""
    parser.add_argument("--sizes", default="3000,10000,30000", help="numbers of bibs, with commas")
    parser.add_argument("--only", default="search,pages,desk", help="what is measured, with commas")


def prepare(options: argparse.Namespace) -> None:
    """Each size is prepared when its turn comes."""


def run(options: argparse.Namespace) -> Iterator[Table]:
    """Set the same figures side by side, and say how they grow from the first size to the last."""
    sizes, only = [int(size) for size in options.sizes.split(",")], options.only.split(",")
    if len(set(sizes)) < 2:
        raise SystemExit("grow: give two sizes at least, as --sizes 10000,100000")
    found: dict[str, list[float]] = {}
    for size in sizes:
        asked = argparse.Namespace(records=size, patrons=0, fresh=options.fresh)
        for what in only:
            for name, figure in _searching(asked) if what == "search" else _medians(what, asked):
                found.setdefault(name, []).append(figure)
    decades = log10(sizes[-1] / sizes[0])
    yield Table(
        "How the figures grow (ms, and MB where it is said)",
        ["what", *(f"{size:,} bibs" for size in sizes), "ten times the bibs make it"],
        [
            [name, *map(shown, figures), f"× {shown((figures[-1] / figures[0]) ** (1 / decades))}"]
            for name, figures in found.items()
        ],
    )


def _searching(asked: argparse.Namespace) -> Iterator[tuple[str, float]]:
    corpus.prepare(bibs=asked.records, fresh=asked.fresh)
    upkeep.keep_up(now=clock.now())  # where the pages have been measured, things have moved
    yield from search.figures(asked.records)


def _medians(what: str, asked: argparse.Namespace) -> Iterator[tuple[str, float]]:
    measurement = {"pages": pages, "desk": desk}[what]
    asked = argparse.Namespace(**vars(asked), **WORDS[what])
    measurement.prepare(asked)
    for table in measurement.run(asked):
        how = "verb" if table.title.startswith("Verbs") else "HTTP"
        for name, clients, median, *_rest in (row for row in table.rows if len(row) > 6):
            yield f"{name}, {how}, {clients} at once", float(str(median).replace(",", ""))
