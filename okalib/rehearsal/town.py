"""A town and its library, living day by day through verbs and jobs on a clock that is moved.

    town = Town(stage)
    for day in days.each_day(first, last):
        account = town.live(day)

Of each day first all is put on one agenda, the jobs at their hours, what the staff do and what the patrons do, and then
it is played in the order of time. Nothing here writes a row of its own: whatever happens, a verb has done it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, time
from functools import partial

from notifications.models import Notice
from okalib import clock, days, jobs
from okalib.celery import TIMETABLE
from okalib.models import JobRun
from okalib.rehearsal import desks, readers
from okalib.rehearsal.stage import DayAccount, Stage

CHECK = "consistency_check"

Extra = Callable[[Stage], None]

TIMES_OF_POST = [
    time(0, 45), time(2, 55), time(7, 10), time(8, 5), time(8, 35), time(9, 10), time(12), time(20), time(23, 45),
]  # fmt: skip
"""The worker of notices comes every minute; in a rehearsal this often is enough.

It comes once more before the nightly check, which takes a letter that was put off at 0:45 for forgotten.
"""

TIMES_OF_SWEEPING = [time(2, 45), time(8, 50), time(23, 50)]

END_OF_DAY = time(23, 55)


class Town:
    """The town; `extras` put more on the agenda of a day, as the scenes of the demonstration do.

    `checks_every_night` may be switched off while a past is lived through in a hurry.
    """

    def __init__(self, stage: Stage, extras: tuple[Extra, ...] = ()) -> None:
        self.stage = stage
        self.extras = extras
        self.jobs = jobs.known()
        self.checks_every_night = True

    def _daily(self) -> Iterator[jobs.Job]:
        for job in self.jobs.values():
            if job.daily and job.name in TIMETABLE and (self.checks_every_night or job.name != CHECK):
                yield job

    def live(self, day: date, *, until: datetime | None = None) -> DayAccount:
        """Live through a day, up to a moment if one is given, and return the account of it."""
        account = self.stage.begin(day)
        for job in self._daily():
            self.stage.on(job.usual_time, partial(self.work, job.name))
        for hour in TIMES_OF_POST:
            self.stage.on(hour, self._send)
        for hour in TIMES_OF_SWEEPING:
            self.stage.on(hour, self.sweep)
        desks.plan_day(self.stage)
        readers.plan_day(self.stage)
        for extra in self.extras:
            extra(self.stage)
        self.stage.play(until)
        return account

    def end_the_day(self, day: date) -> None:
        """Run what the timetable has left undone of a day that was begun, by a demonstration in its morning say.

        Without it the next morning would find a run that was never lent. Where no job has ever run, no day was begun.
        """
        self.stage.begin(day)
        if JobRun.objects.exists():
            for job in sorted(self._daily(), key=lambda job: (job.name == CHECK, job.usual_time)):
                self.work(job.name, days.at(day, END_OF_DAY))
            self._send(days.at(day, END_OF_DAY))

    def work(self, job: str, now: datetime) -> None:
        """Run a job of the timetable as beat would."""
        with clock.standing_at(now):
            rows = jobs.run(job, now=now)
        account = self.stage.account
        if self.jobs[job].daily:  # the others add up over the day
            for row in rows:
                account.counts.update({f"{job}: {what}": many for what, many in row.counts.items() if many})
                if job == CHECK:
                    account.errors += [f"{job} {broken}" for broken in row.exceptions]

    def sweep(self, now: datetime) -> None:
        """Let the worker look after what is stuck or has lost its cause."""
        self.work("sweep_notices", now)

    def _send(self, now: datetime) -> None:
        """Let the worker send until nothing is due, or nothing moves any more."""
        due = Notice.objects.due(now).count()
        while due:
            self.work("send_notices", now)
            still_due = Notice.objects.due(now).count()
            due = still_due if still_due < due else 0
