"""Reservations by staff: for a patron, of what is on order, of one copy; and everything one can do with one (HLD)."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from catalog import queries as catalog
from catalog.models import Bib, Item
from holds import actions, queries
from holds.desk_forms import PauseUntilForm, ReasonForm, StaffReservationForm, WhoAndWhatForm
from holds.forms import PickupForm
from holds.models import Hold
from holds.rules import HoldState
from okalib import clock, people
from okalib import queries as house
from okalib.actions import patrons
from okalib.admin_site import desk_context, desk_page
from okalib.desk import can_go_over, carry_out, clerk, override_from
from okalib.models import Patron
from okalib.rules import Refusal, Refused

SEE, MAKE, CHANGE = "holds.view_hold", "holds.add_hold", "holds.change_hold"

UNKNOWN_TITLE = Refusal(
    "unknown_title", "この番号の資料・書誌は見つかりません。", "There is no item or title with this number."
)


# --- finding, and making a new one ---------------------------------------------------------------------------------


@desk_page("reservations/", gettext_lazy("予約"), SEE, order=35)
def find(request: HttpRequest) -> HttpResponse:
    """Find by card and title: a patron's reservations, a title's queue, and with both a form for a new one.

    Card numbers travel in the body of a POST, never in an address.
    """
    form = WhoAndWhatForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _found(request, form)
    refusals = []
    card = people.card_at_desk(form.cleaned_data["card"], now=clock.now()) if form.cleaned_data["card"] else None
    if card and card.refusal:
        refusals.append(card.refusal)
    typed = form.cleaned_data["title"]
    bibs = catalog.bibs_at_desk(typed)
    if typed and not bibs:
        refusals.append(UNKNOWN_TITLE)
    patron = card.patron if card else None
    if patron:
        patrons.note_view(patron=patron, by=clerk(request), now=clock.now())  # A227
    new = None
    if patron and len(bibs) == 1 and request.user.has_perm(MAKE):
        new = _new_form(patron, bibs[0], catalog.item_with_number(typed))
    return _found(request, form, patron=patron, bibs=bibs, new=new, refusals=refusals)


@desk_page("reservations/for-title/<int:bib_id>/", gettext_lazy("予約"), SEE, name="reserve-title", is_listed=False)
@require_safe
def for_title(request: HttpRequest, bib_id: int) -> HttpResponse:
    """Begin with a title that was found in the catalogue."""
    get_object_or_404(Bib, pk=bib_id)
    return _found(request, WhoAndWhatForm(initial={"title": bib_id}))


def _new_form(patron: Patron, bib: Bib, item: Item | None, data: Any = None) -> StaffReservationForm:
    start = {"patron": patron.pk, "bib": bib.pk, "item": item.pk if item else None, "token": uuid4()}
    places = house.pickup_points()
    return StaffReservationForm(data, places=places, initial=start)


def _found(request: HttpRequest, form: WhoAndWhatForm, *, status: int = 200, **more: Any) -> HttpResponse:
    patron, policy = more.get("patron"), house.policy()
    holds = list(queries.of_patron(patron)) if patron else []
    context = {
        "form": form,
        "holds": holds,
        "places": queries.places(holds, policy) if holds else {},
        "numbers": queries.number_of_holds(bib.pk for bib in more.get("bibs") or []),
    }
    return render(request, "admin/holds/find.html", desk_context(request, **context, **more), status=status)


@desk_page("reservations/new/", gettext_lazy("新しい予約"), MAKE, name="reserve", is_listed=False)
@require_POST
def reserve(request: HttpRequest) -> HttpResponse:
    """Reserve for a patron; the answer is the reservation's own page, or the form with every reason (HLD-3, HLD-6)."""
    form = StaffReservationForm(request.POST, places=house.pickup_points())
    if not form.is_valid():
        return _found(request, WhoAndWhatForm(), new=form, status=422)
    data = form.cleaned_data
    item = data["item"] if data["is_particular"] else None
    try:
        hold = actions.reserve(
            patron=data["patron"],
            bib=data["bib"],
            pickup_at=data["pickup_at"],
            only_item=item,
            need_by=data["need_by"],
            token=data["token"],
            by=clerk(request),
            now=clock.now(),
            override=override_from(request),
        )
    except Refused as refused:
        return _found(
            request,
            WhoAndWhatForm(),
            patron=data["patron"],
            bibs=[data["bib"]],
            new=form,
            refusals=refused.refusals,
            goes_over=can_go_over(request, refused.refusals),
            status=409,
        )
    messages.success(request, _("予約を受け付けました。"))
    return _to(hold)


# --- one reservation -----------------------------------------------------------------------------------------------


@desk_page("reservations/<int:hold_id>/", gettext_lazy("予約の詳細"), SEE, name="hold", is_listed=False)
@require_safe
def show(request: HttpRequest, hold_id: int) -> HttpResponse:
    """Show one reservation and what can be done with it."""
    return _page(request, _hold(hold_id))


def _page(request: HttpRequest, hold: Hold, *, status: int = 200, **more: Any) -> HttpResponse:
    policy = house.policy()
    context = {
        "hold": hold,
        "title": _("予約 %(number)s") % {"number": hold.pk},
        "together": queries.together(hold),
        "position": queries.position(hold, policy),
        "face": queries.faces([hold], policy).get(hold.pk, ""),
        "is_paused": hold.is_paused(clock.today()),
        "pickup_form": PickupForm(
            places=house.pickup_points(hold.material_class), initial={"pickup_at": hold.pickup_at.code}
        ),
        "reason_form": ReasonForm(),
        "pause_form": PauseUntilForm(),
        "may_change": request.user.has_perm(CHANGE),
    }
    return render(request, "admin/holds/hold.html", desk_context(request, **context | more), status=status)


@desk_page("reservations/<int:hold_id>/cancellation/", gettext_lazy("予約の取消"), CHANGE, is_listed=False)
@require_POST
def cancel(request: HttpRequest, hold_id: int) -> HttpResponse:
    """Cancel, with the reason that the patron is told; the item goes to the next (HLD-7)."""
    hold, form = _hold(hold_id), ReasonForm(request.POST)
    reason = form.cleaned_data["reason"].strip() if form.is_valid() else ""
    if not reason:
        messages.error(request, _("取消の理由を入力してください。利用者にお知らせします。"))
        return _to(hold)
    carry_out(
        request,
        lambda: actions.cancel(hold=hold, by=clerk(request), now=clock.now(), reason=reason),
        _("予約を取り消し、利用者へのお知らせを作成しました。"),
    )
    return _to(hold)


@desk_page("reservations/<int:hold_id>/pickup/", gettext_lazy("受渡館の変更"), CHANGE, is_listed=False)
@require_POST
def change_pickup(request: HttpRequest, hold_id: int) -> HttpResponse:
    """Have it collected elsewhere, over the rules with a reason (HLD-5, A55)."""
    hold = _hold(hold_id)
    form = PickupForm(request.POST, places=house.pickup_points())
    form.is_valid()
    try:
        hold = actions.change_pickup(
            hold=hold,
            pickup_at=form.cleaned_data["pickup_at"],
            by=clerk(request),
            now=clock.now(),
            override=override_from(request),
        )
    except Refused as refused:
        goes_over = can_go_over(request, refused.refusals)
        return _page(request, hold, status=409, refusals=refused.refusals, pickup_form=form, pickup_goes_over=goes_over)
    messages.success(request, _("受渡館を%(library)sに変更しました。") % {"library": hold.pickup_at.label})
    return _to(hold)


@desk_page("reservations/<int:hold_id>/extension/", gettext_lazy("取置期間の延長"), CHANGE, is_listed=False)
@require_POST
def extend(request: HttpRequest, hold_id: int) -> HttpResponse:
    """Lengthen the shelf period, over the limit with a reason (SHF-5)."""
    hold = _hold(hold_id)
    try:
        actions.extend(hold=hold, by=clerk(request), now=clock.now(), override=override_from(request))
    except Refused as refused:
        goes_over = can_go_over(request, refused.refusals)
        return _page(request, hold, status=409, refusals=refused.refusals, extension_goes_over=goes_over)
    messages.success(request, _("取置期間を延長しました。"))
    return _to(hold)


@desk_page("reservations/<int:hold_id>/missing/", gettext_lazy("棚に見つからない"), CHANGE, is_listed=False)
@require_POST
def mark_missing(request: HttpRequest, hold_id: int) -> HttpResponse:
    """Say that the kept item is not on its shelf (PUL-5)."""
    hold = _hold(hold_id)
    was_told, ended = hold.is_ready, _others(hold, HoldState.CANCELLED)
    done = carry_out(
        request,
        lambda: actions.mark_kept_missing(hold=hold, by=clerk(request), now=clock.now()),
        _("資料を所在調査中にし、予約を元の順番に戻しました。"),
    )
    revived = len(ended & _others(hold, HoldState.WAITING)) if done else 0
    if revived:
        messages.info(request, _("同じまとまりの予約%(number)s件も、再び順番を待ちます。") % {"number": revived})
    if done and was_told:
        messages.warning(request, _("利用者には準備ができたとお知らせしています。電話などで事情をお伝えください。"))
    return _to(hold)


def _others(hold: Hold, state: HoldState) -> set[int]:
    """The other reservations of its group that are in a state, by number."""
    return {other.pk for other in queries.together(hold) if other.state == state and other.pk != hold.pk}


@desk_page("reservations/<int:hold_id>/pause/", gettext_lazy("予約の休止"), CHANGE, is_listed=False)
@require_POST
def pause(request: HttpRequest, hold_id: int) -> HttpResponse:
    """Let it be skipped for a while (HLD-8)."""
    hold, form = _hold(hold_id), PauseUntilForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("再開日は日付で入力してください。"))
        return _to(hold)
    until = form.cleaned_data["until"]
    is_done = carry_out(
        request,
        lambda: actions.pause(hold=hold, by=clerk(request), now=clock.now(), until=until),
        _("予約を休止しました。"),
    )
    return _to(hold) if is_done else _page(request, _hold(hold_id), status=409, pause_form=form)


@desk_page("reservations/<int:hold_id>/resumption/", gettext_lazy("予約の再開"), CHANGE, is_listed=False)
@require_POST
def resume(request: HttpRequest, hold_id: int) -> HttpResponse:
    """End the pause (HLD-8)."""
    hold = _hold(hold_id)
    carry_out(request, lambda: actions.resume(hold=hold, by=clerk(request), now=clock.now()), _("予約を再開しました。"))
    return _to(hold)


def _hold(hold_id: int) -> Hold:
    found = Hold.objects.select_related(
        "patron__category", "bib", "pickup_at", "item__location", "only_item", "group", "made_by"
    )
    return get_object_or_404(found, pk=hold_id)


def _to(hold: Hold) -> HttpResponse:
    return HttpResponseRedirect(reverse("admin:desk-hold", args=[hold.pk]))
