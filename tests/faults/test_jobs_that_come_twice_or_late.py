"""A message of the broker is delivered twice, or lost; beat is away for days; PostgreSQL restarts (OPS-2, A76, A91)."""

import os
import signal
import time
from datetime import date, timedelta

import pytest
from django.db import OperationalError, connection, connections

from circulation.models import Loan
from notifications.models import Notice
from okalib import days, jobs
from okalib.celery import TIMETABLE, app, run_job
from okalib.models import Figure, JobRun, Patron
from okalib.rehearsal import state
from tests.factories import PatronFactory
from tests.faults.databases import Writes, a_copy_of, wait_for
from tests.faults.december import december
from tests.faults.test_killed_jobs import run_again
from tests.post_office import post_office
from tests.replicas.cluster import Server, embedded_conninfo

__all__ = ["post_office"]

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]


# ── twice ──


def in_a_process(work):
    """Begin work in a process of its own; returns its number."""
    connections.close_all()
    child = os.fork()
    if child == 0:
        try:
            work()
            os._exit(0)
        finally:
            os._exit(1)
    return child


@pytest.mark.parametrize("job", [job for job in TIMETABLE if job != "consistency_check"])
def test_delivered_twice_and_worked_at_the_same_moment_it_ends_as_if_once(job, stages, post_office):
    """OPS-2, A76: two workers, one message each, and afterwards a third; the letters go out once."""
    now, once = stages.at[job], stages.through(job, post_office)
    with a_copy_of(stages.name[job]):
        children = [in_a_process(lambda: jobs.run(job, now=now)) for _worker in range(2)]
        assert [wait_for(child) for child in children] == [0, 0]
        jobs.run(job, now=now)
        assert state.differences(once.outcome, state.outcome()) == []
    assert sorted(post_office.subjects) == once.letters


# ── late ──

AWAY = list(days.each_day(date(2026, 12, 6), date(2026, 12, 11)))
BACK = list(days.each_day(date(2026, 12, 12), date(2026, 12, 13)))
"""Most of a week without beat: the run of Sunday, its mail of Thursday, deadlines, reminders; and the days after."""

DAILY = sorted(
    (name for name, job in jobs.known().items() if job.daily), key=lambda name: jobs.known()[name].usual_time
)


def live(day, post_office):
    """What the timetable does on a day."""
    for job in DAILY:
        jobs.run(job, now=days.at(day, jobs.known()[job].usual_time))
    for minute in (0, 30):
        jobs.run("send_notices", now=december(day.day, 12, minute))


def test_a_week_without_beat_is_caught_up_to_what_daily_running_leads_to(stages, post_office):
    """OPS-2, A91: reservations, loans, bags, notices and figures are the same; what tells when it was done is not."""
    with a_copy_of(stages.name["delivery_run"]):
        for job in DAILY:
            at = december(5)
            JobRun.objects.create(job=job, day=at.date(), state="done", started_at=at, finished_at=at)
        connection.close()
        with a_copy_of(connection.settings_dict["NAME"]):
            for day in (*AWAY, *BACK):
                live(day, post_office)
            daily, told = _promises(), sorted(post_office.subjects)
        post_office.letters.clear()
        for day in BACK:
            live(day, post_office)
        late, told_late = _promises(), sorted(post_office.subjects)
    found = state.differences(daily, late)
    assert found == [], "\n".join(found)
    assert told == told_late


def _promises():
    """What the library has come to; what only tells on which day something was done is taken away."""
    Loan.objects.filter(channel="pickup").update(lent_on=december(6).date())
    Patron.objects.update(last_used_on=december(6).date())
    Figure.objects.filter(name__in=["loans", "waited"]).delete()
    # of a missed day nobody can know any more, and on the first day back they are counted before the rest is done
    Figure.objects.filter(name="items", day__in=[*AWAY, BACK[0]]).delete()
    JobRun.objects.exclude(job__in=DAILY).delete()
    return state.outcome(instants=False)


# ── lost ──


def test_what_is_lost_with_the_broker_comes_with_the_next_minute(transactional_db, request):
    """OPS-2: the outbox is in the database; a message only says that it is time to look."""
    past = december(1) - timedelta(days=365)
    facts = {"state": "queued", "posted_at": past, "next_try_at": past, "cause": "test:1"}
    notice = Notice.objects.create(key="test:1", kind="test", patron=PatronFactory(), **facts)
    run_job.delay("send_notices")
    with app.connection_for_write() as broker:
        assert broker.default_channel.client.flushdb()
    request.getfixturevalue("worker")
    time.sleep(1)
    notice.refresh_from_db()
    assert (notice.state, JobRun.objects.count()) == ("queued", 0)
    run_job.delay("send_notices")
    deadline = time.monotonic() + 30
    while notice.state != "sent":
        assert time.monotonic() < deadline
        time.sleep(0.1)
        notice.refresh_from_db()


# ── PostgreSQL restarts ──


@pytest.fixture
def own_server(stages):
    """A server of the test's own with all that is on the common one; it may be killed."""
    connection.close()
    server = Server(embedded_conninfo(), follows=False)
    before = dict(connection.settings_dict)
    connection.settings_dict |= {"HOST": "127.0.0.1", "PORT": server.port}
    yield server
    connection.close()
    connection.settings_dict |= {"HOST": before["HOST"], "PORT": before["PORT"]}
    server.remove()


def test_postgresql_is_killed_and_started_in_the_middle_of_a_job(stages, own_server, post_office):
    """OPS-2: the job fails with its connection; run again it ends as if nothing had been."""
    for job in ("delivery_run", "expiry", "ready_mails"):
        _is_killed_in_the_middle_of(job, stages.at[job], stages.through(job, post_office), stages, own_server)


def _is_killed_in_the_middle_of(job, now, through, stages, own_server):
    with a_copy_of(stages.name[job]):

        def power_cut():
            os.kill(os.getpid(), signal.SIGSTOP)  # the test restarts the server and lets us go on

        def work():
            with connection.execute_wrapper(Writes(through.writes // 2, power_cut)), pytest.raises(OperationalError):
                jobs.run(job, now=now)

        child = in_a_process(work)
        os.waitpid(child, os.WUNTRACED)
        own_server.kill()
        own_server.start()
        os.kill(child, signal.SIGCONT)
        assert wait_for(child) == 0
        run_again(job, now)
        assert state.differences(through.outcome, state.outcome()) == []
        assert not JobRun.objects.filter(state="running").exists()
