"""The search at a given size: one client and eight, the first time and warm, kind by kind, and beside its peers."""

from __future__ import annotations

import argparse
import multiprocessing
import random
from collections.abc import Callable, Iterator
from time import perf_counter
from typing import Any

import psutil
from django.db import connection

from catalog.models import Bib
from catalog.search import Query, facts, index_bibs, merge, reading, search, suggestions, upkeep
from catalog.search.variants import state_of_index
from okalib import clock
from tests.bench import peers
from tests.bench.questions import questions
from tests.bench.tables import Figures, Table, shown

Asked = list[tuple[str, Query]]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say how often, and what is left out."""
    parser.add_argument("--rounds", type=int, default=3, help="how often each search is asked when warm")
    parser.add_argument("--without-peers", action="store_true", help="measure our own search alone")
    parser.add_argument("--with-build", action="store_true", help="make the postings anew, and merge 5,000 changes")


def run(options: argparse.Namespace) -> Iterator[Table]:
    """Measure, and yield a table for each question."""
    by_kind = questions(options.records)
    asked = [one for some in by_kind.values() for one in some]
    random.Random(1).shuffle(asked)
    yield _index(options)
    table = Table(f"search() on {options.records:,} records, {len(asked)} searches, ms", ["how", *Figures.HEADER])
    _forget()
    table.rows.append(["one client, first time in a process", *_timed(asked).cells()])
    rounds = [[_seconds(query) for _text, query in asked] for _ in range(options.rounds)]
    table.rows.append(["one client, warm", *Figures.of([one for some in rounds for one in some]).cells()])
    # On a machine that others use too, the best of some rounds says more about the search than about them.
    best = [min(seconds) for seconds in zip(*rounds, strict=True)]
    table.rows.append([f"one client, warm, each at its best of {options.rounds}", *Figures.of(best).cells()])
    table.rows.extend(_by_eight(asked))
    table.rows.append(["suggestions, one client, each at its best of 5", *_suggested().cells()])
    yield table
    yield _kinds(by_kind, options.rounds)
    if not options.without_peers:
        yield _beside_peers(by_kind, options.rounds)


def _forget() -> None:
    facts._latest = None
    connection.close()


def _passed(ask: Callable[[Any], object], what: object) -> float:
    start = perf_counter()
    ask(what)
    return perf_counter() - start


def _seconds(query: Query) -> float:
    return _passed(search, query)


def _timed(asked: Asked) -> Figures:
    return Figures.of([_seconds(query) for _text, query in asked])


def _kinds(by_kind: dict[str, Asked], rounds: int) -> Table:
    table = Table(
        f"search() by kind, one client, warm, each at its best of {rounds}, ms",
        ["kind", "searches", "most hits", *Figures.HEADER],
    )
    for kind, asked in by_kind.items():
        hits = max(search(query).total for _text, query in asked)
        best = [min(_seconds(query) for _ in range(rounds)) for _text, query in asked]
        table.rows.append([kind, len(asked), f"{hits:,}", *Figures.of(best).cells()])
    return table


def _by_eight(asked: Asked) -> list[list[object]]:
    """Eight processes, as many workers of a web server would be, on the cores that there are."""
    connection.close()
    with multiprocessing.get_context("fork").Pool(8) as clients:
        clients.map(_client, [asked[:20]] * 8, chunksize=1)
        start = perf_counter()
        found = clients.map(_client, [asked] * 8, chunksize=1)
        passed = perf_counter() - start
    seconds = [one for some, _megabytes in found for one in some]
    rate = f"{len(seconds) / passed:.0f} a second"
    megabytes = max(megabytes for _some, megabytes in found)
    return [
        [f"eight clients, warm ({rate})", *Figures.of(seconds).cells()],
        [f"memory of a client: {megabytes:.0f} MB", "", "", "", ""],
    ]


def _client(asked: Asked) -> tuple[list[float], float]:
    return [_seconds(query) for _text, query in asked], psutil.Process().memory_info().rss / 1e6


def _suggested() -> Figures:
    seconds = []
    for typed in (
        "に",
        "日",
        "日本",
        "日本の",
        "けん",
        "研究",
        "世界の",
        "さとう",
        "夏目",
        "o",
        "th",
        "history",
        "岡山県",
    ) * 5:
        start = perf_counter()
        suggestions(typed)
        seconds.append(perf_counter() - start)
    return Figures.of(seconds)


def _index(options: argparse.Namespace) -> Table:
    table = Table("The index", ["what", "figure"])
    if options.with_build:
        start = perf_counter()
        numbered = merge.renumber(now=clock.now())
        passed = perf_counter() - start
        table.rows.append(["postings made anew", f"{passed:.0f} s, {numbered / passed:,.0f} records a second"])
        changed = list(Bib.objects.filter(pk__lte=5_000))
        mark = f"改訂{perf_counter():.0f}"  # another one each time
        for bib in changed:
            bib.notes += mark
        index_bibs(changed)
        start = perf_counter()
        merge.merge(now=clock.now())
        table.rows.append(["5,000 changed records merged", f"{perf_counter() - start:.0f} s"])
        upkeep.tidy_up(now=clock.now(), renumbers=False)
    for model in upkeep.TABLES:
        [(size,)] = reading.rows("SELECT pg_total_relation_size(%s) / 1000000", [model._meta.db_table])
        table.rows.append([model._meta.db_table, f"{size:,} MB"])
    before = psutil.Process().memory_info().rss
    facts.of(state_of_index())
    table.rows.append(["facts in memory", f"{(psutil.Process().memory_info().rss - before) / 1e6:.0f} MB"])
    return table


def _beside_peers(by_kind: dict[str, Asked], rounds: int) -> Table:
    """Ask each peer what it can be asked; the ratio is of its time to ours for the same searches."""
    header = ["engine", "searches", *Figures.HEADER, "p50 : ours", "p95 : ours", "MB", "records/s", "other totals"]
    table = Table(f"Peers: page one and the total, no facets; ours with facets; best of {rounds}, ms", header)
    asked = [one for kind, some in by_kind.items() if kind != "filters and orders" for one in some]
    totals = {text: search(query).total for text, query in asked}
    with peers.folder() as folder:
        for peer in peers.peers(folder):
            answered = {text: total for text, _query in asked if (total := peer.ask(text)) is not None}
            seconds, ours = [], []
            for text, query in asked:
                if text in answered:
                    seconds.append(min(_passed(peer.ask, text) for _ in range(rounds)))
                    ours.append(min(_seconds(query) for _ in range(rounds)))
            theirs, own = Figures.of(seconds), Figures.of(ours)
            differ = sum(total != totals[text] for text, total in answered.items())
            table.rows.append(["okalib, the same searches", len(answered), *own.cells(), "1", "1", "", "", ""])
            ratios = (shown(theirs.p50 / own.p50), shown(theirs.p95 / own.p95))
            made = (f"{peer.megabytes:.0f}", f"{peer.rate:,.0f}")
            table.rows.append([peer.name, len(answered), *theirs.cells(), *ratios, *made, differ])
    return table
