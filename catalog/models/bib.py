"""The description of a publication."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog import rules
from catalog.rules import Material
from okalib.compiled import compiled, only

MATERIALS = [
    (Material.BOOK, _("図書")),
    (Material.MAGAZINE, _("雑誌")),
    (Material.COMIC, _("漫画")),
    (Material.PICTURE_BOOK, _("絵本")),
    (Material.VIDEO, _("映像")),
    (Material.MUSIC, _("音楽")),
    (Material.MAP, _("地図")),
    (Material.MANUSCRIPT, _("古典籍・写本")),
    (Material.SCORE, _("楽譜")),
    (Material.OTHER, _("その他")),
]


def _texts(verbose_name: Any) -> ArrayField:
    return ArrayField(models.TextField(), verbose_name=verbose_name, default=list, blank=True)


class BibQuerySet(models.QuerySet["Bib"]):
    """Bibs by who may see them, and the lock of the aggregate."""

    def visible(self) -> BibQuerySet:
        """Bibs that patrons may see: neither suppressed nor on order without an item (CAT-5)."""
        from catalog.models.item import Item  # an item names its bib, so it comes after

        return self.filter(is_suppressed=False).filter(
            Q(is_on_order=False) | models.Exists(Item.objects.filter(bib=models.OuterRef("pk")))
        )

    def lock(self, bib_id: int) -> Bib:
        """Lock the bib with its items and its queue, one aggregate under one lock, and return it fresh."""
        return only(_row_to_lock(bib=bib_id), self.model.DoesNotExist)

    def lock_all(self, bib_ids: Iterable[int]) -> None:
        """Lock several bibs, in ascending order of their numbers so that rivals do not wait for each other."""
        list(self.select_for_update(no_key=True).filter(pk__in=set(bib_ids)).order_by("pk").values_list("pk"))


class Bib(models.Model):
    """The description of a publication (CAT-1)."""

    source = models.CharField(_("出所"), max_length=30, default="own")
    source_id = models.CharField(_("出所の番号"), max_length=200)
    material = models.CharField(_("資料種別"), max_length=15, choices=MATERIALS, default=Material.BOOK)
    title = models.TextField(_("書名"))
    title_kana = models.TextField(_("書名カナ"), blank=True)
    subtitle = models.TextField(_("副書名"), blank=True)
    subtitle_kana = models.TextField(_("副書名カナ"), blank=True)
    volume = models.TextField(_("巻号"), blank=True)
    alt_titles = _texts(_("別書名"))
    contributors = models.JSONField(_("著者等"), default=list, blank=True)
    publisher = models.TextField(_("出版者"), blank=True)
    place = models.TextField(_("出版地"), blank=True)
    year = models.IntegerField(_("出版年"), null=True, blank=True)
    date_text = models.TextField(_("出版年月"), blank=True)
    edition = models.TextField(_("版"), blank=True)
    series = _texts(_("シリーズ"))
    ndc = _texts(_("分類"))
    ndc_edition = models.CharField(_("分類の版"), max_length=10, blank=True)
    subjects = _texts(_("件名"))
    language = models.CharField(_("言語"), max_length=10, blank=True)
    isbns = _texts(_("ISBN"))
    issn = models.CharField(_("ISSN"), max_length=20, blank=True)
    jpno = models.CharField(_("全国書誌番号"), max_length=20, blank=True)
    extent = models.TextField(_("形態"), blank=True)
    size = models.TextField(_("大きさ"), blank=True)
    price = models.TextField(_("価格"), blank=True)
    notes = models.TextField(_("注記"), blank=True)
    contents = models.TextField(_("内容"), blank=True)
    audience = models.TextField(_("対象"), blank=True)
    is_on_order = models.BooleanField(_("注文中"), default=False)
    is_suppressed = models.BooleanField(_("非公開"), default=False)
    updated_at = models.DateTimeField(_("更新日時"), auto_now=True)

    objects = BibQuerySet.as_manager()

    class Meta:
        verbose_name = _("書誌")
        verbose_name_plural = _("書誌")
        constraints = [models.UniqueConstraint(fields=["source", "source_id"], name="one_bib_per_source_record")]
        indexes = [GinIndex(fields=["isbns"], name="bib_isbns"), models.Index(fields=["updated_at"])]

    def __str__(self) -> str:
        return self.full_title

    @property
    def full_title(self) -> str:
        """Title with its volume, as a reader names it."""
        return f"{self.title} {self.volume}".strip()

    @property
    def material_class(self) -> rules.MaterialClass:
        """The class that limits count a reservation of this bib under (CAT-4)."""
        return rules.material_class(self.material)

    @property
    def statement_of_responsibility(self) -> str:
        """The names of the contributors in one line."""
        return "、".join(contributor.get("name", "") for contributor in self.contributors)

    @property
    def imprint(self) -> str:
        """Who made it, who published it and when, as the second line of a list has it."""
        parts = (self.statement_of_responsibility, self.publisher, self.year)
        return " / ".join(str(part) for part in parts if part)


@compiled(bib=int)
def _row_to_lock(*, bib: int) -> BibQuerySet:
    return Bib.objects.select_for_update(of=("self",), no_key=True).filter(pk=bib)
