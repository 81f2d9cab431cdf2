"""The one place where the search reads the database: its cursor, and one state for all reads of a search."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connections
from django.db.backends.utils import CursorWrapper

from okalib.replicas import reads_go_to


def cursor() -> CursorWrapper:
    """Return the cursor by which the search reads: on the replica that the page may use, else on the primary."""
    return connections[reads_go_to()].cursor()


def rows(text: str, params: Any = None) -> list[tuple]:
    """Return the rows of a statement."""
    with cursor() as reader:
        reader.execute(text, params)
        return reader.fetchall()


@contextmanager
def snapshot() -> Iterator[None]:
    """Let all reads of the block see one state of the database, so that no merge shows half of itself.

    Inside a transaction of the caller's that transaction is used as it is.
    """
    connection = connections[reads_go_to()]
    if connection.in_atomic_block:
        yield
        return
    # By hand, because Django's own block would ask the server twice more, for nothing that is written.
    with connection.cursor() as reader:
        reader.execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        try:
            yield
        finally:
            reader.execute("ROLLBACK")
