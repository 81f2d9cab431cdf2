"""`manage.py job NAME`: run a job of the timetable by hand (OPS-3)."""

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.table import Table

from okalib import clock, jobs
from okalib.celery import TIMETABLE
from okalib.models import JobRun


class Command(BaseCommand):
    """Run one job: for today and the days that it missed, or with --day for that day only."""

    help = (
        "Run a job of the timetable by hand: without --day for today and the days that it missed; with --day for that "
        "day only. For a day to come, the job believes that it is the usual hour of that day."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("name", nargs="?", help="the name of the job, as --list shows it")
        parser.add_argument("--day", type=date.fromisoformat, metavar="YYYY-MM-DD", help="the day to run it for")
        parser.add_argument("--list", action="store_true", help="show every job, its hours and its last runs")

    def handle(self, *args: Any, name: str | None, day: date | None, list: bool, **options: Any) -> None:
        """Run it and print what it wrote down."""
        if list or name is None:
            _print_list()
            return
        try:
            now = clock.now()
            with Console(stderr=True).status(f"{name}…"):
                rows = [jobs.run_for(name, day, now=now)] if day else jobs.run(name, now=now)
        except jobs.UnknownJobError:
            raise CommandError(f"There is no job {name}. There are: {', '.join(jobs.known())}.") from None
        if not rows:
            self.stdout.write(f"{name} is being run by somebody else at this moment.")
        for row in rows:
            counts = ", ".join(f"{what} {many}" for what, many in row.counts.items()) or "nothing to do"
            self.stdout.write(f"{row.day} {name} {row.state}: {counts}")
            for exception in row.exceptions:
                self.stdout.write(f"  ! {exception}")


def _print_list() -> None:
    """Print the timetable with what was done last."""
    table = Table("job", "hours (Tokyo)", "what it does", "last run")
    for name, job in jobs.known().items():
        last = JobRun.objects.filter(job=name).order_by("-started_at").first()
        hours = TIMETABLE.get(name)
        table.add_row(name, _hours(hours), job.purpose, f"{last.day} {last.state}" if last else "never")
    Console().print(table)


def _hours(hours: Any) -> str:
    """Say a line of the timetable in words."""
    if hours is None:
        return "by hand"
    if len(hours.hour) == 24:
        return "every minute" if len(hours.minute) == 60 else f"every {60 // len(hours.minute)} minutes"
    return f"{min(hours.hour)}:{min(hours.minute):02}"
