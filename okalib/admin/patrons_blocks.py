"""Blocks at the desk, with dates: placed and lifted on the page of the patron (A18, A19)."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from okalib import clock, people
from okalib.actions import patrons
from okalib.admin.patrons_desk import page_of
from okalib.admin_site import desk_page
from okalib.desk import carry_out, clerk
from okalib.desk_forms import BlockForm
from okalib.models import Block
from okalib.rules import BlockKind
from okalib.web import found_or_404


@desk_page("patrons/<int:patron_id>/blocks/", "", "okalib.add_block", name="patron-blocks", is_listed=False)
@require_POST
def block(request: HttpRequest, patron_id: int) -> HttpResponse:
    """Stop reserving, borrowing or both, until a day or until it is lifted; refused, what was typed stays."""
    patron, form = found_or_404(people.patron(patron_id)), BlockForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("停止する利用と、日付を確かめてください。"))
        return page_of(request, patron, status=422, block_form=form)
    data = form.cleaned_data
    is_done = carry_out(
        request,
        lambda: patrons.block(
            patron=patron,
            kind=BlockKind(data["kind"]),
            reason=data["reason"],
            until_on=data["until_on"],
            by=clerk(request),
            now=clock.now(),
        ),
        _("利用を停止しました。"),
    )
    if is_done:
        return redirect("admin:desk-patron", patron.pk)
    return page_of(request, patron, status=409, block_form=form)


@desk_page("blocks/<int:block_id>/lifting/", "", "okalib.change_block", name="block-lifting", is_listed=False)
@require_POST
def lift(request: HttpRequest, block_id: int) -> HttpResponse:
    """End a block before its time (A18)."""
    placed = get_object_or_404(Block.objects.select_related("patron"), pk=block_id)
    reason = request.POST.get("reason", "")
    carry_out(
        request,
        lambda: patrons.lift_block(block=placed, by=clerk(request), now=clock.now(), reason=reason),
        _("利用停止を解除しました。"),
    )
    return redirect("admin:desk-patron", placed.patron_id)
