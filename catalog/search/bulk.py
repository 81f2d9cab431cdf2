"""Many rows at once, out of the database and into it, for who makes the index."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from django.db import connection
from django.db.backends.utils import CursorWrapper


def streamed(text: str, params: list) -> Iterator[tuple]:
    """Yield the rows of a statement without holding all of them."""
    with connection.cursor() as ordinary, ordinary.connection.cursor(name="search_merge", scrollable=False) as cursor:
        cursor.itersize = 10_000
        cursor.execute(text, params)
        yield from cursor


def as_json(rows: Iterable[dict]) -> str:
    """Write rows as one document for `json_to_recordset`: much quicker than arrays, which psycopg writes in Python."""
    return json.dumps(list(rows), ensure_ascii=False)


def copy_into(cursor: CursorWrapper, into: str, rows: Iterable[tuple]) -> None:
    """Write rows by COPY, into a table with its columns."""
    with cursor.copy(f"COPY {into} FROM STDIN") as copying:
        for row in rows:
            copying.write_row(row)
