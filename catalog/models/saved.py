"""Searches that patrons keep, and the order in which bibs appeared before patrons."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import MD5
from django.utils.translation import gettext_lazy as _

from catalog.models.bib import Bib
from okalib.models import Patron

OPEN_BATCH = 2_147_483_647
"""The batch of what has appeared since the last batch was closed: behind every number that a search may know."""


class Appearance(models.Model):
    """A bib that patrons can find, and the batch in which it appeared; written once, for the first time only (SDI).

    Batches are closed one after the other (`catalog.actions.close_batch`). What a transaction that is still under way
    makes findable belongs to a later batch than anything that can be seen now, so that no clock and no order of ids
    decides what a saved search has been told of.
    """

    bib = models.OneToOneField(Bib, models.CASCADE, primary_key=True, related_name="appearance", verbose_name=_("書誌"))
    appeared_at = models.DateTimeField(_("公開日時"))
    batch = models.IntegerField(_("組"), default=OPEN_BATCH, db_index=True)

    class Meta:
        verbose_name = _("新着の書誌")
        verbose_name_plural = _("新着の書誌")

    def __str__(self) -> str:
        return f"{self.bib_id} {self.appeared_at:%Y-%m-%d}"


class SavedSearch(models.Model):
    """A search that a patron keeps under a name, by mail too if wished. Seen by its patron alone: it tells a reader.

    `address` is the query string of the results page without order and page; the same one twice is one. Of batches up
    to `told_batch` the patron was mailed, those up to `looked_batch` they have looked at.
    """

    patron = models.ForeignKey(
        Patron, models.CASCADE, related_name="saved_searches", db_index=False, verbose_name=_("利用者")
    )
    name = models.CharField(_("名前"), max_length=60)
    address = models.TextField(_("検索条件"))
    wants_mail = models.BooleanField(_("新着をメールで受け取る"), default=False)
    saved_at = models.DateTimeField(_("保存日時"))
    told_batch = models.IntegerField(_("連絡済の組"))
    looked_batch = models.IntegerField(_("確認済の組"))

    class Meta:
        verbose_name = _("保存した検索")
        verbose_name_plural = _("保存した検索")
        ordering = ["-saved_at", "-id"]
        constraints = [
            models.UniqueConstraint("patron", MD5("address"), name="one_saved_search_per_patron_and_address")
        ]
        indexes = [models.Index(fields=["patron"], condition=Q(wants_mail=True), name="saved_search_mails")]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"  # its name is the patron's own
