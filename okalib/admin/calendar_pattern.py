"""The weekly pattern of a library, and the days that come back every year (CAL-1 … CAL-3)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from okalib import calendars, clock
from okalib.actions import calendar
from okalib.admin.calendar_days import effect_on, year_of
from okalib.admin.calendar_exceptions import removal
from okalib.admin.calendar_year import CHANGE_PATTERN
from okalib.admin_site import desk_page
from okalib.calendar_forms import PatternForm, YearlyForm, without_yearly
from okalib.desk import clerk
from okalib.models import Library, YearlyDay
from okalib.previews import look_then_save
from okalib.web import found_or_404


@desk_page(
    "calendar/<int:library_id>/pattern/",
    gettext_lazy("曜日ごとの開館時間"),
    CHANGE_PATTERN,
    name="calendar-pattern",
    is_listed=False,
)
def pattern(request: HttpRequest, library_id: int) -> HttpResponse:
    """Give a library other hours by weekday and on holidays."""
    library = found_or_404(calendars.library_with_calendar(library_id))

    def save(form: PatternForm) -> HttpResponse:
        calendar.set_pattern(
            library=library,
            weekly=form.weekly(),
            holiday_hours=form.holiday_hours(),
            substitutes_holiday_closing=form.cleaned_data["substitutes"],
            reason=form.cleaned_data["reason"],
            by=clerk(request),
            now=clock.now(),
        )
        messages.success(request, _("曜日ごとの開館時間を変更しました。"))
        return redirect(year_of(library, clock.today()))

    return look_then_save(
        request,
        PatternForm(request.POST or None, initial=_pattern_now(library)),
        template="admin/okalib/calendar/pattern.html",
        effect=lambda form: effect_on(library, form.applied_to(library.opening_days())),
        save=save,
        library=library,
        back=year_of(library, clock.today()),
    )


def _pattern_now(library: Library) -> dict[str, Any]:
    now: dict[str, Any] = {
        "holiday_opens": library.holiday_opens,
        "holiday_closes": library.holiday_closes,
        "substitutes": library.substitutes_holiday_closing,
    }
    for row in library.opening_hours.all():
        now |= {f"opens_{row.weekday}": row.opens, f"closes_{row.weekday}": row.closes}
    return now


@desk_page(
    "calendar/<int:library_id>/yearly/",
    gettext_lazy("毎年の休館・開館時間の追加"),
    CHANGE_PATTERN,
    name="calendar-yearly",
    is_listed=False,
)
def add_yearly(request: HttpRequest, library_id: int) -> HttpResponse:
    """Close a library on the same days every year, or give them hours of their own."""
    return _yearly(request, found_or_404(calendars.library_with_calendar(library_id)), None)


@desk_page(
    "calendar/yearly/<int:yearly_id>/",
    gettext_lazy("毎年の休館・開館時間の変更"),
    CHANGE_PATTERN,
    name="calendar-yearly-day",
    is_listed=False,
)
def change_yearly(request: HttpRequest, yearly_id: int) -> HttpResponse:
    """Change a rule of every year."""
    row = found_or_404(calendars.yearly_day(yearly_id))
    return _yearly(request, found_or_404(calendars.library_with_calendar(row.library_id)), row)


def _yearly(request: HttpRequest, library: Library, row: YearlyDay | None) -> HttpResponse:
    initial: dict[str, Any] = {"first_month": 12, "first_day": 29, "last_month": 1, "last_day": 3}
    if row is not None:
        initial = {name: getattr(row, name) for name in (*initial, "opens", "closes")} | {"public_note": row.note}
    before = row.as_rule() if row else None

    def save(form: YearlyForm) -> HttpResponse:
        data = form.cleaned_data
        calendar.set_yearly(
            library=library,
            rule=form.rule(),
            note=data["public_note"],
            reason=data["reason"],
            in_place_of=row,
            by=clerk(request),
            now=clock.now(),
        )
        messages.success(request, _("毎年の休館・開館時間を保存しました。"))
        return redirect(year_of(library, clock.today()))

    return look_then_save(
        request,
        YearlyForm(request.POST or None, initial=initial),
        template="admin/okalib/calendar/exception.html",
        effect=lambda form: effect_on(library, form.applied_to(library.opening_days(), before)),
        save=save,
        library=library,
        row=row,
        back=year_of(library, clock.today()),
        removal=reverse("admin:desk-calendar-yearly-removal", args=[row.pk]) if row else "",
    )


@desk_page(
    "calendar/yearly/<int:yearly_id>/removal/",
    gettext_lazy("毎年の休館・開館時間の削除"),
    CHANGE_PATTERN,
    name="calendar-yearly-removal",
    is_listed=False,
)
def remove_yearly(request: HttpRequest, yearly_id: int) -> HttpResponse:
    """Take a rule of every year back, after a look at what opens by it."""
    row = found_or_404(calendars.yearly_day(yearly_id))
    library = found_or_404(calendars.library_with_calendar(row.library_id))
    after = without_yearly(library.opening_days(), row.as_rule())

    def remove(reason: str) -> None:
        calendar.remove_yearly(yearly=row, reason=reason, by=clerk(request), now=clock.now())

    return removal(request, library, row, effect_on(library, after), remove, back=clock.today())
