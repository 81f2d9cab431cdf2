"""The weekly run, its bags and their slips."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from circulation.models import Loan
from delivery import rules
from delivery.rules import BagState
from holds.models import Hold
from okalib.models import Library, Patron
from okalib.rules import Channel

BAG_STATES = [
    (BagState.PACKED, _("詰めた")),
    (BagState.SENT, _("発送済")),
    (BagState.AT_CENTRAL, _("中央館に到着")),
    (BagState.ARRIVED, _("受渡館に到着")),
    (BagState.HANDED_OVER, _("お渡し済")),
    (BagState.ON_THE_WAY_BACK, _("返送中")),
]


class DeliveryRun(models.Model):
    """One weekly cycle with its own dates (DLV-1)."""

    cut_off_on = models.DateField(_("締切日"), unique=True)
    lend_on = models.DateField(_("貸出・袋詰め"), db_index=True)
    mail_on = models.DateField(_("メール送信"), db_index=True)
    window_from = models.DateField(_("受渡期間の初日"))
    window_to = models.DateField(_("受渡期間の末日"), db_index=True)
    note = models.CharField(_("掲示"), max_length=200, blank=True)
    lending_asked_at = models.DateTimeField(_("貸出処理の開始"), null=True, blank=True)
    lent_at = models.DateTimeField(_("貸出処理の完了"), null=True, blank=True)
    announced_at = models.DateTimeField(_("メール作成の完了"), null=True, blank=True)
    is_edited = models.BooleanField(_("手で変更した"), default=False)
    is_cancelled = models.BooleanField(_("この週は運行しない"), default=False)

    class Meta:
        verbose_name = _("受渡便")
        verbose_name_plural = _("受渡便")
        ordering = ["cut_off_on"]
        constraints = [
            models.CheckConstraint(
                condition=Q(cut_off_on__lte=F("lend_on"))
                & Q(lend_on__lte=F("mail_on"))
                & Q(mail_on__lte=F("window_from"))
                & Q(window_from__lte=F("window_to")),
                name="run_dates_follow_one_another",
            )
        ]

    def __str__(self) -> str:
        return f"{self.lend_on}"

    @property
    def dates(self) -> rules.RunDates:
        """The dates as the pure value."""
        return rules.RunDates(self.cut_off_on, self.lend_on, self.mail_on, self.window_from, self.window_to)


class RunExclusion(models.Model):
    """A pickup library that a run leaves out, with a reason that patrons see (DLV-2)."""

    run = models.ForeignKey(DeliveryRun, models.CASCADE, related_name="exclusions", verbose_name=_("受渡便"))
    library = models.ForeignKey(Library, models.PROTECT, related_name="+", verbose_name=_("受渡館"))
    reason = models.CharField(_("理由（利用者に表示）"), max_length=200)
    reason_en = models.CharField(_("理由（英語）"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("休止する受渡館")
        verbose_name_plural = _("休止する受渡館")
        constraints = [models.UniqueConstraint(fields=["run", "library"], name="one_exclusion_per_run_and_library")]

    def __str__(self) -> str:
        return f"{self.library} {self.reason}"

    @property
    def reason_label(self) -> str:
        """The reason in the reader's language."""
        in_english = (get_language() or "ja").startswith("en")
        return self.reason_en if in_english and self.reason_en else self.reason


class RunException(models.Model):
    """A secured reservation that a run could not lend, with every reason; it is tried again next week (DLV-3)."""

    run = models.ForeignKey(DeliveryRun, models.CASCADE, related_name="exceptions", verbose_name=_("受渡便"))
    hold = models.ForeignKey(Hold, models.CASCADE, related_name="run_exceptions", verbose_name=_("予約"))
    codes = models.JSONField(_("理由コード"), default=list)
    reasons = models.TextField(_("理由"))
    found_at = models.DateTimeField(_("日時"))

    class Meta:
        verbose_name = _("発送できなかった予約")
        verbose_name_plural = _("発送できなかった予約")
        constraints = [models.UniqueConstraint(fields=["run", "hold"], name="one_exception_per_run_and_hold")]

    def __str__(self) -> str:
        return self.reasons


class BagQuerySet(models.QuerySet["Bag"]):
    """Bags by where they are."""

    def of_patron(self, patron: Patron) -> BagQuerySet:
        """Bags with an open loan of this patron."""
        return self.filter(lines__loan__patron=patron, lines__loan__returned_at=None).distinct()

    def with_open_loans(self) -> BagQuerySet:
        """Bags that are not closed; told from the open loans of deliveries, which are few, to the bags."""
        lent = SlipLine.objects.filter(loan__returned_at=None, loan__channel=Channel.PICKUP)
        return self.filter(pk__in=lent.values("bag"))

    def by_number(self, number: str) -> Bag | None:
        """The bag with the number on its label, None if there is none."""
        pk = rules.bag_id(number)
        return self.filter(pk=pk).first() if pk is not None else None


class Bag(models.Model):
    """A blue bag for one patron and library. Whose it is follows from its open loans and is not stored (RET-5)."""

    run = models.ForeignKey(DeliveryRun, models.PROTECT, related_name="bags", verbose_name=_("受渡便"))
    library = models.ForeignKey(Library, models.PROTECT, related_name="bags", verbose_name=_("受渡館"))
    state = models.CharField(_("状態"), max_length=16, choices=BAG_STATES, default=BagState.PACKED)
    packed_at = models.DateTimeField(_("詰めた"))
    sent_at = models.DateTimeField(_("発送"), null=True, blank=True)
    at_central_at = models.DateTimeField(_("中央館に到着"), null=True, blank=True)
    arrived_at = models.DateTimeField(_("受渡館に到着"), null=True, blank=True)
    handed_over_at = models.DateTimeField(_("お渡し"), null=True, blank=True)
    on_the_way_back_at = models.DateTimeField(_("返送"), null=True, blank=True)
    keep_until = models.DateField(_("延長した受渡期限"), null=True, blank=True)
    sealed_at = models.DateTimeField(_("袋を閉じた"), null=True, blank=True)
    reprint_since = models.DateTimeField(_("資料送付票の刷り直しが必要"), null=True, blank=True)

    objects = BagQuerySet.as_manager()

    class Meta:
        verbose_name = _("資料袋")
        verbose_name_plural = _("資料袋")
        ordering = ["run", "library", "id"]
        indexes = [models.Index(fields=["library", "state"], name="bag_of_library")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state=BagState.SENT) | Q(sent_at__isnull=False), name="sent_bag_has_its_time"
            )
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """The number on its label (DLV-4)."""
        return rules.bag_number(self.pk)

    @property
    def patron(self) -> Patron | None:
        """Whose it is, told by its open loans; nobody's once they are closed (RET-5)."""
        return next((line.loan.patron for line in self.lines.all() if line.loan.is_open), None)

    @property
    def is_packed(self) -> bool:
        """Whether it has not left the house."""
        return self.state == BagState.PACKED

    @property
    def is_sealed(self) -> bool:
        """Whether it was closed for the van: all that is on its slip is in it."""
        return self.sealed_at is not None

    @property
    def missing(self) -> list[SlipLine]:
        """The lines whose items nobody has put in yet."""
        return [line for line in self.lines.all() if not line.is_packed and line.loan.is_open]

    @property
    def is_coming(self) -> bool:
        """Whether it is on its way to the pickup library."""
        return self.state in (BagState.SENT, BagState.AT_CENTRAL)

    @property
    def is_here(self) -> bool:
        """Whether it waits at the pickup library for its patron."""
        return self.state == BagState.ARRIVED

    @property
    def is_with_patron(self) -> bool:
        """Whether its patron has it."""
        return self.state == BagState.HANDED_OVER

    @property
    def is_going_back(self) -> bool:
        """Whether it is on its way to the prefectural library."""
        return self.state == BagState.ON_THE_WAY_BACK

    @property
    def is_all_handed_in(self) -> bool:
        """Whether a counter has taken back all that is still on loan from it (RET-3)."""
        return all(line.loan.received_on is not None for line in self.lines.all() if line.loan.is_open)

    @property
    def last_day(self) -> date:
        """The last day to collect it: the window's, or later where the patron asked for more time (DLV-10)."""
        return max(self.run.window_to, self.keep_until or self.run.window_to)

    @property
    def is_closed(self) -> bool:
        """Whether every loan on its slip has been closed: derived, not stored."""
        return all(not line.loan.is_open for line in self.lines.all())

    @property
    def shown_state(self) -> str:
        """The state as people see it, the derived one included (DLV-9)."""
        return BagState.CLOSED if self.is_closed else self.state


class SlipLine(models.Model):
    """One item on the slip in a bag (DLV-4)."""

    bag = models.ForeignKey(Bag, models.CASCADE, related_name="lines", verbose_name=_("資料袋"))
    loan = models.OneToOneField(Loan, models.PROTECT, related_name="slip_line", verbose_name=_("貸出"))
    due_on = models.DateField(_("返却期限日（票面）"))
    packed_at = models.DateTimeField(_("袋に入れた"), null=True, blank=True)

    class Meta:
        verbose_name = _("資料送付票の行")
        verbose_name_plural = _("資料送付票")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.bag_id}: {self.loan_id}"

    @property
    def is_packed(self) -> bool:
        """Whether the item was scanned into its bag; a bag that has left had everything in it."""
        return self.packed_at is not None or not self.bag.is_packed

    @property
    def is_outdated(self) -> bool:
        """Whether the printed due date no longer holds because the loan was renewed or moved (A142)."""
        return self.loan.is_open and self.loan.due_on != self.due_on
