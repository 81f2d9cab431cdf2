"""Reading from streaming replicas of PostgreSQL, so that one machine may be outgrown.

Only public pages read from a replica: the catalogue, what stands where, the calendar. A patron's own pages, the desks
and every change stay on the primary. Nobody is shown less than what they have just done: after a change the reader's
session keeps how far the primary had written, and only a replica that is as far may answer them. A replica that is
more than REPLICA_MAX_LAG_SECONDS behind is left aside, and where one fails the primary answers.

`Fleet` knows which replica may answer; `reading()` sends the reads of a block there, through the router; `cursor()` is
for who writes SQL by hand. Without DATABASE_REPLICA_URLS nothing of this does anything.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import structlog
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, InterfaceError, OperationalError, connections
from django.http import HttpRequest, HttpResponse

log = structlog.get_logger(__name__)

WRITTEN = "written_up_to"
"""The key of a session under which it keeps how far the primary had written after its last change: a WAL position."""

SECONDS_BETWEEN_LOOKS = 1.0
SECONDS_LEFT_ASIDE = 5.0
UNREACHABLE = (OperationalError, InterfaceError)

ALWAYS_PRIMARY = {"sessions", "axes", "otp_totp", "contenttypes", "auth", "admin"}
"""Apps whose rows decide who somebody is: never read where they may be late."""

_reads_go_to: ContextVar[str | None] = ContextVar("reads_go_to", default=None)


class CatalogueRouter:
    """Send reads to the replica that the page may use, and everything else to the primary."""

    def db_for_read(self, model: type[Any], **hints: Any) -> str | None:
        """Return the replica inside `reading()`, else nothing in particular, which is the primary."""
        is_somebody = model._meta.app_label in ALWAYS_PRIMARY or model._meta.label == settings.AUTH_USER_MODEL
        return DEFAULT_DB_ALIAS if is_somebody else reads_go_to()

    def db_for_write(self, model: type[Any], **hints: Any) -> str:
        """Return the primary."""
        return DEFAULT_DB_ALIAS

    def allow_relation(self, one: Any, other: Any, **hints: Any) -> bool:
        """Let rows meet that were read from different servers: they are one database."""
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        """Migrate the primary alone; the others follow by themselves."""
        return db == DEFAULT_DB_ALIAS


def reads_go_to() -> str:
    """Return the alias of the database that reads go to now.

    Inside a transaction of the primary that is the primary: what is written there must be seen there.
    """
    replica = _reads_go_to.get()
    if replica is None or connections[DEFAULT_DB_ALIAS].in_atomic_block:
        return DEFAULT_DB_ALIAS
    return replica


@contextmanager
def reading(alias: str | None) -> Iterator[None]:
    """Send the reads of the block to a replica; None: to the primary."""
    token = _reads_go_to.set(alias)
    try:
        yield
    finally:
        _reads_go_to.reset(token)


def answered(view: Callable[..., HttpResponse], request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    """Answer a public page from a replica if one may, and from the primary if none may or it fails on the way."""
    alias = fleet.choose(request.session.get(WRITTEN)) if fleet.aliases and request.method in ("GET", "HEAD") else None
    if alias is None:
        return view(request, *args, **kwargs)
    try:
        with reading(alias):
            return view(request, *args, **kwargs)
    except UNREACHABLE as failure:
        fleet.leave_aside(alias)
        log.warning("replica_failed", replica=alias, kind=type(failure).__name__)
        return view(request, *args, **kwargs)


class RememberWrites:
    """Middleware: after a change, keep in the reader's session how far the primary has written."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        may_have_written = request.method not in ("GET", "HEAD", "OPTIONS")
        if fleet.aliases and may_have_written and not request.session.is_empty():
            request.session[WRITTEN] = _position("pg_current_wal_insert_lsn()", DEFAULT_DB_ALIAS)
        return response


@dataclass(slots=True)
class Fleet:
    """The replicas, and what this process knows of how far each has come; positions are bytes of the WAL.

    How late a replica is, is told by the primary: it is at most S seconds late if it has what the primary had written
    S seconds ago. A replica's own clock would call one that has lost its primary up to date.
    """

    aliases: tuple[str, ...]
    max_lag_seconds: float
    looked_at: float = float("-inf")
    written: deque[tuple[float, int]] = field(default_factory=lambda: deque(maxlen=60))
    replayed: dict[str, int] = field(default_factory=dict)
    aside_until: dict[str, float] = field(default_factory=dict)
    turn: int = 0

    def choose(self, needed: int | None) -> str | None:
        """Return the next replica in turn that has `needed` and is not late; None if the primary must answer."""
        now = time.monotonic()
        if now - self.looked_at > SECONDS_BETWEEN_LOOKS:
            self._look(now)
        enough = max(needed or 0, self._least(now))
        fit = [alias for alias in self.aliases if self.replayed.get(alias, -1) >= enough]
        if not fit:
            return None
        self.turn += 1
        return fit[self.turn % len(fit)]

    def leave_aside(self, alias: str) -> None:
        """Ask a replica that has failed nothing for a while."""
        self.replayed.pop(alias, None)
        self.aside_until[alias] = time.monotonic() + SECONDS_LEFT_ASIDE
        connections[alias].close()

    def _look(self, now: float) -> None:
        """Ask the primary how far it has written, and then each replica how far it has come."""
        self.looked_at = now
        try:
            self.written.append((now, _position("pg_current_wal_flush_lsn()", DEFAULT_DB_ALIAS)))
        except UNREACHABLE:
            log.warning("primary_unreachable")  # what it had written before still tells who is not late
        for alias in self.aliases:
            if self.aside_until.get(alias, 0) > now:
                continue
            try:
                self.replayed[alias] = _position("pg_last_wal_replay_lsn()", alias)
            except UNREACHABLE:
                self.leave_aside(alias)

    def _least(self, now: float) -> int:
        """Return the position that a replica must have: the newest one known that is as old as a lag may be.

        Where nothing is as old, the oldest known one of this while serves.
        """
        recent = [position for at, position in self.written if at >= now - self.max_lag_seconds]
        older = [position for at, position in self.written if at < now - self.max_lag_seconds]
        return (recent or older[-1:] or [0])[0]


def _position(function: str, alias: str) -> int:
    """Return what a function of PostgreSQL says of how far a server has come, in bytes of the WAL.

    A primary has written more than it has flushed, and only that can have reached a replica. One that has taken over
    stands still in what it has replayed, and is late for ever.
    """
    with connections[alias].cursor() as cursor:
        cursor.execute(f"SELECT coalesce(pg_wal_lsn_diff({function}, '0/0'), 0)")
        return int(cursor.fetchone()[0])


fleet = Fleet(
    aliases=tuple(alias for alias in settings.DATABASES if alias.startswith("replica")),
    max_lag_seconds=settings.REPLICA_MAX_LAG_SECONDS,
)
