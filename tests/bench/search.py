"""The search at a given size: one client and eight, the first time and warm, kind by kind, and beside its peers."""

from __future__ import annotations

import argparse
import multiprocessing
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from time import perf_counter
from typing import Any

import psutil
from django.db import connection

from catalog.models import Bib, SearchPosting
from catalog.search import Query, facts, index_bibs, merge, reading, search, suggestions, upkeep
from catalog.search.variants import state_of_index
from okalib import clock
from tests.bench import clients, peers
from tests.bench.questions import TYPED, questions
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
    title = f"search() on {options.records:,} records, {len(asked)} searches, ms"
    table = Table(title, ["how", *Figures.HEADER, "processor"])
    queries = [query for _text, query in asked]
    _forget()
    took = _took(search, queries)
    table.rows.append(["one client, first time in a process", *took.cells()])
    took = _took(search, queries, options.rounds)
    table.rows.append(["one client, warm", *took.cells()])
    # On a machine that others use too, the best of some rounds says more about the search than about them.
    table.rows.append([f"one client, warm, each at its best of {options.rounds}", *took.at_best.cells(), ""])
    table.rows.extend(_by_eight(queries))
    table.rows.append(["suggestions, one client, warm", *_took(suggestions, TYPED, 5).cells()])
    yield table
    yield _kinds(by_kind, options.rounds)
    yield _suggested()
    if not options.without_peers:
        yield from _beside_peers(by_kind, options.rounds)


def figures(records: int) -> Iterator[tuple[str, float]]:
    """Yield the figures by which the search is told to grow or not, by their names."""
    by_kind = questions(records)
    queries = [query for some in by_kind.values() for _text, query in some]
    _took(search, queries)
    took = _took(search, queries, 3)
    yield "search, p50", took.at_best.p50
    yield "search, p95", took.at_best.p95
    yield "search, worst", took.at_best.worst
    yield "search, processor in the mean", took.work
    yield (
        "a very common word, worst",
        _took(search, [query for _text, query in by_kind["very common"]], 3).at_best.worst,
    )
    _took(suggestions, TYPED)
    took = _took(suggestions, TYPED, 5)
    yield "suggestions, p50", took.at_best.p50
    yield "suggestions, worst", took.at_best.worst
    yield "postings, MB", _megabytes(SearchPosting)


def _forget() -> None:
    facts._latest = None
    connection.close()


@dataclass(frozen=True, slots=True)
class Took:
    """What each call took, in seconds, in each round; and the processor's milliseconds in the mean of a call."""

    rounds: list[list[float]]
    work: float

    @property
    def all(self) -> Figures:
        """Of all calls."""
        return Figures.of([one for each in self.rounds for one in each])

    @property
    def at_best(self) -> Figures:
        """Of the best round of each call."""
        return Figures.of([min(seconds) for seconds in zip(*self.rounds, strict=True)])

    def cells(self) -> list[str]:
        """Write what all calls took, and the work."""
        return [*self.all.cells(), shown(self.work)]


def _took(
    ask: Callable[[Any], object], whats: Sequence, rounds: int = 1, work: Callable[[], float] | None = None
) -> Took:
    work = work or clients.working()
    before = work()
    seconds = [[_passed(ask, what) for what in whats] for _ in range(rounds)]
    return Took(seconds, 1_000 * (work() - before) / (rounds * len(whats)))


def _passed(ask: Callable[[Any], object], what: object) -> float:
    start = perf_counter()
    ask(what)
    return perf_counter() - start


def _kinds(by_kind: dict[str, Asked], rounds: int) -> Table:
    table = Table(
        f"search() by kind, one client, warm, each at its best of {rounds}, ms",
        ["kind", "searches", "most hits", *Figures.HEADER, "processor"],
    )
    for kind, asked in by_kind.items():
        hits = max(search(query).total for _text, query in asked)
        took = _took(search, [query for _text, query in asked], rounds)
        table.rows.append([kind, len(asked), f"{hits:,}", *took.at_best.cells(), shown(took.work)])
    return table


def _suggested() -> Table:
    table = Table("Suggestions by what is typed, each 20 times, ms", ["typed", "found", "p50", "processor"])
    for typed in TYPED:
        took = _took(suggestions, [typed], 20)
        table.rows.append([typed, len(suggestions(typed)), shown(took.all.p50), shown(took.work)])
    return table


def _by_eight(queries: list[Query]) -> list[list[object]]:
    """Eight processes, as many workers of a web server would be, on the cores that there are."""
    connection.close()
    with multiprocessing.get_context("fork").Pool(8) as pool:
        pool.map(_client, [queries[:20]] * 8, chunksize=1)
        start = perf_counter()
        found = pool.map(_client, [queries] * 8, chunksize=1)
        passed = perf_counter() - start
    seconds = [one for took, _megabytes in found for one in took.rounds[0]]
    work = sum(took.work for took, _megabytes in found) / len(found)
    megabytes = max(megabytes for _took, megabytes in found)
    return [
        [f"eight clients, warm ({len(seconds) / passed:.0f} a second)", *Figures.of(seconds).cells(), shown(work)],
        [f"memory of a client: {megabytes:.0f} MB", "", "", "", "", ""],
    ]


def _client(queries: list[Query]) -> tuple[Took, float]:
    return _took(search, queries), psutil.Process().memory_info().rss / 1e6


def _megabytes(model: type) -> float:
    [(size,)] = reading.rows("SELECT pg_total_relation_size(%s)", [model._meta.db_table])
    return size / 1e6


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
        table.rows.append([model._meta.db_table, f"{_megabytes(model):,.0f} MB"])
    before = psutil.Process().memory_info().rss
    facts.of(state_of_index())
    table.rows.append(["facts in memory", f"{(psutil.Process().memory_info().rss - before) / 1e6:.0f} MB"])
    return table


def _beside_peers(by_kind: dict[str, Asked], rounds: int) -> Iterator[Table]:
    """Ask each peer what it can be asked; the ratio is of its time to ours for the same searches.

    The second table names, for some of the searches, the totals that differ from ours.
    """
    header = ["engine", "searches", *Figures.HEADER, "processor", "p50 : ours", "p95 : ours", "MB", "records/s"]
    title = f"Peers: page one and the total, no facets; ours with facets; best of {rounds}, ms"
    table = Table(title, [*header, "other totals"])
    others = Table("Peers: totals that are not ours", ["engine", "searched for", "total", "ours"])
    asked = [one for kind, some in by_kind.items() if kind != "filters and orders" for one in some]
    totals = {text: search(query).total for text, query in asked}
    with peers.folder() as folder:
        for peer in peers.peers(folder):
            answered = {text: total for text, _query in asked if (total := peer.ask(text)) is not None}
            theirs = _took(peer.ask, [text for text, _query in asked if text in answered], rounds, peer.work)
            own = _took(search, [query for text, query in asked if text in answered], rounds)
            differ = {text: total for text, total in answered.items() if total != totals[text]}
            others.rows.extend(
                [peer.name, text, f"{total:,}", f"{totals[text]:,}"] for text, total in islice(differ.items(), 6)
            )
            number, made = len(answered), (f"{peer.megabytes:.0f}", f"{peer.rate:,.0f}")
            ratios = (shown(theirs.at_best.p50 / own.at_best.p50), shown(theirs.at_best.p95 / own.at_best.p95))
            cells = (*own.at_best.cells(), shown(own.work))
            table.rows.append(["okalib, the same searches", number, *cells, "1", "1", "", "", ""])
            cells = (*theirs.at_best.cells(), shown(theirs.work))
            table.rows.append([peer.name, number, *cells, *ratios, *made, len(differ)])
    yield table
    yield others
