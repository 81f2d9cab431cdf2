"""The first page of the staff's site: what today asks, how the weeks went, what the night's check found."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from delivery import today
from delivery.admin.sheets import weekly_sheets
from okalib import clock
from okalib.admin_site import desk_context, desk_page, first_page
from okalib.desk import Tone, clerk

WEEKS = 13


@first_page
def what_today_asks(request: HttpRequest) -> dict[str, Any]:
    """Gather for the first page what there is to do, the urgent first, what is done, and the last weeks as charts."""
    asks = today.asks(clerk(request), today=clock.today(), now=clock.now())
    return {
        "today": clock.today(),
        "to_do": sorted((ask for ask in asks if ask.is_open), key=lambda ask: ask.tone is not Tone.STOP),
        "done": [ask for ask in asks if not ask.is_open],
        "figures": weekly_sheets(clock.today(), WEEKS) if request.user.has_perm("okalib.view_figure") else [],
    }


@desk_page("consistency/", _("記録の食い違い"), "okalib.view_jobrun", order=910)
@require_safe
def consistency(request: HttpRequest) -> HttpResponse:
    """Show what the last check found broken (OPS-4); looking anew is the job's work and is started on its page."""
    found, checked_at = today.broken()
    context = {"found": found, "checked_at": checked_at}
    return render(request, "admin/start/consistency.html", desk_context(request, **context))
