"""The library in December, kept as it was just before each job, so that a job can be killed in a copy of it."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

import pytest
from django.core.cache import cache
from django.db import connection

from okalib import jobs
from okalib.celery import TIMETABLE
from okalib.models import JobRun
from okalib.rehearsal import state
from tests.faults import databases, december
from tests.post_office import PostOffice

EVERY_POINT = os.environ.get("OKALIB_KILL_POINTS") == "all"
POINTS_OF_A_JOB = 2
"""How many kill points of each job are tried where not all are."""


@dataclass
class Through:
    """What a job comes to that nobody disturbs."""

    writes: int
    outcome: state.State
    letters: list[str]
    did_nothing: bool


@dataclass
class Stages:
    """The databases just before each job: `name[job]`, and the moment at which it is run."""

    name: dict[str, str] = field(default_factory=dict)
    at: dict[str, datetime] = field(default_factory=dict)
    _through: dict[str, Through] = field(default_factory=dict)

    def through(self, job: str, post_office: PostOffice) -> Through:
        """Run a job once without disturbing it; asked again, remember."""
        if job not in self._through:
            with databases.a_copy_of(self.name[job]):
                before = state.outcome(leaving_out=[JobRun])
                writes = databases.writes_of(lambda: jobs.run(job, now=self.at[job]))
                did_nothing = before.hash == state.outcome(leaving_out=[JobRun]).hash
                self._through[job] = Through(writes, state.outcome(), sorted(post_office.subjects), did_nothing)
            post_office.letters.clear()
        return self._through[job]


@pytest.fixture(scope="session")
def stages(django_db_setup, django_db_blocker, request) -> Iterator[Stages]:
    """December, lived once."""
    found = Stages()
    with django_db_blocker.unblock():
        template = connection.settings_dict["NAME"]
        story = f"{template}_story"
        databases_made = [story]
        connection.close()
        databases.copy(template, story)

        def keep(job: str, at: datetime) -> None:
            found.name[job], found.at[job] = f"{story}_{job}", at
            databases_made.append(found.name[job])
            connection.close()
            databases.copy(story, found.name[job])

        cache.clear()
        with databases.working_in(story):
            december.live(keep)
        yield found
        for name in databases_made:
            databases.drop(name)
        cache.clear()


@pytest.fixture(autouse=True)
def nothing_remembered(servers) -> None:
    """An empty cache: what it knows of one database is wrong in the next."""
    cache.clear()


KILLED: dict[str, tuple[int, int]] = {}
"""How many kill points of each job were tried, and of how many."""


def points(number: int) -> range:
    """The kill points to try of a job that writes so often: all, or a few over its whole length, the last included."""
    step = 1 if EVERY_POINT else max(1, -(-number // POINTS_OF_A_JOB))
    return range(number, 0, -step)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many kill points were tried."""
    if KILLED:
        tried, there_are = (sum(counts) for counts in zip(*KILLED.values(), strict=True))
        terminalreporter.section("killed jobs")
        for job in TIMETABLE:
            if job in KILLED:
                terminalreporter.line("{:20} {:4} of {:4} kill points".format(job, *KILLED[job]))
        terminalreporter.line(f"{'together':20} {tried:4} of {there_are:4}; all of them: OKALIB_KILL_POINTS=all")
