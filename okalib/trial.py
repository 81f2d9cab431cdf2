"""What the demonstration knows about its database: empty, half filled, filled, or not its own.

The mark is a JobRun of its own name, written before the first row of the filling and closed after the last.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import redis
from django.conf import settings
from django.db import connection

from okalib import clock, days, embedded
from okalib.models import JobRun, Library
from okalib.rules import JobState

MARK = "demonstration"


def is_empty() -> bool:
    """Whether nobody has begun a library here."""
    return not _has_tables() or not (Library.objects.exists() or _mark())


def was_cut_off() -> bool:
    """Whether a filling began and did not end."""
    mark = _mark()
    return mark is not None and mark.state == JobState.RUNNING


def is_ours() -> bool:
    """Whether the demonstration has filled the database, or begun to."""
    return _mark() is not None


def may_be_emptied() -> bool:
    """Whether nothing is lost but the demonstration's own."""
    return is_empty() or is_ours()


@contextmanager
def filling(now: datetime) -> Iterator[None]:
    """Mark the database as half filled, and as filled when the block has come to its end."""
    mark = JobRun.objects.create(job=MARK, day=days.day_of(now), state=JobState.RUNNING, started_at=now)
    yield
    mark.state, mark.finished_at = JobState.DONE, clock.now()
    mark.save()


def empty() -> None:
    """Throw away every table, every key in Redis, every mail and the memory of the timetable."""
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA public CASCADE")
        cursor.execute("CREATE SCHEMA public")
    connection.close()  # it remembers types of the old schema
    client = redis.Redis.from_url(settings.REDIS_URL)
    for key in client.scan_iter(f"{settings.CACHES['default']['KEY_PREFIX']}*"):
        client.delete(key)
    for left_over in [*embedded.STATE.glob("mails/*"), *embedded.STATE.glob("beat*")]:
        left_over.unlink()


def _mark() -> JobRun | None:
    """The mark of the last filling, if there was one."""
    return JobRun.objects.filter(job=MARK).order_by("-id").first() if _has_tables() else None


def _has_tables() -> bool:
    """Whether the migrations have come as far as the mark."""
    return JobRun._meta.db_table in connection.introspection.table_names()
