"""Random lives, a step at a time (`manage.py soak --steps N`): drawn by a seed, and cut short where one goes wrong.

A life is a list of deeds: the name of a step and what was drawn for it. It can be lived again, whole or with deeds left
out, and so the shortest that goes wrong in the same way is found by leaving out as much as possible.
"""

from __future__ import annotations

import gc
import random
import traceback
from collections.abc import Iterator
from typing import Any

from django.test.utils import override_settings

from okalib.rehearsal.soak.lanes import Report, Share
from okalib.rehearsal.soak.life import Life
from okalib.rehearsal.soak.steps import STEPS

Deed = tuple[str, dict[str, Any]]

STEPS_OF_A_LIFE = 100
MOST_TRIES = 150
"""Lives lived to find the shortest that goes wrong."""

NO_MAIL = "django.core.mail.backends.dummy.EmailBackend"


def live(share: Share) -> Iterator[Report]:
    """Live a lane's share of steps. A life that goes wrong is reported, as the shortest that does; another begins."""
    Life.furnish()
    gc.freeze()
    lived, number = 0, 0
    with override_settings(EMAIL_BACKEND=NO_MAIL):
        while lived < share.amount:
            number += 1
            lots, life, deeds = random.Random(f"{share}, life {number}"), Life(), list[Deed]()
            for _step in range(min(STEPS_OF_A_LIFE, share.amount - lived)):
                deeds.append(draw(life, lots))
                lived += 1
                try:
                    do(life, deeds[-1])
                except Exception as error:
                    yield Report(f"life {number} of seed {share}", told(*shortest(deeds, error)))
                    break
                yield Report()


def draw(life: Life, lots: random.Random) -> Deed:
    """Draw one of the steps that are possible now, and its arguments."""
    steps = [*STEPS.values()]
    while True:
        (step,) = lots.choices(steps, [each.share for each in steps])
        if step.when(life):
            break
    return step.name, {name: lots.choice(values) for name, values in step.draws.items()}


def do(life: Life, deed: Deed) -> None:
    """Do a step, if it is possible, and look whether all is well."""
    name, drawn = deed
    if STEPS[name].when(life):
        STEPS[name].do(life, **drawn)
        life.check()


def shortest(deeds: list[Deed], error: Exception) -> tuple[list[Deed], Exception]:
    """Leave out deeds, many at first, as long as what is left goes wrong at the same place."""
    length, tries = len(deeds) // 2, 0
    while length and tries < MOST_TRIES:
        first = 0
        while first < len(deeds) and tries < MOST_TRIES:
            tries += 1
            fewer = deeds[:first] + deeds[first + length :]
            found = goes_wrong(fewer)
            if found is not None and _place(found[1]) == _place(error):
                deeds, error = found
            else:
                first += length
        length //= 2
    return deeds, error


def goes_wrong(deeds: list[Deed]) -> tuple[list[Deed], Exception] | None:
    """Live again; returns what was lived until it went wrong, and how, or None if it did not."""
    life = Life()
    for number, deed in enumerate(deeds, start=1):
        try:
            do(life, deed)
        except Exception as error:
            return deeds[:number], error
    return None


def _place(error: Exception) -> tuple[type[Exception], str, int | None]:
    last = traceback.extract_tb(error.__traceback__)[-1]
    return type(error), last.filename, last.lineno


def told(deeds: list[Deed], error: Exception) -> tuple[str, ...]:
    """The shortest life, a line a step, after what went wrong in it."""
    lines = (f"  {name}({', '.join(f'{key}={value!r}' for key, value in drawn.items())})" for name, drawn in deeds)
    where = traceback.format_exception(error)[-4:]
    return (f"{type(error).__name__}: {error}", *lines, *(f"  {line.rstrip()}" for line in where))
