"""Snow: a run is late. First what that would move, then, with the same dates, the move itself (DLV-1)."""

from __future__ import annotations

from dataclasses import asdict

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from delivery import actions
from delivery.admin.runs import CHANGE, find, run_page, to
from delivery.desk_forms import ShiftedDatesForm, ShiftForm
from okalib import clock
from okalib.admin_site import desk_context, desk_page
from okalib.desk import carry_out, clerk
from okalib.rules import Refused
from okalib.web import say_refusals


@desk_page("deliveries/<int:run_id>/shift/", gettext_lazy("便をずらす"), CHANGE, is_listed=False)
@require_safe
def preview_shift(request: HttpRequest, run_id: int) -> HttpResponse:
    """Show what would move if the run were late by some days (`?days=&reason=`); nothing is changed."""
    run, form = find(run_id), ShiftForm(request.GET)
    if not form.is_valid():
        return run_page(request, run, shift_form=form, status=422)
    dates = actions.shifted_by(run, form.cleaned_data["days"])
    try:
        planned = actions.preview_shift(run=run, dates=dates)
    except Refused as refused:
        say_refusals(request, refused.refusals)
        return run_page(request, run, shift_form=form, status=409)
    context = {
        "run": run,
        "shift": planned,
        "moved": [move for move in planned.moves if move.after > move.before],
        "reason": form.cleaned_data["reason"],
        "order": ShiftedDatesForm(initial=asdict(dates)),
        "pairs": _pairs(planned),
    }
    return render(request, "admin/delivery/shift.html", desk_context(request, **context))


def _pairs(planned: actions.Shift) -> list[tuple[str, object, object]]:
    """Each date by its name, before and after."""
    before, after = asdict(planned.before), asdict(planned.after)
    names = {
        "lend_on": _("貸出・袋詰め"),
        "mail_on": _("メール送信"),
        "window_from": _("受渡期間の初日"),
        "window_to": _("受渡期間の末日"),
    }
    return [(label, before[name], after[name]) for name, label in names.items()]


@desk_page("deliveries/<int:run_id>/shifts/", gettext_lazy("便をずらす"), CHANGE, is_listed=False)
@require_POST
def shift(request: HttpRequest, run_id: int) -> HttpResponse:
    """Move the run to the dates that were shown, and all that hangs on them; pressed twice it is moved once."""
    run, form = find(run_id), ShiftedDatesForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("日付と理由を確かめて、もう一度お試しください。"))
        return to(run)
    reason = form.cleaned_data["reason"]
    carry_out(
        request,
        lambda: actions.shift(run=run, dates=form.dates(), reason=reason, by=clerk(request), now=clock.now()),
        _("便の日程をずらしました。資料送付票を刷り直して、袋の中のものと入れ替えてください。"),
    )
    return to(run)
