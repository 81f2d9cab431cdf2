"""What a record's page says of reserving it: `{% load holds_reserving %}`, `{% reservation_panel %}`."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django import template
from django.template.context import Context

from holds import queries, rules
from holds.forms import ReservationForm
from holds.models import Hold
from holds.rules import Forecast
from holds.views.schedule import Schedule
from okalib import clock
from okalib.models import Library, Patron
from okalib.web import patron_of

register = template.Library()


@register.inclusion_tag("holds/reservation_panel.html", takes_context=True)
def reservation_panel(context: Context) -> dict[str, Any]:
    """Show the form, or the reasons instead of it, or the reservation that there is already (CAT-7, HLD-3).

    Takes from the page `bib`, `queue`, `facts`, `availability`, `policy`, and after a refusal `form` and `refusals`.
    """
    request, bib, queue = context["request"], context["bib"], context["queue"]
    patron = patron_of(request)
    shown = {
        "request": request,
        "csrf_token": context.get("csrf_token"),
        "bib": bib,
        "availability": context.get("availability"),
        "policy": context["policy"],
        "refusals": context.get("refusals", []),
        "patron": patron,
    }
    hold = queue.of(patron)
    if hold is not None:
        return shown | {"hold": hold, "position": queue.place(hold), "forecast": _own_forecast(context, hold)}
    if patron is None and not queue.copies.all:
        return shown
    schedule = Schedule.for_pages(clock.today(), context["policy"])
    places = schedule.places_for(bib.material_class)
    pickup_at = _usual_place(patron, places) or schedule.home
    shown |= {"forecasts": _forecasts(context, schedule, pickup_at)}
    return shown | _form(context, schedule, patron, places, pickup_at) if patron else shown


@register.simple_tag(takes_context=True)
def my_place(context: Context) -> queries.Place | None:
    """Return "position k of n, m copies" of the patron who looks at a record and has reserved it (HLD-2)."""
    queue = context["queue"]
    hold = queue.of(patron_of(context["request"]))
    return queue.place(hold) if hold else None


def _form(
    context: Context, schedule: Schedule, patron: Patron, places: list[Library], pickup_at: Library | None
) -> dict[str, Any]:
    bib, queue, facts, policy = context["bib"], context["queue"], context["facts"], context["policy"]
    wishes = queries.wishes(
        patron,
        [bib],
        pickup_at=pickup_at,
        by_staff=False,
        policy=policy,
        today=schedule.today,
        known=facts,
        lendable={bib.pk: queue.copies.all},
    )
    form = context.get("form")
    if form is None:
        start = {"pickup_at": pickup_at.code if pickup_at else "", "token": uuid4()}
        form = ReservationForm(places=places, outlooks=schedule.outlooks, initial=start)
    else:
        form.offer(places, schedule.outlooks)  # what was refused was read without them
    return {
        "objections": rules.objections(wishes[bib.pk], policy),
        "form": form,
        "next_run": schedule.next_run,
        "is_in_basket": bib.pk in facts.basket,
    }


def _own_forecast(context: Context, hold: Hold) -> Forecast | None:
    """Return by when the patron's own reservation will probably be ready, None unless it waits (HLD-12)."""
    if not hold.is_waiting:
        return None
    schedule = Schedule.for_pages(clock.today(), context["policy"])
    if schedule.home is None:
        return None
    return queries.forecast_for(
        hold,
        context["queue"],
        policy=schedule.policy,
        today=schedule.today,
        opening=schedule.home.opening_days(),
        runs=schedule.windows_for(hold.pickup_at_id),
    )


def _usual_place(patron: Patron | None, places: list[Library]) -> Library | None:
    return next((place for place in places if patron is not None and place.pk == patron.last_pickup_id), None)


def _forecasts(context: Context, schedule: Schedule, usual: Library | None) -> list[tuple[Library, Forecast]]:
    """Return by when a reservation made now would be ready, at the prefectural library and where one usually collects.

    There is none where no copy is to be expected (HLD-12).
    """
    found = []
    if schedule.home is None:
        return []
    for place in dict.fromkeys([schedule.home, usual or schedule.home]):
        runs = [] if place.is_home else schedule.windows_for(place.pk)
        forecast = queries.forecast_for_next(
            context["queue"],
            is_delivered=not place.is_home,
            policy=schedule.policy,
            today=schedule.today,
            opening=schedule.home.opening_days(),
            runs=runs,
        )
        if forecast is not None:
            found.append((place, forecast))
    return found
