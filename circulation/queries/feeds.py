"""Whose calendar feed it is."""

from __future__ import annotations

from circulation.models import CalendarFeed
from okalib.models import Patron


def feed_of(patron: Patron) -> CalendarFeed | None:
    """Return the feed that a patron has switched on."""
    return CalendarFeed.objects.filter(patron=patron).first()


def feed_at(secret: str) -> CalendarFeed | None:
    """Return the feed at a secret address, with its patron and the card in force.

    It is found by the hash of the secret in an index: how long that takes tells nothing of the secrets there are.
    """
    return (
        CalendarFeed.objects.filter(secret_hash=CalendarFeed.hash_of(secret))
        .select_related("patron")
        .prefetch_related("patron__cards")
        .first()
    )
