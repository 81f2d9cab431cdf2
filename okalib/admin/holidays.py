"""The national holidays of all libraries: imported from the package by a visible act, and mended by hand (CAL-7)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from delivery import queries as delivery
from okalib import calendars, clock
from okalib.actions import calendar
from okalib.admin_site import desk_context, desk_page
from okalib.calendar_forms import HolidayForm, HolidayImportForm, RemovalForm
from okalib.desk import clerk
from okalib.models import Holiday, Library
from okalib.previews import look_then_save, show_then_remove
from okalib.rules import Refusal, Refused

SEE, CHANGE = "okalib.view_holiday", "okalib.change_holiday"
YEARS_AHEAD = 2


@dataclass(frozen=True, slots=True)
class HolidayEffect:
    """What other holidays do to the prefectural library, and which others they touch."""

    home: delivery.CalendarEffect | None
    library: Library | None
    others: list[str]
    refusals: list[Refusal]


@desk_page("holidays/", gettext_lazy("祝日"), SEE, order=72)
@require_safe
def holidays(request: HttpRequest) -> HttpResponse:
    """List the holidays of a year (`?year=`), this one unless asked otherwise."""
    asked = request.GET.get("year", "")
    year = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) == 4 else clock.today().year
    context = {
        "year": year,
        "rows": calendars.holidays(year),
        "may_change": request.user.has_perm(CHANGE),
        "form": HolidayImportForm(initial=_years()),
    }
    return render(request, "admin/okalib/calendar/holidays.html", desk_context(request, **context))


@desk_page("holidays/import/", gettext_lazy("祝日の取り込み"), CHANGE, name="holiday-import", is_listed=False)
def import_holidays(request: HttpRequest) -> HttpResponse:
    """Compare the package with what is here (`?first_year=&last_year=`); a POST takes over what was ticked."""
    form = HolidayImportForm(request.POST or request.GET or _years())
    if not form.is_valid():
        return _import_page(request, form, status=422)
    years = form.cleaned_data
    if request.method != "POST":
        return _import_page(request, form, comparison=calendar.compare_holidays(**years))
    chosen = {day for day in map(_day, request.POST.getlist("chosen")) if day}
    try:
        counts = calendar.import_holidays(**years, chosen=chosen, by=clerk(request), now=clock.now())
    except Refused as refused:
        comparison = calendar.compare_holidays(**years)
        return _import_page(request, form, comparison=comparison, refusals=refused.refusals, status=409)
    said = _("祝日を取り込みました：新しい祝日 %(new)d日、名称を改めた祝日 %(changed)d日。")
    messages.success(request, said % counts)
    return redirect(f"{reverse('admin:desk-holidays')}?year={years['first_year']}")


def _import_page(request: HttpRequest, form: HolidayImportForm, status: int = 200, **more: object) -> HttpResponse:
    context = desk_context(request, form=form, **more)
    return render(request, "admin/okalib/calendar/holiday_import.html", context, status=status)


@desk_page("holidays/new/", gettext_lazy("祝日の追加"), CHANGE, name="holiday-new", is_listed=False)
def add_holiday(request: HttpRequest) -> HttpResponse:
    """Enter a holiday by hand: a day of ceremony, for one."""
    return _holiday(request, None)


@desk_page("holidays/<int:holiday_id>/", gettext_lazy("祝日の変更"), CHANGE, name="holiday", is_listed=False)
def change_holiday(request: HttpRequest, holiday_id: int) -> HttpResponse:
    """Move or rename a holiday."""
    return _holiday(request, get_object_or_404(Holiday, pk=holiday_id))


def _holiday(request: HttpRequest, row: Holiday | None) -> HttpResponse:
    known = Holiday.all_days()
    was = {row.day} if row else set()
    initial = {"day": row.day, "name": row.name, "name_en": row.name_en} if row else {}

    def save(form: HolidayForm) -> HttpResponse:
        saved = calendar.set_holiday(**form.cleaned_data, in_place_of=row, by=clerk(request), now=clock.now())
        messages.success(request, _("祝日を保存しました。"))
        return redirect(f"{reverse('admin:desk-holidays')}?year={saved.day.year}")

    return look_then_save(
        request,
        HolidayForm(request.POST or None, initial=initial),
        template="admin/okalib/calendar/holiday.html",
        effect=lambda form: _effect(known - was | {form.cleaned_data["day"]}, known),
        save=save,
        row=row,
        back=reverse("admin:desk-holidays"),
    )


@desk_page(
    "holidays/<int:holiday_id>/removal/", gettext_lazy("祝日の削除"), CHANGE, name="holiday-removal", is_listed=False
)
def remove_holiday(request: HttpRequest, holiday_id: int) -> HttpResponse:
    """Let a day be no holiday, after a look at what that closes and opens."""
    row, known = get_object_or_404(Holiday, pk=holiday_id), Holiday.all_days()

    def done(form: RemovalForm) -> HttpResponse:
        year = row.day.year
        calendar.remove_holiday(holiday=row, reason=form.cleaned_data["reason"], by=clerk(request), now=clock.now())
        messages.success(request, _("削除しました。"))
        return redirect(f"{reverse('admin:desk-holidays')}?year={year}")

    return show_then_remove(
        request,
        RemovalForm(request.POST or None),
        template="admin/okalib/calendar/holiday.html",
        effect=_effect(known - {row.day}, known),
        remove=done,
        row=row,
        is_removal=True,
        back=reverse("admin:desk-holidays"),
    )


def _effect(holidays: frozenset[date], before: frozenset[date]) -> HolidayEffect:
    library = Library.objects.with_calendar().filter(is_home=True).first()
    changed = holidays ^ before
    if library is None or not changed:
        return HolidayEffect(None, library, [], [])
    after = replace(library.opening_days(), holidays=holidays)
    home = delivery.calendar_effect(library, after, clock.today(), first_on=min(changed), last_on=max(changed))
    return HolidayEffect(home, library, delivery.libraries_touched(holidays, changed), home.refusals)


def _years() -> dict[str, int]:
    return {"first_year": clock.today().year, "last_year": clock.today().year + YEARS_AHEAD}


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
