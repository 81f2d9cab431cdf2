"""The hold shelf: what stands on it, what comes off it, and whose slip is changed (SHF-4)."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from catalog.models import Item
from holds import queries
from holds.models import Hold
from okalib import clock
from okalib import queries as house
from okalib.admin_site import desk_context, desk_page

SEE = "holds.view_hold"


@desk_page("shelf/", gettext_lazy("予約棚の資料"), SEE, order=40)
@require_safe
def on_shelf(request: HttpRequest) -> HttpResponse:
    """List what waits at the prefectural library, by patron, with the deadline (SHF-2)."""
    home = house.home_library()
    holds = queries.on_hold_shelf(home).prefetch_related("patron__cards") if home else Hold.objects.none()
    context = desk_context(request, holds=holds, today=clock.today(), now=clock.now())
    return render(request, "admin/holds/shelf.html", context)


@desk_page("clearance/", gettext_lazy("片付けリスト"), SEE, order=41)
@require_safe
def clearance(request: HttpRequest) -> HttpResponse:
    """List the items to take off the hold shelf, each with where it goes once it is scanned (SHF-4)."""
    rows = [(item, _next(item)) for item in queries.clearance()]
    return render(request, "admin/holds/clearance.html", desk_context(request, rows=rows, now=clock.now()))


def _next(item: Item) -> Hold | None:
    """The reservation that has the item already, if any; the holds are prefetched."""
    return next((hold for hold in item.holds.all() if hold.is_bound), None)


@desk_page("relabelling/", gettext_lazy("札の差替えリスト"), SEE, order=42)
@require_safe
def relabelling(request: HttpRequest) -> HttpResponse:
    """List the items that belong to another reservation than their slip says (HLD-7, A49)."""
    holds = queries.to_relabel().select_related("item__location").prefetch_related("patron__cards")
    return render(request, "admin/holds/relabelling.html", desk_context(request, holds=holds, now=clock.now()))


@desk_page("reservations/<int:hold_id>/slip/", gettext_lazy("予約票"), SEE, name="hold-slip", is_listed=False)
@require_safe
def slip(request: HttpRequest, hold_id: int) -> HttpResponse:
    """Show the paper that stands in the item: whose, where, until when; no address, no telephone (A174)."""
    hold = get_object_or_404(
        Hold.objects.select_related("patron", "bib", "pickup_at__central", "item__location"), pk=hold_id
    )
    if not hold.is_bound:
        raise Http404
    return render(request, "admin/holds/slip.html", desk_context(request, hold=hold, today=clock.today()))
