"""A job on its way through the real broker to a real worker, which may be killed over it (OPS-1, OPS-2)."""

import time
from contextlib import closing
from datetime import date

import psutil
import pytest
from django.db import connection

from okalib import jobs
from okalib.celery import run_job
from okalib.models import JobRun
from okalib.rules import JobState

pytestmark = pytest.mark.faults


def wait_for_state(state: JobState, seconds: float = 20) -> JobRun:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if row := JobRun.objects.filter(job="send_notices", state=state).first():
            return row
        time.sleep(0.05)
    raise AssertionError(f"no run became {state}: {list(JobRun.objects.values())}")


def test_a_job_goes_through_the_broker_to_a_worker_and_is_written_down(worker):
    """OPS-1: the message carries the name of the job, and nothing else."""
    run_job.delay("send_notices")
    assert wait_for_state(JobState.DONE).job == "send_notices"


def test_a_job_whose_worker_was_killed_is_begun_again_and_ends(worker):
    """OPS-2: killed in the middle; the broker hands the job out again."""
    other = connection.copy()
    other.set_autocommit(False)
    with closing(other), other.cursor() as cursor:
        cursor.execute("LOCK TABLE notifications_notice IN ACCESS EXCLUSIVE MODE")  # here the job gets stuck
        run_job.delay("send_notices")
        wait_for_state(JobState.RUNNING)
        for child in psutil.Process(worker.pid).children():
            child.kill()
    row = wait_for_state(JobState.DONE)
    assert row.exceptions == ["killed before it ended"]


def test_a_button_s_job_goes_through_the_broker_too(worker):
    """OPS-3: for the day that was named."""
    jobs.start("send_notices", date(2026, 12, 6))
    assert wait_for_state(JobState.DONE).day == date(2026, 12, 6)
