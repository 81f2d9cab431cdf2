"""The jobs of the timetable: how each stands, what a run did, and running one by hand for a day (OPS-2, OPS-3)."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from okalib import clock, jobs
from okalib.actions import staff
from okalib.admin_site import desk_context, desk_page
from okalib.desk import clerk
from okalib.job_standings import standings
from okalib.job_words import JOBS, counts_in_words, exception_in_words, job_name
from okalib.models import JobRun

SEE, RUN = "okalib.view_jobrun", "okalib.run_job"
RUNS_SHOWN = 14


def _choices() -> list[tuple[str, str]]:
    return [(name, job_name(name)) for name in jobs.known()]


class RunForm(forms.Form):
    """Which job, for which day."""

    job = forms.ChoiceField(label=gettext_lazy("処理"), choices=_choices)
    day = forms.DateField(
        label=gettext_lazy("対象日"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


@desk_page("jobs/", gettext_lazy("定時の処理"), SEE, order=900)
def run_job(request: HttpRequest) -> HttpResponse:
    """Show how every job stands; run one for one day, as `manage.py job NAME --day` does."""
    may_run = request.user.has_perm(RUN)
    if request.method == "POST" and not may_run:
        raise PermissionDenied
    asked = request.GET.get("job", "")
    form = RunForm(request.POST or None, initial={"day": clock.today(), "job": asked if asked in jobs.known() else ""})
    if request.method == "POST" and form.is_valid():
        return _run(request, form.cleaned_data["job"], form)
    context = {"form": form, "may_run": may_run, "standings": standings(clock.now()), "today": clock.today()}
    return render(request, "admin/okalib/run_job.html", desk_context(request, **context))


def _run(request: HttpRequest, name: str, form: RunForm) -> HttpResponse:
    day, now = form.cleaned_data["day"], clock.now()
    staff.record(verb="run_job", subject=f"{name} {day}", by=clerk(request), now=now)
    try:
        row = jobs.run_for(name, day, now=now)
    except Exception as error:  # the run is written down as failed, with the place; the page says so
        messages.error(request, _("処理に失敗しました：%(kind)s") % {"kind": type(error).__name__})
        failed = JobRun.objects.filter(job=name, day=day).order_by("-id").first()
        return _to(failed) if failed else HttpResponseRedirect(reverse("admin:desk-jobs"))
    messages.success(request, _("実行しました：%(counts)s") % {"counts": counts_in_words(row.counts)})
    return _to(row)


def _to(row: JobRun) -> HttpResponse:
    return HttpResponseRedirect(reverse("admin:desk-job-run", args=[row.pk]))


@desk_page("jobs/<int:run_id>/", gettext_lazy("処理の記録"), SEE, name="job-run", is_listed=False)
@require_safe
def job_run(request: HttpRequest, run_id: int) -> HttpResponse:
    """Show what one run did, everything in it that needs a person, and the runs of the days around it."""
    row = get_object_or_404(JobRun, pk=run_id)
    context = {
        "title": job_name(row.job),
        "row": row,
        "sentence": JOBS[row.job][1] if row.job in JOBS else "",
        "exceptions": [exception_in_words(line) for line in row.exceptions],
        "others": JobRun.objects.filter(job=row.job).exclude(pk=row.pk).order_by("-day", "-id")[:RUNS_SHOWN],
        "may_run": request.user.has_perm(RUN),
    }
    return render(request, "admin/okalib/job_run.html", desk_context(request, **context))
