"""The weekly pattern of a library, and the days that come back every year (CAL-1 … CAL-3)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time

from django.utils.translation import gettext_noop

from okalib.actions import staff
from okalib.actions.calendar.soundness import keep_in_reach
from okalib.days import Hours, YearlyRule
from okalib.models import Library, OpeningHours, User, YearlyDay
from okalib.rules import Refusal, Refused
from okalib.transactions import verb

TUESDAY, SATURDAY = 1, 5
LATE = Hours(time(9), time(19))
EARLY = Hours(time(10), time(18))
A_LEAP_YEAR = 2028

NO_SUCH_DAY = Refusal(
    "no_such_day", "暦にない日です。月と日を確かめてください。", "There is no such day. Please check month and day."
)
SUBSTITUTE_WITHOUT_HOURS = Refusal(
    "substitute_without_hours",
    "休館日が祝日のときに開館するには、祝日の開館時間が必要です。",
    "To open on holidays that fall on a closed weekday, the hours of holidays are needed.",
)


@verb
def give_prefectural_pattern(*, library: Library) -> None:
    """Give a library the weekly pattern and the year-end of the prefectural library, in place of its own (CAL-1…CAL-3).

    Closures and exceptional openings stay as they are.
    """
    library.opening_hours.all().delete()
    library.yearly_days.all().delete()
    for weekday in range(TUESDAY, 7):
        hours = EARLY if weekday >= SATURDAY else LATE
        OpeningHours.objects.create(library=library, weekday=weekday, opens=hours.opens, closes=hours.closes)
    YearlyDay.objects.create(
        library=library, first_month=12, first_day=29, last_month=1, last_day=3, note=gettext_noop("年末年始")
    )
    YearlyDay.objects.create(
        library=library,
        first_month=1,
        first_day=4,
        last_month=1,
        last_day=4,
        opens=time(12),
        closes=LATE.closes,
        note=gettext_noop("年始は正午から開館"),
    )
    library.holiday_opens, library.holiday_closes = EARLY.opens, EARLY.closes
    library.substitutes_holiday_closing = True
    library.save(update_fields=["holiday_opens", "holiday_closes", "substitutes_holiday_closing"])


@verb
def set_pattern(
    *,
    library: Library,
    weekly: Sequence[Hours | None],
    holiday_hours: Hours | None,
    substitutes_holiday_closing: bool,
    by: User | None,
    now: datetime,
    reason: str = "",
) -> Library:
    """Give a library other hours by weekday (seven from Monday, None is closed) and on holidays (CAL-1, CAL-2).

    They hold at once. Raises Refused (substitute_without_hours, no_open_day).
    """
    library = Library.objects.select_for_update(no_key=True, of=("self",)).get(pk=library.pk)
    if substitutes_holiday_closing and holiday_hours is None:
        raise Refused([SUBSTITUTE_WITHOUT_HOURS])
    library.opening_hours.all().delete()
    OpeningHours.objects.bulk_create(
        OpeningHours(library=library, weekday=weekday, opens=hours.opens, closes=hours.closes)
        for weekday, hours in enumerate(weekly)
        if hours is not None
    )
    library.holiday_opens = holiday_hours.opens if holiday_hours else None
    library.holiday_closes = holiday_hours.closes if holiday_hours else None
    library.substitutes_holiday_closing = substitutes_holiday_closing
    library.save(update_fields=["holiday_opens", "holiday_closes", "substitutes_holiday_closing"])
    keep_in_reach(library=library, now=now)
    staff.record(verb="set_pattern", subject=library.code, by=by, now=now, reason=reason)
    return library


@verb
def set_yearly(
    *,
    library: Library,
    rule: YearlyRule,
    by: User | None,
    now: datetime,
    note: str = "",
    reason: str = "",
    in_place_of: YearlyDay | None = None,
) -> YearlyDay:
    """Close a library on the same days every year, or give these days hours of their own (CAL-3).

    `in_place_of` is the rule that this one replaces. Raises Refused (no_such_day, no_open_day).
    """
    if not all(_is_a_day(*month_and_day) for month_and_day in (rule.first, rule.last)):
        raise Refused([NO_SUCH_DAY])
    row = in_place_of or YearlyDay(library=library)
    (row.first_month, row.first_day), (row.last_month, row.last_day) = rule.first, rule.last
    row.opens, row.closes = (rule.hours.opens, rule.hours.closes) if rule.hours else (None, None)
    row.note = note
    row.save()
    keep_in_reach(library=library, now=now)
    hours = f" {rule.hours}" if rule.hours else ""
    staff.record(verb="set_yearly", subject=f"{library.code} {row}{hours}", by=by, now=now, reason=reason or note)
    return row


@verb
def remove_yearly(*, yearly: YearlyDay, by: User | None, now: datetime, reason: str = "") -> None:
    """Take back a rule of every year (CAL-3). Raises Refused (no_open_day)."""
    library, subject = yearly.library, f"{yearly.library.code} {yearly}"
    yearly.delete()
    keep_in_reach(library=library, now=now)
    staff.record(verb="remove_yearly", subject=subject, by=by, now=now, reason=reason)


def _is_a_day(month: int, day: int) -> bool:
    try:
        date(A_LEAP_YEAR, month, day)
    except ValueError:
        return False
    return True
