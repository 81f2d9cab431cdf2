"""The door of the staff's site behind the password: who has to show a second factor first, and where.

A session remembers the device by which its owner has proved who they are. Another device, or none, is another proof:
so a reset or a new device counts at once. What the door asks about comes with the user in one query (`okalib.auth`).
"""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest

from okalib.models import User

MARK = "second_factor"
ASKED_AT = "desk-second-factor-code"
SET_UP_AT = ("desk-second-factor", "desk-second-factor-device", "desk-second-factor-confirmation")
ALWAYS_OPEN = ("logout",)


def first_page(request: HttpRequest) -> str | None:
    """Return the name of the page that has to come first for this member of staff, None where nothing has to."""
    user, match = cast(User, request.user), request.resolver_match
    name = match.url_name if match else None
    if name in ALWAYS_OPEN:
        return None
    if user.second_factor_id is None:
        return SET_UP_AT[0] if user.needs_second_factor and name not in SET_UP_AT else None
    return ASKED_AT if not is_shown(request) and name != ASKED_AT else None


def is_shown(request: HttpRequest) -> bool:
    """Whether this session has shown the second factor that its owner has now."""
    return request.session.get(MARK) == cast(User, request.user).second_factor_id is not None


def remember(request: HttpRequest, device_id: int) -> None:
    """Note in the session that its owner has shown the device; the key of the session changes with what it opens."""
    request.session.cycle_key()
    request.session[MARK] = device_id
