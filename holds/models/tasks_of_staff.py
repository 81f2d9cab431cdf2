"""What staff work on: the lines of a pull list, and the requests of patrons."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.models import Item
from holds.models.hold import Hold
from holds.rules import PullOutcome, RequestKind, RequestState
from okalib.models import Library, Patron, User


class PullLine(models.Model):
    """One item that one morning's pull list names, so that a list made again marks what is new (PUL-6)."""

    day = models.DateField(_("日"))
    item = models.ForeignKey(Item, models.CASCADE, related_name="pull_lines", verbose_name=_("資料"))
    listed_at = models.DateTimeField(_("掲載日時"))
    is_addition = models.BooleanField(_("追加"), default=False)
    outcome = models.CharField(
        _("回収できない理由"),
        max_length=10,
        blank=True,
        choices=[
            (PullOutcome.NOT_FOUND, _("見つからない")),
            (PullOutcome.IN_USE, _("閲覧中")),
            (PullOutcome.DAMAGED, _("破損")),
        ],
    )
    marked_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("書架回収リストの行")
        verbose_name_plural = _("書架回収リスト")
        constraints = [models.UniqueConstraint(fields=["day", "item"], name="one_pull_line_per_item_and_day")]

    def __str__(self) -> str:
        return f"{self.day} {self.item_id}"


class Request(models.Model):
    """A patron's form that staff answer (REQ-1)."""

    kind = models.CharField(
        _("種類"),
        max_length=16,
        choices=[
            (RequestKind.CANCEL, _("予約取消依頼")),
            (RequestKind.CHANGE_PICKUP, _("受渡館変更依頼")),
            (RequestKind.PARTICULAR_ITEM, _("資料番号指定の予約")),
            (RequestKind.KEEP_LONGER, _("受渡期間の延長依頼")),
            (RequestKind.INQUIRY, _("お問い合わせ")),
        ],
    )
    state = models.CharField(
        _("状態"),
        max_length=10,
        default=RequestState.OPEN,
        choices=[
            (RequestState.OPEN, _("受付")),
            (RequestState.ACCEPTED, _("承認・回答済")),
            (RequestState.DECLINED, _("お断り")),
        ],
    )
    patron = models.ForeignKey(
        Patron, models.CASCADE, null=True, blank=True, related_name="requests", verbose_name=_("利用者")
    )
    hold = models.ForeignKey(
        Hold, models.SET_NULL, null=True, blank=True, related_name="requests", verbose_name=_("予約")
    )
    library = models.ForeignKey(
        Library, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("希望する受渡館")
    )
    item_number = models.CharField(_("資料番号"), max_length=20, blank=True)
    contact = models.CharField(_("連絡先"), max_length=200, blank=True)
    text = models.TextField(_("内容"), blank=True, max_length=2000)
    made_at = models.DateTimeField(_("受付日時"))
    answer = models.TextField(_("回答"), blank=True)
    answered_at = models.DateTimeField(_("回答日時"), null=True, blank=True)
    answered_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("回答者")
    )

    class Meta:
        verbose_name = _("依頼")
        verbose_name_plural = _("依頼")
        ordering = ["made_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["hold", "kind"], condition=Q(state=RequestState.OPEN), name="one_open_request_per_hold_and_kind"
            ),
            models.CheckConstraint(
                condition=Q(state=RequestState.OPEN, answered_at=None)
                | Q(~Q(state=RequestState.OPEN), answered_at__isnull=False),
                name="answered_request_has_its_time",
            ),
        ]
        indexes = [
            models.Index(fields=["made_at"], condition=Q(state=RequestState.OPEN), name="request_open"),
            models.Index(
                fields=["-answered_at", "-id"], condition=~Q(state=RequestState.OPEN), name="request_answered"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"

    @property
    def is_open(self) -> bool:
        """Whether staff still have to answer."""
        return self.state == RequestState.OPEN
