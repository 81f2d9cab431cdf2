"""The morning's pull list, on the screen and on paper, and what was not there (PUL-1…PUL-6)."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from holds import actions, queries
from holds.models import PullLine
from holds.rules import PullOutcome
from okalib import clock
from okalib import queries as house
from okalib.admin_site import desk_context, desk_page
from okalib.desk import clerk

FETCH = "holds.change_pullline"
END = "end"


@desk_page("pull-list/", gettext_lazy("書架回収リスト"), FETCH, order=30)
@require_safe
def pull_list(request: HttpRequest) -> HttpResponse:
    """Show what is still to be fetched on a morning, in walking order, and what could not be (PUL-2).

    A list may have been made for a morning to come, by the job; it is shown where today has none, or by `?day=`.
    """
    today = clock.today()
    made = PullLine.objects.filter(day__gte=today).values_list("day", flat=True).distinct().order_by("day")
    asked_for = {str(day): day for day in [*made, today]}.get(request.GET.get("day", ""))
    day = asked_for or min(made, default=today)
    marked = PullLine.objects.filter(day=day).exclude(outcome="").select_related("item__bib", "item__location")
    lines = queries.pull_list(day)
    context = {
        "lines": lines,
        "here": request.GET.get("at", "") if request.GET.get("at") in {END, *(str(line.pk) for line in lines)} else "",
        "marked": marked.order_by("item__location__walking_order", "item__item_number"),
        "is_made": day in made,
        "is_open": house.is_home_open(today),
        "day": day,
        "other_days": sorted({today, *made} - {day}),
        "today": today,
        "now": clock.now(),
        "outcomes": PullLine._meta.get_field("outcome").flatchoices,
    }
    return render(request, "admin/holds/pull_list.html", desk_context(request, **context))


@desk_page("pull-list/making/", gettext_lazy("書架回収リストの作成"), FETCH, is_listed=False)
@require_POST
def make(request: HttpRequest) -> HttpResponse:
    """Make today's list, or add to it what came since (PUL-6)."""
    number = actions.make_pull_list(day=clock.today(), now=clock.now())
    messages.success(request, _("リストを作成しました（%(number)d点）。") % {"number": number})
    return _back(clock.today())


@desk_page("pull-list/<int:line_id>/outcome/", gettext_lazy("回収できない理由"), FETCH, is_listed=False)
@require_POST
def mark(request: HttpRequest, line_id: int) -> HttpResponse:
    """Say why an item is not to be had; the copy to try instead joins the list (PUL-5)."""
    line = get_object_or_404(PullLine.objects.select_related("item__bib", "item__location"), pk=line_id)
    outcome = request.POST.get("outcome", "")
    if outcome not in set(PullOutcome):
        return _back(line.day)
    at = _following(line)
    instead = actions.mark_missing(line=line, outcome=PullOutcome(outcome), by=clerk(request), now=clock.now())
    line.refresh_from_db()
    title = line.item.bib.full_title
    if line.outcome != outcome:
        messages.warning(request, _("「%(title)s」はすでに回収または貸出されています。") % {"title": title})
        return _back(line.day, at)
    done = _("「%(title)s」を「%(why)s」にしました。") % {"title": title, "why": line.get_outcome_display()}
    if instead is not None:
        where = {"place": instead.item.location, "call_number": instead.item.call_number}
        done += _("別の1冊を追加しました：%(place)s %(call_number)s") % where
    messages.success(request, done)
    return _back(line.day, at)


def _following(line: PullLine) -> str:
    """Return the line below, at which whoever walks along the shelves goes on once this one has left the list."""
    known = queries.pull_list(line.day)
    below = next((below for this, below in pairwise(known) if this.pk == line.pk), None)
    return str(below.pk) if below else END


@desk_page("pull-list/<int:line_id>/outcome/removal/", gettext_lazy("回収できない理由の取消"), FETCH, is_listed=False)
@require_POST
def unmark(request: HttpRequest, line_id: int) -> HttpResponse:
    """Take a mark back that was pressed by mistake (PUL-5)."""
    line = get_object_or_404(PullLine.objects.select_related("item__bib"), pk=line_id)
    actions.unmark_missing(line=line, by=clerk(request), now=clock.now())
    messages.success(request, _("「%(title)s」をリストに戻しました。") % {"title": line.item.bib.full_title})
    return _back(line.day, str(line.pk))


def _back(day: date, at: str = "") -> HttpResponse:
    """Go back to the list, to where one was in it: on a phone it is long."""
    place = f"&at={at}#here" if at else ""
    return HttpResponseRedirect(f"{reverse('admin:desk-pull-list')}?day={day}{place}")
