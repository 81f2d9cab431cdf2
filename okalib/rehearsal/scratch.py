"""A copy of the database to rehearse in, or an empty one, thrown away afterwards: what happens there happened nowhere
else."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.core.management import call_command
from django.db import connection

SUFFIX = "_rehearsal"
LOCALE = "ENCODING 'UTF8' LOCALE 'C' LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8'"


class CannotCopyError(Exception):
    """The server does not let us copy the database, and why."""


@contextmanager
def copy_of_database(*, keep: bool = False) -> Iterator[str]:
    """Let Django's connection work on a copy as long as the block lasts; yields its name. Raises CannotCopyError."""
    original = connection.settings_dict["NAME"]
    copy = f"{original}{SUFFIX}"
    connection.close()
    _copy(original, copy)
    connection.settings_dict["NAME"] = copy
    try:
        yield copy
    finally:
        connection.close()
        connection.settings_dict["NAME"] = original
        if not keep:
            with outside() as server:
                server.execute(f'DROP DATABASE IF EXISTS "{copy}" WITH (FORCE)')


@contextmanager
def fresh_database(*, template: str = "") -> Iterator[str]:
    """Let Django's connection work on a library without a row as long as the block lasts; yields its name.

    `template` names a database that is migrated already. Raises CannotCopyError.
    """
    original = connection.settings_dict["NAME"]
    fresh = f"{original}_fresh_{os.getpid()}"
    like = f'TEMPLATE "{template}"' if template else f"TEMPLATE template0 {LOCALE}"
    connection.close()
    try:
        with outside() as server:
            server.execute(f'DROP DATABASE IF EXISTS "{fresh}" WITH (FORCE)')
            server.execute(f'CREATE DATABASE "{fresh}" {like}')
            server.execute(f'ALTER DATABASE "{fresh}" SET synchronous_commit TO off')  # nobody will miss it
    except psycopg.Error as error:
        raise CannotCopyError(f"The server makes no database for us: {error}") from error
    connection.settings_dict["NAME"] = fresh
    try:
        call_command("migrate", verbosity=0, interactive=False)
        yield fresh
    finally:
        connection.close()
        connection.settings_dict["NAME"] = original
        with outside() as server:
            server.execute(f'DROP DATABASE IF EXISTS "{fresh}" WITH (FORCE)')


def _copy(original: str, copy: str) -> None:
    try:
        with outside() as server:
            server.execute(f'DROP DATABASE IF EXISTS "{copy}" WITH (FORCE)')
            server.execute(f'CREATE DATABASE "{copy}" TEMPLATE "{original}" STRATEGY FILE_COPY')
    except psycopg.errors.ObjectInUse as error:
        others = ", ".join(_at_work_in(original))
        sentence = f"Others are at work in the database (processes {others}); stop the demonstration first."
        raise CannotCopyError(sentence) from error
    except psycopg.Error as error:
        raise CannotCopyError(f"The server makes no copy of the database: {error}") from error


def _at_work_in(database: str) -> list[str]:
    """Return the process numbers of who holds the database open; what they ask may name people."""
    with outside() as server:
        rows = server.execute("SELECT pid FROM pg_stat_activity WHERE datname = %s ORDER BY pid", [database])
        return [str(pid) for (pid,) in rows.fetchall()]


def outside() -> psycopg.Connection:
    """A connection of our own to the server, outside of any library's database."""
    at = connection.settings_dict
    names = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD"}
    return psycopg.connect(
        dbname="postgres", autocommit=True, **{name: at[key] for name, key in names.items() if at[key]}
    )


def learn_sizes() -> None:
    """Let PostgreSQL look at its tables; it does so by itself within minutes, and here weeks pass in seconds."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
