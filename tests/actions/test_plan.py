"""The schedule of delivery runs: made a year ahead, edited by staff, bent by closed days (DLV-1, DLV-2, A176)."""

from datetime import date, time

import pytest

from delivery import actions as delivery
from delivery import queries
from delivery.models import DeliveryRun, RunExclusion
from delivery.rules import RunDates, weekly_run
from holds import actions as holds
from okalib import days, jobs
from okalib.actions import calendar
from okalib.models import PolicySettings, StaffAction
from okalib.rules import Refused

pytestmark = pytest.mark.django_db

LAST = date(2027, 12, 1)


@pytest.fixture
def planned(home, tuesday):
    """A year of runs."""
    return delivery.plan(first=tuesday, last=LAST)


def sundays():
    return list(DeliveryRun.objects.values_list("lend_on", flat=True))


def close(home, first_on, last_on, coop, now):
    calendar.close_period(library=home, first_on=first_on, last_on=last_on, reason="特別整理", by=coop, now=now)


def test_a_year_of_runs_is_made_from_the_weekly_pattern(planned):
    """DLV-1: 52 Sundays, and none on January 3, which is closed."""
    assert planned["made"] == DeliveryRun.objects.count() == 51
    assert date(2027, 1, 3) not in sundays()
    assert DeliveryRun.objects.get(lend_on=date(2026, 12, 6)).dates == weekly_run(date(2026, 12, 6))


def test_the_run_of_the_year_end_has_a_window_of_two_weeks(planned):
    """DLV-1."""
    run = DeliveryRun.objects.get(lend_on=date(2026, 12, 27))
    assert (run.window_from, run.window_to) == (date(2027, 1, 1), date(2027, 1, 14))


def test_planned_again_nothing_changes(planned, tuesday):
    """OPS-2, A252."""
    before = list(DeliveryRun.objects.values())
    assert delivery.plan(first=tuesday, last=LAST) == {"made": 0, "changed": 0, "dropped": 0}
    assert list(DeliveryRun.objects.values()) == before


def test_the_nightly_job_keeps_a_year_ahead(home, tuesday, ten):
    """DLV-1, OPS-1: day by day, whatever day the year begins on."""
    jobs.run_for("calendar_and_runs", tuesday, now=ten)
    assert sundays()[0] == date(2026, 12, 6) and sundays()[-1] == date(2027, 11, 28)
    later = date(2026, 12, 5)
    counts = jobs.run_for("calendar_and_runs", later, now=days.midnight(later)).counts
    assert (counts["made"], sundays()[-1]) == (1, date(2027, 12, 5))


def test_a_run_that_staff_have_given_other_dates_stays_as_it_is(planned, coop, ten, tuesday):
    """DLV-1: a week later, with a trace of who did it and why."""
    run = DeliveryRun.objects.get(lend_on=date(2027, 2, 14))
    dates = RunDates(date(2027, 2, 12), date(2027, 2, 13), date(2027, 2, 17), date(2027, 2, 19), date(2027, 2, 24))
    delivery.reschedule(run=run, dates=dates, by=coop, now=ten, reason="配送業者の都合")
    assert delivery.plan(first=tuesday, last=LAST) == {"made": 0, "changed": 0, "dropped": 0}
    assert DeliveryRun.objects.get(pk=run.pk).dates == dates
    assert StaffAction.objects.get(verb="reschedule").reason == "配送業者の都合"


def test_dates_that_do_not_follow_one_another_are_refused(planned, coop, ten):
    """DLV-1: and the run keeps its own."""
    run = DeliveryRun.objects.first()
    wrong = RunDates(run.cut_off_on, run.lend_on, run.mail_on, run.window_from, days.plus(run.window_from, -1))
    with pytest.raises(Refused) as refused:
        delivery.reschedule(run=run, dates=wrong, by=coop, now=ten)
    assert refused.value.codes == {"dates_out_of_order"}
    assert DeliveryRun.objects.get(pk=run.pk).dates == run.dates


def test_a_week_that_staff_have_cancelled_is_not_planned_again(planned, coop, ten, tuesday):
    """DLV-1: some weeks have none; and it can be brought back."""
    run = DeliveryRun.objects.get(lend_on=date(2027, 2, 14))
    delivery.cancel_run(run=run, by=coop, now=ten, reason="車両点検")
    delivery.plan(first=tuesday, last=LAST)
    assert DeliveryRun.objects.get(pk=run.pk).is_cancelled
    assert queries.next_run(date(2027, 2, 13)).lend_on == date(2027, 2, 21)
    assert not delivery.restore_run(run=run, by=coop, now=ten).is_cancelled
    assert queries.next_run(date(2027, 2, 13)) == run


def test_a_sunday_that_is_closed_later_loses_its_run_and_the_window_before_it_is_lengthened(
    planned, home, coop, ten, tuesday
):
    """DLV-1, A176: an inventory from Feb 8 to 14; once it is taken back, the run is back too."""
    close(home, date(2027, 2, 8), date(2027, 2, 14), coop, ten)
    assert delivery.plan(first=tuesday, last=LAST) == {"made": 0, "changed": 1, "dropped": 1}
    assert date(2027, 2, 14) not in sundays()
    before = DeliveryRun.objects.get(lend_on=date(2027, 2, 7))
    assert (before.window_from, before.window_to) == (date(2027, 2, 12), date(2027, 2, 25))
    home.closures.all().delete()
    assert delivery.plan(first=tuesday, last=LAST) == {"made": 1, "changed": 1, "dropped": 0}
    assert DeliveryRun.objects.get(lend_on=date(2027, 2, 7)).window_to == date(2027, 2, 18)


def test_no_run_is_dropped_that_staff_have_touched_or_that_has_begun(planned, home, coop, ten, tuesday):
    """DLV-1: one is edited, one cancelled, one lent."""
    edited, cancelled, begun = DeliveryRun.objects.filter(lend_on__gte=date(2027, 2, 7))[:3]
    delivery.reschedule(run=edited, dates=edited.dates, by=coop, now=ten)
    delivery.cancel_run(run=cancelled, by=coop, now=ten, reason="休館")
    DeliveryRun.objects.filter(pk=begun.pk).update(lent_at=ten)
    close(home, date(2027, 2, 2), date(2027, 2, 26), coop, ten)
    assert delivery.plan(first=tuesday, last=LAST)["dropped"] == 0
    assert {edited.lend_on, cancelled.lend_on, begun.lend_on} <= set(sundays())


def test_runs_of_the_past_are_none_of_the_planners_business(planned, home, coop, ten):
    """OPS-2: planning from today on leaves yesterday alone."""
    close(home, date(2026, 12, 6), date(2026, 12, 6), coop, ten)
    delivery.plan(first=date(2026, 12, 7), last=LAST)
    assert date(2026, 12, 6) in sundays()


# ── What a patron is told before reserving (DLV-2, DLV-6) ──


def test_window_and_due_date_are_told_before_reserving(planned, bizen, tuesday):
    """DLV-6: both dates, of the next run that what is secured today can go with."""
    promise = queries.promise(bizen, tuesday, PolicySettings.current())
    assert (promise.run.window_from, promise.run.window_to) == (date(2026, 12, 11), date(2026, 12, 17))
    assert promise.due_on == date(2027, 1, 5)
    assert promise.left_out is None
    after_cut_off = queries.promise(bizen, date(2026, 12, 6), PolicySettings.current())
    assert after_cut_off.run.lend_on == date(2026, 12, 13)


def test_a_library_that_the_run_leaves_out_says_why(planned, bizen, okayama, coop, ten, tuesday):
    """DLV-2: to those who choose it, and to nobody else."""
    run = queries.next_run(tuesday)
    delivery.leave_out(run=run, library=bizen, reason="空調工事のため", reason_en="Air conditioning", by=coop, now=ten)
    policy = PolicySettings.current()
    assert queries.promise(bizen, tuesday, policy).left_out.reason == "空調工事のため"
    assert queries.promise(okayama, tuesday, policy).left_out is None
    delivery.take_in_again(exclusion=RunExclusion.objects.get(), by=coop, now=ten)
    assert queries.promise(bizen, tuesday, policy).left_out is None


def test_no_library_is_left_out_without_a_reason(planned, bizen, coop, ten, tuesday):
    """DLV-2: patrons would read it."""
    with pytest.raises(Refused) as refused:
        delivery.leave_out(run=queries.next_run(tuesday), library=bizen, reason=" ", by=coop, now=ten)
    assert refused.value.codes == {"reason_missing"}
    assert not RunExclusion.objects.exists()


def test_a_week_whose_bagging_has_begun_is_not_cancelled(planned, akari, bizen, botchan, desk, coop, ten, sunday):
    """DLV-1."""
    from circulation import actions as circulation

    holds.reserve(patron=akari, bib=botchan, pickup_at=bizen, by=None, now=ten)
    circulation.check_in(item=botchan.items.get(), by=desk, now=ten)
    run = DeliveryRun.objects.get(lend_on=sunday)
    delivery.run(run=run, by=coop, now=days.at(sunday, time(12)))
    with pytest.raises(Refused) as refused:
        delivery.cancel_run(run=run, by=coop, now=days.at(sunday, time(13)), reason="雪")
    assert refused.value.codes == {"run_has_begun"}
    assert not DeliveryRun.objects.get(pk=run.pk).is_cancelled


def test_without_a_planned_run_nothing_is_promised(bizen, tuesday):
    """DLV-6."""
    assert queries.promise(bizen, tuesday, PolicySettings.current()) is None
