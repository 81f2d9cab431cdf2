"""A year of one library on one page: what is open, what is closed and why, and the way to each change (CAL-4)."""

from __future__ import annotations

from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, gettext_lazy
from django.views.decorators.http import require_safe

from okalib import calendars, clock
from okalib.admin_site import desk_context, desk_page
from okalib.calendar_forms import FIRST_DAY, LAST_DAY
from okalib.calendars import Mark
from okalib.wording import WEEKDAYS_EN, WEEKDAYS_JA

SEE = "okalib.view_library"
CHANGE_DAYS = "okalib.change_closure"
CHANGE_PATTERN = "okalib.change_openinghours"


@desk_page("calendar/", gettext_lazy("開館カレンダー"), SEE, order=71)
@require_safe
def calendar(request: HttpRequest) -> HttpResponse:
    """Show a year of a library (`?library=&year=`), the prefectural one and this year unless asked otherwise."""
    today, choices = clock.today(), calendars.libraries()
    asked = _number(request.GET.get("library", "")) or (choices[0][0] if choices else 0)
    library = calendars.library_with_calendar(asked)
    number = min(max(_number(request.GET.get("year", "")) or today.year, FIRST_DAY.year), LAST_DAY.year)
    if library is None:
        context = desk_context(request, library=None, choices=choices, year=number)
        return render(request, "admin/okalib/calendar/year.html", context, status=404 if choices else 200)
    context = {
        "library": library,
        "choices": choices,
        "year": number,
        "today": today,
        "months": calendars.year(library, number, get_language() or "ja"),
        "weekdays": weekdays_from_sunday(),
        "pattern": calendars.pattern(library.opening_days()),
        "exceptions": calendars.exceptions(library, date(number, 1, 1), date(number, 12, 31)),
        "yearly": list(library.yearly_days.all()),
        "marks": [mark for mark in Mark if mark is not Mark.USUAL],
        "changes": calendars.changes(library),
        "may_change_days": request.user.has_perm(CHANGE_DAYS),
        "may_change_pattern": request.user.has_perm(CHANGE_PATTERN),
    }
    return render(request, "admin/okalib/calendar/year.html", desk_context(request, **context))


def weekdays_from_sunday() -> list[str]:
    """Return the short names of the weekdays from Sunday, as wall calendars in Japan have them."""
    names = WEEKDAYS_EN if (get_language() or "ja").startswith("en") else tuple(WEEKDAYS_JA)
    return [names[-1], *names[:-1]]


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0
