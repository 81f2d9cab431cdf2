"""Runs one measurement on a database of its own and prints its table: `python -m tests.bench search --records 100000`.

A measurement is a module of this folder, named in MEASUREMENTS, with `add_arguments(parser)` and `run(options)`, which
returns tables; one with a `prepare(options)` makes a database of its own kind. The embedded servers and the database
are kept under `.okalib/bench`, so that a second run begins at once; `--fresh` makes the database anew.
"""

from __future__ import annotations

import argparse
import os
import sys
from importlib import import_module
from pathlib import Path

STATE = Path(__file__).resolve().parents[2] / ".okalib" / "bench"

MEASUREMENTS = {
    "search": "the search beside its peers",
    "consistency": "the consistency check on 1.65 M items",
    "desk": "the verbs of the desk, and the desk by HTTP",
    "pages": "the pages by HTTP, and the memory of a worker",
    "batch": "pull list, Sunday's run, Thursday's mails, expiry, import",
    "grow": "how the medians of desk and pages grow",
}
"""Name of the module → what it measures."""


def main(words: list[str]) -> None:
    """Read the command line, have the servers running and the corpus loaded, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    names = parser.add_subparsers(dest="name", required=True)
    for name, purpose in MEASUREMENTS.items():
        each = names.add_parser(name, help=purpose)
        each.add_argument("--records", type=int, default=100_000, help="bibs in the catalogue")
        each.add_argument("--patrons", type=int, default=0, help="patrons with a card")
        each.add_argument("--fresh", action="store_true", help="make the database anew")
        if name in words:
            import_module(f"tests.bench.{name}").add_arguments(each)
    options = parser.parse_args(words)
    from okalib import embedded
    from tests.bench import corpus, tables

    measurement = import_module(f"tests.bench.{options.name}")
    with embedded.servers("postgres"):
        if hasattr(measurement, "prepare"):
            measurement.prepare(options)
        else:
            corpus.prepare(bibs=options.records, patrons=options.patrons, fresh=options.fresh)
        for table in measurement.run(options):
            print(tables.as_markdown(table), flush=True)


if __name__ == "__main__":
    # Before Django reads its settings: the measurements have servers and databases of their own.
    os.environ.setdefault("OKALIB_STATE", str(STATE))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.bench.settings")
    import django

    django.setup()
    main(sys.argv[1:])
