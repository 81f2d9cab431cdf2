"""What pages ask of libraries, their calendars and the policy."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, TypeVar, cast

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from okalib import days
from okalib.days import ClosedReason, Hours, OpeningDays
from okalib.models import (
    Closure,
    Holiday,
    Kept,
    Library,
    News,
    PatronCategory,
    PhoneNumber,
    PolicySettings,
    Question,
)
from okalib.rules import Limits, MaterialClass, Policy

T = TypeVar("T")

SUNDAY = 6


def policy() -> Policy:
    """Return the policy in force."""
    return PolicySettings.current()


def policy_last_known() -> Policy:
    """Return the policy as this process has read it last, without asking the database."""
    return PolicySettings.last_known


def usual_limits() -> Limits:
    """Return the limits of the first category of patrons, which most have (PAT-5)."""
    category = PatronCategory.objects.order_by("pk").first()
    return category.limits() if category else Limits()


_HOME: Kept[Library | None] = Kept()


def home_library() -> Library | None:
    """Return the prefectural library with its calendar, None in a house without libraries.

    Kept until a library or a calendar changes, so that nobody may change it.
    """
    return _HOME.get("home", lambda: Library.objects.with_calendar().filter(is_home=True).first())


def is_home_open(day: date) -> bool:
    """Tell whether the prefectural library is open on a day; jobs ask this before they work (OPS-1)."""
    home = home_library()
    return home is not None and home.opening_days().is_open(day)


def home_library_name() -> str:
    """Return the name of the prefectural library in the reader's language, "" where there is none."""
    name, name_en = Library.home_names()
    return name_en if name_en and (get_language() or "ja").startswith("en") else name


def library(code: str) -> Library | None:
    """Return a library that patrons may see, with its calendar."""
    return Library.objects.pickup_points().with_calendar().filter(code=code).first()


_PICKUP_POINTS: Kept[list[Library]] = Kept()


def pickup_points(material_class: MaterialClass | None = None) -> list[Library]:
    """Return where things of a class may be collected, the prefectural library first, then by town and name (A23).

    Each has its calendar with it; kept until a library or a calendar changes, so that nobody may change them.
    """
    places = _PICKUP_POINTS.get("all", _read_pickup_points)
    return [place for place in places if place.is_home or place.accepts_av or material_class != MaterialClass.AV]


def _read_pickup_points() -> list[Library]:
    found = Library.objects.pickup_points().with_opening_days().select_related("central").order_by("name_kana", "id")
    places = list(found)
    town_kana: dict[str, str] = {}
    for place in places:
        town_kana.setdefault(place.town, place.name_kana)  # by the reading of its first library: towns have none here
    return sorted(places, key=lambda place: (not place.is_home, town_kana[place.town], place.town))


_MADE: Kept[Any] = Kept()


def kept_with_rules(key: Hashable, make: Callable[[], T]) -> T:
    """Return what a page makes of policy, libraries and calendars alone, for everybody alike; kept until they change.

    The key names all else that it depends on, the day and the language.
    """
    return cast(T, _MADE.get(key, make))


# --- the opening calendar as people read it ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DayShown:
    """One day of a month: the hours, or why closed, and what is to be said of it."""

    day: date
    is_in_month: bool
    hours: Hours | None
    why_closed: ClosedReason | None
    note: str

    @property
    def is_open(self) -> bool:
        """Whether the library opens at all."""
        return self.hours is not None


@dataclass(frozen=True, slots=True)
class Closing:
    """A day, or days on end, on which a library is closed."""

    first_on: date
    last_on: date
    note: str


@dataclass(frozen=True, slots=True)
class MonthShown:
    """One month of one library, in weeks from Sunday as Japanese wall calendars have them (REQ-2)."""

    first: date
    weeks: list[list[DayShown]]

    @property
    def days(self) -> list[DayShown]:
        """The days of the month itself."""
        return [shown for week in self.weeks for shown in week if shown.is_in_month]

    @property
    def closings(self) -> list[Closing]:
        """The days without opening, for the sentence above the table; days on end with one note are one period."""
        return closings(self.days)

    @property
    def has_notes(self) -> bool:
        """Whether there is more to say of some closed days than that they are closed."""
        return any(closing.note for closing in self.closings)

    @property
    def previous(self) -> date:
        """The first day of the month before."""
        return days.plus(self.first, -1).replace(day=1)

    @property
    def following(self) -> date:
        """The first day of the month after."""
        return days.plus(self.days[-1].day, 1)


def closings(shown: Iterable[DayShown]) -> list[Closing]:
    """Gather the closed days among some days on end; those that follow one another with one note are one period."""
    found: list[Closing] = []
    for each in shown:
        if each.is_open:
            continue
        before = found[-1] if found else None
        if before and before.note == each.note and days.plus(before.last_on, 1) == each.day:
            found[-1] = Closing(before.first_on, each.day, each.note)
        else:
            found.append(Closing(each.day, each.day, each.note))
    return found


def month(library: Library, first: date, language: str = "ja") -> MonthShown:
    """Return the month that begins on `first` as a library keeps it (CAL-1 … CAL-4)."""
    last = days.plus(days.plus(first, 31).replace(day=1), -1)
    begin = days.next_weekday(days.plus(first, -6), SUNDAY)
    end = days.plus(days.next_weekday(days.plus(last, 1), SUNDAY), -1)
    shown = [
        replace(shown, is_in_month=first <= shown.day <= last) for shown in days_shown(library, begin, end, language)
    ]
    return MonthShown(first, [shown[start : start + 7] for start in range(0, len(shown), 7)])


def days_shown(library: Library, first: date, last: date, language: str = "ja") -> list[DayShown]:
    """Return some days on end of a library (fetched with its calendar), each with what is to be said of it."""
    opening = library.opening_days()
    notes = _notes(library, opening, first, last, language)
    return [
        DayShown(day, True, opening.hours_on(day), opening.why_closed(day), notes.get(day, ""))
        for day in days.each_day(first, last)
    ]


def _notes(library: Library, opening: OpeningDays, begin: date, end: date, language: str) -> dict[date, str]:
    """Return what is to be said of days: names of holidays, and over them the public notes of the calendar."""
    in_english = language.startswith("en")
    notes = {
        holiday.day: (holiday.name_en or holiday.name) if in_english else holiday.name
        for holiday in Holiday.objects.filter(day__range=(begin, end))
    }
    for row in library.yearly_days.all():
        rule = row.as_rule()
        covered = [day for day in days.each_day(begin, end) if rule.covers(day)]
        # hours of a day that is closed all the same, a Monday for one, are no news
        notes |= {day: _(row.note) for day in covered if row.note and (rule.hours is None or opening.is_open(day))}
    notes |= {special.day: special.note for special in library.special_openings.all() if special.note}
    for closure in library.closures.all():
        if closure.public_note:
            first, last = max(begin, closure.first_on), min(end, closure.last_on)
            notes |= dict.fromkeys(days.each_day(first, last), closure.public_note)
    return notes


@dataclass(frozen=True, slots=True)
class Today:
    """Today's opening in words: the hours, and the next open day where it is closed."""

    day: date
    hours: Hours | None
    next_open_on: date | None
    next_hours: Hours | None


def today_at(library: Library, today: date) -> Today:
    """Return what the door of a library says today; without an open day in reach, nothing is promised (CAL-6)."""
    opening: OpeningDays = library.opening_days()
    try:
        upcoming = opening.after(today)
    except days.NoOpenDay:
        return Today(today, opening.hours_on(today), None, None)
    return Today(today, opening.hours_on(today), upcoming, opening.hours_on(upcoming))


# --- what staff write for everybody --------------------------------------------------------------------------------


def questions() -> list[Question]:
    """Return the public questions in the order of the page (REQ-2)."""
    return list(Question.objects.filter(is_public=True))


def phone_numbers() -> list[PhoneNumber]:
    """Return whom to call about what, in the order of the page (REQ-2)."""
    return list(PhoneNumber.objects.all())


def news(today: date, limit: int = 50) -> list[News]:
    """Return what is to be read today, important things first, then the newest."""
    return list(News.objects.on(today)[:limit])


def news_item(news_id: int, today: date) -> News | None:
    """Return one piece of news while it is to be read."""
    return News.objects.on(today).filter(pk=news_id).first()


def closures_ahead(library: Library, today: date) -> list[Closure]:
    """Return the closures of a library (fetched with its calendar) that are not over, the next one first."""
    return sorted(
        (closure for closure in library.closures.all() if closure.last_on >= today),
        key=lambda closure: (closure.first_on, closure.last_on),
    )
