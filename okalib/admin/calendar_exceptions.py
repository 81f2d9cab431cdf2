"""One closure or one exceptional opening of a library: changing it, and taking it back (CAL-4)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from delivery import queries as delivery
from okalib import calendars, clock
from okalib.actions import calendar
from okalib.admin.calendar_days import Period, effect_on, year_of
from okalib.admin.calendar_year import CHANGE_DAYS
from okalib.admin_site import desk_page
from okalib.calendar_forms import ClosureForm, OpeningForm, RemovalForm, without_closure, without_opening
from okalib.desk import clerk
from okalib.models import Closure, Library, SpecialOpening
from okalib.previews import look_then_save, show_then_remove
from okalib.web import found_or_404

EXCEPTION = "admin/okalib/calendar/exception.html"


@desk_page(
    "calendar/closures/<int:closure_id>/",
    gettext_lazy("休館期間の変更"),
    CHANGE_DAYS,
    name="calendar-closure",
    is_listed=False,
)
def closure(request: HttpRequest, closure_id: int) -> HttpResponse:
    """Give a closure other days or words."""
    row, library = _closure(closure_id)
    was = Period(row.first_on, row.last_on)
    initial = {name: getattr(row, name) for name in ("first_on", "last_on", "public_note", "reason")}

    def save(form: ClosureForm) -> HttpResponse:
        calendar.change_closure(closure=row, by=clerk(request), now=clock.now(), **form.cleaned_data)
        messages.success(request, _("休館期間を変更しました。"))
        return redirect(year_of(library, form.cleaned_data["first_on"]))

    return look_then_save(
        request,
        ClosureForm(request.POST or None, initial=initial),
        template=EXCEPTION,
        effect=lambda form: effect_on(
            library, form.applied_to(library.opening_days(), (was.first_on, was.last_on)), _both(was, form)
        ),
        save=save,
        library=library,
        row=row,
        removal=reverse("admin:desk-calendar-closure-removal", args=[row.pk]),
        back=year_of(library, row.first_on),
    )


@desk_page(
    "calendar/closures/<int:closure_id>/removal/",
    gettext_lazy("休館期間の削除"),
    CHANGE_DAYS,
    name="calendar-closure-removal",
    is_listed=False,
)
def remove_closure(request: HttpRequest, closure_id: int) -> HttpResponse:
    """Take a closure back, after a look at what opens by it."""
    row, library = _closure(closure_id)
    after = without_closure(library.opening_days(), (row.first_on, row.last_on))
    effect = effect_on(library, after, Period(row.first_on, row.last_on))
    return removal(request, library, row, effect, _remove(request, row), back=row.first_on)


@desk_page(
    "calendar/openings/<int:opening_id>/",
    gettext_lazy("臨時開館・開館時間の変更"),
    CHANGE_DAYS,
    name="calendar-opening",
    is_listed=False,
)
def opening(request: HttpRequest, opening_id: int) -> HttpResponse:
    """Give an exceptional opening other hours or words."""
    row, library = _opening(opening_id)
    initial = {"opens": row.opens, "closes": row.closes, "public_note": row.note}

    def save(form: OpeningForm) -> HttpResponse:
        data, hours = form.cleaned_data, form.hours()
        assert hours is not None  # noqa: S101 - the form has checked it
        words = {"note": data["public_note"], "reason": data["reason"]}
        calendar.change_opening(opening=row, hours=hours, by=clerk(request), now=clock.now(), **words)
        messages.success(request, _("開館時間を変更しました。"))
        return redirect(year_of(library, row.day))

    return look_then_save(
        request,
        OpeningForm(request.POST or None, initial=initial),
        template=EXCEPTION,
        effect=lambda form: effect_on(
            library, form.applied_to(library.opening_days(), row.day), Period(row.day, row.day)
        ),
        save=save,
        library=library,
        row=row,
        removal=reverse("admin:desk-calendar-opening-removal", args=[row.pk]),
        back=year_of(library, row.day),
    )


@desk_page(
    "calendar/openings/<int:opening_id>/removal/",
    gettext_lazy("臨時開館・開館時間の変更の削除"),
    CHANGE_DAYS,
    name="calendar-opening-removal",
    is_listed=False,
)
def remove_opening(request: HttpRequest, opening_id: int) -> HttpResponse:
    """Take an exceptional opening back, after a look at what closes by it."""
    row, library = _opening(opening_id)
    effect = effect_on(library, without_opening(library.opening_days(), row.day), Period(row.day, row.day))
    return removal(request, library, row, effect, _remove(request, row), back=row.day)


def removal(
    request: HttpRequest,
    library: Library,
    row: Any,
    effect: delivery.CalendarEffect,
    remove: Callable[[str], None],
    *,
    back: date,
) -> HttpResponse:
    """Show what taking a rule of a calendar back would do, ask why, and do it."""

    def done(form: RemovalForm) -> HttpResponse:
        remove(form.cleaned_data["reason"])
        messages.success(request, _("削除しました。"))
        return redirect(year_of(library, back))

    return show_then_remove(
        request,
        RemovalForm(request.POST or None),
        template="admin/okalib/calendar/removal.html",
        effect=effect,
        remove=done,
        library=library,
        row=row,
        back=year_of(library, back),
    )


def _remove(request: HttpRequest, row: Closure | SpecialOpening) -> Callable[[str], None]:
    return lambda reason: calendar.remove(exception=row, reason=reason, by=clerk(request), now=clock.now())


def _closure(closure_id: int) -> tuple[Closure, Library]:
    row = found_or_404(calendars.closure(closure_id))
    return row, found_or_404(calendars.library_with_calendar(row.library_id))


def _opening(opening_id: int) -> tuple[SpecialOpening, Library]:
    row = found_or_404(calendars.opening(opening_id))
    return row, found_or_404(calendars.library_with_calendar(row.library_id))


def _both(was: Period, form: ClosureForm) -> Period:
    """The days that a closure had and those that it would have."""
    data = form.cleaned_data
    return Period(min(was.first_on, data["first_on"]), max(was.last_on, data["last_on"]))
