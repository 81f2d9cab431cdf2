"""Loans and what they leave behind."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from datetime import date, datetime

from django.db import models
from django.db.models import F, Q
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from catalog.models import Bib, Item
from circulation import rules
from circulation.rules import OfflineState
from okalib.models import Library, Patron, PatronCategory, User
from okalib.rules import Channel, MaterialClass, Refusal, Severity

CHANNELS = [(Channel.COUNTER, _("カウンター")), (Channel.PICKUP, _("受渡館")), (Channel.POST, _("郵送"))]
OFFLINE_STATES = [
    (OfflineState.DONE, _("登録済")),
    (OfflineState.CONFLICT, _("要確認")),
    (OfflineState.CLOSED, _("登録せずに終了")),
]
CLASSES = [(MaterialClass.PRINT, _("図書・雑誌")), (MaterialClass.AV, _("視聴覚"))]


class LoanPeriod(models.Model):
    """A loan period of its own for some dates, a channel, a kind of item or of patron (LON-2)."""

    name = models.CharField(_("名称"), max_length=100)
    first_on = models.DateField(_("貸出日の初日"))
    last_on = models.DateField(_("貸出日の末日"))
    channel = models.CharField(_("窓口"), max_length=10, choices=CHANNELS, blank=True)
    material_class = models.CharField(_("資料区分"), max_length=5, blank=True, choices=CLASSES)
    category = models.ForeignKey(PatronCategory, models.CASCADE, null=True, blank=True, verbose_name=_("利用者区分"))
    days = models.PositiveSmallIntegerField(_("貸出期間（日）"))

    class Meta:
        verbose_name = _("貸出期間の特例")
        verbose_name_plural = _("貸出期間の特例")
        ordering = ["first_on"]
        constraints = [
            models.CheckConstraint(condition=Q(first_on__lte=F("last_on")), name="loan_period_first_before_last"),
            models.CheckConstraint(condition=Q(days__gte=1), name="loan_period_of_a_day_at_least"),
            models.UniqueConstraint(
                fields=["first_on", "last_on", "channel", "material_class", "category"],
                nulls_distinct=False,
                name="no_two_loan_periods_alike",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def as_period(self) -> rules.Period:
        """Return the pure value."""
        return rules.Period(
            self.pk, self.first_on, self.last_on, self.days, self.channel, self.material_class, self.category_id
        )


class LoanQuerySet(models.QuerySet["Loan"]):
    """Loans by where they stand."""

    def open(self) -> LoanQuerySet:
        """Loans not returned."""
        return self.filter(returned_at=None)

    def overdue(self, today: date) -> LoanQuerySet:
        """Open loans past their due date that no counter has received (LON-6, RET-3)."""
        return self.open().filter(due_on__lt=today, received_on=None)


class Loan(models.Model):
    """One lending of one item. After its return only the figures stay: class, age band, area (RET-5)."""

    item = models.ForeignKey(Item, models.PROTECT, related_name="loans", verbose_name=_("資料"))
    patron = models.ForeignKey(
        Patron, models.PROTECT, null=True, blank=True, related_name="loans", verbose_name=_("利用者")
    )
    channel = models.CharField(_("窓口"), max_length=10, choices=CHANNELS, default=Channel.COUNTER)
    return_to = models.ForeignKey(Library, models.PROTECT, related_name="+", verbose_name=_("返却先の館"))
    lent_at = models.DateTimeField(_("貸出日時"))
    lent_on = models.DateField(_("貸出日"))
    lent_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("貸出者")
    )
    due_on = models.DateField(_("返却期限日"))
    period = models.ForeignKey(
        LoanPeriod, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("適用した特例")
    )
    renewals = models.PositiveSmallIntegerField(_("延長回数"), default=0)
    renewed_on = models.DateField(_("延長日"), null=True, blank=True)
    received_on = models.DateField(_("他館での受付日"), null=True, blank=True)
    received_at = models.ForeignKey(
        Library, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("受け付けた館")
    )
    is_disputed = models.BooleanField(
        _("返却の申し出"), default=False, help_text=_("利用者が返却したと申し出て、資料が見つかっていない貸出です。")
    )
    returned_at = models.DateTimeField(_("返却処理日時"), null=True, blank=True)
    returned_on = models.DateField(_("返却日"), null=True, blank=True)
    is_annulled = models.BooleanField(_("取り消された貸出"), default=False)
    material_class = models.CharField(_("資料区分"), max_length=5, choices=CLASSES)
    age_band = models.CharField(_("年代"), max_length=10, blank=True)
    area = models.CharField(_("地域"), max_length=50, blank=True)

    objects = LoanQuerySet.as_manager()

    class Meta:
        verbose_name = _("貸出")
        verbose_name_plural = _("貸出")
        ordering = ["due_on", "id"]
        constraints = [
            models.UniqueConstraint(fields=["item"], condition=Q(returned_at=None), name="one_open_loan_per_item"),
            models.CheckConstraint(
                condition=Q(returned_at=None, returned_on=None, patron__isnull=False)
                | Q(returned_at__isnull=False, returned_on__isnull=False, patron=None),
                name="returned_loan_has_forgotten_its_patron",
            ),
            models.CheckConstraint(
                condition=Q(returned_on=None) | Q(returned_on__gte=F("lent_on")), name="loan_returned_after_it_was_lent"
            ),
            models.CheckConstraint(condition=Q(due_on__gte=F("lent_on")), name="loan_due_after_it_was_lent"),
            models.CheckConstraint(
                condition=Q(received_on=None, received_at=None)
                | Q(received_on__isnull=False, received_at__isnull=False),
                name="loan_received_somewhere",
            ),
            models.CheckConstraint(
                condition=Q(is_disputed=False) | Q(received_on__isnull=False), name="disputed_loan_has_its_day"
            ),
            models.CheckConstraint(
                condition=Q(renewals=0, renewed_on=None) | Q(renewals__gt=0, renewed_on__isnull=False),
                name="renewed_loan_has_its_day",
            ),
        ]
        indexes = [
            models.Index(fields=["patron"], condition=Q(returned_at=None), name="loan_open_of_patron"),
            models.Index(fields=["due_on"], condition=Q(returned_at=None), name="loan_open_due"),
            models.Index(fields=["channel"], condition=Q(returned_at=None), name="loan_open_by_channel"),
            models.Index(fields=["lent_on"], name="loan_lent_on"),
        ]

    def __str__(self) -> str:
        return f"{self.item_id} – {self.due_on}"

    @property
    def is_open(self) -> bool:
        """Whether the item has not come back."""
        return self.returned_at is None

    @property
    def was_delivered(self) -> bool:
        """Whether it was lent for a pickup library."""
        return self.channel == Channel.PICKUP

    def is_overdue(self, today: date) -> bool:
        """Whether the due date has passed and no counter has the item (LON-6, RET-3)."""
        return self.is_open and rules.is_overdue(self.due_on, today, self.received_on)


class OfflineScan(models.Model):
    """What a desk wrote down while the network was cut: lent, or returned (A247).

    It is a conflict until the verb it stands for was done, or staff have closed it; then it names no card (RET-5).
    """

    key = models.UUIDField(unique=True, editable=False)
    is_loan = models.BooleanField(_("貸出"))
    card_number = models.CharField(_("カード番号"), max_length=40, blank=True)
    item_number = models.CharField(_("資料番号"), max_length=40)
    scanned_at = models.DateTimeField(_("読み取った日時"))
    uploaded_at = models.DateTimeField(_("送信日時"))
    uploaded_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("送信者")
    )
    state = models.CharField(_("状態"), max_length=10, choices=OFFLINE_STATES, default=OfflineState.CONFLICT)
    reasons = models.JSONField(_("登録できない理由"), default=list, blank=True)
    destination = models.CharField(_("行き先"), max_length=20, blank=True)
    settled_at = models.DateTimeField(_("処理日時"), null=True, blank=True)

    class Meta:
        verbose_name = _("オフラインの記録")
        verbose_name_plural = _("オフラインの記録")
        ordering = ["scanned_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state=OfflineState.CONFLICT, settled_at=None)
                | (~Q(state=OfflineState.CONFLICT) & Q(settled_at__isnull=False, card_number="")),
                name="settled_offline_scan_has_forgotten_its_card",
            ),
        ]
        indexes = [
            models.Index(fields=["scanned_at"], condition=Q(state="conflict"), name="offline_scan_conflicts"),
            models.Index(fields=["settled_at"], name="offline_scan_settled"),
        ]

    def __str__(self) -> str:
        return f"{self.item_number} {self.scanned_at:%Y-%m-%d %H:%M}"

    @property
    def refusals(self) -> list[Refusal]:
        """Why it has not been done."""
        return [Refusal(**reason | {"severity": Severity(reason["severity"])}) for reason in self.reasons]

    def settle(self, state: OfflineState, now: datetime, destination: str = "") -> None:
        """End the conflict, and forget whose card it was; save."""
        self.state, self.settled_at, self.destination = state, now, destination
        self.card_number, self.reasons = "", []
        self.save()


class RestPeriod(models.Model):
    """After a renewed loan: until when this patron cannot have this title again. It erases itself (LON-5)."""

    patron = models.ForeignKey(Patron, models.CASCADE, related_name="rest_periods")
    bib = models.ForeignKey(Bib, models.CASCADE, related_name="+")
    until_on = models.DateField(_("この日まで"), db_index=True)

    class Meta:
        verbose_name = _("同一資料の間隔")
        verbose_name_plural = _("同一資料の間隔")
        constraints = [models.UniqueConstraint(fields=["patron", "bib"], name="one_rest_period_per_title")]

    def __str__(self) -> str:
        return f"–{self.until_on}"


class ReadingRecord(models.Model):
    """A line of the record that a patron has asked us to keep and that only they see (RET-5)."""

    patron = models.ForeignKey(Patron, models.CASCADE, related_name="reading_record")
    bib = models.ForeignKey(Bib, models.CASCADE, related_name="+")
    lent_on = models.DateField(_("貸出日"))
    returned_on = models.DateField(_("返却日"))

    class Meta:
        verbose_name = _("読書記録")
        verbose_name_plural = _("読書記録")
        ordering = ["-returned_on", "-id"]

    def __str__(self) -> str:
        return f"{self.lent_on}–{self.returned_on}"


class CalendarFeed(models.Model):
    """The secret address at which a patron's own calendar fetches due dates and days to collect by.

    The secret is worked out from `seed` and the key of the installation, so that the patron may read it again later,
    and is found by its hash: whoever sees a copy of the database alone opens no feed with it.
    """

    patron = models.OneToOneField(Patron, models.CASCADE, related_name="calendar_feed", verbose_name=_("利用者"))
    seed = models.CharField(max_length=64, editable=False)
    secret_hash = models.CharField(max_length=64, unique=True, editable=False)
    shows_titles = models.BooleanField(_("書名を含める"), default=False)
    made_at = models.DateTimeField(_("作成日時"))

    class Meta:
        verbose_name = _("カレンダー配信")
        verbose_name_plural = _("カレンダー配信")

    def __str__(self) -> str:
        return f"{self.made_at:%Y-%m-%d}"

    @property
    def secret(self) -> str:
        """The secret part of the address, 256 bits; "" where it was made with another key of the installation."""
        secret = self.secret_of(self.seed)
        return secret if self.hash_of(secret) == self.secret_hash else ""

    @staticmethod
    def secret_of(seed: str) -> str:
        """Return the secret that belongs to a seed."""
        digest = salted_hmac("circulation.calendar_feed", seed, algorithm="sha256").digest()
        return urlsafe_b64encode(digest).decode().rstrip("=")

    @staticmethod
    def hash_of(secret: str) -> str:
        """Return what is kept of a secret; it is long and random, so that a plain hash cannot be guessed through."""
        return hashlib.sha256(secret.encode()).hexdigest()
