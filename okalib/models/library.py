"""A library: the prefectural one, which owns the items, or a pickup library."""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from datetime import date
from typing import Any, ClassVar

from django.contrib.postgres.expressions import ArraySubquery
from django.core.cache import cache
from django.db import models
from django.db.models import OuterRef, Subquery
from django.db.models.functions import JSONObject
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from okalib import days
from okalib.models.mark import Kept, RulesMark

WEEKDAYS = [
    (0, _("月曜日")),
    (1, _("火曜日")),
    (2, _("水曜日")),
    (3, _("木曜日")),
    (4, _("金曜日")),
    (5, _("土曜日")),
    (6, _("日曜日")),
]


CALENDAR_ROWS = {
    "opening_hours": ("weekday", "opens", "closes"),
    "yearly_days": ("first_month", "first_day", "last_month", "last_day", "opens", "closes"),
    "closures": ("first_on", "last_on"),
    "special_openings": ("day", "opens", "closes"),
}
"""What a library's calendar is made of, and which columns of it decide about a day."""


class LibraryQuerySet(models.QuerySet["Library"]):
    """Libraries by what they do."""

    def pickup_points(self) -> LibraryQuerySet:
        """Libraries at which a patron may collect, the prefectural one included, those closed down left out."""
        return self.filter(closed_down_on=None).filter(models.Q(is_pickup=True) | models.Q(is_home=True))

    def home(self) -> Library:
        """The prefectural library, as it is kept; a copy of the caller's own."""
        return copy(self.model.kept.get("home", lambda: self.get(is_home=True)))

    def with_calendar(self) -> LibraryQuerySet:
        """Fetch what `opening_days` needs, so that a list of libraries asks once and not per row."""
        return self.with_mark().prefetch_related(*CALENDAR_ROWS)

    def with_opening_days(self) -> LibraryQuerySet:
        """Fetch in one query what `opening_days` needs, for pages that show many things besides a calendar."""
        rows = {}
        for name, fields in CALENDAR_ROWS.items():
            related = Library._meta.get_field(name).related_model
            of_library = related.objects.filter(library=OuterRef("pk"))  # type: ignore[union-attr]
            rows[f"{name}_read"] = ArraySubquery(
                of_library.values(row=JSONObject(**{field: field for field in fields}))
            )
        return self.with_mark().annotate(**rows)

    def with_mark(self) -> LibraryQuerySet:
        """Fetch the mark of the rules with each, so that what is kept under it need not be asked for again."""
        return self.annotate(rules_mark=Subquery(RulesMark.objects.values("mark")[:1]))


class Library(models.Model):
    """One library; three separate flags say what it does for patrons of the prefectural one (RET-4)."""

    code = models.CharField(_("コード"), max_length=20, unique=True)
    name = models.CharField(_("名称"), max_length=100)
    name_kana = models.CharField(_("名称カナ"), max_length=200, blank=True)
    name_en = models.CharField(_("英語名"), max_length=200, blank=True)
    town = models.CharField(_("市町村"), max_length=50, blank=True)
    kind = models.CharField(_("種別"), max_length=20, blank=True)
    address = models.CharField(_("住所"), max_length=200, blank=True)
    telephone = models.CharField(_("電話番号"), max_length=50, blank=True)
    directions = models.TextField(
        _("行き方"), blank=True, help_text=_("地図を見なくても着けるように、駅や停留所からの道順を文で書いてください。")
    )
    directions_en = models.TextField(_("行き方（英語）"), blank=True)
    is_home = models.BooleanField(_("県立図書館"), default=False)
    is_pickup = models.BooleanField(_("受渡館"), default=False)
    takes_delivered_returns = models.BooleanField(_("受渡資料の返却受付"), default=False)
    takes_mutual_returns = models.BooleanField(_("相互返却"), default=False)
    accepts_av = models.BooleanField(_("視聴覚資料の受渡し"), default=True)
    central = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="branches", verbose_name=_("経由する中央館")
    )
    arrival_weekday = models.PositiveSmallIntegerField(_("到着曜日"), choices=WEEKDAYS, null=True, blank=True)
    closed_down_on = models.DateField(_("廃止日"), null=True, blank=True)
    holiday_opens = models.TimeField(_("祝日の開館時刻"), null=True, blank=True)
    holiday_closes = models.TimeField(_("祝日の閉館時刻"), null=True, blank=True)
    substitutes_holiday_closing = models.BooleanField(_("休館日が祝日なら開館し、次の平日に振替休館"), default=False)
    is_sample = models.BooleanField(_("見本データ"), default=False)

    objects = LibraryQuerySet.as_manager()

    HOME_NAMES = "okalib.home_names"
    kept: ClassVar[Kept[Library]] = Kept()
    calendars: ClassVar[Kept[days.OpeningDays]] = Kept()

    class Meta:
        verbose_name = _("図書館")
        verbose_name_plural = _("図書館")
        ordering = ["-is_home", "name_kana", "id"]
        constraints = [
            models.UniqueConstraint("is_home", condition=models.Q(is_home=True), name="one_home_library"),
            models.CheckConstraint(
                condition=models.Q(holiday_opens=None, holiday_closes=None)
                | models.Q(holiday_opens__lt=models.F("holiday_closes")),
                name="library_holiday_hours_paired",
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The name in the reader's language."""
        if (get_language() or "ja").startswith("en") and self.name_en:
            return self.name_en
        return self.name

    @property
    def directions_label(self) -> str:
        """The way here in words, in the reader's language."""
        in_english = (get_language() or "ja").startswith("en")
        return self.directions_en if in_english and self.directions_en else self.directions

    @property
    def is_closed_down(self) -> bool:
        """Whether the library has been closed for good."""
        return self.closed_down_on is not None

    @property
    def can_be_pickup_point(self) -> bool:
        """Whether reservations may be collected here."""
        return (self.is_home or self.is_pickup) and not self.is_closed_down

    def save(self, *args: object, **kwargs: object) -> None:
        super().save(*args, **kwargs)  # type: ignore[arg-type]
        cache.delete(self.HOME_NAMES)

    @classmethod
    def home_names(cls) -> tuple[str, str]:
        """The name of the prefectural library, Japanese and English, "" where there is none; kept for a minute.

        Every page has it in its head, and it changes once in a generation.
        """
        names = cache.get(cls.HOME_NAMES)
        if names is None:
            names = cls.objects.filter(is_home=True).values_list("name", "name_en").first() or ("", "")
            cache.set(cls.HOME_NAMES, names, timeout=60)
        return names

    def opening_days(self) -> days.OpeningDays:
        """Return this library's calendar, the one bridge between the database and `okalib.days` (CAL-1…CAL-5).

        Kept until any calendar changes; where the rows came with the library, they are not asked for again.
        """
        came_with_it = all(f"{name}_read" in self.__dict__ for name in CALENDAR_ROWS) or all(
            name in self.__dict__.get("_prefetched_objects_cache", {}) for name in CALENDAR_ROWS
        )
        if self.pk is None:
            return self._calendar()
        if came_with_it:
            mark = self.__dict__.get("rules_mark")
            return self.calendars.get(self.pk, self._calendar, mark) if mark else self._calendar()
        return self.calendars.get(self.pk, lambda: Library.objects.with_opening_days().get(pk=self.pk)._calendar())

    def _calendar(self) -> days.OpeningDays:
        from okalib.models.calendar import Holiday

        weekly: list[days.Hours | None] = [None] * 7
        for row in self._calendar_rows("opening_hours"):
            weekly[row.weekday] = days.Hours(row.opens, row.closes)
        return days.OpeningDays(
            name=self.name,
            weekly=tuple(weekly),
            holiday_hours=days.Hours(self.holiday_opens, self.holiday_closes)
            if self.holiday_opens and self.holiday_closes
            else None,
            holidays=Holiday.all_days(self.__dict__.get("rules_mark")),
            substitutes_holiday_closing=self.substitutes_holiday_closing,
            yearly=tuple(row.as_rule() for row in self._calendar_rows("yearly_days")),
            closures=tuple(sorted((row.first_on, row.last_on) for row in self._calendar_rows("closures"))),
            openings=tuple(
                sorted((row.day, days.Hours(row.opens, row.closes)) for row in self._calendar_rows("special_openings"))
            ),
        )

    def _calendar_rows(self, name: str) -> Iterable[Any]:
        """The rows of one part of the calendar: those that came with the library, else those of the database."""
        if f"{name}_read" not in self.__dict__:
            return getattr(self, name).all()
        model: Any = self._meta.get_field(name).related_model
        return [
            model(**{field: model._meta.get_field(field).to_python(value) for field, value in row.items()})
            for row in self.__dict__[f"{name}_read"]
        ]

    def is_unexpectedly_closed(self, day: date) -> bool:
        """Whether a closure that is no part of the pattern closes this library on `day` (RET-4)."""
        return any(row.first_on <= day <= row.last_on for row in self.closures.all())
