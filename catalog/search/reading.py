"""The one place where the search reads the database: its cursor, and one state for all reads of a search."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connections
from django.db.backends.utils import CursorWrapper
from psycopg import Cursor
from psycopg.pq import Format
from pyroaring import BitMap

from okalib.replicas import reads_go_to


def cursor() -> CursorWrapper:
    """Return the cursor by which the search reads: on the replica that the page may use, else on the primary."""
    return connections[reads_go_to()].cursor()


def rows(text: str, params: Any = None) -> list[tuple]:
    """Return the rows of a statement."""
    with cursor() as reader:
        reader.execute(text, params)
        return reader.fetchall()


def rows_of_bitmaps(text: str, params: Any = None) -> Iterator[tuple]:
    """Yield the rows of a statement, each with a bitmap in its last column.

    They come as they are kept: Django's own cursor would have them written in hexadecimal digits, twice as long.
    """
    connection = connections[reads_go_to()]
    connection.ensure_connection()
    plain: Any = Cursor(connection.connection)
    plain.format = Format.BINARY
    with connection.make_cursor(plain) as reader:
        reader.execute(text, params)
        for *keys, packed in reader.fetchall():
            yield *keys, BitMap.deserialize(bytes(packed))


@contextmanager
def snapshot(first: str) -> Iterator[list[tuple]]:
    """Let all reads of the block see one state of the database, so that no merge shows half of itself.

    Yields the rows of the first read. Inside a transaction of the caller's that transaction is used as it is.
    """
    connection = connections[reads_go_to()]
    if connection.in_atomic_block:
        yield rows(first)
        return
    with connection.cursor() as reader:
        try:
            # By hand and with the first read, because Django's own block would ask the server three times more.
            reader.execute(f"BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY; {first}")
            reader.nextset()
            yield reader.fetchall()
        finally:
            with connection.wrap_database_errors:
                connection.connection.rollback()
