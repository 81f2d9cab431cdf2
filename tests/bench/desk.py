"""The desk at a given size: check-out, check-in, renewal, reservation, by the verbs and by HTTP, one and four clients.

    python -m tests.bench desk --records 1200000

Each call is about an item and a patron of its own. Beside our figures stand Koha's on the same kind of machine.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from django.urls import reverse

from catalog.models import Item
from circulation import actions as desk
from circulation.models import Loan
from holds import actions as queue
from okalib import clock
from okalib.models import Patron, User
from okalib.rehearsal import scratch
from tests.bench import house
from tests.bench.clients import Call, Took, together
from tests.bench.house import prepare
from tests.bench.tables import Figures, Table, shown
from tests.bench.web import Browser, Served, served

__all__ = ["add_arguments", "prepare", "run"]

KOHA_VERBS = {"check_out": 208, "check_in": 75, "renew": 87, "reserve": 51}
KOHA_HTTP = {"check_out": 294}
"""Koha on the same kind of machine, in process and over REST, in milliseconds."""

WARM = 3
"""Calls of each client that are not counted: what is compiled and kept for a while is made by them."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How often each verb is called."""
    parser.add_argument("--times", type=int, default=200, help="calls of each verb and client")


@dataclass(frozen=True, slots=True)
class Work:
    """Items, patrons and loans for one client; nobody else has them."""

    items: Sequence[Item]
    wanted: Sequence[Item]
    patrons: Sequence[Patron]
    loans: Sequence[Loan]


def run(options: argparse.Namespace) -> Iterator[Table]:
    """Measure in a copy of the database that is thrown away, so that each time the same is there to be lent."""
    with scratch.copy_of_database():
        yield from _run(options)


def _run(options: argparse.Namespace) -> Iterator[Table]:
    """Measure the verbs in one process and in four, then the pages of the desk with one browser and with four."""
    times = options.times + WARM
    shares = _shares(10, times)
    verbs = Table(f"Verbs of the desk with {options.records:,} bibs (ms)", _header("clients"))
    for clients, works in ((1, shares[:1]), (4, shares[1:5])):
        for name, took in _measure([_verbs(work) for work in works]):
            verbs.rows.append(_row(name, clients, took, KOHA_VERBS.get(name)))
    yield verbs
    pages = Table(f"The desk over HTTP with {options.records:,} bibs (ms)", _header("clients"))
    with served() as web:
        for clients, works in ((1, shares[5:6]), (4, shares[6:10])):
            for name, took in _measure([_pages(work, web.port) for work in works], web):
                pages.rows.append(_row(name, clients, took, KOHA_HTTP.get(name)))
    yield pages


def _header(first: str) -> list[str]:
    return ["verb", first, *Figures.HEADER, "processor", "a second", "Koha", "Koha / ours"]


def _row(name: str, clients: int, took: Took, koha: int | None) -> list[object]:
    figures = Figures.of(took.seconds)
    ratio = shown(koha / figures.p50) if koha else ""
    return [name, clients, *figures.cells(), shown(1_000 * took.work), shown(took.rate), koha or "", ratio]


def _measure(clients: list[dict[str, list[Call]]], web: Served | None = None) -> Iterator[tuple[str, Took]]:
    """Make the calls of each name, all clients at once, after a few that do not count."""
    for name in clients[0]:
        together([calls[name][:WARM] for calls in clients])
        before = web.work() if web else 0.0
        took = together([calls[name][WARM:] for calls in clients])
        yield name, replace(took, work=(web.work() - before) / len(took.seconds)) if web else took


def _shares(number: int, times: int) -> list[Work]:
    """Deal what there is to so many clients, card by card: neighbours in the database go to different ones."""
    items = list(house.free_items()[: 2 * number * times])
    patrons = list(house.free_patrons()[: number * times])
    loans = list(house.renewable_loans()[: number * times])
    return [
        Work(items[n::number][::2], items[n::number][1::2], patrons[n::number], loans[n::number]) for n in range(number)
    ]


def _verbs(work: Work) -> dict[str, list[Call]]:
    clerk, home, now = house.desk(), house.home(), clock.now()

    def check_out(item: Item, patron: Patron) -> Call:
        return lambda: desk.check_out(item=item, patron=patron, by=clerk, now=now)

    def check_in(item: Item) -> Call:
        return lambda: desk.check_in(item=item, by=clerk, now=now)

    def renew(loan: Loan) -> Call:
        return lambda: desk.renew(loan=loan, by=loan.patron.user, now=now)

    def reserve(item: Item, patron: Patron) -> Call:
        return lambda: queue.reserve(patron=patron, bib=item.bib, pickup_at=home, by=patron.user, now=now)

    return _calls(work, check_out, check_in, renew, reserve)


def _calls(work: Work, check_out: Callable, check_in: Callable, renew: Callable, reserve: Callable) -> dict:
    return {
        "check_out": [check_out(*pair) for pair in zip(work.items, work.patrons, strict=False)],
        "check_in": [check_in(item) for item, _patron in zip(work.items, work.patrons, strict=False)],
        "renew": [renew(loan) for loan in work.loans],
        "reserve": [reserve(*pair) for pair in zip(work.wanted, work.patrons, strict=False)],
    }


def _pages(work: Work, port: int) -> dict[str, list[Call]]:
    clerk, home = Browser.of(port, _superuser()), house.home()
    lend, take = reverse("admin:desk-check-out"), reverse("admin:desk-check-in")

    def check_out(item: Item, patron: Patron) -> Call:
        return _form(clerk, lend, {"scan": item.item_number, "patron": patron.pk, "token": f"out{item.pk}"}, part=True)

    def check_in(item: Item) -> Call:
        return _form(clerk, take, {"scan": item.item_number, "token": f"in{item.pk}"}, part=True)

    def renew(loan: Loan) -> Call:
        return _form(Browser.of(port, loan.patron.user), reverse("renew", args=[loan.pk]), {})

    def reserve(item: Item, patron: Patron) -> Call:
        form = {"pickup_at": home.code, "token": f"00000000-0000-4000-8000-{item.pk:012}"}
        return _form(Browser.of(port, patron.user), reverse("reserve", args=[item.bib_id]), form)

    return _calls(work, check_out, check_in, renew, reserve)


def _form(browser: Browser, address: str, form: dict[str, object], *, part: bool = False) -> Call:
    return lambda: browser.post(address, form, is_part=part)


def _superuser() -> User:
    return User.objects.get(username="administrator")
