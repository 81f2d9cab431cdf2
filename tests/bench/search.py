"""The search at a given size: how long its answers take."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from time import perf_counter

from catalog.search import Query, search
from tests.bench.tables import Figures, Table

TEXTS = ("研究", "日本", "岡山", "ネコ", "夏目漱石", "世界 歴史", "の", "history", "9784000000011")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Nothing of its own yet."""


def run(options: argparse.Namespace) -> Iterator[Table]:
    """Ask each text five times."""
    table = Table(f"Search in {options.records:,} records (ms)", ["query", *Figures.HEADER, "hits"])
    for text in TEXTS:
        seconds = []
        for _ in range(5):
            start = perf_counter()
            found = search(Query.parse(text))
            seconds.append(perf_counter() - start)
        table.rows.append([text, *Figures.of(seconds).cells(), f"{found.total:,}"])
    yield table
