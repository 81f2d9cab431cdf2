"""`manage.py simulate --weeks N`: live through some weeks with generated patrons, and look whether all agrees."""

from __future__ import annotations

import logging
import sys
import time
from argparse import ArgumentParser
from contextlib import ExitStack
from datetime import date
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db.models import Max
from rich.console import Console

from catalog.models import Bib, Item
from catalog.rules import Loanability
from delivery import consistency
from okalib import clock, days
from okalib.models import JobRun, Library, Patron
from okalib.rehearsal import account, furnishing, letterbox, scratch, stocking
from okalib.rehearsal.stage import Stage
from okalib.rehearsal.town import Town
from okalib.transactions import can_be_done_again

MONDAY = 0


class Command(BaseCommand):
    """Rehearse the library.

    1. Copy the database, so that nothing happens to it; with --here, work in it, if it holds sample libraries only.
    2. Where there is no library, make the demonstration's; where there is no catalogue, its works.
    3. Register patrons until there are enough.
    4. Live day by day from the day after the last one lived: jobs, staff and patrons, through verbs only.
    5. Print each day, the sum, and what the consistency check finds; end with 1 if anything is broken.

    Mails go nowhere: the real worker sends them through a letterbox that refuses some addresses.
    """

    help = (
        "Live through some weeks with generated patrons on a clock that is moved, in a copy of the database, and end "
        "with the consistency check."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--weeks", type=int, default=2, help="how many weeks (default: 2)")
        parser.add_argument("--patrons", type=int, default=200, help="how many patrons there are (default: 200)")
        parser.add_argument("--seed", type=int, default=1, help="the same seed plays the same weeks (default: 1)")
        parser.add_argument(
            "--start", type=date.fromisoformat, metavar="YYYY-MM-DD", help="the first day (default: the next one)"
        )
        parser.add_argument(
            "--here", action="store_true", help="play in the database itself; only where all libraries are samples"
        )
        parser.add_argument("--keep", action="store_true", help="keep the copy and say its name")

    def handle(self, *args: Any, here: bool, keep: bool, **options: Any) -> None:
        """Play, in a copy or here, and say by the exit code whether all is well."""
        console = Console(file=sys.stdout)
        logging.getLogger("okalib").setLevel(logging.ERROR)
        with ExitStack() as house:
            if here:
                _refuse_a_real_library()
            else:
                try:
                    copy = house.enter_context(scratch.copy_of_database(keep=keep))
                except scratch.CannotCopyError as error:
                    raise CommandError(f"{error} Or play --here, in a database of sample data.") from error
                console.print(f"Playing in a copy, the database {copy}.")
            house.enter_context(letterbox.in_place_of_mail())
            house.enter_context(can_be_done_again())
            is_sound = _play(console, **{name: options[name] for name in ("weeks", "patrons", "seed", "start")})
        if not is_sound:
            raise SystemExit(1)


def _refuse_a_real_library() -> None:
    real = Library.objects.filter(is_sample=False)
    if real.exists() and Patron.objects.exists():
        raise CommandError("There are patrons of a library that is no sample; without --here a copy is played in.")


def _play(console: Console, *, weeks: int, patrons: int, seed: int, start: date | None) -> bool:
    """Furnish what is missing, live through the weeks, and return whether all is well."""
    call_command("migrate", verbosity=0, interactive=False)
    first = start or _day_after_the_last()
    crew = _furnish(console, first, patrons, seed)
    town = Town(Stage(seed=seed, crew=crew))
    console.print(f"{len(town.stage.patron_ids)} patrons, {len(town.stage.bib_ids)} titles to borrow, from {first}.")
    diary, began = account.Diary(console), time.monotonic()
    town.end_the_day(days.plus(first, -1))
    last = days.plus(first, 7 * weeks - 1)
    for day in days.each_day(first, last):
        if day.weekday() == MONDAY:
            scratch.learn_sizes()
        diary.note(town.live(day))
    diary.sum_up(time.monotonic() - began)
    findings = consistency.check(now=days.midnight(days.plus(last, 1)))
    account.print_findings(console, findings)
    return not diary.errors and not any(finding.is_broken for finding in findings)


def _day_after_the_last() -> date:
    """The first day that has not been lived here: after the last job, and after the last use of a card."""
    lived = [
        JobRun.objects.aggregate(last=Max("day"))["last"],
        Patron.objects.aggregate(last=Max("last_used_on"))["last"],
    ]
    known = [day for day in lived if day is not None]
    return max([clock.today(), *(days.plus(day, 1) for day in known)])


def _furnish(console: Console, first: date, patrons: int, seed: int) -> furnishing.Crew:
    opened_at = furnishing.opened_on(first)
    if not Library.objects.filter(is_home=True).exists():
        furnishing.open_libraries(now=opened_at)
    if not Bib.objects.exists():
        stocking.stock(now=opened_at)
    if not Item.objects.filter(loanability=Loanability.LENDABLE).exists():
        raise CommandError("There is nothing to lend. `manage.py import_bibs FILE --items` gives imported bibs copies.")
    crew = furnishing.hire()
    known = Patron.objects.count()
    if known < patrons:
        console.print(f"Registering {patrons - known} patrons.")
        furnishing.register_patrons(count=patrons - known, seed=seed + known, now=opened_at, by=crew.desk)
    return crew
