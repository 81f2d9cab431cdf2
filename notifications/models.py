"""The outbox and the texts that staff have written for it (NTF-2, NTF-3)."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.core.validators import validate_email
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from notifications import texts
from notifications.labels import KINDS, PHONE_REASONS, STATES
from notifications.rules import (
    ENDED,
    FOR_STAFF,
    MAIL_ONLY_KINDS,
    NEXT,
    SECRET_KINDS,
    STALE_AFTER,
    Kind,
    PhoneReason,
    State,
    route,
)
from okalib.models import Patron


class NoSuchStepError(Exception):
    """A notice was to go where the table of states has no way (`rules.NEXT`)."""


class NoticeQuerySet(models.QuerySet["Notice"]):
    """Notices by what is to be done with them."""

    def due(self, now: datetime) -> NoticeQuerySet:
        """What the worker should send now, the longest waiting first."""
        return self.filter(state=State.QUEUED, next_try_at__lte=now).order_by("next_try_at", "id")

    def stale(self, now: datetime) -> NoticeQuerySet:
        """What is in flight without a worker."""
        return self.filter(state=State.IN_FLIGHT, taken_at__lt=now - STALE_AFTER).order_by("id")

    def for_staff(self) -> NoticeQuerySet:
        """What waits for a decision of staff (NTF-4)."""
        return self.filter(state__in=FOR_STAFF).order_by("posted_at", "id")

    def erasable(self, before: datetime) -> NoticeQuerySet:
        """What ended before a moment and still has its words."""
        return self.filter(state__in=ENDED, posted_at__lt=before, erased_at=None).order_by("id")


class Notice(models.Model):
    """One notice to one reader; written with its cause, kept with its words until retention erases them."""

    key = models.CharField(_("キー"), max_length=200, unique=True, editable=False)
    kind = models.CharField(_("種類"), max_length=30, choices=KINDS)
    patron = models.ForeignKey(
        Patron, models.CASCADE, null=True, blank=True, related_name="notices", verbose_name=_("利用者")
    )
    address = models.CharField(_("宛先"), max_length=254, blank=True)
    is_address_fixed = models.BooleanField(_("宛先を指定"), default=False)
    language = models.CharField(_("言語"), max_length=5, default="ja")
    context = models.JSONField(_("差し込み"), default=dict, blank=True, encoder=DjangoJSONEncoder)
    cause = models.CharField(_("きっかけ"), max_length=100, blank=True, db_index=True)
    state = models.CharField(_("状態"), max_length=12, choices=STATES)
    phone_reason = models.CharField(_("電話連絡の理由"), max_length=20, blank=True, choices=PHONE_REASONS)
    calls = models.PositiveSmallIntegerField(_("つながらなかった電話の回数"), default=0)
    called_at = models.DateTimeField(_("最後にかけた電話"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("送信回数"), default=0)
    error = models.CharField(_("直近のエラー"), max_length=300, blank=True)
    posted_at = models.DateTimeField(_("作成日時"))
    useful_until = models.DateTimeField(_("送信の期限"), null=True, blank=True)
    next_try_at = models.DateTimeField(_("次の送信"), null=True, blank=True)
    taken_at = models.DateTimeField(_("送信開始"), null=True, blank=True)
    handed_over_at = models.DateTimeField(_("サーバーへの引渡し開始"), null=True, blank=True)
    sent_at = models.DateTimeField(_("送信日時"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("取りやめ日時"), null=True, blank=True)
    withdrawn_reason = models.CharField(_("取りやめの理由"), max_length=200, blank=True)
    closed_at = models.DateTimeField(_("対応日時"), null=True, blank=True)
    closed_reason = models.CharField(_("対応の内容"), max_length=200, blank=True)
    was_phoned = models.BooleanField(_("電話で連絡済"), default=False)
    message_id = models.CharField(max_length=120, blank=True, editable=False)
    subject = models.CharField(_("件名"), max_length=200, blank=True)
    text = models.TextField(_("本文"), blank=True)
    html = models.TextField(_("HTML本文"), blank=True)
    erased_at = models.DateTimeField(_("本文の消去日時"), null=True, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("お知らせ")
        verbose_name_plural = _("お知らせ")
        ordering = ["-posted_at", "-id"]
        indexes = [
            models.Index(fields=["next_try_at", "id"], condition=Q(state=State.QUEUED), name="notices_to_send"),
            models.Index(fields=["state", "posted_at"], name="notices_by_state"),
            models.Index(fields=["patron", "-posted_at"], name="notices_of_a_patron"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=list(State)), name="notice_state_is_known"),
            models.CheckConstraint(condition=Q(kind__in=list(Kind)), name="notice_kind_is_known"),
            models.CheckConstraint(
                condition=Q(state=State.QUEUED, next_try_at__isnull=False)
                | ~Q(state=State.QUEUED) & Q(next_try_at=None),
                name="queued_notice_has_its_time",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.IN_FLIGHT) | Q(taken_at__isnull=False), name="notice_in_flight_was_taken"
            ),
            models.CheckConstraint(
                condition=~Q(state=State.SENT) | Q(sent_at__isnull=False), name="sent_notice_has_its_time"
            ),
            models.CheckConstraint(
                condition=Q(state=State.WITHDRAWN, withdrawn_at__isnull=False) & ~Q(withdrawn_reason="")
                | ~Q(state=State.WITHDRAWN) & Q(withdrawn_at=None, withdrawn_reason=""),
                name="withdrawn_notice_says_why",
            ),
            models.CheckConstraint(
                condition=Q(state=State.CLOSED, closed_at__isnull=False) & ~Q(closed_reason="")
                | ~Q(state=State.CLOSED) & Q(closed_at=None, closed_reason=""),
                name="closed_notice_says_why",
            ),
            models.CheckConstraint(
                condition=Q(state=State.PHONE, patron__isnull=False) & ~Q(phone_reason="") | ~Q(state=State.PHONE),
                name="phone_list_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.posted_at:%Y-%m-%d}"

    # ── what it is ──

    @property
    def is_queued(self) -> bool:
        """Whether the worker will send it."""
        return self.state == State.QUEUED

    @property
    def is_sent(self) -> bool:
        """Whether the mail server has taken it."""
        return self.state == State.SENT

    @property
    def is_on_phone_list(self) -> bool:
        """Whether staff are to telephone."""
        return self.state == State.PHONE

    @property
    def is_secret(self) -> bool:
        """Whether its words must not be kept."""
        return self.kind in SECRET_KINDS

    @property
    def is_mail_only(self) -> bool:
        """Whether nobody is telephoned about it."""
        return self.kind in MAIL_ONLY_KINDS

    @property
    def cause_id(self) -> int:
        """The number in a cause like "hold:123"; 0 if there is none."""
        number = self.cause.rpartition(":")[2]
        return int(number) if number.isdecimal() else 0

    @property
    def reached_at(self) -> datetime | None:
        """When its reader was reached: by mail, by telephone, or by a decision of staff; None while unreached (A77)."""
        return {State.SENT: self.sent_at, State.CLOSED: self.closed_at}.get(State(self.state))

    # ── one-row verbs ──

    def move(self, to: State) -> None:
        """Go to another state if the table allows it, and leave behind what belonged to the old one; does not save."""
        if to not in NEXT[State(self.state)]:
            raise NoSuchStepError(f"Notice {self.pk} cannot go from {self.state} to {to}.")
        self.state = to
        self.next_try_at = None

    def direct(self, now: datetime) -> None:
        """Choose the address and, by it, the first state: mail, phone list or nothing (PAT-4); does not save."""
        state, reason = self._route()
        self.state = state
        self.phone_reason = reason or ""
        self.next_try_at = now if state is State.QUEUED else None
        if state is State.PHONE and self.is_mail_only:
            self.state = State.FAILED
        if state is State.CLOSED:
            self.closed_at = now
            self.closed_reason = "連絡不要のため送信していません。"

    def _route(self) -> tuple[State, PhoneReason | None]:
        if not self.is_address_fixed:
            self.address = self.patron.email if self.patron else ""
        if not is_address(self.address):
            self.address = ""
        if self.is_address_fixed and self.address:
            return State.QUEUED, None
        if self.patron is None:
            return State.FAILED, None
        failed = self.patron.email_failed_at is not None
        return route(contact=self.patron.contact, has_address=bool(self.address), address_failed=failed)

    def withdraw(self, reason: str, now: datetime) -> None:
        """Take it back before it is sent, and say why; does not save."""
        self.move(State.WITHDRAWN)
        self.withdrawn_at, self.withdrawn_reason = now, reason[:200]
        self.forget_secret(now)

    def close(self, reason: str, now: datetime) -> None:
        """End it by hand, and say why; does not save."""
        self.move(State.CLOSED)
        self.closed_at, self.closed_reason = now, reason[:200]
        self.forget_secret(now)

    def erase(self, now: datetime) -> None:
        """Erase every word of it, leaving kind, state and times; does not save."""
        self.subject = self.text = self.html = self.address = self.error = ""
        self.context = {}
        self.erased_at = now

    def forget_secret(self, now: datetime) -> None:
        """Erase the words of a secret notice that need not be sent again; does not save."""
        if self.is_secret:
            self.subject = self.text = self.html = ""
            self.context = {}
            self.erased_at = now


class Template(models.Model):
    """The text that staff have put in the place of ours for one kind of notice in one language (NTF-3)."""

    kind = models.CharField(
        _("種類"), max_length=30, choices=[*KINDS, (texts.FOOTER, _("署名（すべてのお知らせの末尾）"))]
    )
    language = models.CharField(_("言語"), max_length=5, choices=[("ja", "日本語"), ("en", "English")], default="ja")
    subject = models.CharField(_("件名"), max_length=200)
    body = models.TextField(_("本文"))

    class Meta:
        verbose_name = _("お知らせの文面")
        verbose_name_plural = _("お知らせの文面")
        ordering = ["kind", "language"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "language"],
                name="one_text_per_kind_and_language",
                violation_error_message=_("この種類と言語の文面はすでにあります。"),
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}（{self.get_language_display()}）"

    @property
    def words(self) -> texts.Words:
        """The text as the value that is rendered."""
        return texts.Words(self.subject, self.body.replace("\r\n", "\n"))

    def clean(self) -> None:
        """Refuse a text that could not be sent, with every reason at once (NTF-3)."""
        if self.kind and self.language:
            wrong = texts.problems(self.kind, self.language, self.words)
            if wrong:
                raise ValidationError(wrong)


def is_address(text: str) -> bool:
    """Tell whether `text` is one mail address and nothing else: no line breaks, no list (A188)."""
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True
