"""A file that unpacks to more than there is memory is read to its end, and what is wrong with it is said.

`INPUT_BOMB_MB` says how large a bomb the quick test makes; the slow one makes a gigabyte of each kind.
"""

import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT
from tests.input.unpacking import BOMBS

QUICK = int(os.environ.get("INPUT_BOMB_MB", "48"))
GIGABYTE = 1024
PATIENCE = 600
"""Seconds: only so that what would never end does; quick machines need a hundredth."""


def read_in_little_memory(megabytes, *kinds):
    """Read bombs in another process, which has 300 MB for it; returns what it says."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.input.unpacking", str(megabytes), *kinds],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    return done.stdout + done.stderr[-2000:]


def test_no_file_costs_more_memory_than_a_record_may_have():
    """Each of one letter, over and over; read in Python's own way, most would need many times their size."""
    said = read_in_little_memory(QUICK)
    assert [kind for kind in BOMBS if f"{kind}: " not in said] == [], said


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["one long cell", "elements in a record", "one object"])
def test_a_gigabyte_in_a_megabyte_is_read_in_the_same_memory(kind):
    assert f"{kind}: " in read_in_little_memory(GIGABYTE, kind)
