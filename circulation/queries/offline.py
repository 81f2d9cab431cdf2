"""What desks wrote down while the network was cut (A247)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from catalog import queries as catalog
from catalog.models import Item
from circulation.models import OfflineScan
from circulation.rules import Destination, OfflineState

SHOWN = 200
"""How many rows the desk sees at once."""
SET_ASIDE_SHOWN_FOR = timedelta(days=1)
FOR_SOMEBODY = (Destination.HOLD_SHELF, Destination.DELIVERY_SHELF, Destination.ASK_STAFF)


def offline_conflicts() -> list[tuple[OfflineScan, Item | None]]:
    """Return what could not be done, the first scans first, each with its item if there is one."""
    found = OfflineScan.objects.filter(state=OfflineState.CONFLICT).select_related("uploaded_by")
    return _with_items(found.order_by("scanned_at", "id")[:SHOWN])


def offline_conflict_count() -> int:
    """Return how many scans wait for staff."""
    return OfflineScan.objects.filter(state=OfflineState.CONFLICT).count()


def returned_for_somebody(now: datetime) -> list[tuple[OfflineScan, Item | None]]:
    """Return what came back without the network in the last day and does not belong on its shelf."""
    found = OfflineScan.objects.filter(settled_at__gte=now - SET_ASIDE_SHOWN_FOR, destination__in=FOR_SOMEBODY)
    return _with_items(found.order_by("-settled_at", "id")[:SHOWN])


def _with_items(scans: Iterable[OfflineScan]) -> list[tuple[OfflineScan, Item | None]]:
    scans = list(scans)
    items = catalog.items_with_numbers(scan.item_number for scan in scans)
    return [(scan, items.get(scan.item_number)) for scan in scans]
