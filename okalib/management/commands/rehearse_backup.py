"""`manage.py rehearse_backup`: back up, restore beside it, and compare; the library goes on meanwhile."""

from __future__ import annotations

import tempfile
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from okalib import clock
from okalib.rehearsal import backup

MEGABYTE = 1_000_000


class Command(BaseCommand):
    """Dump the database as it is at one moment, restore it beside it, compare every table, and throw the copy away."""

    help = (
        "Back up the database (pg_dump, custom format), restore it into a database beside it, and compare every table. "
        "The library goes on meanwhile. Ends with 1 if anything differs. --keep FILE keeps the backup."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument(
            "--keep", type=Path, metavar="FILE", help="keep the backup in this file, for its owner alone"
        )

    def handle(self, *args: Any, keep: Path | None, **options: Any) -> None:
        """Rehearse, print sizes and seconds, and say by the exit code whether what came back is what was there."""
        if keep is not None and keep.exists():
            raise CommandError(f"{keep} exists already; a backup is never overwritten.")
        with tempfile.TemporaryDirectory() as folder:
            try:
                done = backup.rehearse(file=keep or Path(folder) / "backup.dump", now=clock.now())
            except backup.BackupError as error:
                raise CommandError(str(error)) from error
        self._print(done, keep)
        if not done.is_sound:
            raise SystemExit(1)

    def _print(self, done: backup.Rehearsal, keep: Path | None) -> None:
        say = self.stdout.write
        kept = f", {keep}" if keep else ""
        say(f"database  {done.database_bytes / MEGABYTE:10,.1f} MB, {done.tables} tables, {done.rows:,} rows")
        say(f"backup    {done.dump_bytes / MEGABYTE:10,.1f} MB in {done.seconds_to_dump:.1f} s{kept}")
        say(f"restored  in {done.seconds_to_restore:.1f} s")
        say(f"state     {done.hash[:16]} {'before and after' if not done.differences else 'before; it differs after'}")
        for complaint in (*done.differences, *done.complaints):
            say(f"  ! {complaint}")
