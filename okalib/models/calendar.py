"""The rows a library's opening calendar is made of (CAL)."""

from __future__ import annotations

from datetime import date
from typing import ClassVar
from uuid import UUID

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from okalib import days
from okalib.models.library import WEEKDAYS, Library
from okalib.models.mark import Kept


class OpeningHours(models.Model):
    """The weekly pattern: a weekday without a row is a weekly closed day (CAL-1)."""

    library = models.ForeignKey(Library, models.CASCADE, related_name="opening_hours", verbose_name=_("図書館"))
    weekday = models.PositiveSmallIntegerField(_("曜日"), choices=WEEKDAYS)
    opens = models.TimeField(_("開館"))
    closes = models.TimeField(_("閉館"))

    class Meta:
        verbose_name = _("開館時間")
        verbose_name_plural = _("開館時間")
        ordering = ["library", "weekday"]
        constraints = [
            models.UniqueConstraint(fields=["library", "weekday"], name="one_pattern_per_weekday"),
            models.CheckConstraint(condition=Q(weekday__lte=6), name="weekday_of_the_week"),
            models.CheckConstraint(condition=Q(opens__lt=F("closes")), name="hours_open_before_they_close"),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.opens:%H:%M}–{self.closes:%H:%M}"


class YearlyDay(models.Model):
    """Days that come back every year: closed, or with hours of their own (CAL-3)."""

    library = models.ForeignKey(Library, models.CASCADE, related_name="yearly_days", verbose_name=_("図書館"))
    first_month = models.PositiveSmallIntegerField(_("初日の月"))
    first_day = models.PositiveSmallIntegerField(_("初日の日"))
    last_month = models.PositiveSmallIntegerField(_("末日の月"))
    last_day = models.PositiveSmallIntegerField(_("末日の日"))
    opens = models.TimeField(_("開館"), null=True, blank=True, help_text=_("空欄は休館"))
    closes = models.TimeField(_("閉館"), null=True, blank=True)
    note = models.CharField(_("掲示"), max_length=100, blank=True)

    class Meta:
        verbose_name = _("毎年の休館・開館時間")
        verbose_name_plural = _("毎年の休館・開館時間")
        constraints = [
            models.CheckConstraint(
                condition=Q(opens=None, closes=None) | Q(opens__lt=F("closes")), name="yearly_hours_paired"
            ),
            models.CheckConstraint(
                condition=Q(first_month__range=(1, 12), last_month__range=(1, 12))
                & Q(first_day__range=(1, 31), last_day__range=(1, 31)),
                name="yearly_days_are_dates",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.first_month}/{self.first_day}–{self.last_month}/{self.last_day}"

    def as_rule(self) -> days.YearlyRule:
        """Return the pure rule."""
        hours = days.Hours(self.opens, self.closes) if self.opens and self.closes else None
        return days.YearlyRule((self.first_month, self.first_day), (self.last_month, self.last_day), hours)


class Holiday(models.Model):
    """A national holiday, seeded from a maintained package and editable (CAL-7)."""

    day = models.DateField(_("日"), unique=True)
    name = models.CharField(_("名称"), max_length=50)
    name_en = models.CharField(_("英語名"), max_length=80, blank=True)

    _known: ClassVar[Kept[frozenset[date]]] = Kept()

    class Meta:
        verbose_name = _("祝日")
        verbose_name_plural = _("祝日")
        ordering = ["day"]

    def __str__(self) -> str:
        return f"{self.day} {self.name}"

    @classmethod
    def all_days(cls, mark: UUID | None = None) -> frozenset[date]:
        """Every holiday known; a few dozen rows a year, asked by every calendar, so kept until one changes."""
        return cls._known.get("all", lambda: frozenset(cls.objects.values_list("day", flat=True)), mark)


class EmergencyClosureQuerySet(models.QuerySet["EmergencyClosure"]):
    """Emergency closures by whether they hold."""

    def in_force(self, day: date) -> EmergencyClosureQuerySet:
        """Those that close their library on `day`."""
        return self.filter(applied_at__isnull=False, undone_at=None, first_on__lte=day, last_on__gte=day)


class EmergencyClosure(models.Model):
    """One operation that closes a period and moves what it touches; it can be undone (CAL-8)."""

    library = models.ForeignKey(Library, models.PROTECT, related_name="emergency_closures", verbose_name=_("図書館"))
    first_on = models.DateField(_("初日"))
    last_on = models.DateField(_("末日"))
    reason = models.CharField(_("理由"), max_length=200)
    public_note = models.CharField(_("掲示"), max_length=200, blank=True)
    spread_days = models.PositiveSmallIntegerField(_("分散する開館日数"), default=1)
    applied_at = models.DateTimeField(_("適用日時"), null=True, blank=True)
    applied_by = models.ForeignKey(
        "okalib.User", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("適用者")
    )
    undone_at = models.DateTimeField(_("取消日時"), null=True, blank=True)
    undone_by = models.ForeignKey(
        "okalib.User", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("取消者")
    )

    objects = EmergencyClosureQuerySet.as_manager()

    class Meta:
        verbose_name = _("臨時休館")
        verbose_name_plural = _("臨時休館")
        ordering = ["-first_on"]
        constraints = [
            models.CheckConstraint(condition=Q(first_on__lte=F("last_on")), name="emergency_first_before_last"),
            models.CheckConstraint(condition=Q(spread_days__gte=1), name="emergency_spread_over_a_day_at_least"),
        ]

    def __str__(self) -> str:
        return f"{self.library} {self.first_on}–{self.last_on}"

    @property
    def is_in_force(self) -> bool:
        """Whether it has been applied and not been undone."""
        return self.applied_at is not None and self.undone_at is None


class EmergencyMove(models.Model):
    """One date that an emergency closure moved, kept so that it can be moved back (CAL-8)."""

    closure = models.ForeignKey(EmergencyClosure, models.CASCADE, related_name="moves")
    kind = models.CharField(max_length=20)
    object_id = models.BigIntegerField()
    before = models.DateField()
    after = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["closure", "kind", "object_id"], name="one_move_per_thing_and_closure"),
            models.CheckConstraint(condition=Q(before__lt=F("after")), name="emergency_moves_never_earlier"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_id}: {self.before} → {self.after}"


class Closure(models.Model):
    """A period on which one library is closed; overlapping ones are allowed and mean closed (CAL-4)."""

    library = models.ForeignKey(Library, models.CASCADE, related_name="closures", verbose_name=_("図書館"))
    first_on = models.DateField(_("初日"))
    last_on = models.DateField(_("末日"))
    reason = models.CharField(_("理由（職員用）"), max_length=200, blank=True)
    public_note = models.CharField(_("掲示"), max_length=200, blank=True)
    emergency = models.OneToOneField(
        EmergencyClosure, models.CASCADE, null=True, blank=True, related_name="closure", editable=False
    )

    class Meta:
        verbose_name = _("休館期間")
        verbose_name_plural = _("休館期間")
        ordering = ["first_on"]
        constraints = [
            models.CheckConstraint(condition=Q(first_on__lte=F("last_on")), name="closure_first_before_last")
        ]

    def __str__(self) -> str:
        return f"{self.first_on}–{self.last_on} {self.public_note}"


class SpecialOpening(models.Model):
    """A day open by exception, or open with hours of its own (CAL-4)."""

    library = models.ForeignKey(Library, models.CASCADE, related_name="special_openings", verbose_name=_("図書館"))
    day = models.DateField(_("日"))
    opens = models.TimeField(_("開館"))
    closes = models.TimeField(_("閉館"))
    note = models.CharField(_("掲示"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("臨時開館")
        verbose_name_plural = _("臨時開館")
        ordering = ["day"]
        constraints = [
            models.UniqueConstraint(fields=["library", "day"], name="one_special_opening_per_day"),
            models.CheckConstraint(condition=Q(opens__lt=F("closes")), name="special_opening_opens_before_it_closes"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.opens:%H:%M}–{self.closes:%H:%M}"
