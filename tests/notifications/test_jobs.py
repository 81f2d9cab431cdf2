"""The outbox in the timetable."""

import pytest

from notifications.models import Notice
from okalib import jobs

pytestmark = pytest.mark.django_db


def test_the_timetable_sends_what_is_due_and_writes_down_how_much(post, post_office, now):
    """OPS-1, OPS-2: the second run of the same minute finds the work done."""
    post(1), post(2)
    (run,) = jobs.run("send_notices", now=now)
    assert run.counts == {"sent": 2}
    jobs.run("send_notices", now=now)
    assert len(post_office.letters) == 2


def test_the_timetable_sweeps_up_after_dead_workers(post, now):
    """OPS-2, A241: work is a row, found again whatever happened to the worker."""
    post()
    Notice.objects.update(state="in_flight", taken_at=now.replace(hour=9), attempts=1, next_try_at=None)
    (run,) = jobs.run("sweep_notices", now=now)
    assert run.counts == {"queued": 1}
