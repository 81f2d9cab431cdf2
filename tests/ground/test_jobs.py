"""The machinery of the jobs: once, late, twice, side by side, killed: it ends the same (OPS-2, OPS-3, A76, A91)."""

import threading
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from okalib import days, jobs
from okalib.celery import TIMETABLE, app
from okalib.models import JobRun
from okalib.rules import JobState

TUESDAY = date(2026, 12, 1)
MORNING = days.at(TUESDAY, time(7, 30))


@pytest.fixture
def worked() -> list[date]:
    """The days that the job under test has worked, in order."""
    return []


@pytest.fixture
def rehearse(worked: list[date]) -> Iterator[Callable[..., None]]:
    """Enter a job named "rehearsed" in the list for the length of a test."""

    def enter(work: Callable[[date, datetime], object] | None = None, **options: object) -> None:
        def note(day: date, now: datetime) -> dict[str, int]:
            worked.append(day)
            return {"days": 1}

        jobs.job("rehearsed", **options)(work or note)  # type: ignore[arg-type]

    yield enter
    jobs._registry.pop("rehearsed", None)


def morning_of(day: date) -> datetime:
    return days.at(day, time(7, 30))


@pytest.mark.django_db
def test_a_run_is_written_down_with_its_counts(rehearse, worked):
    """OPS-2: job, day, counts."""
    rehearse()
    [row] = jobs.run("rehearsed", now=MORNING)
    row.refresh_from_db()
    assert (row.job, row.day, row.state, row.counts) == ("rehearsed", TUESDAY, JobState.DONE, {"days": 1})
    assert row.finished_at >= row.started_at


@pytest.mark.django_db
def test_a_report_brings_its_exceptions_along(rehearse):
    """OPS-2: what needs a person is written down."""
    rehearse(lambda day, now: jobs.Report({"lent": 2}, ["reservation 7: overdue"]))
    [row] = jobs.run("rehearsed", now=MORNING)
    assert (row.counts, row.exceptions) == ({"lent": 2}, ["reservation 7: overdue"])


@pytest.mark.django_db
def test_a_first_run_looks_back_at_no_day(rehearse, worked):
    rehearse()
    jobs.run("rehearsed", now=MORNING)
    assert worked == [TUESDAY]


@pytest.mark.django_db
def test_missed_days_are_caught_up_in_order(rehearse, worked):
    """OPS-2, A91: a job that was not run for three days does them one after another, then today."""
    rehearse()
    jobs.run("rehearsed", now=MORNING)
    worked.clear()
    jobs.run("rehearsed", now=morning_of(TUESDAY + timedelta(days=4)))
    assert worked == [TUESDAY + timedelta(days=step) for step in (1, 2, 3, 4)]


@pytest.mark.django_db
def test_the_catching_up_has_an_end(rehearse, worked):
    """OPS-2: after a year away a person decides; sixty days are caught up."""
    rehearse()
    jobs.run("rehearsed", now=MORNING)
    worked.clear()
    jobs.run("rehearsed", now=morning_of(TUESDAY + timedelta(days=365)))
    assert len(worked) == jobs.LONGEST_CATCH_UP + 1
    assert worked[-1] == TUESDAY + timedelta(days=365)


@pytest.mark.django_db
def test_a_second_run_of_a_day_works_that_day_again_and_no_other(rehearse, worked):
    """A76: the machinery forbids no second run; the work itself ends the same."""
    rehearse()
    jobs.run("rehearsed", now=MORNING)
    jobs.run("rehearsed", now=MORNING)
    assert worked == [TUESDAY, TUESDAY]


@pytest.mark.django_db
def test_a_run_by_hand_for_a_day_to_come_does_not_hide_the_days_before_it(rehearse, worked):
    """OPS-3: a rehearsal on Friday leaves Wednesday and Thursday to be done."""
    rehearse()
    jobs.run("rehearsed", now=MORNING)
    jobs.run_for("rehearsed", TUESDAY + timedelta(days=3), now=MORNING)
    worked.clear()
    jobs.run("rehearsed", now=morning_of(TUESDAY + timedelta(days=2)))
    assert worked == [TUESDAY + timedelta(days=step) for step in (1, 2)]


@pytest.mark.django_db
def test_by_hand_for_a_day_to_come_it_is_the_usual_hour_of_that_day(monkeypatch, rehearse):
    """OPS-3: `manage.py job NAME --day` moves time on."""
    moments: list[datetime] = []
    rehearse(lambda day, now: moments.append(now))
    monkeypatch.setitem(TIMETABLE, "rehearsed", TIMETABLE["ready_mails"])
    jobs.run_for("rehearsed", TUESDAY + timedelta(days=1), now=MORNING)
    jobs.run_for("rehearsed", TUESDAY - timedelta(days=1), now=MORNING)
    assert moments == [days.at(TUESDAY + timedelta(days=1), time(8)), MORNING]


@pytest.mark.django_db
def test_by_hand_a_job_that_runs_all_day_sees_all_of_the_day_to_come(rehearse):
    """OPS-3: what falls due at eight is sent by `job send_notices --day`."""
    moments: list[datetime] = []
    rehearse(lambda day, now: moments.append(now), daily=False)
    jobs.run_for("rehearsed", TUESDAY + timedelta(days=1), now=MORNING)
    jobs.run_for("rehearsed", TUESDAY - timedelta(days=1), now=MORNING)
    assert moments == [days.at(TUESDAY + timedelta(days=1), time(23, 59)), MORNING]


@pytest.mark.django_db
def test_a_job_asks_the_calendar_before_it_works(rehearse, worked):
    """OPS-1: on a day without work it is done without having worked, and the day does not count as missed."""
    rehearse(asks=lambda day: day.weekday() != 0)
    monday = TUESDAY + timedelta(days=6)
    jobs.run("rehearsed", now=morning_of(monday - timedelta(days=1)))
    [row] = jobs.run("rehearsed", now=morning_of(monday))
    assert (row.state, row.counts) == (JobState.DONE, {})
    jobs.run("rehearsed", now=morning_of(monday + timedelta(days=1)))
    assert worked == [monday - timedelta(days=1), monday + timedelta(days=1)]


@pytest.mark.django_db(transaction=True)
def test_a_failed_day_is_written_down_stops_the_later_ones_and_is_done_first_next_time(rehearse, worked):
    """OPS-2: in order, or not at all."""
    broken = {TUESDAY + timedelta(days=1)}

    def work(day: date, now: datetime) -> None:
        if day in broken:
            raise ValueError("岡山 花子 1234567")
        worked.append(day)

    rehearse(work)
    jobs.run("rehearsed", now=MORNING)
    with pytest.raises(ValueError, match="岡山"):
        jobs.run("rehearsed", now=morning_of(TUESDAY + timedelta(days=2)))
    failed = JobRun.objects.get(state=JobState.FAILED)
    assert failed.day in broken
    assert failed.exceptions[0].startswith("ValueError at test_jobs.py:")
    assert "花子" not in str(failed.exceptions), "nothing personal is kept of an error"
    broken.clear()
    jobs.run("rehearsed", now=morning_of(TUESDAY + timedelta(days=3)))
    assert worked == [TUESDAY + timedelta(days=step) for step in (0, 1, 2, 3)]


@pytest.mark.django_db(transaction=True)
def test_a_job_that_only_ever_failed_begins_with_its_first_day(rehearse, worked):
    rehearse(lambda day, now: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        jobs.run("rehearsed", now=MORNING)
    rehearse()
    jobs.run("rehearsed", now=morning_of(TUESDAY + timedelta(days=1)))
    assert worked == [TUESDAY, TUESDAY + timedelta(days=1)]


@pytest.mark.django_db(transaction=True)
def test_a_killed_run_is_never_done_and_its_day_is_caught_up(rehearse, worked):
    """OPS-2: killed at any point."""
    rehearse()
    jobs.run("rehearsed", now=morning_of(TUESDAY - timedelta(days=1)))
    JobRun.objects.create(job="rehearsed", day=TUESDAY, state=JobState.RUNNING, started_at=MORNING)
    worked.clear()
    jobs.run("rehearsed", now=morning_of(TUESDAY + timedelta(days=1)))
    killed = JobRun.objects.get(state=JobState.FAILED)
    assert killed.exceptions == ["killed before it ended"]
    assert worked == [TUESDAY, TUESDAY + timedelta(days=1)]


@pytest.mark.django_db(transaction=True)
def test_two_at_once_work_one_after_the_other(rehearse):
    """OPS-2, A76: the second waits for the first."""
    inside, together = [], []

    def work(day: date, now: datetime) -> None:
        inside.append(1)
        together.append(len(inside))
        threading.Event().wait(0.2)
        inside.pop()

    rehearse(work)

    def run() -> None:
        jobs.run("rehearsed", now=MORNING)
        connection.close()

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert together == [1, 1, 1]
    assert set(JobRun.objects.values_list("state", flat=True)) == {JobState.DONE}


@pytest.mark.django_db(transaction=True)
def test_a_job_that_runs_all_day_does_not_queue_up_behind_itself(rehearse):
    """OPS-1: a mail server that is slow for an hour does not fill the workers with waiting runs."""
    began, may_end = threading.Event(), threading.Event()

    def work(day: date, now: datetime) -> dict[str, int]:
        began.set()
        may_end.wait(10)
        return {"sent": 1}

    rehearse(work, daily=False)

    def run() -> None:
        jobs.run("rehearsed", now=MORNING)
        connection.close()

    first = threading.Thread(target=run)
    first.start()
    assert began.wait(10)
    assert jobs.run("rehearsed", now=MORNING) == []
    may_end.set()
    first.join(10)
    assert JobRun.objects.get().counts == {"sent": 1}


@pytest.mark.django_db
def test_a_job_that_runs_all_day_shares_one_row_and_misses_nothing(rehearse, worked):
    rehearse(daily=False)
    jobs.run("rehearsed", now=MORNING)
    jobs.run("rehearsed", now=MORNING)
    jobs.run("rehearsed", now=morning_of(TUESDAY + timedelta(days=3)))
    counts = dict(JobRun.objects.values_list("day", "counts"))
    assert counts == {TUESDAY: {"days": 2}, TUESDAY + timedelta(days=3): {"days": 1}}


@pytest.mark.django_db
def test_the_command_runs_one_day_by_hand_and_says_what_was_done(rehearse, worked, capsys):
    """OPS-3."""
    rehearse()
    call_command("job", "rehearsed", "--day", "2026-12-05")
    assert capsys.readouterr().out == "2026-12-05 rehearsed done: days 1\n"
    assert worked == [date(2026, 12, 5)]


@pytest.mark.django_db
def test_the_command_names_the_jobs_when_it_does_not_know_one():
    with pytest.raises(CommandError, match=r"no job pulllist.*send_notices"):
        call_command("job", "pulllist")


def test_the_timetable_and_the_jobs_know_each_other():
    """OPS-1: no line without a job, no job without a line."""
    assert set(jobs.known()) == set(TIMETABLE)


def test_the_timetable_is_read_on_the_clocks_of_tokyo_whatever_the_server_says():
    """OPS-1: beat reckons in Asia/Tokyo."""
    assert str(app.timezone) == "Asia/Tokyo"
    assert {line["task"] for line in app.conf.beat_schedule.values()} == {"okalib.jobs.run"}


def test_no_line_of_the_timetable_names_a_day_of_the_week():
    """A176: in a week with a holiday the run follows its schedule table, which the job asks every day."""
    assert all(len(hours.day_of_week) == 7 for hours in TIMETABLE.values())
