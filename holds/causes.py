"""What notices about reservations ask before they are sent: does their cause still hold? (NTF-2, A178)"""

from __future__ import annotations

from holds.models import Hold
from notifications.causes import still_true
from notifications.models import Notice


@still_true("ready")
def no_longer_ready(notice: Notice) -> str | None:
    """A mail that something can be collected is withdrawn once it cannot, or not until that day."""
    hold = Hold.objects.filter(pk=_hold_id(notice)).first()
    if hold is None or not hold.is_ready:
        return "予約が取置中ではなくなったため"
    if f"{hold.announced_on}" not in notice.key:
        return "新しいお知らせがあるため"
    notice.context["keep_until"] = f"{hold.keep_until}"
    return None


@still_true("expired")
def no_longer_expired(notice: Notice) -> str | None:
    """A mail that a reservation has expired always holds, unless its title has been forgotten."""
    return None if Hold.objects.filter(pk=_hold_id(notice)).exists() else "予約の記録が消去されたため"


def _hold_id(notice: Notice) -> int:
    return int(notice.cause.removeprefix("hold:"))
