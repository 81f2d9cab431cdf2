"""Patrons, their cards and what stands in their way."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Collate, Now
from django.utils.translation import gettext_lazy as _

from okalib import rules
from okalib.compiled import compiled, only
from okalib.models.staff import User
from okalib.spelling import KANA, NAMES, PHONES, Letters

DEFAULT = rules.Limits()


def folded(field: str, letters: Letters) -> Collate:
    """A text field of patrons with some letters made one, as the desk's search compares it and the index keeps it.

    In the order of the letters' codes, which for kana is that of the syllabary: so one index finds and sorts.
    """
    one = Func(F(field), Value(letters.all), Value(letters.one), function="TRANSLATE", output_field=models.TextField())
    return Collate(one, "C")


class PatronCategory(models.Model):
    """A kind of patron with limits of its own (PAT-5)."""

    code = models.CharField(_("コード"), max_length=20, unique=True)
    name = models.CharField(_("名称"), max_length=50)
    loans_print = models.PositiveSmallIntegerField(_("貸出上限 図書・雑誌"), default=DEFAULT.loans_print)
    loans_av = models.PositiveSmallIntegerField(_("貸出上限 視聴覚"), default=DEFAULT.loans_av)
    holds_print = models.PositiveSmallIntegerField(_("予約上限 図書・雑誌"), default=DEFAULT.holds_print)
    holds_av = models.PositiveSmallIntegerField(_("予約上限 視聴覚"), default=DEFAULT.holds_av)
    holds_per_day = models.PositiveSmallIntegerField(
        _("1日の予約上限"), null=True, blank=True, help_text=_("空欄は制限なし、0は予約不可")
    )

    class Meta:
        verbose_name = _("利用者区分")
        verbose_name_plural = _("利用者区分")
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name

    def limits(self) -> rules.Limits:
        """Return the limits as the pure value that rules take."""
        return rules.Limits(self.loans_print, self.loans_av, self.holds_print, self.holds_av, self.holds_per_day)


class Contact(models.TextChoices):
    """How a patron wants to be told (PAT-4)."""

    EMAIL = "email", _("電子メール")
    PHONE = "phone", _("電話")
    NONE = "none", _("連絡不要")


class PatronQuerySet(models.QuerySet["Patron"]):
    """Patrons, and the lock under which their limits are counted."""

    def lock(self, patron_id: int) -> Patron:
        """Lock a patron before any bib and return the row fresh (LIM-4)."""
        return only(_row_to_lock(patron=patron_id), self.model.DoesNotExist)

    def lock_all(self, patron_ids: Iterable[int]) -> dict[int, Patron]:
        """Lock several patrons, in ascending order of their numbers, and return the rows fresh by number (LIM-4)."""
        found = self.select_for_update(of=("self",), no_key=True).select_related("category")
        return {patron.pk: patron for patron in found.filter(pk__in=set(patron_ids)).order_by("pk")}

    def touch_all(self, today: date) -> int:
        """Count as a use of their cards, all at once, as `Patron.touch` does each (PAT-1)."""
        return self.filter(last_used_on__lt=today).update(last_used_on=today)


class Patron(models.Model):
    """A borrower. Names and addresses live here and nowhere else."""

    user = models.OneToOneField(User, models.PROTECT, null=True, blank=True, related_name="patron")
    category = models.ForeignKey(PatronCategory, models.PROTECT, verbose_name=_("利用者区分"))
    name = models.CharField(_("氏名"), max_length=100)
    name_kana = models.CharField(_("氏名カナ"), max_length=100, db_index=True)
    birth_year = models.PositiveSmallIntegerField(_("生年"), null=True, blank=True)
    area = models.CharField(_("地域"), max_length=50, blank=True)
    contact_person = models.CharField(
        _("保護者・担当者"), max_length=100, blank=True, help_text=_("児童・家族・団体のカードで、連絡する方の氏名。")
    )
    email = models.EmailField(_("電子メール"), blank=True)
    email_failed_at = models.DateTimeField(_("メール不達"), null=True, blank=True)
    phone = models.CharField(_("電話番号"), max_length=30, blank=True, db_index=True)
    contact = models.CharField(_("連絡方法"), max_length=10, choices=Contact, default=Contact.EMAIL)
    language = models.CharField(_("言語"), max_length=5, default="ja", choices=[("ja", "日本語"), ("en", "English")])
    registered_on = models.DateField(_("登録日"))
    last_used_on = models.DateField(_("最終利用日"), db_index=True)
    valid_until = models.DateField(_("資格の期限"), null=True, blank=True)
    wants_due_reminders = models.BooleanField(_("返却期限のお知らせを希望"), default=False)
    keeps_reading_record = models.BooleanField(_("読書記録を残す"), default=False)
    last_pickup = models.ForeignKey(
        "okalib.Library", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("前回の受渡館")
    )

    objects = PatronQuerySet.as_manager()

    class Meta:
        verbose_name = _("利用者")
        verbose_name_plural = _("利用者")
        ordering = ["name_kana", "id"]
        indexes = [
            # what the desk types has no blank between the names and no hyphen in the number (okalib.people)
            models.Index(folded("name_kana", KANA), F("id"), name="patron_by_kana"),
            models.Index(folded("name", NAMES), F("id"), name="patron_by_name"),
            models.Index(folded("phone", PHONES), name="patron_by_phone"),
        ]
        permissions = [("merge_patrons", _("利用者を統合する"))]

    def __str__(self) -> str:
        return self.name

    @property
    def card_number(self) -> str:
        """The number of the card in force, empty while there is none."""
        card = next((card for card in self.cards.all() if card.ended_at is None), None)
        return card.number if card else ""

    def is_lapsed(self, today: date, policy: rules.Policy) -> bool:
        """Whether the card has lapsed by `today` (PAT-1)."""
        return rules.is_lapsed(self.last_used_on, today, policy)

    @property
    def can_be_mailed(self) -> bool:
        """Whether a mail would reach this patron, as far as we know (PAT-4)."""
        return self.contact == Contact.EMAIL and bool(self.email) and self.email_failed_at is None

    def blocks_in_force(self, kind: rules.BlockKind, today: date) -> list[Block]:
        """Return the manual blocks that stop `kind` on `today` (A18, A19)."""
        kinds = {kind, rules.BlockKind.EVERYTHING}
        return [
            block
            for block in self.blocks.all()
            if block.kind in kinds and block.lifted_at is None and (block.until_on is None or today <= block.until_on)
        ]

    def touch(self, today: date) -> None:
        """Count as a use of the card, so that it does not lapse (PAT-1); one write a day at most."""
        if self.last_used_on < today:
            self.last_used_on = today
            Patron.objects.filter(pk=self.pk).touch_all(today)


@compiled(patron=int)
def _row_to_lock(*, patron: int) -> PatronQuerySet:
    locked = Patron.objects.select_for_update(of=("self",), no_key=True)
    return locked.select_related("category").filter(pk=patron)


class Card(models.Model):
    """A card number; a lost one stays known so that the desk is warned when it is scanned (PAT-2)."""

    number = models.CharField(_("カード番号"), max_length=20, unique=True)
    patron = models.ForeignKey(Patron, models.PROTECT, related_name="cards", verbose_name=_("利用者"))
    issued_at = models.DateTimeField(_("発行日時"))
    ended_at = models.DateTimeField(_("無効になった日時"), null=True, blank=True)
    ended_reason = models.CharField(_("無効の理由"), max_length=100, blank=True)

    class Meta:
        verbose_name = _("利用者カード")
        verbose_name_plural = _("利用者カード")
        constraints = [
            models.UniqueConstraint(fields=["patron"], condition=Q(ended_at=None), name="one_live_card_per_patron")
        ]

    def __str__(self) -> str:
        return self.number


class Block(models.Model):
    """A manual block with an end, or none (A18, A19)."""

    patron = models.ForeignKey(Patron, models.CASCADE, related_name="blocks", verbose_name=_("利用者"))
    kind = models.CharField(
        _("停止する利用"),
        max_length=12,
        choices=[
            (rules.BlockKind.HOLDS, _("予約")),
            (rules.BlockKind.LOANS, _("貸出")),
            (rules.BlockKind.EVERYTHING, _("予約と貸出")),
        ],
    )
    reason = models.CharField(_("理由"), max_length=200)
    until_on = models.DateField(_("末日"), null=True, blank=True)
    placed_at = models.DateTimeField(_("設定日時"), db_default=Now())
    lifted_at = models.DateTimeField(_("解除日時"), null=True, blank=True)

    class Meta:
        verbose_name = _("利用停止")
        verbose_name_plural = _("利用停止")

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.until_on or ''}"


class Activation(models.Model):
    """A one-time code of the counter with which a patron sets a password; only its hash is kept (PAT-3)."""

    patron = models.OneToOneField(Patron, models.CASCADE, related_name="activation")
    code_hash = models.CharField(max_length=128)
    expires_at = models.DateTimeField(_("有効期限"))
    attempts = models.PositiveSmallIntegerField(default=0)

    MOST_ATTEMPTS = 10

    class Meta:
        verbose_name = _("登録コード")
        verbose_name_plural = _("登録コード")

    def __str__(self) -> str:
        return str(_("登録コード"))

    def is_alive(self, now: datetime) -> bool:
        """Whether the code can still be used: not expired and not guessed at more than ten times."""
        return now < self.expires_at and self.attempts < self.MOST_ATTEMPTS


class PasswordLink(models.Model):
    """That a patron has asked for a link to a new password: the link itself is kept nowhere (PAT-3).

    Only the link with the latest `serial` opens. How often it was asked for is counted by the day.
    """

    patron = models.OneToOneField(Patron, models.CASCADE, related_name="password_link")
    serial = models.PositiveIntegerField(default=0)
    expires_at = models.DateTimeField(_("有効期限"))
    asked_on = models.DateField()
    asked_that_day = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("パスワード再設定の依頼")
        verbose_name_plural = _("パスワード再設定の依頼")

    def __str__(self) -> str:
        return str(_("パスワード再設定の依頼"))

    def is_alive(self, now: datetime) -> bool:
        """Whether a link can still be used: the latest one was not used and has not expired."""
        return now < self.expires_at
