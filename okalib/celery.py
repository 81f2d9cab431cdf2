"""The timetable of the library (OPS-1), on the clocks of Tokyo.

Each line says which job runs when. A job asks the calendar itself whether it has work, and catches up the days that it
has missed (okalib.jobs), so a line names an hour and, but for the minute hands, never a day of the week: a run in a
week with a holiday follows its schedule, not Sunday (A176).
"""

import os
from datetime import date
from typing import Any

from celery import Celery, Task
from celery.schedules import crontab
from celery.signals import setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "okalib.settings")

app = Celery("okalib")
app.config_from_object("django.conf:settings", namespace="CELERY")

TIMETABLE: dict[str, crontab] = {
    # ── at night ──
    "calendar_and_runs": crontab(hour=0, minute=10),  # holidays, calendars and delivery runs for a year ahead
    "expiry": crontab(hour=0, minute=30),  # shelf deadlines, need-by dates, pauses
    "card_lapse": crontab(hour=1, minute=0),
    "retention": crontab(hour=2, minute=0),  # forget what need not be known any longer
    "consistency_check": crontab(hour=3, minute=0),
    "figures": crontab(hour=3, minute=30),  # how much was lent, reserved and delivered on each day
    "class_counts": crontab(hour=4, minute=0),  # how many titles stand in each class
    "search_merge": crontab(hour=4, minute=30),  # what changed goes into the search index
    # ── in the morning ──
    "new_arrivals": crontab(hour=6, minute=0),  # what is new in saved searches
    "due_and_overdue": crontab(hour=7, minute=0),
    "pull_list": crontab(hour=7, minute=30),
    "ready_mails": crontab(hour=8, minute=0),
    "delivery_mail": crontab(hour=8, minute=30),  # usually on Thursdays
    "delivery_run": crontab(hour=9, minute=0),  # usually on Sundays
    # ── all day long ──
    "send_notices": crontab(),
    "sweep_notices": crontab(minute="*/10"),
    "search_refresh": crontab(minute="5-59/10"),  # copies that went out and came back
}

# A run that waited in the broker for the worker until its next turn has nothing left to do.
MINUTES_TO_LIVE = {"send_notices": 1, "sweep_notices": 10, "search_refresh": 10}

app.conf.beat_schedule = {
    name: {
        "task": "okalib.jobs.run",
        "schedule": hours,
        "args": [name],
        "options": {"expires": MINUTES_TO_LIVE[name] * 60} if name in MINUTES_TO_LIVE else {},
    }
    for name, hours in TIMETABLE.items()
}


@app.task(name="okalib.jobs.run", bind=True)
def run_job(self: Task, name: str) -> None:
    """Run one job of the timetable for today and for the days that it missed."""
    from okalib import clock, jobs

    jobs.run(name, now=clock.now())


@app.task(name="okalib.jobs.run_for")
def run_job_for(name: str, day: str) -> None:
    """Run one job for one day, because somebody pressed a button (OPS-3); `day` is an ISO date."""
    from okalib import clock, jobs

    jobs.run_for(name, date.fromisoformat(day), now=clock.now())


@setup_logging.connect
def _log_as_the_web_does(**_options: Any) -> None:
    """Keep Celery from setting up logs of its own; Django's are in place."""
