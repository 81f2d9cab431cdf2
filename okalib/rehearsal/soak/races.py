"""Pairs of moves raced again and again, each drawn anew (`manage.py soak --races N`)."""

from __future__ import annotations

import gc
import random
from collections.abc import Iterator

from okalib.rehearsal.soak import house
from okalib.rehearsal.soak.lanes import Report, Share
from okalib.rehearsal.soak.pairs import Arena, Race, pairs
from okalib.rehearsal.soak.rivals import Rivals


def race(share: Share) -> Iterator[Report]:
    """Race a lane's share of the pairs; every pair comes once before any comes again.

    A lane has pairs of its own, so that what their two orders lead to is found out in one lane only.
    """
    lots = random.Random(str(share))
    every = pairs()[share.lane :: share.lanes]
    with Rivals() as rivals:
        arena = Arena(house.furnish(), rivals)
        for number in range(share.amount):
            if number % len(every) == 0:
                lots.shuffle(every)
                gc.freeze()  # what is known by now stays; looking through it for garbage would be a tenth of the time
            drawn = Race.draw(*every[number % len(every)], lots)
            yield Report(str(drawn), tuple(arena.run(drawn)))
