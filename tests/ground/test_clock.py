"""The clock: one reader, days of Tokyo, and a moment at which it can stand."""

import subprocess
import sys
from datetime import UTC, date, datetime

import pytest

from okalib import clock


def test_today_is_the_day_of_tokyo_wherever_the_server_stands():
    """A moment of the afternoon in Greenwich is the next day in Tokyo."""
    with clock.standing_at(datetime(2026, 11, 30, 15, 0, tzinfo=UTC)):
        assert clock.today() == date(2026, 12, 1)
        assert clock.now().utcoffset().total_seconds() == 9 * 3600


def test_a_standing_clock_goes_on_after_the_block_even_when_the_block_fails():
    before = clock.now()
    with pytest.raises(RuntimeError), clock.standing_at(datetime(1999, 1, 1, tzinfo=UTC)):
        raise RuntimeError
    assert clock.now() >= before


def test_a_clock_cannot_stand_at_a_naive_moment():
    with pytest.raises(ValueError, match="aware"), clock.standing_at(datetime(2026, 12, 1)):  # noqa: DTZ001
        pass


@pytest.mark.parametrize(
    ("given", "told"),
    [("2026-12-01T10:00", "2026-12-01T10:00:00+09:00"), ("2026-12-01T10:00Z", "2026-12-01T10:00:00+00:00")],
)
def test_the_environment_makes_the_clock_of_a_training_stand(given: str, told: str):
    program = "from okalib import clock; print(clock.now().isoformat())"
    answer = subprocess.run(
        [sys.executable, "-c", program], env={"OKALIB_CLOCK": given}, capture_output=True, text=True, check=True
    )
    assert datetime.fromisoformat(answer.stdout.strip()) == datetime.fromisoformat(told)
