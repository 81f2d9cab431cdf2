"""What the search keeps beside the catalogue."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Left
from django.utils.translation import gettext_lazy as _

from catalog.models.bib import Bib


class NextStamp(models.Func):
    """The next number of the sequence of changes."""

    template = "nextval('catalog_search_stamp')"
    output_field = models.BigIntegerField()


class KanjiVariant(models.Model):
    """A variant character and the one that search takes for it; editable, then the index is made anew (CAT-6)."""

    variant = models.CharField(_("異体字"), max_length=2, unique=True)
    standard = models.CharField(_("代表字"), max_length=2)

    class Meta:
        verbose_name = _("異体字")
        verbose_name_plural = _("異体字")
        ordering = ["standard", "variant"]
        constraints = [
            models.CheckConstraint(condition=~Q(variant=F("standard")), name="variant_differs_from_its_standard")
        ]

    def __str__(self) -> str:
        return f"{self.variant}→{self.standard}"


class SearchEntry(models.Model):
    """What search knows of a bib: texts folded by `catalog.search.fold` (CAT-6).

    Written by `catalog.search.index_bibs` alone, in the transaction that changes the bib. In a text of several fields
    these are joined by `|`.
    """

    bib = models.OneToOneField(
        Bib, models.CASCADE, primary_key=True, related_name="search_entry", verbose_name=_("書誌")
    )
    title_exact = models.TextField(_("書名の頭（表記どおり）"))
    title_folded = models.TextField(_("書名の頭"))
    reading_folded = models.TextField(_("読みの頭"))
    exact = models.TextField(_("表記どおりの語"))
    titles = models.TextField(_("書名"))
    readings = models.TextField(_("読み"))
    authors = models.TextField(_("著者"))
    publishers = models.TextField(_("出版者"))
    subjects = models.TextField(_("件名"))
    series = models.TextField(_("シリーズ"))
    folded = models.TextField(_("全項目"))
    marks = models.TextField(_("番号・分類・語"))
    material = models.CharField(_("資料種別"), max_length=15)
    language = models.CharField(_("言語"), max_length=10)
    year = models.IntegerField(_("出版年"), null=True)
    ndc1 = models.CharField(_("分類の第一次区分"), max_length=10)

    class Meta:
        verbose_name = _("検索索引")
        verbose_name_plural = _("検索索引")
        indexes = [
            models.Index(OpClass("title_exact", name="text_pattern_ops"), name="search_title_exact"),
            models.Index(OpClass("title_folded", name="text_pattern_ops"), name="search_title_folded"),
            models.Index(OpClass("reading_folded", name="text_pattern_ops"), name="search_reading_folded"),
        ]

    def __str__(self) -> str:
        return self.title_exact


class SearchDelta(models.Model):
    """A bib that was changed, made or deleted after the last merge: postings are not believed about it.

    `stamp` is a new number for each change, so that a merge removes only what it has seen. A deleted bib has no tokens;
    that row is written by a trigger. No foreign key, because the row outlives the bib.
    """

    bib_id = models.BigIntegerField(_("書誌"), primary_key=True)
    stamp = models.BigIntegerField(_("変更の番号"), db_default=NextStamp())
    tokens = SearchVectorField(_("索引語"))

    class Meta:
        verbose_name = _("検索索引の差分")
        verbose_name_plural = _("検索索引の差分")
        indexes = [GinIndex(fields=["tokens"], name="search_delta_tokens")]

    def __str__(self) -> str:
        return str(self.bib_id)


class SearchTouch(models.Model):
    """A bib whose copies or visibility changed after the facts were last brought up to date.

    Written by triggers, one row for each change, so that no writer waits for another. Its texts are believed, but it is
    found and counted as a row of the delta is.
    """

    bib_id = models.BigIntegerField(_("書誌"))

    class Meta:
        verbose_name = _("検索索引の所蔵の変更")
        verbose_name_plural = _("検索索引の所蔵の変更")

    def __str__(self) -> str:
        return str(self.bib_id)


class SearchDocument(models.Model):
    """The number of a bib in the postings: from 0 on by `rank`, most first; what is merged later follows after them."""

    number = models.IntegerField(_("番号"), primary_key=True)
    bib_id = models.BigIntegerField(_("書誌"), unique=True)
    rank = models.IntegerField(_("重み"))

    class Meta:
        verbose_name = _("検索索引の文書")
        verbose_name_plural = _("検索索引の文書")

    def __str__(self) -> str:
        return f"{self.number} {self.bib_id}"


class SearchPosting(models.Model):
    """The numbers of the documents that have a token in a field, as a Roaring bitmap in its portable format."""

    pk = models.CompositePrimaryKey("token", "field")
    token = models.TextField(_("索引語"), db_collation="C")
    field = models.CharField(_("項目"), max_length=1)
    bits = models.BinaryField(_("文書"))

    class Meta:
        verbose_name = _("検索索引の転置表")
        verbose_name_plural = _("検索索引の転置表")

    def __str__(self) -> str:
        return f"{self.field} {self.token}"


class SearchFact(models.Model):
    """The numbers of the documents with some value of a facet, in a year, at a place (`catalog.search.facts`)."""

    kind = models.CharField(_("種類"), max_length=15)
    value = models.TextField(_("値"), db_collation="C")
    bits = models.BinaryField(_("文書"))

    class Meta:
        verbose_name = _("検索索引の絞り込み")
        verbose_name_plural = _("検索索引の絞り込み")
        constraints = [models.UniqueConstraint(fields=["kind", "value"], name="one_search_fact")]

    def __str__(self) -> str:
        return f"{self.kind} {self.value}"


class SearchName(models.Model):
    """An author or a subject that bibs name, under each folded spelling by which it is suggested (CAT-6).

    Written by `catalog.search.names` alone: a new name with the bib that brings it. `bibs` only orders the suggestions;
    it grows with new bibs and is exact after the index has been made anew.
    """

    AUTHOR, SUBJECT = "author", "subject"

    kind = models.CharField(_("種類"), max_length=7, choices=[(AUTHOR, _("著者")), (SUBJECT, _("件名"))])
    key = models.TextField(_("見出し"))
    name = models.TextField(_("名前"))
    bibs = models.IntegerField(_("書誌数"), default=0)

    class Meta:
        verbose_name = _("候補の名前")
        verbose_name_plural = _("候補の名前")
        constraints = [models.UniqueConstraint(fields=["kind", "key", "name"], name="one_search_name")]
        indexes = [
            models.Index(F("kind"), OpClass("key", name="text_pattern_ops"), name="search_name_beginning"),
            # The names with most titles among those with one or two letters in common, without looking at the others.
            models.Index(F("kind"), Left("key", 1), F("bibs").desc(), name="search_name_letter"),
            models.Index(F("kind"), Left("key", 2), F("bibs").desc(), name="search_name_letters"),
        ]

    def __str__(self) -> str:
        return self.name


class SearchState(models.Model):
    """How the index was folded: queries fold the same way until it is made anew. There is one row.

    `generation` is another number after each change of postings or facts, 0 where there are none. `ranked` documents
    are in the order of their rank; the next one gets the number `next_number`.
    """

    fold_version = models.PositiveSmallIntegerField(_("畳み込みの版"))
    variants = models.JSONField(_("異体字"))
    fingerprint = models.CharField(_("指紋"), max_length=64)
    rebuilt_at = models.DateTimeField(_("再作成日時"), null=True)
    generation = models.BigIntegerField(_("世代"), default=0)
    ranked = models.IntegerField(_("順位のある文書"), default=0)
    next_number = models.IntegerField(_("次の番号"), default=0)
    merged_at = models.DateTimeField(_("併合日時"), null=True)
    ranked_at = models.DateTimeField(_("順位の更新日時"), null=True)

    class Meta:
        verbose_name = _("検索索引の状態")
        verbose_name_plural = _("検索索引の状態")
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="one_search_state")]

    def __str__(self) -> str:
        return f"{self.fold_version} {self.fingerprint[:12]}"
