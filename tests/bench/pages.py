"""The pages over HTTP at a given size, and what a worker of the web server keeps of 10,000 of them.

    python -m tests.bench pages --records 100000

Home, results, record, My Library and a reservation, asked for by one browser and by four of gunicorn with two workers.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from itertools import cycle, islice

from circulation.models import Loan
from delivery import actions as delivery
from okalib import clock, days
from okalib.models import Patron
from tests.bench import corpus, house
from tests.bench.clients import Call, together
from tests.bench.tables import Figures, Table, shown
from tests.bench.web import Browser, Served, served
from tests.filling import Size, fill

TEXTS = ("研究", "日本", "岡山", "ネコ", "世界 歴史", "教育", "文学", "history", "の", "経済 政策", "法律", "科学")
KOHA = {"results": 3_224, "record": 885, "reserve": 51}
"""Koha on the same kind of machine with 100,000 records, in milliseconds; its reservation is the verb in process."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How often each page is asked for, and how many pages the memory is watched over."""
    parser.add_argument("--times", type=int, default=100, help="requests for each page and browser")
    parser.add_argument("--requests", type=int, default=10_000, help="requests over which the memory is watched")


def prepare(options: argparse.Namespace) -> None:
    """Take the catalogue with its search index, and let people live in it where nobody does yet."""
    corpus.prepare(bibs=options.records, patrons=options.patrons, fresh=options.fresh)
    if not Loan.objects.exists():
        today = clock.today()
        house.furnishing._category("general", "一般")
        delivery.plan(first=days.plus(today, -10), last=days.plus(today, 90))
        fill(Size.of_prefecture(options.records), now=clock.now(), tell=lambda what: print(f"filling in: {what}"))


def run(options: argparse.Namespace) -> Iterator[Table]:
    """Measure the pages with one browser and with four, then the memory."""
    table = Table(
        f"Pages over HTTP with {options.records:,} bibs (ms)",
        ["page", "browsers", *Figures.HEADER, "processor", "a second", "Koha", "Koha / ours"],
    )
    with served() as web:
        for browsers in (1, 4):
            clients = [_calls(web.port, number, options.times, browsers) for number in range(browsers)]
            for name in clients[0]:
                together([calls[name][:5] for calls in clients])
                before = web.work()
                took = together([calls[name][5:] for calls in clients])
                work = 1_000 * (web.work() - before) / len(took.seconds)
                figures, koha = Figures.of(took.seconds), KOHA.get(name)
                ratio = shown(koha / figures.p50) if koha else ""
                table.rows.append([name, browsers, *figures.cells(), shown(work), shown(took.rate), koha or "", ratio])
        yield table
        yield _memory(web, options.requests)


def _calls(port: int, client: int, times: int, clients: int) -> dict[str, list[Call]]:
    """Return the calls of one browser, each page `times` times and a few more; no two reserve the same."""
    nobody, number = Browser(port), times + 5
    readers = [Browser.of(port, patron.user) for patron in _readers(8)]
    items = list(house.free_items()[: 9 * number])[client + 4 * (clients > 1) :: 9]
    patrons = list(house.free_patrons()[: 9 * number])[client + 4 * (clients > 1) :: 9]
    home = house.home().code
    return {
        "home": _gets(nobody, ["/"], number),
        "results": _gets(nobody, [f"/search/?q={text}" for text in TEXTS], number),
        "results, page 2 by year": _gets(nobody, [f"/search/?q={text}&order=newest&page=2" for text in TEXTS], number),
        "record": _gets(nobody, [f"/records/{item.bib_id}/" for item in items], number),
        "My Library": [(lambda browser=browser: browser.get("/my/")) for browser in islice(cycle(readers), number)],
        "reserve": [
            _reservation(Browser.of(port, patron.user), item.bib_id, home, item.pk)
            for item, patron in zip(items[:number], patrons[:number], strict=False)
        ],
    }


def _gets(browser: Browser, addresses: Sequence[str], number: int) -> list[Call]:
    return [(lambda address=address: browser.get(address)) for address in islice(cycle(addresses), number)]


def _reservation(browser: Browser, bib_id: int, home: str, serial: int) -> Call:
    form = {"pickup_at": home, "token": f"00000000-0000-4000-8000-{serial:012}"}
    return lambda: browser.post(f"/records/{bib_id}/reservation/", form)


def _readers(number: int) -> list[Patron]:
    """Patrons with something on loan."""
    found = Patron.objects.filter(user__isnull=False, items_held__isnull=False).select_related("user")
    return list(found.distinct().order_by("pk")[:number])


def _memory(web: Served, requests: int) -> Table:
    table = Table("Memory of a worker (MB of its own, the largest)", ["requests", "MB", "target", "Koha"])
    nobody, reader = Browser(web.port), Browser.of(web.port, _readers(1)[0].user)
    bibs = [item.bib_id for item in house.free_items()[:500]]
    addresses = [*(f"/search/?q={text}" for text in TEXTS), *(f"/records/{bib}/" for bib in bibs), "/", "/libraries/"]
    done = 0
    for upto in (0, requests // 10, requests // 2, requests):
        calls = [_gets(nobody, addresses[done % 97 :] or addresses, (upto - done) * 4 // 5)]
        calls.append([(lambda: reader.get("/my/"))] * ((upto - done) // 5))
        if upto > done:
            together([each for each in calls if each])
        done = upto
        table.rows.append([f"{upto:,}", shown(web.memory()[0]), "150, not growing", "230, growing"])
    return table
