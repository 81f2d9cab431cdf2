"""Other catalogues that the cross search asks."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from catalog.rules import Protocol, RecordSchema, Region

PROTOCOLS = [
    (Protocol.SRU, _("SRU")),
    (Protocol.OPENSEARCH, _("OpenSearch")),
    (Protocol.LINK, _("リンクのみ（問い合わせない）")),
]
SCHEMAS = [
    (RecordSchema.DCNDL, _("DC-NDL（RDF）")),
    (RecordSchema.DCNDL_SIMPLE, _("DC-NDL（Simple）")),
    (RecordSchema.DC, _("Dublin Core")),
    (RecordSchema.MARCXML, _("MARCXML")),
]
REGIONS = [(Region.PREFECTURE, _("県内の図書館")), (Region.COUNTRY, _("全国の図書館"))]
VERSIONS = [("1.1", "1.1"), ("1.2", "1.2")]
QUERY_MARK = "{query}"


def check_http_address(text: str) -> None:
    """Refuse what is no complete http or https address in plain letters."""
    try:
        parts = urlsplit(text)
        is_good = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        is_good = False
    if not (is_good and text.isascii() and text.isprintable() and " " not in text) or "@" in parts.netloc:
        raise ValidationError(_("http:// または https:// で始まる、英数字のアドレスを入力してください。"))


def _index(verbose_name: Any, **options: Any) -> models.CharField:
    return models.CharField(verbose_name, max_length=60, blank=True, **options)


class SearchTarget(models.Model):
    """Another library's catalogue, and what one has to know to ask it (REQ-3).

    The indexes are the names of CQL indexes where the protocol is SRU and names of parameters where it is OpenSearch;
    what has no index of its own is searched for in all fields.
    """

    code = models.SlugField(_("コード"), max_length=30, unique=True, help_text=_("ページのアドレスに使います。"))
    name = models.CharField(_("名称"), max_length=100)
    name_en = models.CharField(_("名称（英語）"), max_length=100, blank=True)
    region = models.CharField(_("地域"), max_length=15, choices=REGIONS, default=Region.COUNTRY)
    order = models.PositiveSmallIntegerField(_("表示順"), default=100)
    is_enabled = models.BooleanField(_("使用する"), default=True)
    protocol = models.CharField(_("通信方式"), max_length=15, choices=PROTOCOLS)
    address = models.CharField(
        _("問い合わせ先"), max_length=500, blank=True, validators=[check_http_address], help_text=_("APIのアドレス")
    )
    fixed_parameters = models.CharField(
        _("固定パラメータ"),
        max_length=300,
        blank=True,
        help_text=_("毎回いっしょに送るもの。例：count=10"),
    )
    version = models.CharField(_("SRUの版"), max_length=5, choices=VERSIONS, default="1.2")
    record_schema = models.CharField(_("書誌の形式（SRU）"), max_length=15, choices=SCHEMAS, blank=True)
    any_index = _index(_("検索項目：すべて"), help_text=_("SRUではCQLの索引名、OpenSearchではパラメータ名"))
    title_index = _index(_("検索項目：書名"))
    creator_index = _index(_("検索項目：著者"))
    isbn_index = _index(_("検索項目：ISBN"))
    page_address = models.CharField(
        _("先方の検索画面"),
        max_length=500,
        blank=True,
        help_text=_("{query} の所に検索語が入ります。例：https://example.jp/search?q={query}"),
    )
    seconds = models.PositiveSmallIntegerField(
        _("待ち時間（秒）"),
        default=5,
        validators=[MinValueValidator(1), MaxValueValidator(10)],
        help_text=_("これを過ぎたら回答を待ちません。"),
    )
    allows_private = models.BooleanField(
        _("館内ネットワークを許可"),
        default=False,
        help_text=_("問い合わせ先が館内のネットワークにあるときだけ。システム管理者が設定します。"),
    )

    class Meta:
        verbose_name = _("横断検索先")
        verbose_name_plural = _("横断検索先")
        ordering = ["order", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(protocol=Protocol.LINK) | ~(models.Q(address="") | models.Q(any_index="")),
                name="search_target_can_be_asked",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_asked(self) -> bool:
        """Whether we ask it ourselves, and do not only show the way to its pages."""
        return self.protocol != Protocol.LINK

    @property
    def label(self) -> str:
        """The name in the reader's language, the Japanese one where there is no other."""
        return (self.name_en if (get_language() or "ja").startswith("en") else "") or self.name

    def page_for(self, words: str) -> str:
        """The target's own page with these words searched for, "" if there is none."""
        return self.page_address.replace(QUERY_MARK, quote(words, safe=""))

    def clean(self) -> None:
        """Refuse a target that could not be asked, or whose page could not be opened."""
        faults: dict[str, Any] = {}
        if self.is_asked:
            faults |= {name: _("入力してください。") for name in ("address", "any_index") if not getattr(self, name)}
        if self.protocol == Protocol.SRU and not self.record_schema:
            faults["record_schema"] = _("選択してください。")
        if self.page_address or not self.is_asked:
            try:
                check_http_address(self.page_address.replace(QUERY_MARK, ""))
            except ValidationError as error:
                faults["page_address"] = error.messages
        if faults:
            raise ValidationError(faults)
