"""How each figure grows with the library: the desk, the pages and the search at three sizes.

python -m tests.bench grow --sizes 10000,100000,1000000
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from tests.bench import desk, pages
from tests.bench.tables import Table


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which sizes; `--records` is not asked for."""
    parser.add_argument("--sizes", default="3000,10000,30000", help="numbers of bibs, with commas")


def prepare(options: argparse.Namespace) -> None:
    """Each size is prepared when its turn comes."""


def run(options: argparse.Namespace) -> Iterator[Table]:
    """Set the medians of the same measurements side by side."""
    sizes = [int(size) for size in options.sizes.split(",")]
    found: dict[str, list[str]] = {}
    for size in sizes:
        for measurement, words in ((desk, {"times": 100}), (pages, {"times": 60, "requests": 0})):
            asked = argparse.Namespace(records=size, patrons=0, fresh=options.fresh, **words)
            measurement.prepare(asked)
            for table in measurement.run(asked):
                for name, clients, median, *_rest in (row for row in table.rows if len(row) > 6):
                    what = "verb" if table.title.startswith("Verbs") else "HTTP"
                    found.setdefault(f"{name}, {what}, {clients} at once", []).append(str(median))
    yield Table(
        "How the medians grow (ms)",
        ["what", *(f"{size:,} bibs" for size in sizes)],
        [[name, *medians] for name, medians in found.items()],
    )
