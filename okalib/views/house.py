"""The front page, opening days, pickup libraries, deliveries, from the data that the rules use (REQ-2)."""

from __future__ import annotations

from datetime import date

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.cache import patch_cache_control
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from catalog import queries as catalog
from delivery import queries as deliveries
from okalib import clock, days, queries, wording
from okalib.calendar_files import Entry, calendar_file, calendar_response
from okalib.web import public_page

ARRIVALS_SHOWN = 8
NEWS_SHOWN = 3
MONTHS_BACK, MONTHS_AHEAD = 1, 13
CALENDAR_KEPT_SECONDS = 60 * 60
A_WEEK = 7  # days


@require_safe
@public_page
def home(request: HttpRequest) -> HttpResponse:
    """Show the search box, today's opening in words, the next delivery run, the month and what is new."""
    today, library = clock.today(), queries.home_library()
    context = {
        "is_home": True,
        "library": library,
        "opening": queries.today_at(library, today) if library else None,
        "months": _months_ahead(library, today) if library else "",
        "next_run": deliveries.next_run(today),
        "arrivals": catalog.new_arrivals(ARRIVALS_SHOWN),
        "news": queries.news(today, NEWS_SHOWN),
        "today": today,
    }
    return render(request, "okalib/home.html", context)


def _months_ahead(library: queries.Library, today: date) -> str:
    """Return the part of the page with this month, and the next one as soon as a week from today lies in it."""

    def written() -> str:
        firsts = dict.fromkeys(day.replace(day=1) for day in (today, days.plus(today, A_WEEK)))
        months = [queries.month(library, first, _language()) for first in firsts]
        context = {"library": library, "months": months, "weekdays": _weekdays(), "today": today}
        return render_to_string("okalib/months.html", context)

    return queries.kept_with_rules(("months ahead", today, _language()), written)


@require_safe
@public_page
def calendar(request: HttpRequest) -> HttpResponse:
    """Show a month of one library: closed days in words, then the table (CAL-1 … CAL-4)."""
    today, code = clock.today(), request.GET.get("library", "").replace("\x00", "")
    library = queries.library(code) if code else queries.home_library()
    if library is None and code:
        raise Http404
    first = _month(request.GET.get("month", ""), today)
    context = {
        "library": library,
        "places": queries.pickup_points(),
        "month": queries.month(library, first, _language()) if library else None,
        "opening": queries.today_at(library, today) if library else None,
        "weekdays": _weekdays(),
        "has_previous": first > _months_from(today, -MONTHS_BACK),
        "has_following": first < _months_from(today, MONTHS_AHEAD),
        "today": today,
    }
    return render(request, "okalib/calendar.html", context)


@require_safe
def calendar_of_library(request: HttpRequest, code: str) -> HttpResponse:
    """Give the closed days and unusual hours of a library for a year as an iCalendar file, to subscribe to (CAL-4)."""
    library, today = queries.library(code.replace("\x00", "")), clock.today()
    if library is None:
        raise Http404
    shown = queries.days_shown(library, today, days.years_after(today, 1), _language())
    name = _("%(library)sの休館日") % {"library": library.label}
    content = calendar_file(name, _entries(library, shown), now=clock.now(), language=_language())
    response = calendar_response(content, f"calendar-{library.code}")
    patch_cache_control(response, public=True, max_age=CALENDAR_KEPT_SECONDS)
    return response


def _entries(library: queries.Library, shown: list[queries.DayShown]) -> list[Entry]:
    """Return one entry for each time of closing, and one for each day with other hours than its weekday has."""
    closed = [
        Entry(
            uid=f"closed-{closing.first_on:%Y%m%d}-{library.code}@okalib",
            first_on=closing.first_on,
            last_on=closing.last_on,
            title=_("休館（%(library)s）") % {"library": library.label},
            text=closing.note,
        )
        for closing in queries.closings(shown)
    ]
    usual = library.opening_days().weekly
    unusual = [
        Entry(
            uid=f"hours-{each.day:%Y%m%d}-{library.code}@okalib",
            first_on=each.day,
            last_on=each.day,
            title=_("%(hours)s 開館（%(library)s）") % {"hours": each.hours, "library": library.label},
            text=each.note,
        )
        for each in shown
        if each.is_open and each.hours != usual[each.day.weekday()]
    ]
    return sorted(closed + unusual, key=lambda entry: entry.first_on)


@require_safe
@public_page
def libraries(request: HttpRequest) -> HttpResponse:
    """List the pickup libraries with address, arrival day and services, and whom the next run leaves out (DLV-2)."""
    next_run = deliveries.next_run(clock.today())
    left_out = {row.library_id: row for row in next_run.exclusions.all()} if next_run else {}
    rows = [
        {"library": place, "town": "" if place.is_home else place.town, "left_out": left_out.get(place.pk)}
        for place in queries.pickup_points()
    ]
    return render(request, "okalib/libraries.html", {"rows": rows, "next_run": next_run})


@require_safe
@public_page
def delivery_schedule(request: HttpRequest) -> HttpResponse:
    """Show the present and coming delivery runs with their dates and what they leave out (DLV-1, DLV-2)."""
    today = clock.today()
    runs = deliveries.runs_from(today)
    following = next((run for run in runs if run.cut_off_on >= today), None)
    rows = [
        {
            "run": run,
            "is_collected": run.window_from <= today,
            "is_under_way": run.cut_off_on < today < run.window_from,
            "is_next": run == following,
        }
        for run in runs
    ]
    return render(request, "okalib/deliveries.html", {"rows": rows})


def _language() -> str:
    return get_language() or "ja"


def _weekdays() -> list[str]:
    names = wording.WEEKDAYS_EN if _language().startswith("en") else tuple(wording.WEEKDAYS_JA)
    return [names[-1], *names[:-1]]  # from Sunday


def _month(text: str, today: date) -> date:
    """Read "2026-12"; what is no month within reach is the present one."""
    try:
        first = date.fromisoformat(f"{text}-01")
    except ValueError:
        return today.replace(day=1)
    return min(max(first, _months_from(today, -MONTHS_BACK)), _months_from(today, MONTHS_AHEAD))


def _months_from(today: date, months: int) -> date:
    """Return the first day of the month that many months away."""
    first = today.replace(day=1)
    for _month_away in range(abs(months)):
        first = days.plus(first, 31 if months > 0 else -1).replace(day=1)
    return first
