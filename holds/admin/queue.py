"""The queue of one title, and moving in it (HLD-2, A40)."""

from __future__ import annotations

from itertools import pairwise

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from catalog import queries as catalog
from catalog.models import Bib
from holds import actions, queries
from holds.models import Hold
from okalib import clock
from okalib.admin_site import desk_context, desk_page
from okalib.desk import carry_out, clerk
from okalib.numbers import is_id


@desk_page("titles/<int:bib_id>/queue/", gettext_lazy("予約の順番"), "holds.view_hold", name="queue", is_listed=False)
@require_safe
def queue(request: HttpRequest, bib_id: int) -> HttpResponse:
    """Show who waits for a title, in order, and its copies."""
    bib = get_object_or_404(Bib, pk=bib_id)
    holds = list(queries.queue(bib).select_related("patron", "pickup_at", "item", "only_item"))
    waiting = [hold for hold in holds if hold.is_waiting]
    above = {below.pk: hold for hold, below in pairwise(waiting)}
    context = {
        "bib": bib,
        "items": catalog.items_of(bib),
        "rows": [{"hold": hold, "above": above.get(hold.pk)} for hold in holds],
        "first": waiting[0] if waiting else None,
        "today": clock.today(),
    }
    return render(request, "admin/holds/queue.html", desk_context(request, **context))


@desk_page("reservations/<int:hold_id>/place/", gettext_lazy("順番の変更"), "holds.reorder_queue", is_listed=False)
@require_POST
def move(request: HttpRequest, hold_id: int) -> HttpResponse:
    """Move a reservation ahead of another one that waits for the same title; a right of its own."""
    hold = get_object_or_404(Hold, pk=hold_id)
    before = request.POST.get("before", "")
    other = Hold.objects.filter(pk=before, bib_id=hold.bib_id).first() if is_id(before) else None
    if other is not None:
        carry_out(
            request,
            lambda: actions.move(hold=hold, before=other, by=clerk(request), now=clock.now()),
            _("順番を変更しました。"),
        )
    return HttpResponseRedirect(reverse("admin:desk-queue", args=[hold.bib_id]))
