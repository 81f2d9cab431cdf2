"""How much is done: counted once a day into a small table, read by the pages from there (RET-5, OPS-2).

    count(day=day, now=now)        the night's work: what the days before `day` were, and what the house holds now
    weekly(names, until=today)     the sums of each week, from Monday to Sunday
    quantile(waits, share)         after how many days that share of the reservations was ready

A page asks no more than this table; over a million loans a year are counted by the job alone.
"""

from delivery.figures.counting import count
from delivery.figures.reading import Week, items_by_state, quantile, weekly

__all__ = ["Week", "count", "items_by_state", "quantile", "weekly"]
