"""How many titles stand in each class, counted at night."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class ClassCount(models.Model):
    """The number of titles that a patron finds under a class; its name is in `catalog.classes`.

    Counted anew by `catalog.actions.count_classes` alone: a page that counted would read the whole catalogue.
    """

    notation = models.CharField(_("分類記号"), max_length=3, primary_key=True)
    bibs = models.PositiveIntegerField(_("件数"))

    class Meta:
        verbose_name = _("分類別件数")
        verbose_name_plural = _("分類別件数")

    def __str__(self) -> str:
        return f"{self.notation} {self.bibs}"
