"""What a patron asks staff for by a form, and their answers (REQ-1)."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from circulation import queries as circulation
from holds import actions, queries
from holds.forms import AskForm, ParticularItemForm, PickupForm
from holds.rules import RequestKind
from okalib import clock
from okalib import queries as house
from okalib.rules import Refused
from okalib.web import PatronRequest, found_or_404, patron_page, say_refusals

LONGEST_ID = 18  # digits


@require_safe
@patron_page
def show(request: PatronRequest) -> HttpResponse:
    """Show the forms, and what was asked and answered before; `?longer=` names a delivered loan to be kept longer."""
    asked = request.GET.get("longer", "")
    loan = circulation.loan_of(request.patron, int(asked)) if asked.isdecimal() and len(asked) < LONGEST_ID else None
    if loan is None:
        return _page(request)
    text = _("「%(title)s」を期間内に受け取れません。") % {"title": loan.item.bib.full_title}
    form = AskForm(prefix="longer", initial={"text": text + "\n" + _("いつまで：")})
    return _page(request, longer_form=form, open_form="longer_form")


def _page(request: PatronRequest, *, status: int = 200, **more: object) -> HttpResponse:
    context = {
        "requests": queries.requests_of(request.patron),
        "inquiry_form": AskForm(prefix="inquiry"),
        "longer_form": AskForm(prefix="longer"),
        "item_form": ParticularItemForm(prefix="item", places=house.pickup_points()),
        "policy": house.policy(),
        "page_address": "/my/requests/",
    }
    return render(request, "holds/requests.html", context | more, status=status)


@require_POST
@patron_page
def inquire(request: PatronRequest) -> HttpResponse:
    """Ask anything."""
    return _ask(request, RequestKind.INQUIRY, "inquiry_form", AskForm(request.POST, prefix="inquiry"))


@require_POST
@patron_page
def ask_to_keep_longer(request: PatronRequest) -> HttpResponse:
    """Ask for more time to collect a delivery (DLV-10)."""
    return _ask(request, RequestKind.KEEP_LONGER, "longer_form", AskForm(request.POST, prefix="longer"))


@require_POST
@patron_page
def ask_for_item(request: PatronRequest) -> HttpResponse:
    """Ask for one particular copy (HLD-6)."""
    form = ParticularItemForm(request.POST, prefix="item", places=house.pickup_points())
    return _ask(request, RequestKind.PARTICULAR_ITEM, "item_form", form)


def _ask(request: PatronRequest, kind: RequestKind, name: str, form: forms.Form) -> HttpResponse:
    if not form.is_valid():
        return _page(request, status=422, **{name: form, "open_form": name})
    data = form.cleaned_data
    try:
        actions.ask(
            kind=kind,
            patron=request.patron,
            library=data.get("pickup_at"),
            item_number=data.get("item_number", ""),
            contact=data.get("contact", ""),
            text=data.get("text", ""),
            by=request.user,
            now=clock.now(),
        )
    except Refused as refused:
        return _page(request, status=409, **{name: form, "open_form": name, "refusals": refused.refusals})
    _say_taken(request)
    return redirect("requests")


@require_POST
@patron_page
def ask_to_cancel(request: PatronRequest, hold_id: int) -> HttpResponse:
    """Ask staff to cancel a reservation whose item is being prepared (HLD-5)."""
    return _ask_about(request, hold_id, RequestKind.CANCEL)


@require_POST
@patron_page
def ask_for_pickup(request: PatronRequest, hold_id: int) -> HttpResponse:
    """Ask staff to have a reservation collected elsewhere, once its item is being prepared (HLD-5)."""
    return _ask_about(request, hold_id, RequestKind.CHANGE_PICKUP)


def _ask_about(request: PatronRequest, hold_id: int, kind: RequestKind) -> HttpResponse:
    hold = found_or_404(queries.hold_of(request.patron, hold_id))
    form = PickupForm(request.POST, places=house.pickup_points(hold.material_class))
    form.is_valid()
    library = form.cleaned_data["pickup_at"] if kind is RequestKind.CHANGE_PICKUP else None
    try:
        actions.ask(kind=kind, patron=request.patron, hold=hold, library=library, by=request.user, now=clock.now())
    except Refused as refused:
        say_refusals(request, refused.refusals)
    else:
        _say_taken(request)
    return redirect("hold", hold.pk)


def _say_taken(request: PatronRequest) -> None:
    messages.success(request, _("ご依頼を受け付けました。担当者が確認し、結果をお知らせします。"))
