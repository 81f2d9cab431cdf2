"""The part of the queue in making two records of one person one (HLD-7)."""

from __future__ import annotations

from datetime import datetime

from catalog.models import Bib
from holds import queries
from holds.actions.queue import end
from holds.models import Hold
from holds.rules import EndReason, HoldState
from okalib.models import Patron


def end_one_of_two(*, one: Patron, other: Patron, now: datetime) -> list[Hold]:
    """End the weaker of two reservations of a title; an item that it held goes to the next (HLD-7).

    The caller holds the locks of both patrons and, in ascending order, of every title that they have reserved. The
    person is not told: they keep a place in the queue.
    """
    ended = []
    for _stays, ends in queries.reserved_by_both(one, other):
        end(hold=ends, state=HoldState.CANCELLED, reason=EndReason.BY_STAFF, now=now)
        ended.append(ends)
    return ended


def lock_titles(*bib_ids: int) -> None:
    """Lock some titles, each once and in ascending order, as whoever locks several must."""
    for bib_id in sorted(set(bib_ids)):
        Bib.objects.lock(bib_id)
