"""What a desk wrote down while the network was cut, and what may have happened since (A247)."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from okalib.rules import Refusal

OLDEST = timedelta(days=7)
"""How long after a scan it is still done by itself; older ones are looked at by staff first."""


class OfflineState(StrEnum):
    """Where a scan made without the network stands."""

    DONE = "done"
    CONFLICT = "conflict"
    CLOSED = "closed"


def offline_objections(
    *,
    is_loan: bool,
    scanned_at: datetime,
    moved_at: datetime | None,
    lent_at: datetime | None,
    now: datetime,
    is_looked_at: bool,
) -> list[Refusal]:
    """Return why a scan of `scanned_at` cannot be done as it was written down.

    `moved_at` is when the item last changed its place, `lent_at` when its open loan was made; None where it never did
    or has none. What staff have looked at (`is_looked_at`) is done as of now, so that only a return that would end a
    later loan stands out.
    """
    if not is_loan and lent_at is not None and lent_at > scanned_at:
        return [LENT_SINCE]
    if is_looked_at:
        return []
    found = []
    if moved_at is not None and moved_at > scanned_at:
        found.append(MOVED_SINCE)
    if now - scanned_at > OLDEST:
        found.append(TOO_OLD)
    return found


LENT_SINCE = Refusal(
    "lent_since",
    "この記録のあとに貸し出された資料です。いまの貸出を終えることになるため、返却にはできません。",
    "This item was lent after this scan. A return would end that later loan.",
)
MOVED_SINCE = Refusal(
    "moved_since",
    "この記録のあとに、別の窓口で処理された資料です。資料がどこにあるか確かめてください。",
    "Another desk has handled this item since. Please check where it is.",
)
TOO_OLD = Refusal(
    "scan_too_old",
    f"{OLDEST.days}日より前の記録です。いまも登録が必要か確かめてください。",
    f"This scan is more than {OLDEST.days} days old. Please check whether it is still needed.",
)


def card_missing() -> Refusal:
    """The refusal of a loan that names no card."""
    return Refusal("card_missing", "利用者カードが読み取られていません。", "No card was scanned for this loan.")
