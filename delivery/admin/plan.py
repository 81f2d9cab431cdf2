"""The plan of the runs: a year of them, each with dates that can be edited, left out or cancelled (DLV-1, DLV-2)."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from delivery import actions
from delivery.admin.runs import CHANGE, SEE, find, run_page, to
from delivery.desk_forms import ExclusionForm, RunDatesForm
from delivery.models import DeliveryRun, RunExclusion
from okalib import clock, days
from okalib.admin_site import desk_context, desk_page
from okalib.desk import carry_out, clerk

SHOWN_BACK_DAYS = 14
A_YEAR = 366  # days
MOST_SHOWN = 60  # a year of weeks, and those just behind us


@desk_page("deliveries/", gettext_lazy("受渡便"), SEE, order=60)
@require_safe
def runs(request: HttpRequest) -> HttpResponse:
    """List the runs of these weeks and of the year to come, each with its dates and how far it is."""
    found = DeliveryRun.objects.filter(window_to__gte=days.plus(clock.today(), -SHOWN_BACK_DAYS))
    shown = list(found.prefetch_related("exclusions__library")[:MOST_SHOWN])
    now_running = next((run for run in shown if not run.is_cancelled and run.window_to >= clock.today()), None)
    context = {
        "runs": shown,
        "this_run": now_running,
        "today": clock.today(),
        "may_change": request.user.has_perm(CHANGE),
    }
    return render(request, "admin/delivery/runs.html", desk_context(request, **context))


@desk_page("deliveries/plan/", gettext_lazy("年間予定の作成"), CHANGE, is_listed=False)
@require_POST
def plan(request: HttpRequest) -> HttpResponse:
    """Make what is missing of the year ahead from the weekly pattern; what staff have edited stays (DLV-1)."""
    today = clock.today()
    counts = actions.plan(first=today, last=days.plus(today, A_YEAR))
    said = _("年間予定を更新しました：新しい便 %(made)d、日程の見直し %(changed)d、取りやめ %(dropped)d。")
    messages.success(request, said % counts)
    return HttpResponseRedirect(reverse("admin:desk-deliveries"))


# --- changing a run ------------------------------------------------------------------------------------------------


@desk_page("deliveries/<int:run_id>/dates/", gettext_lazy("日程の変更"), CHANGE, is_listed=False)
@require_POST
def reschedule(request: HttpRequest, run_id: int) -> HttpResponse:
    """Give the run other dates (DLV-1)."""
    run, form = find(run_id), RunDatesForm(request.POST)
    if not form.is_valid():
        return run_page(request, run, dates_form=form, status=422)
    reason = form.cleaned_data["reason"]
    is_done = carry_out(
        request,
        lambda: actions.reschedule(
            run=run,
            dates=form.dates(),
            by=clerk(request),
            now=clock.now(),
            reason=reason,
            note=form.cleaned_data["note"] if "note" in request.POST else None,
        ),
        _("日程を変更しました。"),
    )
    return to(run) if is_done else run_page(request, find(run_id), dates_form=form, status=409)


@desk_page("deliveries/<int:run_id>/cancellation/", gettext_lazy("便の中止"), CHANGE, is_listed=False)
@require_POST
def cancel(request: HttpRequest, run_id: int) -> HttpResponse:
    """Let the week go without a run."""
    run, reason = find(run_id), request.POST.get("reason", "")
    carry_out(
        request,
        lambda: actions.cancel_run(run=run, by=clerk(request), now=clock.now(), reason=reason),
        _("この週の便を中止しました。"),
    )
    return to(run)


@desk_page("deliveries/<int:run_id>/restoration/", gettext_lazy("中止の取消"), CHANGE, is_listed=False)
@require_POST
def restore(request: HttpRequest, run_id: int) -> HttpResponse:
    """Have the run after all."""
    run = find(run_id)
    carry_out(
        request, lambda: actions.restore_run(run=run, by=clerk(request), now=clock.now()), _("便を再開しました。")
    )
    return to(run)


@desk_page("deliveries/<int:run_id>/exclusions/", gettext_lazy("受渡館の休止"), CHANGE, is_listed=False)
@require_POST
def leave_out(request: HttpRequest, run_id: int) -> HttpResponse:
    """Leave a pickup library out, with the reason that patrons see (DLV-2)."""
    run, form = find(run_id), ExclusionForm(request.POST)
    if not form.is_valid():
        return run_page(request, run, exclusion_form=form, status=422)
    data = form.cleaned_data
    is_done = carry_out(
        request,
        lambda: actions.leave_out(run=run, by=clerk(request), now=clock.now(), **data),
        _("%(library)sをこの便で休止にしました。") % {"library": data["library"].label},
    )
    return to(run) if is_done else run_page(request, run, exclusion_form=form, status=409)


@desk_page("deliveries/exclusions/<int:exclusion_id>/removal/", gettext_lazy("休止の取消"), CHANGE, is_listed=False)
@require_POST
def take_in_again(request: HttpRequest, exclusion_id: int) -> HttpResponse:
    """Serve a pickup library after all."""
    exclusion = get_object_or_404(RunExclusion.objects.select_related("library", "run"), pk=exclusion_id)
    run = exclusion.run
    carry_out(
        request,
        lambda: actions.take_in_again(exclusion=exclusion, by=clerk(request), now=clock.now()),
        _("%(library)sの休止を取り消しました。") % {"library": exclusion.library.label},
    )
    return to(run)
