"""The words of the calendar editor: `{% load okalib_calendars %}`."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from okalib.calendars import Change, Mark, Weekdays
from okalib.models import YearlyDay
from okalib.models.library import WEEKDAYS
from okalib.templatetags.okalib_days import day
from okalib.wording import MONTHS_EN

register = template.Library()

SHORT: dict[Mark, Any] = {
    Mark.USUAL: "",
    Mark.WEEKLY: _("定休"),
    Mark.SUBSTITUTE: _("振替"),
    Mark.YEARLY: _("毎年"),
    Mark.HOLIDAY_CLOSED: _("祝休"),
    Mark.CLOSURE: _("休館"),
    Mark.EMERGENCY: _("臨休"),
    Mark.HOLIDAY: _("祝開"),
    Mark.OPENING: _("臨開"),
    Mark.HOURS: _("時間"),
}
LONG: dict[Mark, Any] = {
    Mark.USUAL: _("開館"),
    Mark.WEEKLY: _("定休日"),
    Mark.SUBSTITUTE: _("振替休館日（祝日に開館した分）"),
    Mark.YEARLY: _("毎年の休館日"),
    Mark.HOLIDAY_CLOSED: _("祝日のため休館"),
    Mark.CLOSURE: _("休館期間"),
    Mark.EMERGENCY: _("臨時休館"),
    Mark.HOLIDAY: _("祝日の開館"),
    Mark.OPENING: _("臨時開館"),
    Mark.HOURS: _("ふだんと違う開館時間"),
}


@register.filter
def short(mark: Mark) -> str:
    """Write a mark as it stands on a day of the year."""
    return str(SHORT[mark])


@register.filter
def word(mark: Mark) -> str:
    """Write a mark in full."""
    return str(LONG[mark])


@register.filter
def span(stretch: Any) -> str:
    """Write days on end, from `first_on` to `last_on`, or the one day."""
    first, last = stretch.first_on, stretch.last_on
    if first == last:
        return day(first)
    return f"{day(first)}{_between()}{day(last, first)}"


@register.filter
def weekdays(row: Weekdays) -> str:
    """Write weekdays on end, or the one."""
    if row.first == row.last:
        return str(WEEKDAYS[row.first][1])
    return f"{WEEKDAYS[row.first][1]}{_between()}{WEEKDAYS[row.last][1]}"


@register.filter
def total(changes: list[Change]) -> int:
    """Count the days of some changes."""
    return sum(change.number_of_days for change in changes)


@register.filter
def yearly_span(row: YearlyDay) -> str:
    """Write days that come every year: 12月29日〜1月3日, 29 December – 3 January."""
    first, last = _month_day(row.first_month, row.first_day), _month_day(row.last_month, row.last_day)
    return first if first == last else f"{first}{_between()}{last}"


def _month_day(month: int, number: int) -> str:
    return f"{number} {MONTHS_EN[month - 1]}" if _is_english() else f"{month}月{number}日"


def _between() -> str:
    return " – " if _is_english() else "〜"


def _is_english() -> bool:
    return (get_language() or "ja").startswith("en")
