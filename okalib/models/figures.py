"""How much was done on each day: counts alone, which outlive what they were counted from (RET-5)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from okalib.rules import FigureName


class Figure(models.Model):
    """One number of one day: of what, and which part of it, such as the loans of the counter.

    Written by the job `figures` alone. `part` is a channel, a state of items, or a number of days that were waited.
    """

    day = models.DateField(_("日"))
    name = models.CharField(
        _("統計"),
        max_length=20,
        choices=[
            (FigureName.LOANS, _("貸出")),
            (FigureName.RESERVATIONS, _("予約")),
            (FigureName.DELIVERIES, _("受渡し")),
            (FigureName.WAITED, _("予約から用意までの日数")),
            (FigureName.ITEMS, _("資料の所在")),
        ],
    )
    part = models.CharField(_("内訳"), max_length=20, blank=True)
    number = models.PositiveIntegerField(_("件数"))

    class Meta:
        verbose_name = _("統計の数値")
        verbose_name_plural = _("統計の数値")
        default_permissions = ("view",)
        permissions = [("export_figures", _("統計をCSVで書き出す"))]
        constraints = [
            models.UniqueConstraint(fields=["name", "day", "part"], name="one_figure_per_name_day_and_part"),
            models.CheckConstraint(condition=Q(name__in=list(FigureName)), name="figure_name_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.name} {self.part}: {self.number}"
