"""Some days of one library: closing them, opening them, giving them other hours (CAL-4).

Every change is shown first, with the days that it closes or opens and with what is due on them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from delivery import queries as delivery
from okalib import calendars, clock, days
from okalib.actions import calendar
from okalib.admin.calendar_year import CHANGE_DAYS
from okalib.admin_site import desk_page
from okalib.calendar_forms import FIRST_DAY, LAST_DAY, DaysForm, What
from okalib.days import OpeningDays
from okalib.desk import clerk
from okalib.models import Library
from okalib.previews import look_then_save
from okalib.web import found_or_404

MOST_DAYS_SHOWN = 62


@dataclass(frozen=True, slots=True)
class Period:
    """Days on end, both included."""

    first_on: date
    last_on: date


def year_of(library: Library, day: date) -> str:
    """Return the address of the year that a day of a library lies in."""
    return f"{reverse('admin:desk-calendar')}?library={library.pk}&year={day.year}"


def effect_on(library: Library, after: OpeningDays, period: Period | None = None) -> delivery.CalendarEffect:
    """Return what it means if a library, fetched with its calendar, has the calendar `after`."""
    first_on, last_on = (period.first_on, period.last_on) if period else (None, None)
    return delivery.calendar_effect(library, after, clock.today(), first_on=first_on, last_on=last_on)


@desk_page(
    "calendar/<int:library_id>/days/",
    gettext_lazy("休館・臨時開館・開館時間の変更"),
    CHANGE_DAYS,
    name="calendar-days",
    is_listed=False,
)
def some_days(request: HttpRequest, library_id: int) -> HttpResponse:
    """Show some days (`?first=&last=`) as they are, and close them, open them or give them other hours."""
    library = found_or_404(calendars.library_with_calendar(library_id))
    opening, period = library.opening_days(), _asked(request)
    form = DaysForm(
        request.POST or None,
        initial={
            "what": What.CLOSE if opening.is_open(period.first_on) else What.OPEN,
            "first_on": period.first_on,
            "last_on": None if period.last_on == period.first_on else period.last_on,
        },
    )
    if form.is_bound and form.is_valid():
        period = _typed(form)
    last_shown = min(period.last_on, days.plus(period.first_on, MOST_DAYS_SHOWN - 1))
    shown = calendars.some_days(library, period.first_on, last_shown, get_language() or "ja")
    return look_then_save(
        request,
        form,
        template="admin/okalib/calendar/days.html",
        effect=lambda form: effect_on(library, form.applied_to(opening), period),
        save=lambda form: _save(request, library, form),
        library=library,
        period=period,
        back=year_of(library, period.first_on),
        shown=calendars.stretches(shown),
        exceptions=calendars.exceptions(library, period.first_on, period.last_on),
    )


def _save(request: HttpRequest, library: Library, form: DaysForm) -> HttpResponse:
    data, hours = form.cleaned_data, form.hours()
    who = {"library": library, "reason": data["reason"], "by": clerk(request), "now": clock.now()}
    if hours is None:
        period = {name: data[name] for name in ("first_on", "last_on")}
        calendar.close_period(**period, public_note=data["public_note"], **who)
        messages.success(request, _("休館日を登録しました。"))
    else:
        meant = form.days_meant(library.opening_days())
        calendar.open_specially(on=meant, hours=hours, note=data["public_note"], **who)
        is_opening = data["what"] == What.OPEN
        messages.success(request, _("臨時開館を登録しました。") if is_opening else _("開館時間の変更を登録しました。"))
    return redirect(year_of(library, data["first_on"]))


def _typed(form: DaysForm) -> Period:
    return Period(form.cleaned_data["first_on"], form.cleaned_data["last_on"])


def _asked(request: HttpRequest) -> Period:
    """Read the days that were asked for; what are no days is today, and a last day before the first is the first."""
    first = _day(request.GET.get("first", "")) or clock.today()
    return Period(first, max(first, _day(request.GET.get("last", "")) or first))


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if FIRST_DAY <= day <= LAST_DAY else None
