"""Sessions end by themselves when nobody has done anything for a while (A225, PAT-3).

How long that is, a session learns when it begins: minutes on a machine that many use, days on the reader's own, hours
for staff (numbers of the policy). On a shared machine it ends with the browser as well. The session remembers when it
was last used, and writes that down once a minute at most, so that reading on costs nothing. The pages carry what is
left of the time (`request.idle`). However busy it is, it ends some day (`settings.LONGEST_SESSION`); a script warns
before it is over, and the last word is the server's. Time is real time, also where the day stands still for a
rehearsal.

Whatever somebody who is logged in gets to see is stored nowhere: pages, redirects, downloads and errors.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse

from okalib import clock
from okalib.models import PolicySettings, User
from okalib.rules import Policy
from okalib.web import unstored

KEY = "idle"
NOTED_EVERY = 60
LONGEST_WARNING = 120
NO_WARNING_FROM = 60 * 60 * 24
"""Whoever has a day and more needs no warning (WCAG 2.2.1 asks for one up to 20 hours)."""

NOT_A_USE = {"session", "session_end"}
"""The routes that only ask how much time is left; all in seconds."""


@dataclass(frozen=True, slots=True)
class Idle:
    """A session's patience: how long it lasts without a use, when the last one was noted, when it ends at the latest.

    All in real seconds.
    """

    limit: int
    seen: int
    now: int
    until: int

    @property
    def left(self) -> int:
        """The seconds after which it ends if nothing happens; 0 if it has ended."""
        return max(min(self.seen + self.limit, self.until) - self.now, 0)

    @property
    def warning(self) -> int:
        """How many seconds before its end the reader is warned."""
        return min(LONGEST_WARNING, self.limit // 3)

    @property
    def warns(self) -> bool:
        """Whether the pages warn of the end."""
        return self.limit < NO_WARNING_FROM

    @property
    def is_worth_noting(self) -> bool:
        """Whether this use is so long after the last one noted that it is written down."""
        return self.now - self.seen >= min(NOTED_EVERY, self.limit // 4)


def begin(*, request: HttpRequest, user: User, **_signal: Any) -> None:
    """Give a session that has just been logged in its patience; receives Django's `user_logged_in`.

    `request.is_own_device`, set by the page of the log-in, says that nobody else uses the machine.
    """
    policy = PolicySettings.current()
    is_own = getattr(request, "is_own_device", False)
    limit, dies_with_browser = _patience(user, is_own=is_own, policy=policy)
    longest: timedelta = settings.LONGEST_SESSION["own_device" if is_own and not _works_here(user) else "others"]
    now = clock.seconds()
    request.session[KEY] = {"limit": limit, "seen": now, "until": now + int(longest.total_seconds())}
    request.session.set_expiry(0 if dies_with_browser else limit)


def _patience(user: User, *, is_own: bool, policy: Policy) -> tuple[int, bool]:
    """Return after how many idle seconds the session ends, and whether it ends with the browser as well."""
    if _works_here(user):
        return policy.staff_idle_hours * 60 * 60, False
    if is_own:
        return policy.own_device_days * 24 * 60 * 60, False
    return policy.shared_idle_minutes * 60, True


def _works_here(user: User) -> bool:
    return user.is_staff or user.library_id is not None


def note_use(request: HttpRequest) -> Idle | None:
    """Write down that the session is in use now; returns its patience, None for visitors."""
    before: Idle | None = getattr(request, KEY, None)
    if before is None:
        return None
    request.session[KEY] = {"limit": before.limit, "seen": before.now, "until": before.until}
    request.idle = Idle(before.limit, before.now, before.now, before.until)  # type: ignore[attr-defined]
    return request.idle  # type: ignore[attr-defined]


class EndIdleSessions:
    """Middleware: end the session that was idle for too long, and store nothing of one that goes on.

    Leaves `request.idle`, the patience of a session that goes on, or `request.ended_for`, the number of the user whose
    session ended with this very request. Stands after the authentication.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Look at the session before the page and at what it has become after it."""
        has_session = settings.SESSION_COOKIE_NAME in request.COOKIES
        was_in = has_session and self._goes_on(request)
        response = self.get_response(request)
        if was_in or ((has_session or request.session.modified) and SESSION_KEY in request.session):
            unstored(response)
        return response

    def process_view(self, request: HttpRequest, *_view: Any) -> None:
        """Note the use, unless the page only asks how much time is left."""
        idle: Idle | None = getattr(request, KEY, None)
        match = request.resolver_match
        if idle is not None and idle.is_worth_noting and match is not None and match.view_name not in NOT_A_USE:
            note_use(request)

    def _goes_on(self, request: HttpRequest) -> bool:
        """Tell whether somebody is logged in and has not been idle for too long; ends the session of who has been."""
        if SESSION_KEY not in request.session:
            return False
        if (
            "until" not in request.session.get(KEY, {}) and request.user.is_authenticated
        ):  # from before there were limits
            begin(request=request, user=request.user)
        noted = request.session.get(KEY)
        if noted is None:
            return False
        idle = Idle(noted["limit"], noted["seen"], clock.seconds(), noted["until"])
        if idle.left:
            request.idle = idle  # type: ignore[attr-defined]
            return True
        request.ended_for = request.session[SESSION_KEY]  # type: ignore[attr-defined]
        request.session.flush()
        request.user = AnonymousUser()
        return False
