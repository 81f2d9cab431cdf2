"""The only reader of the clock.

Days of the library are calendar days of Asia/Tokyo, wherever the server stands.
OKALIB_CLOCK=2026-12-01T10:00 in the environment makes the clock of a demonstration or a training stand at that moment;
without an offset it is a moment in Tokyo.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from zoneinfo import ZoneInfo

TOKYO = ZoneInfo("Asia/Tokyo")


def _moment(text: str | None) -> datetime | None:
    """Read an ISO moment; one without an offset is a moment in Tokyo."""
    if not text:
        return None
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=TOKYO)


_standing_at: datetime | None = _moment(os.environ.get("OKALIB_CLOCK"))


def now() -> datetime:
    """The moment it is, aware, in Tokyo."""
    return _standing_at or datetime.now(TOKYO)  # noqa: TID251


def stands_at() -> datetime | None:
    """The moment at which the clock of a training or demonstration stands; None where time passes."""
    return _standing_at


def seconds() -> int:
    """Real seconds since 1970: they pass even where the day stands still, for whatever measures a pause."""
    return int(time.time())


def today() -> date:
    """The calendar day it is in Tokyo."""
    return now().date()


@contextmanager
def standing_at(moment: datetime) -> Iterator[None]:
    """Let the clock stand at an aware `moment`, in every thread of this process, as long as the block lasts."""
    global _standing_at
    if moment.tzinfo is None:
        raise ValueError("A clock can stand only at an aware moment.")
    before, _standing_at = _standing_at, moment.astimezone(TOKYO)
    try:
        yield
    finally:
        _standing_at = before
