"""Reserving one title, and what can be done with a reservation."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from catalog import queries as catalog
from catalog.views.record import record_page
from holds import actions, queries
from holds.forms import NeedByForm, PauseForm, PickupForm, ReservationForm
from holds.views.schedule import Schedule
from okalib import clock
from okalib import queries as house
from okalib.rules import Refused
from okalib.templatetags.okalib_days import day
from okalib.web import PatronRequest, found_or_404, patron_page, say_refusals


@require_POST
@patron_page
def create(request: PatronRequest, bib_id: int) -> HttpResponse:
    """Reserve a title; the answer is the reservation's own page, or this record with every reason (HLD-3, HLD-11)."""
    bib = found_or_404(catalog.record(bib_id))
    form = ReservationForm(request.POST, places=house.pickup_points(bib.material_class))
    if not form.is_valid():
        return record_page(request, bib_id, status=422, form=form)
    try:
        hold = actions.reserve(
            patron=request.patron,
            bib=bib,
            pickup_at=form.cleaned_data["pickup_at"],
            need_by=form.cleaned_data["need_by"],
            token=form.cleaned_data["token"],
            by=request.user,
            now=clock.now(),
        )
    except Refused as refused:
        return record_page(request, bib_id, status=409, form=form, refusals=refused.refusals)
    actions.remove_from_basket(patron=request.patron, bib=bib)
    messages.success(request, _("予約を受け付けました。"))
    return redirect("hold", hold.pk)


@require_safe
@patron_page
def show(request: PatronRequest, hold_id: int) -> HttpResponse:
    """Show a reservation: where it stands, what happens next, and what can be done with it (HLD-2, HLD-4, HLD-5)."""
    return _page(request, hold_id)


def _page(request: PatronRequest, hold_id: int, *, status: int = 200, **more: object) -> HttpResponse:
    hold = found_or_404(queries.hold_of(request.patron, hold_id))
    policy, today = house.policy(), clock.today()
    schedule = Schedule.for_pages(today, policy)
    standing = schedule.standings([hold]).get(hold.pk)
    context = {
        "hold": hold,
        "standing": standing,
        "position": standing and standing.place,
        "face": standing.face if standing else "",
        "forecast": standing and standing.forecast,
        "is_paused": hold.is_paused(today),
        "patron_is_late": not hold.is_waiting and queries.overdue_loans(request.patron, today) > 0,
        "requests": queries.requests_about(hold),
        "pause_form": PauseForm(initial={"until": hold.paused_until}),
        "need_by_form": NeedByForm(initial={"need_by": hold.need_by}),
        "pickup_form": PickupForm(
            places=schedule.places_for(hold.material_class),
            outlooks=schedule.outlooks,
            initial={"pickup_at": hold.pickup_at.code},
        ),
        "may_yield": hold.is_waiting and queries.next_behind(hold, today) is not None,
        "next_run": schedule.next_run,
        "promise": schedule.promise(hold.pickup_at),
        "policy": policy,
        "page_address": request.path if request.method == "GET" else f"/holds/{hold.pk}/",
    }
    return render(request, "holds/hold.html", context | more, status=status)


@require_POST
@patron_page
def cancel(request: PatronRequest, hold_id: int) -> HttpResponse:
    """Cancel a waiting reservation (HLD-4)."""
    hold = found_or_404(queries.hold_of(request.patron, hold_id))
    try:
        actions.cancel(hold=hold, by=request.user, now=clock.now())
    except Refused as refused:
        say_refusals(request, refused.refusals)
        return redirect("hold", hold.pk)
    messages.success(request, _("「%(title)s」の予約を取り消しました。") % {"title": hold.bib.full_title})
    return redirect("my")


@require_POST
@patron_page
def pause(request: PatronRequest, hold_id: int) -> HttpResponse:
    """Let a reservation be skipped for a while; it keeps its place (HLD-8)."""
    hold, form = found_or_404(queries.hold_of(request.patron, hold_id)), PauseForm(request.POST)
    if not form.is_valid():
        return _page(request, hold_id, status=422, pause_form=form)
    try:
        actions.pause(hold=hold, until=form.cleaned_data["until"], by=request.user, now=clock.now())
    except Refused as refused:
        return _page(request, hold_id, status=409, pause_form=form, refusals=refused.refusals)
    messages.success(request, _("予約を休止しました。順番はそのままです。"))
    return redirect("hold", hold.pk)


@require_POST
@patron_page
def yield_place(request: PatronRequest, hold_id: int) -> HttpResponse:
    """Let the next in the queue go first (A43)."""
    hold = found_or_404(queries.hold_of(request.patron, hold_id))
    try:
        actions.yield_place(hold=hold, by=request.user, now=clock.now())
    except Refused as refused:
        say_refusals(request, refused.refusals)
    else:
        messages.success(request, _("順番を1つ譲りました。"))
    return redirect("hold", hold.pk)


@require_POST
@patron_page
def resume(request: PatronRequest, hold_id: int) -> HttpResponse:
    """End the pause (HLD-8)."""
    hold = found_or_404(queries.hold_of(request.patron, hold_id))
    try:
        actions.resume(hold=hold, by=request.user, now=clock.now())
    except Refused as refused:
        say_refusals(request, refused.refusals)
    else:
        messages.success(request, _("予約を再開しました。"))
    return redirect("hold", hold.pk)


@require_POST
@patron_page
def set_need_by(request: PatronRequest, hold_id: int) -> HttpResponse:
    """Change or remove the day after which the reservation is of no use any more (HLD-8)."""
    hold, form = found_or_404(queries.hold_of(request.patron, hold_id)), NeedByForm(request.POST)
    if not form.is_valid():
        return _page(request, hold_id, status=422, need_by_form=form)
    need_by = form.cleaned_data["need_by"]
    try:
        actions.set_need_by(hold=hold, need_by=need_by, by=request.user, now=clock.now())
    except Refused as refused:
        return _page(request, hold_id, status=409, need_by_form=form, refusals=refused.refusals)
    if need_by:
        messages.success(request, _("必要な期限を%(day)sにしました。") % {"day": day(need_by)})
    else:
        messages.success(request, _("必要な期限をなくしました。"))
    return redirect("hold", hold.pk)


@require_POST
@patron_page
def change_pickup(request: PatronRequest, hold_id: int) -> HttpResponse:
    """Collect a waiting reservation elsewhere (HLD-5)."""
    hold = found_or_404(queries.hold_of(request.patron, hold_id))
    form = PickupForm(request.POST, places=house.pickup_points(hold.material_class))
    form.is_valid()
    try:
        hold = actions.change_pickup(
            hold=hold, pickup_at=form.cleaned_data["pickup_at"], by=request.user, now=clock.now()
        )
    except Refused as refused:
        return _page(request, hold_id, status=409, pickup_form=form, refusals=refused.refusals)
    messages.success(request, _("受渡館を%(library)sに変更しました。") % {"library": hold.pickup_at.label})
    return redirect("hold", hold.pk)
