"""What is typed about calendars (CAL-1 … CAL-4, CAL-7), and the calendar that would come of it.

Whether it can be done, the verbs say; here it is only read. `applied_to` makes a pure calendar for the preview.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from enum import StrEnum
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from okalib import days
from okalib.days import Hours, OpeningDays, YearlyRule
from okalib.desk_forms import FIRST_DAY, LAST_DAY, day_field, reason_field
from okalib.models.library import WEEKDAYS

MOST_OPENINGS = 92
MONTHS = [(month, str(month)) for month in range(1, 13)]
DAYS = [(day, str(day)) for day in range(1, 32)]
NOTE = gettext_lazy("利用者への掲示")
OPENS, CLOSES = gettext_lazy("開館時刻"), gettext_lazy("閉館時刻")


class What(StrEnum):
    """What is done to some days."""

    CLOSE = "close"
    OPEN = "open"
    HOURS = "hours"


WHAT = [
    (What.CLOSE, gettext_lazy("休館にする")),
    (What.OPEN, gettext_lazy("休館日に開館する（臨時開館）")),
    (What.HOURS, gettext_lazy("開館日の時間を変える")),
]


def _clock(label: Any, help_text: Any = "") -> forms.TimeField:
    widget = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    return forms.TimeField(label=label, help_text=help_text, required=False, widget=widget)


def _note() -> forms.CharField:
    return forms.CharField(
        label=NOTE,
        max_length=100,
        required=False,
        help_text=gettext_lazy("カレンダーに表示します。例：蔵書点検のため休館"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class CalendarForm(forms.Form):
    """A form with hours, which are both there or both empty."""

    def hours(self, opens: str = "opens", closes: str = "closes") -> Hours | None:
        """Return the hours that two fields name, None where they are empty."""
        data = self.cleaned_data
        return Hours(data[opens], data[closes]) if data.get(opens) and data.get(closes) else None

    def check_hours(self, opens: str = "opens", closes: str = "closes", *, are_needed: bool = False) -> None:
        """Note what is wrong with two fields of hours, at the one to be mended."""
        data = self.cleaned_data
        if opens in self.errors or closes in self.errors:
            return
        missing = [name for name in (opens, closes) if not data.get(name)]
        if missing and (are_needed or len(missing) == 1):
            for name in missing:
                self.add_error(name, _("開館時刻と閉館時刻を入力してください。"))
        elif not missing and data[opens] >= data[closes]:
            self.add_error(closes, _("閉館時刻は開館時刻より後にしてください。"))

    def check_period(self) -> None:
        """Note a last day before the first."""
        first_on, last_on = self.cleaned_data.get("first_on"), self.cleaned_data.get("last_on")
        if first_on and last_on and last_on < first_on:
            self.add_error("last_on", _("末日が初日より前になっています。"))


class DaysForm(CalendarForm):
    """Some days on end, and what is to become of them (CAL-4)."""

    what = forms.ChoiceField(label=gettext_lazy("何をしますか"), choices=WHAT)
    first_on = day_field(gettext_lazy("初日"), required=True)
    last_on = day_field(gettext_lazy("末日"), gettext_lazy("1日だけなら空欄のままにしてください。"), required=False)
    opens = _clock(OPENS, gettext_lazy("休館にするときは空欄のままにしてください。"))
    closes = _clock(CLOSES)
    public_note = _note()
    reason = reason_field()

    def clean(self) -> dict[str, Any]:
        """Compare the days and the hours."""
        data = super().clean() or {}
        data["last_on"] = data.get("last_on") or data.get("first_on")
        self.check_period()
        if data.get("what") == What.CLOSE:
            if data.get("opens") or data.get("closes"):
                self.add_error("opens", _("休館にするときは、時刻を空欄にしてください。"))
            return data
        self.check_hours(are_needed=True)
        too_long = not self.errors and days.days_between(data["first_on"], data["last_on"]) >= MOST_OPENINGS
        if too_long:
            self.add_error("last_on", _("一度に登録できるのは%(most)d日分までです。") % {"most": MOST_OPENINGS})
        return data

    def days_meant(self, opening: OpeningDays) -> list[date]:
        """Return the days that are to be opened, or to have other hours: the closed or the open ones of the period.

        A closure does not count here: it goes before an opening in any case (CAL-4).
        """
        data, plain = self.cleaned_data, replace(opening, closures=())
        wants_open = data["what"] == What.HOURS
        period = days.each_day(data["first_on"], data["last_on"])
        return [day for day in period if plain.is_open(day) == wants_open]

    def applied_to(self, opening: OpeningDays) -> OpeningDays:
        """Return the calendar with these days closed, opened or with these hours."""
        data = self.cleaned_data
        if data["what"] == What.CLOSE:
            return replace(opening, closures=(*opening.closures, (data["first_on"], data["last_on"])))
        hours = self.hours()
        added = {day: hours for day in self.days_meant(opening) if hours is not None}
        return replace(opening, openings=tuple(({**dict(opening.openings), **added}).items()))


class ClosureForm(CalendarForm):
    """The days and words of a closure (CAL-4)."""

    first_on = day_field(gettext_lazy("初日"), required=True)
    last_on = day_field(gettext_lazy("末日"), required=True)
    public_note = _note()
    reason = reason_field()

    def clean(self) -> dict[str, Any]:
        """Compare the days."""
        data = super().clean() or {}
        self.check_period()
        return data

    def applied_to(self, opening: OpeningDays, before: tuple[date, date]) -> OpeningDays:
        """Return the calendar with these days in place of one closure `before`."""
        period = (self.cleaned_data["first_on"], self.cleaned_data["last_on"])
        return without_closure(replace(opening, closures=(*opening.closures, period)), before)


class OpeningForm(CalendarForm):
    """The hours and words of an exceptional opening (CAL-4)."""

    opens = _clock(OPENS)
    closes = _clock(CLOSES)
    public_note = _note()
    reason = reason_field()

    def clean(self) -> dict[str, Any]:
        """Compare the hours."""
        data = super().clean() or {}
        self.check_hours(are_needed=True)
        return data

    def applied_to(self, opening: OpeningDays, day: date) -> OpeningDays:
        """Return the calendar with these hours on `day`."""
        others = dict(without_opening(opening, day).openings)
        hours = self.hours()
        return replace(opening, openings=tuple((others | ({day: hours} if hours else {})).items()))


class RemovalForm(forms.Form):
    """Why something is taken back."""

    reason = reason_field()


class PatternForm(CalendarForm):
    """Hours by weekday, Monday first; empty is closed (CAL-1, CAL-2)."""

    holiday_opens = _clock(gettext_lazy("祝日の開館時刻"), gettext_lazy("空欄なら祝日は休館です。"))
    holiday_closes = _clock(gettext_lazy("祝日の閉館時刻"))
    substitutes = forms.BooleanField(
        label=gettext_lazy("定休日が祝日なら開館し、次の祝日でない日に振替休館する"), required=False
    )
    reason = reason_field()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rest = self.fields
        self.fields = {}
        for weekday, label in WEEKDAYS:
            self.fields[f"opens_{weekday}"] = _clock(_("%(weekday)sの開館時刻") % {"weekday": label})
            self.fields[f"closes_{weekday}"] = _clock(_("%(weekday)sの閉館時刻") % {"weekday": label})
        self.fields |= rest

    def clean(self) -> dict[str, Any]:
        """Compare the hours of each weekday."""
        data = super().clean() or {}
        for weekday, _label in WEEKDAYS:
            self.check_hours(f"opens_{weekday}", f"closes_{weekday}")
        self.check_hours("holiday_opens", "holiday_closes", are_needed=bool(data.get("substitutes")))
        return data

    @property
    def weekdays(self) -> list[tuple[Any, forms.BoundField, forms.BoundField]]:
        """Name and both fields of each weekday, for the page."""
        return [(label, self[f"opens_{weekday}"], self[f"closes_{weekday}"]) for weekday, label in WEEKDAYS]

    def weekly(self) -> tuple[Hours | None, ...]:
        """Return the hours of the seven weekdays."""
        return tuple(self.hours(f"opens_{weekday}", f"closes_{weekday}") for weekday, _label in WEEKDAYS)

    def holiday_hours(self) -> Hours | None:
        """Return the hours of holidays."""
        return self.hours("holiday_opens", "holiday_closes")

    def applied_to(self, opening: OpeningDays) -> OpeningDays:
        """Return the calendar with this pattern."""
        return replace(
            opening,
            weekly=self.weekly(),
            holiday_hours=self.holiday_hours(),
            substitutes_holiday_closing=self.cleaned_data["substitutes"],
        )


class YearlyForm(CalendarForm):
    """Days that come back every year (CAL-3)."""

    first_month = forms.TypedChoiceField(label=gettext_lazy("初日の月"), choices=MONTHS, coerce=int)
    first_day = forms.TypedChoiceField(label=gettext_lazy("初日の日"), choices=DAYS, coerce=int)
    last_month = forms.TypedChoiceField(label=gettext_lazy("末日の月"), choices=MONTHS, coerce=int)
    last_day = forms.TypedChoiceField(label=gettext_lazy("末日の日"), choices=DAYS, coerce=int)
    opens = _clock(OPENS, gettext_lazy("空欄なら毎年休館です。時刻を入れると、開館日の時間をその範囲に狭めます。"))
    closes = _clock(CLOSES)
    public_note = _note()
    reason = reason_field()

    def clean(self) -> dict[str, Any]:
        """Compare the hours."""
        data = super().clean() or {}
        self.check_hours()
        return data

    def rule(self) -> YearlyRule:
        """Return the pure rule."""
        data = self.cleaned_data
        return YearlyRule(
            (data["first_month"], data["first_day"]), (data["last_month"], data["last_day"]), self.hours()
        )

    def applied_to(self, opening: OpeningDays, before: YearlyRule | None) -> OpeningDays:
        """Return the calendar with this rule, in place of the rule `before` if there is one."""
        return replace(without_yearly(opening, before), yearly=(*without_yearly(opening, before).yearly, self.rule()))


class HolidayForm(forms.Form):
    """A national holiday (CAL-7)."""

    day = day_field(gettext_lazy("日"), required=True)
    name = forms.CharField(label=gettext_lazy("名称"), max_length=50)
    name_en = forms.CharField(label=gettext_lazy("英語名"), max_length=80, required=False)
    reason = reason_field()


class HolidayImportForm(forms.Form):
    """Years, and which holidays of them to take over."""

    first_year = forms.IntegerField(label=gettext_lazy("最初の年"), min_value=FIRST_DAY.year, max_value=LAST_DAY.year)
    last_year = forms.IntegerField(label=gettext_lazy("最後の年"), min_value=FIRST_DAY.year, max_value=LAST_DAY.year)

    def clean(self) -> dict[str, Any]:
        """Compare the years; ten at a time are enough."""
        data = super().clean() or {}
        first, last = data.get("first_year"), data.get("last_year")
        if first and last and not first <= last < first + 10:
            self.add_error("last_year", _("最後の年は、最初の年から10年以内にしてください。"))
        return data


def without_closure(opening: OpeningDays, period: tuple[date, date]) -> OpeningDays:
    """Return the calendar without one closure of these days; another of the same days stays."""
    closures = list(opening.closures)
    closures.remove(period)
    return replace(opening, closures=tuple(closures))


def without_opening(opening: OpeningDays, day: date) -> OpeningDays:
    """Return the calendar without the exceptional opening of a day."""
    return replace(opening, openings=tuple(each for each in opening.openings if each[0] != day))


def without_yearly(opening: OpeningDays, rule: YearlyRule | None) -> OpeningDays:
    """Return the calendar without one rule of every year."""
    rules = list(opening.yearly)
    if rule is not None:
        rules.remove(rule)
    return replace(opening, yearly=tuple(rules))
