"""Random lives in a house, a step at a time (`manage.py soak --steps N`). Needs Hypothesis, of the extra `test`."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from datetime import date

from django.test.utils import override_settings
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from delivery import actions as delivery
from okalib.rehearsal.soak import house
from okalib.rehearsal.soak.house import SUNDAY, Snapshot
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


def live(steps: int, *, each: Callable[[], object]) -> tuple[int, str]:
    """Live until so many steps are lived, or one goes wrong; returns how many, and what went wrong.

    `each` is called after every step.
    """
    lived = 0

    def step() -> None:
        nonlocal lived
        lived += 1
        each()

    furnish()
    Life.lived = staticmethod(step)
    try:
        while lived < steps:
            live_some(min(AT_ONCE, max(1, (steps - lived) // STEPS_OF_A_LIFE)))
    except KeyboardInterrupt:
        return lived, ""
    except Exception as error:
        return lived, "".join(traceback.format_exception(error)[-3:] + getattr(error, "__notes__", []))
    finally:
        Life.lived = staticmethod(lambda: None)
    return lived, ""
