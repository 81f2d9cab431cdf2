"""The consistency check: every invariant of the house by name, and what to do where one is broken (OPS-4).

    check(now=now) → one Finding for each invariant, broken or not

An invariant is a function that returns the rows that break it, all in one question to the database. Those that a
constraint guards are asked as well: a restored backup or a hand in the database may have gone round it.

    items     where an item is, who has it, until when      queue    reservations and the hold shelf
    bags      runs, bags and slips                          notices  what patrons are told
    house     cards, jobs, and the guards themselves
"""

from delivery.consistency import bags, house, items, notices, queue
from delivery.consistency.invariants import INVARIANTS, Finding, Invariant, check

__all__ = ["INVARIANTS", "Finding", "Invariant", "bags", "check", "house", "items", "notices", "queue"]
