"""`manage.py soak`: let rival verbs meet again and again, or live at random, and count what went wrong."""

from __future__ import annotations

import os
import sys
import time
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import Progress

from okalib.rehearsal import scratch
from okalib.rehearsal.soak import lanes as soak_lanes
from okalib.rehearsal.soak import lives as soak_lives
from okalib.rehearsal.soak import races as soak_races
from okalib.rehearsal.soak.lanes import Report

SECONDS_BETWEEN_LINES = 60

SHOWN = 20
"""Bad endings that are printed whole; the others are counted."""

KINDS = {
    "double loans": ("item_lent_twice", "item_on_loan_without_its_loan", "open_loan_of_item_elsewhere"),
    "double bindings": ("item_bound_twice", "bound_hold_without_its_item", "item_set_aside_for_nobody"),
    "exceeded limits": ("loan_limit_exceeded", "hold_limit_exceeded"),
    "ends that no order leads to": ("in no order",),
    "errors instead of refusals": (),
}
"""What the sum counts, each by the words with which a complaint begins; the last takes what is left."""


class Command(BaseCommand):
    """Race pairs of verbs in an empty database of its own, which is thrown away.

    1. Make a database beside the library's, and a copy of it for each lane. The library's own is never touched.
    2. Draw a pair of moves and a way in which they can meet; every pair comes once before any comes again.
    3. Begin both at the same moment on two connections, and judge the end (okalib.rehearsal.soak.pairs).
    4. With --steps, live random lives beside a model of the library instead (okalib.rehearsal.soak.lives).
    5. Print the sum, also of a soak that Ctrl-C ends early; end with 1 if anything was wrong.
    """

    help = "Let verbs meet at the same moment, in a database of its own, and count what went wrong: all must be zero."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--races", type=int, default=0, metavar="N", help="how many pairs of verbs to race")
        parser.add_argument("--steps", type=int, default=0, metavar="N", help="how many steps of random lives to live")
        parser.add_argument("--seed", type=int, default=1, help="draws the same in the same order (default: 1)")
        parser.add_argument(
            "--lanes", type=int, default=os.cpu_count() or 1, help="processes side by side (default: one a core)"
        )

    def handle(self, *args: Any, races: int, steps: int, seed: int, lanes: int, **options: Any) -> None:
        """Race or live, and say by the exit code whether all is well."""
        if races <= 0 and steps <= 0:
            raise CommandError("Say how long: --races N, or --steps N.")
        console = Console(file=sys.stdout, highlight=False)
        work, total, words = (soak_races.race, races, "races") if races > 0 else (soak_lives.live, steps, "steps")
        account = Account(console, words, total)
        try:
            with soak_lanes.elsewhere() as database, account.shown(), suppress(KeyboardInterrupt):
                console.print(f"In the database {database}, which is thrown away afterwards.")
                for report in soak_lanes.in_lanes(work, total, seed=seed, lanes=min(lanes, total)):
                    account.enter(report)
        except scratch.CannotCopyError as error:
            raise CommandError(str(error)) from error
        console.print(f"{account} Seed {seed}, lanes {lanes}.", soft_wrap=True)
        if account.bad:
            raise SystemExit(1)


@dataclass(slots=True)
class Account:
    """What was done and what was wrong, shown as a bar on a terminal, and as a line a minute elsewhere."""

    console: Console
    words: str
    total: int
    done: int = 0
    bad: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    began: float = field(default_factory=time.monotonic)
    _advance: Callable[[], None] = lambda: None

    def enter(self, report: Report) -> None:
        """Count a report, and print whole what is wrong, the first times."""
        self.done += 1
        if report.wrong:
            self.bad += 1
            self.kinds.update({kind_of(complaint) for complaint in report.wrong if not complaint.startswith(" ")})
            if self.bad <= SHOWN:
                told = "\n".join([f"✗ {report.what}", *report.wrong])
                self.console.print(told, style="red", markup=False)
        self._advance()

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Show how far we are as long as the block lasts."""
        if self.console.is_terminal:
            with Progress(console=self.console) as progress:
                task = progress.add_task(self.words, total=self.total)
                self._advance = lambda: progress.advance(task)
                yield
            return
        last = time.monotonic()

        def line_a_minute() -> None:
            nonlocal last
            if time.monotonic() - last > SECONDS_BETWEEN_LINES:
                last = time.monotonic()
                self.console.print(str(self), soft_wrap=True)

        self._advance = line_a_minute
        yield

    def __str__(self) -> str:
        """One line: the sum so far."""
        kinds = ", ".join(f"{kind}: {self.kinds[kind]}" for kind in KINDS)
        seconds = time.monotonic() - self.began
        return f"{self.done:,} of {self.total:,} {self.words} in {seconds:,.0f} s, {self.bad} bad; {kinds}."


def kind_of(complaint: str) -> str:
    """Under which heading of the sum a complaint belongs."""
    return next((kind for kind, words in KINDS.items() if complaint.startswith(words)), [*KINDS][-1])
