"""Every job, killed (-9) before any of its writes and run again, ends as if it had run through (OPS-2, A90).

The job is a process of its own on a real database, a copy of the library in December; the judge stays in the test.
`OKALIB_KILL_POINTS=all pytest -m faults tests/faults/test_killed_jobs.py` tries every point, CI a few of each job.
"""

import time
from datetime import timedelta

import pytest

from notifications.models import Notice
from okalib import jobs
from okalib.celery import TIMETABLE
from okalib.models import JobRun, StaffAction
from okalib.rehearsal import state
from tests.faults.conftest import KILLED, points
from tests.faults.databases import a_copy_of, killed_at, writes_of
from tests.post_office import post_office

__all__ = ["post_office"]

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]

THAT_SPEAK_TO_THE_MAIL_SERVER = {"send_notices"}
THAT_ONLY_LOOK = {"consistency_check"}


def run_again(job, now):
    """As the timetable does: a job that runs all day comes again until the killed one's lock is free."""
    deadline = time.monotonic() + 10
    while not jobs.run(job, now=now):
        assert time.monotonic() < deadline, "the lock of a killed job is never free"
        time.sleep(0.02)


@pytest.mark.parametrize("job", [job for job in TIMETABLE if job not in THAT_SPEAK_TO_THE_MAIL_SERVER])
def test_killed_at_any_write_and_run_again_it_ends_as_if_it_had_run_through(job, stages, post_office):
    """OPS-2, A90: the same state hash, and one run written down as done."""
    now, through = stages.at[job], stages.through(job, post_office)
    assert through.did_nothing == (job in THAT_ONLY_LOOK), "a job without work in December would prove nothing"
    tried = points(through.writes)
    KILLED[job] = (len(tried), through.writes)
    for point in tried:
        with a_copy_of(stages.name[job]):
            assert killed_at(point, lambda: jobs.run(job, now=now)), f"{job} did not come to its write {point}"
            run_again(job, now)
            found = state.differences(through.outcome, state.outcome())
            assert found == [], f"{job}, killed before write {point} of {through.writes}:\n" + "\n".join(found)
            assert not JobRun.objects.filter(state="running").exists()


@pytest.fixture
def careless_job():
    """A job as none may be: what it has written it writes again, and it keeps two facts in two transactions."""

    def work(day, now):
        for subject in ("first", "second"):
            StaffAction.objects.create(at=now, verb="test", subject=subject)

    jobs.job("careless")(work)
    yield "careless"
    jobs._registry.pop("careless")


def test_a_job_that_may_not_be_run_again_would_be_found(careless_job, stages):
    """The test of the test: killed between its two writes, it ends otherwise; and the table is named."""
    now = stages.at["pull_list"]
    with a_copy_of(stages.name["pull_list"]):
        number = writes_of(lambda: jobs.run(careless_job, now=now))
        through = state.outcome()
    named = {}
    for point in range(1, number + 1):
        with a_copy_of(stages.name["pull_list"]):
            assert killed_at(point, lambda: jobs.run(careless_job, now=now))
            run_again(careless_job, now)
            named[point] = [line.partition(":")[0] for line in state.differences(through, state.outcome())]
    # written are: the job's row, the two facts, the row again
    assert named == {1: [], 2: [], 3: ["okalib_staffaction"], 4: ["okalib_staffaction"]}


def test_a_worker_killed_at_any_write_of_sending_loses_no_letter_and_doubles_none(stages, post_office):
    """NTF-2, A240: what was sent is sent once, what nobody can know is shown to staff, and that is one at most."""
    now = stages.at["send_notices"]
    send = "send_notices"
    with a_copy_of(stages.name[send]):
        number = writes_of(lambda: jobs.run(send, now=now))
        through = state.outcome(leaving_out=[Notice])
        letters = sorted(post_office.subjects)
        fates = dict(Notice.objects.values_list("key", "state"))
    tried = points(number)
    KILLED[send] = (len(tried), number)
    assert len(letters) >= 4
    for point in tried:
        post_office.letters.clear()
        with a_copy_of(stages.name[send]):
            assert killed_at(point, lambda: jobs.run(send, now=now))
            later = now + timedelta(hours=1)
            run_again("sweep_notices", later)
            for minutes in (0, 40):  # what was put off has a time of its own
                run_again(send, later + timedelta(minutes=minutes))
            found = dict(Notice.objects.values_list("key", "state"))
            doubtful = [key for key in found if found[key] != fates[key]]
            assert [found[key] for key in doubtful] in ([], ["unknown"]), f"killed before write {point}: {doubtful}"
            sent = [letter["message-id"] for letter in post_office.letters]
            assert len(sent) == len(set(sent)), f"sent twice, killed before write {point}"
            assert len(letters) - len(doubtful) <= len(sent) <= len(letters)
            ours = state.outcome(leaving_out=[Notice, JobRun])
            assert state.differences(through, ours) == ["okalib_jobrun: only in the first"]
