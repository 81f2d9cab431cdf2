"""The long jobs at a given size: pull list, Sunday's run beside a desk at work, Thursday's mails, expiry, import.

    python -m tests.bench batch --records 100000

Each is measured in a copy of the database that is thrown away. The numbers are those of a full week whatever the size
of the catalogue: 5,000 titles to fetch, 2,200 items to lend, 1,000 reservations to expire.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from datetime import datetime, time
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, sleep

from django.core.management import call_command
from django.db import connection, connections

from catalog.models import Bib
from circulation import actions as circulation
from delivery import actions as delivery
from delivery import consistency
from delivery.models import DeliveryRun
from holds import actions as queue
from okalib import clock, days
from okalib.rehearsal import scratch
from tests.bench import corpus, house
from tests.bench.house import prepare
from tests.bench.tables import Figures, Table, shown

__all__ = ["add_arguments", "prepare", "run"]

IMPORTED = 10_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Nothing of its own."""


def run(options: argparse.Namespace) -> Iterator[Table]:
    """Measure each job in a copy of its own, then the import into an empty catalogue and into this one."""
    table = Table(
        f"Long jobs with {options.records:,} bibs", ["job", "number", "seconds", "target", "Koha", "Koha / ours (each)"]
    )
    desk = Table("A desk at work meanwhile (ms a scan)", ["meanwhile", "scans", *Figures.HEADER])
    with scratch.copy_of_database():
        number, seconds = _timed(_pull_list)
        table.rows.append(_row("pull list", number, seconds, "1 s for 5,000", (2_999, 79)))
        number, seconds = _timed(_expire)
        table.rows.append(_row("expiry", number, seconds, "3 s for 1,000", (1_000, 20)))
    with scratch.copy_of_database():
        desk.rows.append(["nothing", *_desk_alone(lambda: sleep(5))])
        desk.rows.append(["Sunday's run", *_desk_alone(lambda: table.rows.append(_sunday()))])
        number, seconds = _timed(_thursday)
        table.rows.append(_row("Thursday's mails", number, seconds, "", None))
        number, seconds = _timed(lambda: len(list(consistency.check(now=clock.now()))))
        table.rows.append(_row("consistency check, invariants", number, seconds, "", None))
        number, seconds = _timed(lambda: _import("full"))
        table.rows.append(_row("import into a full catalogue", number, seconds, "500 records/s", (20, 1)))
    yield table
    yield desk
    yield _imported_into_nothing()


def _row(name: str, number: int, seconds: float, target: str, koha: tuple[int, float] | None) -> list[object]:
    ratio = ""
    if koha:
        ratio = shown((koha[1] / koha[0]) / (seconds / max(1, number)))
    told = f"{koha[0]:,} in {koha[1]} s" if koha else ""
    return [name, f"{number:,}", shown(seconds), target, told, ratio]


def _timed(work: Callable[[], int]) -> tuple[int, float]:
    start = perf_counter()
    number = work()
    return number, perf_counter() - start


def _pull_list() -> int:
    return queue.make_pull_list(day=clock.today(), now=clock.now())


def _expire() -> int:
    return queue.expire(day=clock.today(), now=clock.now())["expired"]


def _next_run() -> tuple[DeliveryRun, datetime]:
    run = DeliveryRun.objects.filter(lend_on__gte=clock.today()).order_by("lend_on")[0]
    return run, days.at(run.lend_on, time(9))


def _sunday() -> list[object]:
    run, now = _next_run()
    number, seconds = _timed(lambda: delivery.run(run=run, by=None, now=now).lent)
    return _row("Sunday's run, beside a desk", number, seconds, "15 s for 2,200", None)


def _thursday() -> int:
    run, _now = _next_run()
    return delivery.announce(run=run, by=None, now=days.at(run.mail_on, time(9)))["told"]


# --- a desk meanwhile ----------------------------------------------------------------------------------------------


def _desk_alone(meanwhile: Callable[[], object]) -> list[object]:
    """Let a clerk in another process scan ten items a second as long as something goes on here; return what it took."""
    connections.close_all()
    context = multiprocessing.get_context("fork")
    over, found = context.Event(), context.SimpleQueue()
    clerk = context.Process(target=_scan_until, args=[over, found])
    clerk.start()
    found.get()  # has begun
    meanwhile()
    over.set()
    seconds = found.get()
    clerk.join()
    return [len(seconds), *Figures.of(seconds).cells()]


def _scan_until(over, found) -> None:
    clerk, patrons = house.desk(), list(house.free_patrons()[:500])
    items = list(house.free_items()[:500])
    seconds: list[float] = []
    found.put("begun")
    for number, (item, patron) in enumerate(zip(items * 9, patrons * 9, strict=False)):
        if over.is_set():
            break
        acts = circulation.check_out if number // 500 % 2 == 0 else circulation.check_in
        more = {"patron": patron} if acts is circulation.check_out else {}
        start = perf_counter()
        acts(item=item, by=clerk, now=clock.now(), **more)
        seconds.append(perf_counter() - start)
        sleep(0.1)
    found.put(seconds)


# --- import --------------------------------------------------------------------------------------------------------


def _imported_into_nothing() -> Table:
    name = connection.settings_dict["NAME"]
    table = Table(
        "Import (JSON lines, two lanes)", ["into", "records", "seconds", "a second", "target", "Koha a second"]
    )
    connection.close()
    connection.settings_dict["NAME"] = f"{name}_empty"
    try:
        corpus._make_anew(f"{name}_empty")
        number, seconds = _timed(lambda: _import("empty"))
        table.rows.append(["an empty catalogue", f"{number:,}", shown(seconds), shown(number / seconds), "2,000", 20])
    finally:
        connection.close()
        connection.settings_dict["NAME"] = name
    return table


def _import(source: str) -> int:
    before = Bib.objects.count()
    with TemporaryDirectory() as folder:
        path = Path(folder, "records.jsonl")
        with path.open("w") as file:
            file.writelines(json.dumps(_entry(row), ensure_ascii=False) + "\n" for row in _descriptions())
        with Path(folder, "said").open("w") as said, redirect_stdout(said), redirect_stderr(said):
            call_command("import_bibs", str(path), source=source, rejects=Path(folder, "rejects.tsv"), stdout=said)
    return Bib.objects.count() - before


def _descriptions() -> Iterator[dict]:
    return islice(corpus.descriptions(seed=7), IMPORTED)


def _entry(row: dict) -> dict[str, object]:
    """Write a description as the lines of `bib_ja.jsonl` are written."""
    return {
        "id": row["source_id"],
        "type": row["material"],
        "title": row["title"],
        "title_kana": row["title_kana"],
        "subtitle": row["subtitle"],
        "volume": row["volume"],
        "creators": json.loads(row["contributors"]),
        "publisher": row["publisher"],
        "place": row["place"],
        "year": row["year"],
        "ndc": row["ndc"],
        "subjects": row["subjects"],
        "lang": row["language"],
        "isbn": row["isbns"],
        "extent": row["extent"],
        "size": row["size"],
    }
