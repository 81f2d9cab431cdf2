"""The schedule of runs (DLV-1)."""

from __future__ import annotations

from datetime import date, datetime

from delivery import rules
from delivery.models import DeliveryRun, RunExclusion
from okalib import days
from okalib.actions import staff
from okalib.models import Library, User
from okalib.rules import Refused
from okalib.transactions import verb


@verb
def plan(*, first: date, last: date) -> dict[str, int]:
    """Make the runs whose Sunday lies in [first, last] from the weekly pattern (DLV-1).

    A run that staff have edited or cancelled stays as it is, and one that has begun too; others follow the calendar:
    one whose Sunday has been closed since is dropped, and the window before it is lengthened.
    """
    home = Library.objects.home().opening_days()
    known = list(DeliveryRun.objects.select_for_update(no_key=True))
    counts = {"made": 0, "changed": 0, "dropped": 0}
    planned = rules.year_of_runs(first, last, home)
    for dates in planned:
        run = next((run for run in known if rules.same_week(run.cut_off_on, dates.cut_off_on)), None)
        if run is None:
            DeliveryRun.objects.create(**_columns(dates))
            counts["made"] += 1
        elif not run.is_edited and not run.is_cancelled and run.lent_at is None and run.dates != dates:
            DeliveryRun.objects.filter(pk=run.pk).update(**_columns(dates))
            counts["changed"] += 1
    for run in known:
        is_planned = any(rules.same_week(run.cut_off_on, dates.cut_off_on) for dates in planned)
        if first <= run.lend_on <= last and not is_planned and not run.is_edited and not run.is_cancelled:
            counts["dropped"] += _drop(run)
    return counts


def _drop(run: DeliveryRun) -> bool:
    if _has_begun(run):
        return False
    run.delete()
    return True


@verb
def reschedule(
    *,
    run: DeliveryRun,
    dates: rules.RunDates,
    by: User,
    now: datetime,
    reason: str = "",
    note: str | None = None,
) -> DeliveryRun:
    """Give a run dates of its own, and a note for the public if `note` is given (DLV-1).

    Raises Refused where the dates do not follow one another, where the window would overlap that of another run, and
    where another run has the same cut-off. What has been lent keeps its due date: that is what `shift` is for.
    """
    known = list(DeliveryRun.objects.select_for_update(no_key=True).filter(cut_off_on__gte=_reach(dates)))
    run = next((each for each in known if each.pk == run.pk), run)
    refusals = rules.date_objections(dates)
    if dates != run.dates:
        others = [each.dates for each in known if each.pk != run.pk and not each.is_cancelled]
        refusals += rules.overlap_objections(dates, others)
    if not refusals and any(each.cut_off_on == dates.cut_off_on for each in known if each.pk != run.pk):
        refusals = [rules.same_cut_off(dates.cut_off_on)]
    if refusals:
        raise Refused(refusals)
    if note is not None:
        run.note = note
    for name, day in _columns(dates).items():
        setattr(run, name, day)
    run.is_edited = True
    run.save()
    staff.record(verb="reschedule", subject=f"run {run.pk}", by=by, now=now, reason=reason)
    return run


@verb
def cancel_run(*, run: DeliveryRun, by: User, now: datetime, reason: str) -> DeliveryRun:
    """Let a week go without a run (DLV-1); what is secured goes with the next. Raises Refused once it has begun."""
    run = DeliveryRun.objects.select_for_update(no_key=True).get(pk=run.pk)
    if refusals := rules.cancel_objections(has_begun=_has_begun(run)):
        raise Refused(refusals)
    if not run.is_cancelled:
        DeliveryRun.objects.filter(pk=run.pk).update(is_cancelled=True)
        staff.record(verb="cancel_run", subject=f"run {run.pk}", by=by, now=now, reason=reason)
    run.refresh_from_db()
    return run


@verb
def restore_run(*, run: DeliveryRun, by: User, now: datetime, reason: str = "") -> DeliveryRun:
    """Let a cancelled week have its run after all (DLV-1)."""
    run = DeliveryRun.objects.select_for_update(no_key=True).get(pk=run.pk)
    if run.is_cancelled:
        DeliveryRun.objects.filter(pk=run.pk).update(is_cancelled=False)
        staff.record(verb="restore_run", subject=f"run {run.pk}", by=by, now=now, reason=reason)
    run.refresh_from_db()
    return run


@verb
def leave_out(
    *, run: DeliveryRun, library: Library, reason: str, by: User, now: datetime, reason_en: str = ""
) -> RunExclusion:
    """Leave a pickup library out of a run; patrons see the reason (DLV-2). Left out again, the reason is the new one.

    What has been packed for it stays packed. Raises Refused without a reason.
    """
    if refusals := rules.exclusion_objections(reason):
        raise Refused(refusals)
    exclusion, _ = RunExclusion.objects.update_or_create(
        run=run, library=library, defaults={"reason": reason.strip(), "reason_en": reason_en.strip()}
    )
    staff.record(verb="leave_out", subject=f"run {run.pk} {library.code}", by=by, now=now, reason=reason)
    return exclusion


@verb
def take_in_again(*, exclusion: RunExclusion, by: User, now: datetime) -> None:
    """Serve a pickup library after all that a run was to leave out (DLV-2)."""
    subject = f"run {exclusion.run_id} {exclusion.library.code}"
    if exclusion.delete()[0]:
        staff.record(verb="take_in_again", subject=subject, by=by, now=now)


def _reach(dates: rules.RunDates) -> date:
    """The day from which on runs may touch one with these dates; no window is longer than half a year."""
    return days.plus(min(dates.cut_off_on, dates.window_from), -183)


def _has_begun(run: DeliveryRun) -> bool:
    return run.lent_at is not None or run.bags.exists()


def _columns(dates: rules.RunDates) -> dict[str, date]:
    return {
        "cut_off_on": dates.cut_off_on,
        "lend_on": dates.lend_on,
        "mail_on": dates.mail_on,
        "window_from": dates.window_from,
        "window_to": dates.window_to,
    }
