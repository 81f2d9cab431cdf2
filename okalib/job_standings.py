"""How each job of the timetable stands: when it ran last, and whether that is as it should be (OPS-2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum

from django.db.models import Max

from okalib import days, jobs
from okalib.job_words import JOBS
from okalib.models import JobRun
from okalib.rules import JobState

PATIENCE = timedelta(hours=1)
"""How long after its hour a job may still be missing, and how long one may run, before it is a trouble."""

SHOWN_BACK = 62
"""Days within which the last run of a job is looked for; before that it counts as never run."""


class Trouble(StrEnum):
    """What is wrong with a job."""

    FAILED = "failed"
    NOT_RUN = "not_run"


@dataclass(frozen=True, slots=True)
class Standing:
    """One job with its words, its hour, its last run and what is wrong with it, if anything."""

    name: str
    title: str
    sentence: str
    hour: time | None
    last: JobRun | None
    trouble: Trouble | None

    @property
    def has_failed(self) -> bool:
        """Whether its last run ended in an error."""
        return self.trouble is Trouble.FAILED

    @property
    def is_missing(self) -> bool:
        """Whether it should have run by now."""
        return self.trouble is Trouble.NOT_RUN


def standings(now: datetime) -> list[Standing]:
    """Return every job, in one query; those that run all day long come last, as in the timetable."""
    since = days.plus(days.day_of(now), -SHOWN_BACK)
    # a job may have been run by hand for a day to come; what counts is which day it has reached
    latest = JobRun.objects.filter(day__gte=since).order_by("job", "-day", "-id").distinct("job")
    last = {row.job: row for row in latest}
    found = [_standing(job, last.get(job.name), now) for job in jobs.known().values()]
    return sorted(found, key=lambda each: (each.hour is None, each.hour or time(0), each.name))


def last_successes(now: datetime) -> dict[str, datetime]:
    """Return when each job last ended well, of those that did so within `SHOWN_BACK` days."""
    done = JobRun.objects.filter(state=JobState.DONE, day__gte=days.plus(days.day_of(now), -SHOWN_BACK)).order_by()
    return dict(done.values_list("job").annotate(last=Max("finished_at")))


def last_counts(name: str) -> dict[str, int]:
    """Return what a job counted when it last ended well; {} if it never did."""
    done = JobRun.objects.filter(job=name, state=JobState.DONE).order_by("-day", "-id")
    return done.values_list("counts", flat=True).first() or {}


def _standing(job: jobs.Job, last: JobRun | None, now: datetime) -> Standing:
    title, sentence = JOBS.get(job.name, (job.name, job.purpose))
    hour = job.usual_time if job.daily else None
    return Standing(job.name, str(title), str(sentence), hour, last, _trouble(last, hour, now))


def _trouble(last: JobRun | None, hour: time | None, now: datetime) -> Trouble | None:
    if last is not None and last.state == JobState.FAILED:
        return Trouble.FAILED
    if last is not None and last.state == JobState.RUNNING and now - last.started_at > PATIENCE:
        return Trouble.FAILED
    if hour is None:
        is_late = last is None or now - (last.finished_at or last.started_at) > PATIENCE
    else:
        today = days.day_of(now)
        is_late = now > days.at(today, hour) + PATIENCE and (last is None or last.day < today)
    return Trouble.NOT_RUN if is_late else None
