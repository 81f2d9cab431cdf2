"""The README tells the timetable as it is (OPS-1)."""

import re
from pathlib import Path

from okalib.celery import TIMETABLE

README = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")


def hour_of(crontab):
    """The hour as the README writes it: 07:30, or how often."""
    if len(crontab.hour) == 24:
        return "every minute" if len(crontab.minute) == 60 else f"every {60 // len(crontab.minute)} minutes"
    return f"{min(crontab.hour):02}:{min(crontab.minute):02}"


def test_every_job_stands_in_the_readme_with_its_hour_and_no_other_does():
    """OPS-1."""
    section = README.partition("## What runs when")[2].partition("\n## ")[0]
    told = dict(re.findall(r"^\| `([a-z_]+)` \| ([^|]+?) \|", section, re.MULTILINE))
    assert told == {name: hour_of(crontab) for name, crontab in TIMETABLE.items()}


def test_every_job_of_the_timetable_exists():
    """OPS-1, OPS-3."""
    from okalib import jobs

    assert set(TIMETABLE) == set(jobs.known())
