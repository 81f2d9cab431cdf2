"""`manage.py soak`: let rival verbs meet again and again, or live at random, and count what went wrong."""

from __future__ import annotations

import logging
import random
import sys
import time
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.test.utils import override_settings
from rich.console import Console
from rich.progress import Progress

from okalib.rehearsal import scratch
from okalib.rehearsal.soak import house
from okalib.rehearsal.soak.pairs import Arena, Race, pairs
from okalib.rehearsal.soak.rivals import Rivals

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

    1. Make a database beside the library's, and a small library in it. The library's own is never touched.
    2. Draw a pair of moves and a way in which they can meet; every pair comes once before any comes again.
    3. Begin both at the same moment on two connections, and judge the end (okalib.rehearsal.soak.pairs).
    4. With --steps, live random lives beside a model of the library instead, a step at a time (machine.py).
    5. Print the sum, also of a soak that Ctrl-C ends early; end with 1 if anything was wrong.
    """

    help = "Let verbs meet at the same moment, in a database of its own, and count what went wrong: all must be zero."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--races", type=int, default=0, metavar="N", help="how many pairs of verbs to race")
        parser.add_argument("--steps", type=int, default=0, metavar="N", help="how many steps of random lives to live")
        parser.add_argument("--seed", type=int, default=1, help="draws the same pairs in the same order (default: 1)")

    def handle(self, *args: Any, races: int, steps: int, seed: int, **options: Any) -> None:
        """Race or live, and say by the exit code whether all is well."""
        if races <= 0 and steps <= 0:
            raise CommandError("Say how long: --races N, or --steps N.")
        console = Console(file=sys.stdout)
        logging.getLogger("okalib").setLevel(logging.CRITICAL)
        with _elsewhere() as database:
            console.print(f"In the database {database}, which is thrown away afterwards.", highlight=False)
            lots = random.Random(seed)  # noqa: S311 - draws lots, keeps no secret
            is_sound = _race(console, races, lots) if races > 0 else _live(console, steps)
        if not is_sound:
            raise SystemExit(1)


@contextmanager
def _elsewhere() -> Iterator[str]:
    """An empty library, and a cache of its own: nothing of it reaches the real one."""
    with ExitStack() as house_:
        own_cache = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "soak"}
        house_.enter_context(override_settings(CACHES={"default": own_cache}))
        try:
            database = house_.enter_context(scratch.fresh_database())
        except scratch.CannotCopyError as error:
            raise CommandError(str(error)) from error
        yield database


def _race(console: Console, races: int, lots: random.Random) -> bool:
    every, counts, began = pairs(), Counter[str](), time.monotonic()
    with suppress(KeyboardInterrupt), Rivals() as rivals, Progress(console=console) as progress:
        arena, task = Arena(house.furnish(), rivals), progress.add_task("races", total=races)
        for number in range(races):
            if number % len(every) == 0:
                lots.shuffle(every)
            race = Race.draw(*every[number % len(every)], lots)
            wrong = arena.run(race)
            counts["races"] += 1
            if wrong:
                counts["bad"] += 1
                counts.update({kind_of(complaint) for complaint in wrong if not complaint.startswith(" ")})
                if counts["bad"] <= SHOWN:
                    progress.console.print("\n".join([f"✗ {race}", *wrong]), style="red", highlight=False, markup=False)
            progress.advance(task)
    seconds = time.monotonic() - began
    console.print(
        f"{counts['races']} races of {len(every)} pairs of verbs in {seconds:.0f} s, {counts['bad']} of them bad:"
    )
    for kind in KINDS:
        console.print(f"  {kind}: {counts[kind]}")
    return not counts["bad"]


def _live(console: Console, steps: int) -> bool:
    try:
        from okalib.rehearsal.soak import lives
    except ImportError as error:
        raise CommandError("Random lives need Hypothesis: pip install -e '.[test]'.") from error
    began = time.monotonic()
    with Progress(console=console) as progress:
        task = progress.add_task("steps", total=steps)
        lived, wrong = lives.live(steps, each=lambda: progress.advance(task))
    console.print(f"{lived} steps in {time.monotonic() - began:.0f} s; {'all by the rules' if not wrong else 'WRONG'}.")
    if wrong:
        console.print(wrong, style="red", highlight=False, markup=False)
    return not wrong


def kind_of(complaint: str) -> str:
    """Under which heading of the sum a complaint belongs."""
    return next((kind for kind, words in KINDS.items() if complaint.startswith(words)), [*KINDS][-1])
