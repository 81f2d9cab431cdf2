"""The stories end alike wherever the server stands (A128)."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
STORIES = [
    "tests/stories/test_counter_story.py",
    "tests/stories/test_year_end_story.py",
    "tests/rules/test_days.py",
    "tests/actions/test_renew.py",
]


@pytest.mark.slow
@pytest.mark.parametrize("zone", ["UTC", "America/Los_Angeles"])
def test_the_stories_are_told_on_a_server_of_another_zone(servers, zone):
    """A128, A124: process, database sessions and logs stand in that zone; the days stay those of Tokyo."""
    told = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", *STORIES],
        cwd=ROOT,
        env=os.environ | {"TZ": zone, "PGTZ": zone},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stdout[-3000:]
