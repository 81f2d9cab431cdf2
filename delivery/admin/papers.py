"""The papers of a run: slips, labels and a manifest; no address, no telephone (DLV-4, DLV-8, A174).

Each is a page to print and, with the extra `pdf`, a file (`?as=pdf`).
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from delivery import actions, queries, writing
from delivery.admin.destinations import destinations, route_key, routes
from delivery.admin.runs import CHANGE, SEE, find, to
from delivery.models import Bag, DeliveryRun
from okalib import clock
from okalib.admin_site import desk_context, desk_page
from okalib.desk import clerk
from okalib.models import Library
from okalib.numbers import is_id

SEE_BAG = "delivery.view_bag"


@desk_page("bags/<int:bag_id>/slip/", gettext_lazy("資料送付票"), SEE_BAG, is_listed=False)
@require_safe
def slip(request: HttpRequest, bag_id: int) -> HttpResponse:
    """Show the slip of one bag, with what is still out (DLV-4, DLV-11)."""
    bag = queries.bag_of(bag_id)
    if bag is None:
        raise Http404
    return _paper(request, "slips", bags=[bag])


@desk_page("deliveries/<int:run_id>/slips/", gettext_lazy("資料送付票"), SEE, is_listed=False)
@require_safe
def slips(request: HttpRequest, run_id: int) -> HttpResponse:
    """Show the slips of a run, one to a page: of one library (`?library=`), those to print again (`?again`), or all."""
    run = find(run_id)
    bags = _bags(request, run)
    if "again" in request.GET:
        bags = [bag for bag in bags if bag.reprint_since]
    return _paper(request, "slips", run=run, bags=bags, is_again="again" in request.GET)


@desk_page("deliveries/<int:run_id>/slips/replacement/", gettext_lazy("刷り直しの記録"), CHANGE, is_listed=False)
@require_POST
def replace(request: HttpRequest, run_id: int) -> HttpResponse:
    """Note that the slips which said old days have been printed again and lie in their bags (A142)."""
    run = find(run_id)
    number = actions.slips_replaced(bags=queries.bags_of(run), by=clerk(request), now=clock.now())
    messages.success(request, _("資料送付票%(number)d枚の入れ替えを記録しました。") % {"number": number})
    return to(run)


@desk_page("deliveries/<int:run_id>/labels/", gettext_lazy("袋のラベル"), SEE, is_listed=False)
@require_safe
def labels(request: HttpRequest, run_id: int) -> HttpResponse:
    """Show a label for each bag, eight to a page: number, QR code and library, nobody's name (DLV-4)."""
    run = find(run_id)
    return _paper(request, "labels", run=run, bags=_bags(request, run))


@desk_page("deliveries/<int:run_id>/manifest/", gettext_lazy("発送明細"), SEE, is_listed=False)
@require_safe
def manifest(request: HttpRequest, run_id: int) -> HttpResponse:
    """Show for each route its legs and which bags go where; numbers only, nobody's name (DLV-8)."""
    run = find(run_id)
    return _paper(request, "manifest", run=run, routes=routes(destinations(run)))


def _bags(request: HttpRequest, run: DeliveryRun) -> list[Bag]:
    wanted = request.GET.get("library", "")
    library = get_object_or_404(Library, pk=wanted) if is_id(wanted) else None
    return sorted(queries.bags_of(run, library), key=lambda bag: (route_key(bag.library), bag.pk))


def _paper(request: HttpRequest, name: str, **context: Any) -> HttpResponse:
    """Show a paper as a page, or as a file where that was asked for and can be written."""
    context |= {"sheet": f"delivery/paper/{name}.html", "now": clock.now(), "can_write_pdf": writing.can_write_pdf()}
    if request.GET.get("as") == "pdf" and context["can_write_pdf"]:
        written = writing.pdf(render_to_string("delivery/paper/file.html", context, request))
        answer = HttpResponse(written, content_type="application/pdf")
        answer["Content-Disposition"] = f'inline; filename="{name}.pdf"'
        answer["Cache-Control"] = "no-store, private"
        return answer
    return render(request, "admin/delivery/paper.html", desk_context(request, **context))
