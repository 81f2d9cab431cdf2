"""Every pair of verbs that touch the same item, title or patron, at the same moment (A228…A239, HLD-7, LIM-4, REN-3).

The matrix is made from the moves of okalib.rehearsal.soak; `manage.py soak --races N` runs as many as one likes.
OKALIB_RACES says how often each pair is raced here (once unless told otherwise).
"""

import os
import random

import pytest

from okalib.rehearsal.soak import house
from okalib.rehearsal.soak.pairs import Arena, Race, pairs
from okalib.rehearsal.soak.rivals import Rivals

pytestmark = pytest.mark.races

TIMES = range(int(os.environ.get("OKALIB_RACES", "1")))


@pytest.fixture(scope="module")
def arena(fresh_library):
    """A house for rivals, made once and put back to its beginning before each race."""
    with Rivals() as rivals:
        yield Arena(house.furnish(), rivals)


@pytest.mark.parametrize(("one", "other"), [pytest.param(*pair, id="+".join(pair)) for pair in pairs()])
def test_a_pair_ends_as_one_after_the_other_would(arena, one, other):
    """Only refusals come out, and what is then true could have come about without a race."""
    for time in TIMES:
        race = Race.draw(one, other, random.Random(f"{one}+{other} {time}"))  # drawn alike each time, to be told again
        if wrong := arena.run(race):
            pytest.fail("\n".join([str(race), *wrong]), pytrace=False)
