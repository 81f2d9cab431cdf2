# ruff: noqa: S608 - all SQL here is made of the names and numbers of this file
"""How long the consistency check takes in a library of full size: every invariant, slowest first.

    python -m tests.bench consistency --records 1000 --patrons 100000 --items 1650000

The library lives two weeks by verbs; what it has then, a loan, a bag, a reservation of each kind, is multiplied in
SQL, so that every invariant has as much to look at as in years of use and finds nothing broken.
"""

from __future__ import annotations

import time
from argparse import ArgumentParser, Namespace
from datetime import date, datetime
from datetime import time as hour

from django.db import connection
from rich.console import Console

from catalog.models import Bib
from circulation import actions as circulation
from circulation.models import Loan
from delivery import actions as delivery
from delivery import consistency
from delivery.models import Bag, DeliveryRun
from holds import actions as holds
from holds.models import Hold
from notifications import actions as notifications
from notifications.models import Notice
from okalib import days
from okalib.models import Library, Patron, User
from tests.bench.tables import Table, shown

TUESDAY, NOW = date(2026, 12, 1), days.at(date(2026, 12, 10), hour(12))
SLOWEST = 8


def add_arguments(parser: ArgumentParser) -> None:
    """Declare how much there is."""
    parser.add_argument("--items", type=int, default=1_650_000, help="items; the rest follows from it")


def run(options: Namespace) -> list[Table]:
    """Multiply what is there, unless an earlier run has done so, and check."""
    if Bib.objects.count() < options.items // 2:
        _live_two_weeks()
        _multiply(options.items, Patron.objects.count())
    seconds: dict[str, float] = {}
    findings = []
    for name, invariant in consistency.INVARIANTS.items():
        began = time.perf_counter()
        findings.append(invariant.check(NOW))
        seconds[name] = time.perf_counter() - began
    broken = [f"{finding.name}: {finding.count}" for finding in findings if finding.is_broken]
    slowest = sorted(seconds.items(), key=lambda each: -each[1])[:SLOWEST]
    sizes = (
        "catalog_bib",
        "catalog_item",
        "circulation_loan",
        "holds_hold",
        "notifications_notice",
        "delivery_slipline",
    )
    return [
        Table("What is looked at", ("table", "rows"), [(name, f"{_number(name):,}") for name in sizes]),
        Table(
            f"The consistency check: {len(seconds)} invariants, {len(broken)} broken {broken or ''}",
            ("invariant", "seconds"),
            [("all", shown(sum(seconds.values()))), *((name, shown(took)) for name, took in slowest)],
        ),
    ]


def _number(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        return int(cursor.fetchone()[0])


# --- two weeks by verbs ----------------------------------------------------------------------------------------------


def _at(day: int, at: int = 10) -> datetime:
    return days.at(date(2026, 12, day), hour(at))


def _live_two_weeks() -> None:
    """One loan, one returned loan, one reservation waiting, one ready, one fulfilled, one bag: each with its rows."""
    desk = User.objects.filter(is_staff=True).first()
    home, pickup = Library.objects.get(is_home=True), Library.objects.filter(is_pickup=True, central=None).first()
    Patron.objects.update(last_used_on=TUESDAY, wants_due_reminders=False)
    patron, other = Patron.objects.order_by("pk")[:2]
    lendable = Bib.objects.filter(items__loanability="lendable", items__whereabouts="shelf", material="book")
    lent, returned, ready, waiting, delivered = lendable.distinct().order_by("pk")[:5]
    delivery.plan(first=TUESDAY, last=date(2026, 12, 31))
    for bib in (lent, returned):
        item = bib.items.filter(loanability="lendable", whereabouts="shelf").first()
        circulation.check_out(item=item, patron=patron, by=desk, now=_at(1))
        if bib == returned:
            circulation.check_in(item=item, by=desk, now=_at(2))
    for bib, place in ((ready, home), (delivered, pickup)):
        holds.reserve(patron=patron, bib=bib, pickup_at=place, by=None, now=_at(1))
        circulation.check_in(item=bib.items.filter(loanability="lendable").first(), by=desk, now=_at(2))
    holds.reserve(patron=other, bib=waiting, pickup_at=home, by=None, now=_at(1))
    holds.announce(day=date(2026, 12, 3), now=_at(3, 8))
    run = DeliveryRun.objects.get(lend_on=date(2026, 12, 6))
    delivery.run(run=run, by=None, now=_at(6))
    delivery.send(bags=Bag.objects.all(), by=desk, now=_at(6, 16))
    delivery.announce(run=run, by=None, now=_at(10, 8))
    notifications.send_due(now=_at(10, 9))


# --- and multiplied --------------------------------------------------------------------------------------------------

FIRST = 10_000_000
"""The number before that of the first row that is made here, in every table."""


def _multiply(items: int, patrons: int) -> None:
    """Of the items a tenth is on loan, some are ready or delivered; each has been lent once or twice before."""
    bibs, lent, ready, delivered, waiting = items * 8 // 11, items // 10, items // 300, items // 100, items // 30
    whose = f"1 + n % {patrons}"
    loans = Loan.objects.values_list("channel", "returned_at", "pk")
    pattern = {(channel, returned is None): pk for channel, returned, pk in loans}
    counter, back, by_bag = pattern["counter", True], pattern["counter", False], pattern["pickup", True]
    hold = dict(Hold.objects.values_list("state", "pk"))
    notice = dict(Notice.objects.filter(state="sent").values_list("kind", "pk"))
    loan = Loan.objects.select_related("item").get(pk=counter)

    _copy("catalog_bib", loan.item.bib_id, bibs, id="n", source_id="'made-' || n")
    _copy("catalog_item", Loan.objects.get(pk=back).item_id, items, id="n", item_number="(n + 5000000000)::text",
          bib_id=f"{FIRST} + 1 + n % {bibs}")  # fmt: skip
    # what was lent and came back, half of it for a reservation
    _copy("circulation_loan", back, items, id="n", item_id="n", lent_at="t.lent_at - n * interval '1 second'")
    _copy("holds_hold", hold["fulfilled"], items // 2, id="n", item_id="n", bib_id=f"{FIRST} + 1 + n % {bibs}",
          patron_id="NULL", ended_at=_moment(back), request_token="gen_random_uuid()")  # fmt: skip
    # what is out
    _copy("circulation_loan", counter, lent, offset=items, id="n", item_id=f"n - {items}", patron_id=whose)
    _copy("delivery_bag", Bag.objects.get().pk, delivered, id="n")
    _copy("circulation_loan", by_bag, delivered, offset=2 * items, id="n", item_id=f"n - {2 * items} + {lent}",
          patron_id=whose)  # fmt: skip
    line = Loan.objects.get(pk=by_bag).slip_line
    _copy("delivery_slipline", line.pk, delivered, id="n", bag_id="n", loan_id=f"n + {2 * items}")
    _do("UPDATE catalog_item SET whereabouts = 'on_loan', holder_id = patron_id, due_on = loan.due_on"
        " FROM circulation_loan loan WHERE item_id = catalog_item.id AND returned_at IS NULL"
        " AND whereabouts = 'shelf'")  # fmt: skip
    told = f"split_part(t.key, ':', 1) || ':' || {line.bag.run_id} || ':' || {line.bag.library_id} || ':'"
    _copy("notifications_notice", notice["delivery_ready"], patrons - 1, id="n", patron_id=whose,
          key=f"{told} || ({whose})", message_id="n::text", skipping="key")  # fmt: skip
    # what waits
    its_item = f"(n - {items} + {lent + delivered})"
    _copy("holds_hold", hold["ready"], ready, offset=items, id="n", item_id=its_item, patron_id=whose,
          bib_id=f"{FIRST} + 1 + {its_item} % {bibs}",
          request_token="gen_random_uuid()")  # fmt: skip
    _copy("notifications_notice", notice["ready"], ready, offset=items, id="n", patron_id=whose, message_id="n::text",
          cause="'hold:' || n",
          key=f"'ready:' || n || ':' || {its_item} || ':2026-12-03'")  # fmt: skip
    _do("UPDATE catalog_item SET whereabouts = 'set_aside' FROM holds_hold hold"
        " WHERE hold.item_id = catalog_item.id AND hold.state = 'ready' AND whereabouts = 'shelf'")  # fmt: skip
    _copy("holds_hold", hold["waiting"], waiting, offset=2 * items, id="n", patron_id=whose,
          bib_id=f"n - {2 * items} + {bibs // 2}", request_token="gen_random_uuid()")  # fmt: skip
    Patron.objects.update(last_used_on=NOW.date())
    _do("VACUUM ANALYZE")


def _moment(back: int) -> str:
    """When the loan of the same number was lent."""
    return f"(SELECT lent_at FROM circulation_loan WHERE id = {back}) - n * interval '1 second'"


def _copy(table: str, row: int, number: int, *, offset: int = 0, skipping: str = "", **other: str) -> None:
    """Write so many copies of a row; `other` says in SQL what is another in each, by its number n."""
    console = Console(stderr=True)
    with connection.cursor() as cursor:
        columns = [column.name for column in connection.introspection.get_table_description(cursor, table)]
        values = ", ".join(f"({other[name]})" if name in other else f't."{name}"' for name in columns)
        names = ", ".join(f'"{name}"' for name in columns)
        first = FIRST + offset
        began = time.monotonic()
        cursor.execute(
            f"INSERT INTO {table} ({names}) SELECT {values}"
            f" FROM {table} t, generate_series({first + 1}, {first + number}) n"
            f" WHERE t.id = {row}" + (" ON CONFLICT DO NOTHING" if skipping else "")
        )
        console.print(f"{table} + {cursor.rowcount:,} ({time.monotonic() - began:.0f} s)")


def _do(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)
