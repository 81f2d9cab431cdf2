"""Closing in an emergency: look first, then do it; and take it back (CAL-8)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from delivery import actions, queries
from delivery.actions.emergency import LABELS, Move
from delivery.desk_forms import EmergencyForm
from okalib import clock
from okalib.admin_site import desk_page
from okalib.desk import carry_out, clerk
from okalib.models import EmergencyClosure, Library
from okalib.previews import look_then_save
from okalib.rules import Refusal, Refused

CLOSE = "okalib.add_emergencyclosure"
CLOSURES_SHOWN, MOVES_SHOWN = 20, 100


@dataclass(frozen=True, slots=True)
class EmergencyEffect:
    """What a closure would move, the first of it one by one, all of it by the day it would go to."""

    calendar: queries.CalendarEffect | None
    moves: list[tuple[str, Move]]
    number: int
    patrons: int
    by_day: list[tuple[date, int, int]]
    refusals: list[Refusal]
    is_in_force: bool = False
    """Whether the very same days are closed by an emergency already: applied again, nothing changes."""


@desk_page("emergency/", gettext_lazy("臨時休館"), CLOSE, order=70)
def emergency(request: HttpRequest) -> HttpResponse:
    """Enter a closure (`?library=&first_on=&last_on=` fills it in), see what it would move, and apply it.

    Applied twice it changes nothing.
    """
    asked = {name: request.GET[name] for name in ("library", "first_on", "last_on") if request.GET.get(name)}
    return look_then_save(
        request,
        EmergencyForm(request.POST or None, initial=asked),
        template="admin/delivery/emergency.html",
        effect=_effect,
        save=lambda form: _apply(request, form),
        closures=EmergencyClosure.objects.select_related("library", "applied_by").order_by("-id")[:CLOSURES_SHOWN],
        back=reverse("admin:index"),
        most_shown=MOVES_SHOWN,
    )


def _effect(form: EmergencyForm) -> EmergencyEffect:
    place = {name: form.cleaned_data[name] for name in ("library", "first_on", "last_on", "spread_days")}
    try:
        moves = actions.preview_emergency(**place, now=clock.now())
    except Refused as refused:
        return EmergencyEffect(None, [], 0, 0, [], refused.refusals)
    language = "en" if (get_language() or "ja").startswith("en") else "ja"
    goes_to = Counter((move.after, move.kind) for move in moves)
    return EmergencyEffect(
        _calendar_effect(**{name: place[name] for name in ("library", "first_on", "last_on")}),
        [(LABELS[move.kind][language], move) for move in moves[:MOVES_SHOWN]],
        len(moves),
        len({move.patron.pk for move in moves}),
        [(day, goes_to[day, "loan"], goes_to[day, "hold"]) for day in sorted({day for day, _kind in goes_to})],
        [],
        queries.emergency_in_force(place["library"], place["first_on"], place["last_on"]) is not None,
    )


def _calendar_effect(library: Library, first_on: date, last_on: date) -> queries.CalendarEffect:
    library = Library.objects.with_calendar().get(pk=library.pk)
    after = queries.opening_days_if_closed(library, first_on, last_on)
    return queries.calendar_effect(library, after, clock.today(), first_on=first_on, last_on=last_on)


def _apply(request: HttpRequest, form: EmergencyForm) -> HttpResponse:
    closure = actions.close_in_emergency(**form.cleaned_data, by=clerk(request), now=clock.now())
    said = _("臨時休館を適用し、%(number)d件の日付を移しました。利用者にお知らせします。")
    messages.success(request, said % {"number": closure.moves.count()})
    return HttpResponseRedirect(reverse("admin:desk-emergency"))


@desk_page("emergency/<int:closure_id>/undoing/", gettext_lazy("臨時休館の取消"), CLOSE, is_listed=False)
@require_POST
def undo(request: HttpRequest, closure_id: int) -> HttpResponse:
    """Take a closure back: what it moved goes back, never into the past."""
    closure = get_object_or_404(EmergencyClosure.objects.select_related("library"), pk=closure_id)
    carry_out(
        request,
        lambda: actions.undo_emergency(closure=closure, by=clerk(request), now=clock.now()),
        _("臨時休館を取り消し、日付を元に戻しました。"),
    )
    return HttpResponseRedirect(reverse("admin:desk-emergency"))
