"""The basket: many titles in one go (HLD-9, HLD-10)."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from catalog import queries as catalog
from holds import actions, queries
from holds.forms import BasketForm
from holds.views.schedule import Schedule
from okalib import clock
from okalib import queries as house
from okalib.numbers import is_id
from okalib.rules import Refused
from okalib.web import PatronRequest, came_from, found_or_404, patron_page

DRAFT = "basket_draft"
KEPT = ("pickup_at", "order", "wanted", "need_by")


@require_safe
@patron_page
def show(request: PatronRequest) -> HttpResponse:
    """Show the basket, what stands in each title's way, and the one form for all that is in it."""
    return _page(request)


def _page(request: PatronRequest, *, status: int = 200, **more: Any) -> HttpResponse:
    bibs, policy, today = queries.basket(request.patron), house.policy(), clock.today()
    numbers, schedule = [bib.pk for bib in bibs], Schedule.for_pages(today, policy)
    form = more.get("form") or _form(request, schedule)
    pickup_at = schedule.place(str(form["pickup_at"].value()))
    foresight = queries.foresight(request.patron, bibs, pickup_at, policy, today)
    availabilities, waiting = catalog.availabilities(numbers), queries.number_of_holds(numbers)
    context = {
        "rows": [
            {
                "bib": bib,
                "availability": availabilities.get(bib.pk),
                "waiting": waiting.get(bib.pk, 0),
                "refusals": foresight.refusals.get(bib.pk, []),
            }
            for bib in bibs
        ],
        "can_be_reserved": len(bibs) - len(foresight.refusals),
        "rooms": foresight.rooms,
        "form": form,
        "moved": _moved(request, numbers),
        "basket_size": len(bibs),
        "next_run": schedule.next_run,
        "policy": policy,
        "page_address": "/basket/",
    }
    return render(request, "holds/basket.html", context | more, status=status)


def _form(request: PatronRequest, schedule: Schedule) -> BasketForm:
    """Return the form as it was left when titles were moved, or with the library of last time."""
    last = next((place for place in schedule.places if place.pk == request.patron.last_pickup_id), schedule.home)
    plain = {"pickup_at": last.code if last else "", "order": "normal", "token": uuid4()}
    draft = request.session.get(DRAFT, {})
    return BasketForm(places=schedule.places, outlooks=schedule.outlooks, initial=plain | draft)


def _moved(request: PatronRequest, numbers: list[int]) -> dict[str, Any]:
    """Return on which button the focus is: that which was pressed, or its counterpart at the end of the list."""
    number = _number(request.GET.get("moved", ""))
    if number not in numbers:
        return {}
    is_up = request.GET.get("way") == "up"
    if numbers[0 if is_up else -1] == number:
        is_up = not is_up
    return {"bib": number, "way": "up" if is_up else "down"}


@require_POST
@patron_page
def add(request: PatronRequest) -> HttpResponse:
    """Put a title into the basket and go back to where the reader was."""
    bib = found_or_404(catalog.record(_number(request.POST.get("bib", ""))))
    actions.add_to_basket(patron=request.patron, bib=bib, now=clock.now())
    messages.success(request, _("「%(title)s」を予約かごに入れました。") % {"title": bib.full_title})
    return redirect(came_from(request))


@require_POST
@patron_page
def remove(request: PatronRequest, bib_id: int) -> HttpResponse:
    """Take a title out of the basket."""
    bib = found_or_404(next((bib for bib in queries.basket(request.patron) if bib.pk == bib_id), None))
    _keep_draft(request)
    actions.remove_from_basket(patron=request.patron, bib=bib)
    messages.success(request, _("「%(title)s」を予約かごから出しました。") % {"title": bib.full_title})
    return redirect("basket")


@require_POST
@patron_page
def move(request: PatronRequest, bib_id: int) -> HttpResponse:
    """Move a title up or down; what was chosen and typed in the form stays, and so does the focus (HLD-9)."""
    bib = found_or_404(next((bib for bib in queries.basket(request.patron) if bib.pk == bib_id), None))
    _keep_draft(request)
    way = "up" if request.POST.get("way") == "up" else "down"
    actions.move_in_basket(patron=request.patron, bib=bib, up=way == "up")
    return redirect(f"/basket/?moved={bib.pk}&way={way}")


def _keep_draft(request: PatronRequest) -> None:
    if "order" in request.POST:
        request.session[DRAFT] = {name: request.POST.get(name, "") for name in KEPT}


@require_POST
@patron_page
def reserve(request: PatronRequest) -> HttpResponse:
    """Reserve all that is in the basket; each refusal stands beside its title on the confirmation (HLD-10, HLD-11)."""
    schedule = Schedule.for_pages(clock.today(), house.policy())
    form = BasketForm(request.POST, places=schedule.places, outlooks=schedule.outlooks)
    if not form.is_valid():
        return _page(request, status=422, form=form)
    token = form.cleaned_data["token"] or uuid4()
    try:
        actions.reserve_basket(
            patron=request.patron,
            pickup_at=form.cleaned_data["pickup_at"],
            order=form.cleaned_data["order"],
            wanted=form.cleaned_data["wanted"],
            need_by=form.cleaned_data["need_by"],
            token=token,
            by=request.user,
            now=clock.now(),
        )
    except Refused as refused:
        return _page(request, status=409, form=form, refusals=refused.refusals)
    request.session.pop(DRAFT, None)
    return redirect("basket_confirmation", token)


@require_safe
@patron_page
def confirmation(request: PatronRequest, token: UUID) -> HttpResponse:
    """Show title by title what was reserved and what was not; it can be loaded again, kept and printed (HLD-11)."""
    confirmed = found_or_404(queries.confirmation_of(request.patron, token))
    rows = confirmed.results
    bibs = {bib.pk: bib for bib in catalog.bibs_in_order(row["bib"] for row in rows)}
    holds = queries.holds_of(request.patron, [row["hold"] for row in rows if row["hold"]])
    policy = house.policy()
    schedule = Schedule.for_pages(clock.today(), policy)
    standings = schedule.standings(holds.values())
    in_basket = {bib.pk for bib in queries.basket(request.patron)}
    shown = [
        {
            "bib": bibs[row["bib"]],
            "hold": holds.get(row["hold"]),
            "standing": standings.get(row["hold"]),
            "was_reserved": row["hold"] is not None,
            "is_in_basket": row["bib"] in in_basket,
            "refusals": row["refusals"],
        }
        for row in rows
        if row["bib"] in bibs
    ]
    context = {
        "confirmed": confirmed,
        "rows": shown,
        "basket_size": len(in_basket),
        "reserved": sum(row["was_reserved"] for row in shown),
        "pickup_at": confirmed.pickup_at,
        "next_run": schedule.next_run,
        "promise": schedule.promise(confirmed.pickup_at) if confirmed.pickup_at else None,
        "policy": policy,
    }
    return render(request, "holds/basket_confirmation.html", context)


def _number(text: str) -> int:
    return int(text) if is_id(text) else 0
