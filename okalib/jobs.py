"""The jobs of the timetable: what a job is, how it is run, and what is written down about it (OPS-1, OPS-2, OPS-3).

A job lives in the `tasks.py` of its app:

    @job("pull_list", asks=is_home_open)
    def pull_list(day: date, now: datetime) -> dict[str, int]: ...

How one is run:

1. Take the job's lock in PostgreSQL; a second run at the same time waits here, and then finds the work done.
   A job that runs all day long does not wait: whoever has the lock is doing the work.
2. Write down as failed whatever an earlier run was killed over: a row still RUNNING under a free lock.
3. Find the missed days: those between the last day that ended well and today, `LONGEST_CATCH_UP` at most.
4. For each missed day in order, and then today: write RUNNING, ask the calendar, work, write DONE with the counts.
5. If a day fails, write FAILED and stop: later days would be out of order. The next run begins at that day.

A job that runs all day long (`daily=False`) misses no days, and its runs of a day share one row.
"""

import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from importlib import import_module
from importlib.util import find_spec

import structlog
from django.apps import apps
from django.db import DatabaseError, connection
from kombu.exceptions import OperationalError as KombuOperationalError

from okalib import clock, days
from okalib.celery import TIMETABLE, run_job_for
from okalib.celery import app as celery
from okalib.models import JobRun
from okalib.one_by_one import collecting, place_of
from okalib.rules import JobState, Refusal

LONGEST_CATCH_UP = 60
"""Days; whoever was away for longer decides by hand, with `manage.py job NAME --day`."""

LONGEST_LIST = 100
"""Exceptions that the row of a job which runs all day long keeps, the latest ones."""

KILLED = "killed before it ended"

LOCK_SPACE = 0x0CA1  # our half of PostgreSQL's two-part advisory lock numbers

log = structlog.get_logger("okalib.jobs")


@dataclass(slots=True)
class Report:
    """What a job did on a day: how many of what, and what needs a person. No names, no card numbers."""

    counts: dict[str, int] = field(default_factory=dict)
    exceptions: list[str] = field(default_factory=list)


Work = Callable[[date, datetime], "Report | Mapping[str, int] | None"]


@dataclass(frozen=True, slots=True)
class Job:
    """A job of the timetable; `asks` tells whether the calendar has work for a day (OPS-1)."""

    name: str
    work: Work
    asks: Callable[[date], bool]
    daily: bool

    @property
    def purpose(self) -> str:
        """The first sentence of the work's docstring."""
        return (self.work.__doc__ or "").strip().split("\n")[0]

    @property
    def usual_time(self) -> time:
        """The time of day at which the timetable has this job; six in the morning for one that runs all day long."""
        hours = TIMETABLE.get(self.name)
        if hours is None or not self.daily:
            return time(6)
        return time(min(hours.hour), min(hours.minute))


class UnknownJobError(LookupError):
    """No job has this name."""


class NoWorkerError(ConnectionError):
    """The broker, by which workers are reached, is down."""


NO_BROKER = Refusal(
    "no_broker",
    "処理を受け付けるサーバーに接続できないため、開始できませんでした。何も変わっていません。"
    "システム管理者に連絡してから、もう一度お試しください。",
    "The broker is out of reach, so that no worker could be asked; nothing was changed. Tell the administrator and try "
    "again.",
)


_registry: dict[str, Job] = {}


def job(name: str, *, asks: Callable[[date], bool] = lambda day: True, daily: bool = True) -> Callable[[Work], Work]:
    """Enter a function in the list of jobs; its hours are in okalib.celery."""

    def enter(work: Work) -> Work:
        _registry[name] = Job(name, work, asks, daily)
        return work

    return enter


def known() -> dict[str, Job]:
    """Return every job by name; reads the `tasks.py` of each app first."""
    for app in apps.get_app_configs():
        if find_spec(f"{app.name}.tasks"):
            import_module(f"{app.name}.tasks")
    return dict(sorted(_registry.items()))


def run(name: str, *, now: datetime) -> list[JobRun]:
    """Run a job for the day of `now`, after the days that it has missed (OPS-2); returns a row for each day.

    Raises UnknownJobError, and whatever the work raised after writing that down.
    """
    found = _find(name)
    today = days.day_of(now)
    with _alone(found) as is_ours:
        if not is_ours:
            return []
        _write_off_killed_runs(found)
        missed = _missed_days(found, today) if found.daily else []
        return [_run_day(found, day, now) for day in [*missed, today]]


def run_for(name: str, day: date, *, now: datetime) -> JobRun:
    """Run a job for one day only, by hand (OPS-3).

    For a day to come the job believes that it is the usual hour of that day, or its end for a job that runs all day
    long and so must see all that fell due on it: so a rehearsal moves time on.
    """
    found = _find(name)
    with _alone(found, waits=True):
        _write_off_killed_runs(found)
        hour = found.usual_time if found.daily else time(23, 59)
        return _run_day(found, day, max(now, days.at(day, hour)))


def start(name: str, day: date) -> None:
    """Have a worker run a job for one day, and go on at once (OPS-3).

    Raises UnknownJobError, and NoWorkerError where the broker is down: it is asked once and not waited for.
    """
    _find(name)
    try:
        with celery.connection_for_write() as connection_:
            connection_.ensure_connection(max_retries=1, interval_start=0, timeout=3)
            run_job_for.apply_async((name, day.isoformat()), connection=connection_, retry=False)
    except (KombuOperationalError, OSError) as error:
        log.error("no worker", job=name, day=str(day), kind=type(error).__name__)
        raise NoWorkerError(name) from error


def _find(name: str) -> Job:
    try:
        return known()[name]
    except KeyError:
        raise UnknownJobError(name) from None


@contextmanager
def _alone(found: Job, *, waits: bool | None = None) -> Iterator[bool]:
    """Hold the job's lock and yield True; where somebody has it and we do not wait for it, yield False.

    Only daily jobs wait, unless told otherwise. The lock belongs to the connection, so a killed process holds nothing.
    """
    key = zlib.crc32(found.name.encode()) - 2**31
    take = "pg_advisory_lock" if (found.daily if waits is None else waits) else "pg_try_advisory_lock"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {take}(%s, %s)", [LOCK_SPACE, key])
        is_ours = cursor.fetchone() != (False,)
    try:
        yield is_ours
    finally:
        if is_ours:
            _let_go(key)


def _let_go(key: int) -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCK_SPACE, key])
    except DatabaseError:
        connection.close()  # the connection or its transaction is broken: closing it lets go of the lock


def _write_off_killed_runs(found: Job) -> None:
    """Nobody else runs this job while we hold its lock, so a row that is still RUNNING was killed."""
    for killed in JobRun.objects.filter(job=found.name, state=JobState.RUNNING):
        _close_row(killed, JobState.FAILED, Report(killed.counts, [*killed.exceptions, KILLED]))


def _missed_days(found: Job, today: date) -> list[date]:
    """The days after the last one that ended well and before today; none for a job that never ran."""
    done = JobRun.objects.filter(job=found.name, state=JobState.DONE, day__lt=today)
    last = done.order_by("-day").values_list("day", flat=True).first()
    if last is None:
        # It has only ever failed: the first attempt is where it must begin.
        first_attempt = JobRun.objects.filter(job=found.name, day__lt=today).order_by("day").first()
        if first_attempt is None:
            return []
        last = first_attempt.day - timedelta(days=1)
    missed = [last + timedelta(days=step) for step in range(1, (today - last).days)]
    return missed[-LONGEST_CATCH_UP:]


def _run_day(found: Job, day: date, now: datetime) -> JobRun:
    """Work one day and write it down."""
    row = _open_row(found, day)
    try:
        with collecting() as failures:
            report = _as_report(found.work(day, now) if found.asks(day) else None)
        report.exceptions.extend(failures)
    except Exception as error:
        # The message of an error may quote a person; its kind and its place cannot.
        place = place_of(error)
        failure = f"{type(error).__name__} at {place}"
        log.error("job failed", job=found.name, day=str(day), kind=type(error).__name__, place=place)
        _close_row(row, JobState.FAILED, Report(row.counts, [*row.exceptions, failure]))
        raise
    if report.counts or found.daily:
        log.info("job done", job=found.name, day=str(day), counts=report.counts, exceptions=len(report.exceptions))
    if not found.daily:
        counts = dict(Counter(row.counts) + Counter(report.counts))
        report = Report(counts, [*row.exceptions, *report.exceptions][-LONGEST_LIST:])
    _close_row(row, JobState.DONE, report)
    return row


def _open_row(found: Job, day: date) -> JobRun:
    """Write down that the job begins: in a new row, or in the row of the day if it runs all day long."""
    row = None if found.daily else JobRun.objects.filter(job=found.name, day=day).order_by("-id").first()
    row = row or JobRun(job=found.name, day=day, started_at=clock.now())
    row.state, row.finished_at = JobState.RUNNING, None
    row.save()
    return row


def _close_row(row: JobRun, state: JobState, report: Report) -> None:
    row.state, row.finished_at = state, clock.now()
    row.counts, row.exceptions = report.counts, report.exceptions
    row.save()


def _as_report(answer: "Report | Mapping[str, int] | None") -> Report:
    return answer if isinstance(answer, Report) else Report(dict(answer or {}))
