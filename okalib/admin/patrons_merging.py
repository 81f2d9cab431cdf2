"""Two records of one person: find the other one, see everything that moves or ends, then make them one (A226)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from circulation import actions, queries
from okalib import clock, people
from okalib.actions import patrons
from okalib.admin_site import desk_context, desk_page
from okalib.desk import Answer, Tone, clerk
from okalib.desk_forms import FindPatronForm
from okalib.models import Patron
from okalib.rules import Refused
from okalib.web import found_or_404

MERGE = "okalib.merge_patrons"


@desk_page(
    "patrons/<int:patron_id>/merging/", gettext_lazy("重複の統合"), MERGE, name="patron-merging", is_listed=False
)
def merge(request: HttpRequest, patron_id: int) -> HttpResponse:
    """Find the other record, show what merging means, and do it once the clerk has seen that and says why."""
    stays = found_or_404(people.patron(patron_id))
    if request.method != "POST":
        return _page(request, stays)
    other = request.POST.get("other", "")
    ends = people.patron(int(other)) if other.isascii() and other.isdigit() and len(other) < 19 else None
    if ends is None or ends.pk == stays.pk:
        return _search(request, stays)
    if not request.POST.get("apply"):
        return _page(request, stays, ends)
    try:
        actions.merge_patrons(
            stays=stays,
            ends=ends,
            by=clerk(request),
            now=clock.now(),
            reason=request.POST.get("reason", ""),
            seen=request.POST.get("seen", ""),
        )
    except Refused as refused:
        return _page(request, stays, ends, status=409, refusals=refused.refusals)
    messages.success(request, _("統合しました。統合した方のカードは使えなくなりました。"))
    return redirect("admin:desk-patron", stays.pk)


def _search(request: HttpRequest, stays: Patron) -> HttpResponse:
    form = FindPatronForm(request.POST)
    typed = form.cleaned_data["who"] if form.is_valid() else ""
    found = [each for each in people.find_patrons(typed) if each.pk != stays.pk]
    if not found:
        return _page(request, stays, answer=Answer(Tone.LOOK, _("見つかりません"), typed), status=404)
    return _page(request, stays, found=found)


def _page(
    request: HttpRequest, stays: Patron, ends: Patron | None = None, *, status: int = 200, **more: Any
) -> HttpResponse:
    for patron in (stays, *([ends] if ends else [])):
        patrons.note_view(patron=patron, by=clerk(request), now=clock.now())
    context = {
        "stays": stays,
        "ends": ends,
        "merging": queries.merging(stays, ends) if ends else None,
        "form": FindPatronForm(),
        "today": clock.today(),
    }
    template = "admin/okalib/patron/merging.html"
    return render(request, template, desk_context(request, **context | more), status=status)
