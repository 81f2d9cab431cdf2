"""The national holidays: known for the whole house, from a maintained package, editable (CAL-7)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime

from okalib import days, objections
from okalib.actions import staff
from okalib.models import Holiday, Library, User
from okalib.rules import Refusal, Refused
from okalib.transactions import verb


@verb
def seed_holidays(*, first_year: int, last_year: int) -> int:
    """Enter the national holidays of these years, both included, from the maintained package; returns how many are new.

    A year whose New Year's Day is there has been seeded and is left alone: what staff have renamed, moved, added or
    removed since stays so (CAL-7).
    """
    years_seeded = set(Holiday.objects.filter(day__month=1, day__day=1).values_list("day__year", flat=True))
    years = [year for year in range(first_year, last_year + 1) if year not in years_seeded]
    if not years:
        return 0
    of_package = _of_package(years)
    Holiday.objects.bulk_create(
        [Holiday(day=day, name=name, name_en=name_en) for day, (name, name_en) in of_package.items()],
        ignore_conflicts=True,
    )
    return len(of_package)


@dataclass(frozen=True, slots=True)
class Difference:
    """A holiday of the package that is not here, or is here under another name (`known_as`)."""

    day: date
    name: str
    name_en: str
    known_as: str = ""

    @property
    def is_new(self) -> bool:
        """Whether the day is no holiday here yet."""
        return not self.known_as


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the package says of some years beside what is here: `same` agree, `only_here` staff have entered."""

    differences: list[Difference]
    same: int
    only_here: list[Holiday]


def compare_holidays(*, first_year: int, last_year: int) -> Comparison:
    """Return where the maintained package and our holidays of these years differ, changing nothing (CAL-7)."""
    known = {row.day: row for row in Holiday.objects.filter(day__year__range=(first_year, last_year))}
    of_package = _of_package(range(first_year, last_year + 1))
    differences = [
        Difference(day, name, name_en, known[day].name if day in known else "")
        for day, (name, name_en) in of_package.items()
        if day not in known or known[day].name != name
    ]
    only_here = [row for day, row in sorted(known.items()) if day not in of_package]
    return Comparison(differences, len(of_package) - len(differences), only_here)


@verb
def import_holidays(
    *, first_year: int, last_year: int, chosen: Collection[date], by: User | None, now: datetime
) -> dict[str, int]:
    """Enter or rename the chosen holidays of the package and leave every other as it is; counts `new` and `changed`.

    Done twice it changes nothing more (CAL-7).
    """
    differences = compare_holidays(first_year=first_year, last_year=last_year).differences
    _keep_home_in_reach(_known() | {each.day for each in differences if each.day in chosen}, now)
    counts = {"new": 0, "changed": 0}
    for each in differences:
        if each.day in chosen:
            Holiday.objects.update_or_create(day=each.day, defaults={"name": each.name, "name_en": each.name_en})
            counts["new" if each.is_new else "changed"] += 1
    if any(counts.values()):
        subject = f"{first_year}–{last_year} +{counts['new']} ~{counts['changed']}"
        staff.record(verb="import_holidays", subject=subject, by=by, now=now)
    return counts


@verb
def set_holiday(
    *,
    day: date,
    name: str,
    by: User | None,
    now: datetime,
    name_en: str = "",
    reason: str = "",
    in_place_of: Holiday | None = None,
) -> Holiday:
    """Enter a holiday by hand, or move and rename the one that it takes the place of (CAL-7).

    Raises Refused (holiday_known, no_open_day).
    """
    row = in_place_of or Holiday()
    if Holiday.objects.filter(day=day).exclude(pk=row.pk).exists():
        raise Refused([holiday_known(day)])
    _keep_home_in_reach(_known() - {row.day} | {day}, now)
    before = f"{row.day} → " if in_place_of and row.day != day else ""
    row.day, row.name, row.name_en = day, name, name_en
    row.save()
    staff.record(verb="set_holiday", subject=f"{before}{row}", by=by, now=now, reason=reason)
    return row


@verb
def remove_holiday(*, holiday: Holiday, by: User | None, now: datetime, reason: str = "") -> None:
    """Let a day be no holiday (CAL-7); the nightly job does not bring it back. Raises Refused (no_open_day)."""
    _keep_home_in_reach(_known() - {holiday.day}, now)
    subject = str(holiday)
    holiday.delete()
    staff.record(verb="remove_holiday", subject=subject, by=by, now=now, reason=reason)


def holiday_known(day: date) -> Refusal:
    """The refusal for a second holiday on one day."""
    return Refusal(
        "holiday_known",
        f"{day:%Y年%-m月%-d日}はすでに祝日として登録されています。",
        f"{day} is a holiday already.",
    )


def _of_package(years: Collection[int]) -> dict[date, tuple[str, str]]:
    """Return name and English name of each holiday of these years by day, in order."""
    import holidays  # lazily: it is slow to import, and few need it

    in_japanese = holidays.country_holidays("JP", years=years, language="ja")
    in_english = holidays.country_holidays("JP", years=years, language="en_US")
    return {day: (name, in_english[day]) for day, name in sorted(in_japanese.items())}


def _known() -> frozenset[date]:
    return frozenset(Holiday.objects.values_list("day", flat=True))


def _keep_home_in_reach(holidays: frozenset[date], now: datetime) -> None:
    """Refuse holidays that would leave the prefectural library without an open day in reach (CAL-6).

    Asked before they are written, so that nobody reads and keeps what may be rolled back.
    """
    home = Library.objects.with_opening_days().filter(is_home=True).first()
    if home is None:
        return
    if refusals := objections.to_calendar(replace(home.opening_days(), holidays=holidays), days.day_of(now)):
        raise Refused(refusals)
