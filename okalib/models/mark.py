"""What a process keeps of the policy and the calendars, and how it learns that they have changed."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db import connections, models

from okalib import replicas

T = TypeVar("T")


class RulesMark(models.Model):
    """One row with a mark that triggers in the database change with every write to the policy or to a calendar.

    Whoever has kept something under a mark may use it as long as that is the mark: the row is read in the transaction
    that asks, so it is as fresh as the rows it stands for. A mark is drawn, not counted: one that was rolled back, or
    belongs to another copy of the database, never comes again.
    """

    id = models.SmallIntegerField(primary_key=True)
    mark = models.UUIDField()

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="one_rules_mark")]

    def __str__(self) -> str:
        return str(self.mark)


_read_once: ContextVar[dict[str, UUID | None] | None] = ContextVar("rules_read_once", default=None)


@contextmanager
def rules_read_once() -> Iterator[None]:
    """Read the mark once for a whole verb or page, which then sees one policy and one calendar; it changes neither."""
    if _read_once.get() is not None:
        yield
        return
    token = _read_once.set({})
    try:
        yield
    finally:
        _read_once.reset(token)


def _mark() -> UUID | None:
    server, known = replicas.reads_go_to(), _read_once.get()
    if known is None:
        return _ask(server)
    if server not in known:
        known[server] = _ask(server)
    return known[server]


def _ask(server: str) -> UUID | None:
    with connections[server].cursor() as cursor:
        cursor.execute("SELECT mark FROM okalib_rulesmark")
        row = cursor.fetchone()
    return row[0] if row else None


class Kept(Generic[T]):
    """Values that a process has read from the policy and the calendars; all are read anew once the mark has changed.

    Values are shared between threads: keep what nobody changes.
    """

    def __init__(self) -> None:
        self._held: tuple[UUID | None, dict[Hashable, T]] = (None, {})

    def get(self, key: Hashable, read: Callable[[], T], mark: UUID | None = None) -> T:
        """Return what is kept under a key, reading it where it is not, or no longer, known.

        Who has read the mark together with other rows gives it, so that a list does not ask for it row by row.
        """
        mark, held = mark or _mark(), self._held
        if mark is None:
            return read()
        if held[0] != mark:
            held = self._held = (mark, {})
        known: dict[Any, T] = held[1]
        if key not in known:
            known[key] = read()
        return known[key]
