"""The calendar feed that a patron switches on, gives another address, and switches off."""

from __future__ import annotations

import secrets
from datetime import datetime

from circulation.models import CalendarFeed
from okalib.models import Patron
from okalib.transactions import verb


@verb
def open_feed(*, patron: Patron, shows_titles: bool, now: datetime) -> CalendarFeed:
    """Switch the feed on, or change what it shows; the address of a feed that is on stays."""
    patron = Patron.objects.lock(patron.pk)
    feed = CalendarFeed.objects.filter(patron=patron).first()
    if feed is None:
        feed = CalendarFeed(patron=patron, made_at=now)
        _give_address(feed)
    feed.shows_titles = shows_titles
    feed.save()
    return feed


@verb
def move_feed(*, patron: Patron, now: datetime) -> CalendarFeed | None:
    """Give the feed another address; the old one is dead at once. None where no feed is switched on."""
    feed = CalendarFeed.objects.select_for_update().filter(patron=patron).first()
    if feed is None:
        return None
    _give_address(feed)
    feed.made_at = now
    feed.save()
    return feed


@verb
def close_feed(*, patron: Patron) -> None:
    """Switch the feed off; its address is dead at once and is never given again."""
    CalendarFeed.objects.filter(patron=patron).delete()


def _give_address(feed: CalendarFeed) -> None:
    feed.seed = secrets.token_hex(32)
    feed.secret_hash = feed.hash_of(feed.secret_of(feed.seed))
