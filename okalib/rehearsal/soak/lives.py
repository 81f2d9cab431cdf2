"""Random lives in a house, a step at a time (`manage.py soak --steps N`). Needs Hypothesis, of the extra `test`."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from datetime import date

from django.test.utils import override_settings
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from delivery import actions as delivery
from okalib.rehearsal.soak import house
from okalib.rehearsal.soak.house import SUNDAY, Snapshot
from okalib.rehearsal.soak.lanes import Report, Share
from okalib.rehearsal.soak.machine import Life

LAST_RUN = date(2028, 6, 30)
STEPS_OF_A_LIFE = 50
AT_ONCE = 20  # lives between two looks at how far we are
NO_MAIL = "django.core.mail.backends.dummy.EmailBackend"


def furnish() -> None:
    """Make the house of all lives in an empty database, with runs for as long as one may last."""
    Life.house = house.furnish()
    delivery.plan(first=SUNDAY, last=LAST_RUN)
    Life.empty = Snapshot.take()


def live_some(lives: int, *, steps: int = STEPS_OF_A_LIFE, is_shrunk: bool = True) -> None:
    """Live so many lives of so many steps; raises AssertionError with the shortest life that went wrong.

    Looking for the shortest takes a while; without `is_shrunk` it is the first.
    """
    how = settings(
        max_examples=lives,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        print_blob=False,
        phases=[Phase.generate, Phase.shrink] if is_shrunk else [Phase.generate],
    )
    with override_settings(EMAIL_BACKEND=NO_MAIL):
        run_state_machine_as_test(Life, settings=how)


def live(share: Share) -> Iterator[Report]:
    """Live a lane's share of steps, or until a life goes wrong, which is reported as the shortest of its kind."""
    furnish()
    lived = 0

    def step() -> None:
        nonlocal lived
        lived += 1

    Life.lived = staticmethod(step)
    told = 0
    try:
        while lived < share.amount:
            live_some(1)
            while told < min(lived, share.amount):
                told += 1
                yield Report("step")
    except Exception as error:
        yield Report("life", tuple(traceback.format_exception(error)[-3:] + getattr(error, "__notes__", [])))
    finally:
        Life.lived = staticmethod(lambda: None)
