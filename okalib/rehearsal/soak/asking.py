"""Questions asked again and again: PostgreSQL plans each once for a connection, which costs it more than the answer."""

from __future__ import annotations

from typing import Any

import psycopg
from django.db import connection


def ask(question: str) -> list[tuple[Any, ...]]:
    """Return the rows of a question without parameters."""
    connection.ensure_connection()
    connection.connection.prepare_threshold = 0  # Django switches it off, and its own questions stay as they are
    with psycopg.Cursor(connection.connection) as cursor:
        return cursor.execute(question, prepare=True).fetchall()
