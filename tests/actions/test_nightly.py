"""What the night does for the lowest floor (OPS-1, OPS-2, PAT-1, CAL-7)."""

from datetime import date, timedelta

from circulation.actions import remind_of_lapse
from notifications.models import Notice
from okalib import days, jobs
from okalib.models import Holiday, Patron, StaffAction


def test_thirty_days_before_a_card_lapses_its_owner_is_told_once(akari, aya, ten, tuesday):
    """PAT-1, OPS-2: the card last used on 2024-12-30 lapses on 2026-12-31."""
    Patron.objects.filter(pk=akari.pk).update(last_used_on=date(2024, 12, 30))
    for _again in range(2):
        remind_of_lapse(day=tuesday, now=ten)
    notice = Notice.objects.get()
    assert (notice.kind, notice.patron) == ("card_lapses", akari)


def test_a_card_last_used_on_a_leap_day_is_not_forgotten(akari, ten):
    """PAT-1: 2024-02-29 and 2024-02-28 lapse on the same day, 2026-03-01."""
    Patron.objects.update(last_used_on=date(2024, 2, 29))
    remind_of_lapse(day=date(2026, 1, 30), now=ten)
    assert Notice.objects.get().patron == akari


def test_the_holidays_of_the_coming_year_are_entered_at_night(home, ten):
    """CAL-7, OPS-2."""
    Holiday.objects.all().delete()
    [first] = jobs.run("calendar_and_runs", now=ten)
    [again] = jobs.run("calendar_and_runs", now=ten)
    assert first.counts["holidays"] == Holiday.objects.count() > 30
    assert Holiday.objects.filter(day=date(2027, 1, 11)).exists()
    assert again.counts["holidays"] == 0


def test_old_traces_of_staff_are_forgotten_at_night(home, akari, desk, ten):
    """OPS-5."""
    StaffAction.objects.create(at=ten - timedelta(days=91), by=desk, verb="lend", patron=akari)
    jobs.run("retention", now=ten)
    assert StaffAction.objects.get().patron is None
    assert days.day_of(StaffAction.objects.get().at) == date(2026, 9, 1)


def test_failed_log_ins_are_forgotten_after_a_week(home, ten):
    """PAT-3, RET-5: their rows hold a card number and an address."""
    from axes.models import AccessAttempt

    for days_ago in (6, 8):
        row = AccessAttempt.objects.create(
            username=f"2000001{days_ago}", ip_address="192.0.2.1", failures_since_start=1
        )
        AccessAttempt.objects.filter(pk=row.pk).update(attempt_time=ten - timedelta(days=days_ago))
    jobs.run_for("retention", days.day_of(ten), now=ten)
    assert [row.username for row in AccessAttempt.objects.all()] == ["20000016"]
