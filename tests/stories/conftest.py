"""What a story needs: the jobs of the timetable at their usual hour, and a post office that takes the mail."""

from datetime import date, time

import pytest

from delivery import consistency
from okalib import days, jobs
from tests.post_office import post_office

__all__ = ["post_office"]


@pytest.fixture
def clerk(desk):
    """出口, at the counter, under a name that does not hide the verbs of the desk."""
    return desk


@pytest.fixture
def job(post_office):
    """Run a job for a day at its usual hour; what it posted is mailed a little later."""

    def run(name: str, day: date) -> dict[str, int]:
        counts = jobs.run_for(name, day, now=days.midnight(day)).counts
        jobs.run_for("send_notices", day, now=days.at(day, time(9, 30)))
        return counts

    return run


@pytest.fixture
def mailbox(post_office):
    """The subjects and texts of all letters to an address, in order."""

    def letters(patron) -> list[str]:
        mine = [letter for letter in post_office.letters if patron.email in str(letter["to"])]
        return [f"{letter['subject']}\n{letter.get_body(['plain']).get_content()}" for letter in mine]

    return letters


@pytest.fixture
def all_is_well():
    """At the end of a story no invariant of the house is broken (OPS-4), but that not every job ran on every day."""

    def check(day: date) -> None:
        jobs.run_for("sweep_notices", day, now=days.at(day, time(22)))
        found = consistency.check(now=days.at(day, time(23)))
        broken = [(finding.name, finding.examples) for finding in found if finding.is_broken]
        assert [one for one in broken if not one[0].startswith("job_")] == []

    return check
