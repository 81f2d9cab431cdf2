"""The basket: titles that a patron means to reserve together (HLD-10), and what came of them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.models import Bib
from holds.models.hold import HoldGroup
from okalib.models import Library, Patron


class BasketLine(models.Model):
    """A title that a patron has put into the basket (HLD-10), at a place that counts for reservations in order."""

    patron = models.ForeignKey(Patron, models.CASCADE, related_name="basket", verbose_name=_("利用者"))
    bib = models.ForeignKey(Bib, models.CASCADE, related_name="+", verbose_name=_("書誌"))
    place = models.PositiveSmallIntegerField(_("順番"), default=0)
    added_at = models.DateTimeField(_("追加日時"))

    class Meta:
        verbose_name = _("予約かご")
        verbose_name_plural = _("予約かご")
        ordering = ["place", "added_at", "id"]
        constraints = [models.UniqueConstraint(fields=["patron", "bib"], name="one_basket_line_per_title")]

    def __str__(self) -> str:
        return f"{self.bib}"


class BasketConfirmation(models.Model):
    """What became of a basket, title by title, to be looked up and printed later (HLD-10, HLD-11).

    `bibs` are the titles as they were sent, by id, so that the form sent twice asks for the same; `results` says for
    each in that order {"bib": id, "hold": id or null, "refusals": [{"ja": …, "en": …}]}.
    """

    patron = models.ForeignKey(Patron, models.CASCADE, related_name="basket_confirmations", verbose_name=_("利用者"))
    token = models.UUIDField(unique=True, editable=False)
    pickup_at = models.ForeignKey(
        Library, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("受渡館")
    )
    group = models.ForeignKey(
        HoldGroup, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("まとまり")
    )
    bibs = models.JSONField(_("書誌"), default=list)
    results = models.JSONField(_("結果"), default=list)
    made_at = models.DateTimeField(_("受付日時"), db_index=True)

    class Meta:
        verbose_name = _("予約かごの結果")
        verbose_name_plural = _("予約かごの結果")

    def __str__(self) -> str:
        return f"{self.token}"
