"""A server in another time zone changes nothing: days are those of Tokyo, wherever the machine stands.

A choice of the tests that know of days and hours is run once more for each zone, in a process of its own; with
OKALIB_ALL_IN_ZONES every quick test is.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
ZONES = ["Asia/Tokyo", "America/Los_Angeles", "UTC"]
OF_DAYS = [
    "tests/rules/test_days.py",
    "tests/rules/test_loan_dates.py",
    "tests/rules/test_run_dates.py",
    "tests/actions/test_hold_shelf.py",
    "tests/actions/test_renew.py",
    "tests/ground/test_clock.py",
]


@pytest.mark.parametrize("zone", ZONES)
def test_days_are_those_of_tokyo_on_a_server_in(zone):
    """Both the process (TZ) and its sessions in the database (PGTZ) stand in the zone."""
    what = ["-n", "auto", "tests"] if "OKALIB_ALL_IN_ZONES" in os.environ else ["-n", "0", *OF_DAYS]
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *what],
        cwd=ROOT,
        env=os.environ | {"TZ": zone, "PGTZ": zone},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout[-3000:]
