"""What two records of one person have both reserved (HLD-3)."""

from __future__ import annotations

from holds.models import Hold
from okalib.models import Patron


def reserved_by_both(one: Patron, other: Patron) -> list[tuple[Hold, Hold]]:
    """Return for each title that both have reserved the reservation that stays and the one that ends.

    The one that holds an item stays, else the one that is earlier in the queue.
    """
    found = Hold.objects.open().filter(patron__in=[one, other]).select_related("bib", "item").order_by("bib_id")
    by_bib: dict[int, list[Hold]] = {}
    for hold in found:
        by_bib.setdefault(hold.bib_id, []).append(hold)
    pairs = []
    for both in by_bib.values():
        if len(both) == 2:
            stays, ends = sorted(both, key=lambda hold: (not hold.is_bound, not hold.is_ready, hold.queue_at, hold.pk))
            pairs.append((stays, ends))
    return pairs
