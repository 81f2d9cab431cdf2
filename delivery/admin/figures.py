"""What the house does, as charts with the same numbers in tables, and as files for a spreadsheet."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from delivery.admin.sheets import NAMES, sheet, sheets
from okalib import clock, tables
from okalib.actions import staff
from okalib.admin_site import desk_context, desk_page
from okalib.desk import clerk

PERIODS = (13, 26, 52)
EXPORT = "okalib.export_figures"


@desk_page("figures/", _("統計"), "okalib.view_figure", order=800)
@require_safe
def figures_page(request: HttpRequest) -> HttpResponse:
    """Show every figure over the chosen number of whole weeks."""
    weeks = _weeks(request)
    context = {
        "sheets": sheets(clock.today(), weeks),
        "weeks": weeks,
        "periods": PERIODS,
        "may_export": request.user.has_perm(EXPORT),
    }
    return render(request, "admin/start/figures.html", desk_context(request, **context))


@desk_page("figures/<str:name>.csv", _("統計のCSV"), EXPORT, name="figures-csv", is_listed=False)
@require_safe
def figures_csv(request: HttpRequest, name: str) -> HttpResponse:
    """Give one figure as a table; who took it is written down (OPS-5)."""
    if name not in NAMES:
        raise Http404
    wanted = sheet(name, clock.today(), _weeks(request))
    staff.record(verb="export_figures", subject=name, by=clerk(request), now=clock.now())
    response = HttpResponse(tables.as_csv(wanted.header, wanted.rows), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}-{clock.today():%Y%m%d}.csv"'
    return response


def _weeks(request: HttpRequest) -> int:
    """The number of weeks in the address; the longest period where there is none of ours."""
    asked = request.GET.get("weeks", "")
    return int(asked) if asked in {str(period) for period in PERIODS} else PERIODS[-1]
