"""A reservation, and the group that it may belong to."""

from __future__ import annotations

from datetime import date, datetime

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from catalog.models import Bib, Item
from holds import rules
from holds.rules import BOUND, OPEN, EndReason, GroupKind, HoldState
from okalib import days
from okalib.models import Library, Patron, User

STATES = [
    (HoldState.WAITING, _("予約中")),
    (HoldState.SECURED, _("準備中")),
    (HoldState.READY, _("取置中")),
    (HoldState.FULFILLED, _("貸出済")),
    (HoldState.CANCELLED, _("取消")),
    (HoldState.EXPIRED, _("取置期限切れ")),
]

END_REASONS = [
    (EndReason.BY_PATRON, _("ご本人による取消")),
    (EndReason.BY_STAFF, _("図書館による取消")),
    (EndReason.NOT_NEEDED_ANY_MORE, _("必要な期限を過ぎたため")),
    (EndReason.ENOUGH_OF_GROUP, _("いずれか予約がそろったため")),
    (EndReason.NOT_COLLECTED, _("取置期限までに受取がなかったため")),
    (EndReason.CANNOT_BE_FILLED, _("資料を用意できないため")),
]


class HoldGroup(models.Model):
    """Reservations that depend on one another: in order, or any k of them (HLD-9)."""

    patron = models.ForeignKey(Patron, models.CASCADE, related_name="hold_groups", verbose_name=_("利用者"))
    kind = models.CharField(
        _("種類"),
        max_length=10,
        choices=[(GroupKind.IN_ORDER, _("順番予約")), (GroupKind.ANY_OF, _("いずれか予約"))],
    )
    wanted = models.PositiveSmallIntegerField(_("必要な点数"), null=True, blank=True)
    made_at = models.DateTimeField(_("作成日時"))

    class Meta:
        verbose_name = _("予約のまとまり")
        verbose_name_plural = _("予約のまとまり")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind=GroupKind.IN_ORDER, wanted=None) | Q(kind=GroupKind.ANY_OF, wanted__gte=1),
                name="any_of_says_how_many",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"


class HoldQuerySet(models.QuerySet["Hold"]):
    """Reservations by where they stand."""

    def open(self) -> HoldQuerySet:
        """Reservations that have not ended."""
        return self.filter(state__in=OPEN)

    def waiting(self) -> HoldQuerySet:
        """Reservations without an item."""
        return self.filter(state=HoldState.WAITING)

    def bound(self) -> HoldQuerySet:
        """Reservations that hold an item."""
        return self.filter(state__in=BOUND)

    def end_all(self, state: HoldState, reason: str, now: datetime) -> int:
        """End ready reservations without a loan, all at once, as `Hold.end` does each; returns how many."""
        step = rules.step(HoldState.READY, state)
        ready = self.filter(state=HoldState.READY)
        return ready.update(state=step, end_reason=reason, ended_at=now, item=None, keep_until=None, relabel_since=None)

    def fulfil_all(self, now: datetime) -> int:
        """End secured reservations whose items have been lent, all at once; returns how many (LON-4)."""
        step = rules.step(HoldState.SECURED, HoldState.FULFILLED)
        secured = self.filter(state=HoldState.SECURED)
        return secured.update(state=step, ended_at=now, keep_until=None, relabel_since=None)

    def in_queue_order(self) -> HoldQuerySet:
        """First come, first served, then by id (HLD-2, A39)."""
        return self.order_by("queue_at", "id")

    def eligible(self, today: date) -> HoldQuerySet:
        """Waiting reservations that may get an item today: not paused, still needed, not held up by their order."""
        return (
            self.waiting()
            .filter(Q(paused_at=None) | Q(paused_until__lte=today))
            .filter(Q(need_by=None) | Q(need_by__gte=today))
            .filter(Q(group=None) | ~Exists(_earlier_volume()))
        )

    def behind_an_earlier_volume(self) -> HoldQuerySet:
        """Reservations in order whose turn comes when an earlier volume has been lent or has ended (HLD-9)."""
        return self.filter(Exists(_earlier_volume()))

    def for_item(self, item: Item) -> HoldQuerySet:
        """Reservations that this very item could fill: of its bib, not for another copy, its kind allowed there."""
        found = self.filter(bib_id=item.bib_id).filter(Q(only_item=None) | Q(only_item=item))
        if item.material_class == rules.MaterialClass.AV:
            found = found.filter(Q(pickup_at__accepts_av=True) | Q(pickup_override=True))
        return found


def _earlier_volume() -> HoldQuerySet:
    return Hold.objects.open().filter(
        group=OuterRef("group"), group__kind=GroupKind.IN_ORDER, volume_order__lt=OuterRef("volume_order")
    )


class Hold(models.Model):
    """A reservation (予約)."""

    patron = models.ForeignKey(
        Patron, models.PROTECT, null=True, blank=True, related_name="holds", verbose_name=_("利用者")
    )
    bib = models.ForeignKey(Bib, models.PROTECT, related_name="holds", verbose_name=_("書誌"))
    pickup_at = models.ForeignKey(Library, models.PROTECT, related_name="holds", verbose_name=_("受渡館"))
    state = models.CharField(_("状態"), max_length=10, choices=STATES, default=HoldState.WAITING)
    accepted_at = models.DateTimeField(_("受付日時"))
    queue_at = models.DateTimeField(
        _("順番の基準"), help_text=_("ふつうは受付日時と同じ。職員が順番を変えたときだけ異なる。")
    )
    made_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("受付者")
    )
    request_token = models.UUIDField(null=True, blank=True, unique=True, editable=False)
    item = models.ForeignKey(
        Item, models.PROTECT, null=True, blank=True, related_name="holds", verbose_name=_("確保した資料")
    )
    only_item = models.ForeignKey(
        Item, models.PROTECT, null=True, blank=True, related_name="particular_holds", verbose_name=_("資料番号指定")
    )
    group = models.ForeignKey(
        HoldGroup, models.SET_NULL, null=True, blank=True, related_name="holds", verbose_name=_("まとまり")
    )
    volume_order = models.PositiveSmallIntegerField(_("順番"), null=True, blank=True)
    paused_at = models.DateTimeField(_("休止日時"), null=True, blank=True)
    paused_until = models.DateField(_("再開日"), null=True, blank=True)
    need_by = models.DateField(_("必要な期限"), null=True, blank=True)
    pickup_override = models.BooleanField(_("受渡館の制限を特例で超えた"), default=False)
    secured_at = models.DateTimeField(_("確保日時"), null=True, blank=True)
    relabel_since = models.DateTimeField(_("札の差替え待ち"), null=True, blank=True)
    announced_on = models.DateField(_("連絡日"), null=True, blank=True)
    keep_until = models.DateField(_("取置期限"), null=True, blank=True)
    extensions = models.PositiveSmallIntegerField(_("取置延長回数"), default=0)
    ended_at = models.DateTimeField(_("終了日時"), null=True, blank=True)
    end_reason = models.CharField(_("終了理由"), max_length=20, blank=True, choices=END_REASONS)

    objects = HoldQuerySet.as_manager()

    class Meta:
        verbose_name = _("予約")
        verbose_name_plural = _("予約")
        ordering = ["queue_at", "id"]
        permissions = [("reorder_queue", _("予約の順番を変える"))]
        constraints = [
            models.UniqueConstraint(
                fields=["patron", "bib"], condition=Q(state__in=OPEN), name="one_open_hold_per_patron_and_bib"
            ),
            models.UniqueConstraint(fields=["item"], condition=Q(state__in=BOUND), name="one_bound_hold_per_item"),
            models.CheckConstraint(
                condition=Q(state__in=BOUND, item__isnull=False, secured_at__isnull=False)
                | Q(state=HoldState.FULFILLED)
                | Q(state__in=[HoldState.WAITING, HoldState.CANCELLED, HoldState.EXPIRED], item=None),
                name="bound_hold_has_its_item",
            ),
            models.CheckConstraint(
                condition=Q(state=HoldState.READY, keep_until__isnull=False, announced_on__isnull=False)
                | ~Q(state=HoldState.READY),
                name="ready_hold_has_its_deadline",
            ),
            models.CheckConstraint(
                condition=Q(state__in=OPEN, ended_at=None, patron__isnull=False)
                | Q(~Q(state__in=OPEN), ended_at__isnull=False),
                name="open_hold_has_patron_and_no_end",
            ),
            models.CheckConstraint(
                condition=Q(group=None) | Q(volume_order__isnull=False), name="hold_of_a_group_has_its_order"
            ),
            models.CheckConstraint(
                condition=Q(paused_until=None) | Q(paused_at__isnull=False), name="pause_with_an_end_has_a_start"
            ),
        ]
        indexes = [
            models.Index(fields=["bib", "queue_at", "id"], condition=Q(state__in=OPEN), name="hold_queue"),
            models.Index(fields=["patron"], condition=Q(state__in=OPEN), name="hold_open_of_patron"),
            models.Index(fields=["state", "keep_until"], condition=Q(state__in=BOUND), name="hold_on_shelf"),
            models.Index(fields=["accepted_at"], condition=Q(state=HoldState.WAITING), name="hold_waiting"),
            models.Index(fields=["ended_at"], condition=~Q(state__in=OPEN), name="hold_ended"),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.get_state_display()}"

    @property
    def is_open(self) -> bool:
        """Whether the reservation has not ended."""
        return HoldState(self.state) in OPEN

    @property
    def is_waiting(self) -> bool:
        """Whether no item is bound yet."""
        return self.state == HoldState.WAITING

    @property
    def is_secured(self) -> bool:
        """Whether an item is bound and the patron has not been told."""
        return self.state == HoldState.SECURED

    @property
    def is_ready(self) -> bool:
        """Whether the patron has been told and the deadline runs."""
        return self.state == HoldState.READY

    @property
    def is_bound(self) -> bool:
        """Whether the reservation holds an item."""
        return HoldState(self.state) in BOUND

    @property
    def is_for_delivery(self) -> bool:
        """Whether it is collected elsewhere than at the prefectural library."""
        return not self.pickup_at.is_home

    @property
    def material_class(self) -> rules.MaterialClass:
        """The class that its limit counts under (CAT-4)."""
        return self.bib.material_class

    def is_paused(self, today: date) -> bool:
        """Whether it is skipped today (HLD-8)."""
        return rules.is_paused(self.paused_at, self.paused_until, today)

    def secured_on(self) -> date | None:
        """The day on which its item was bound."""
        return days.day_of(self.secured_at) if self.secured_at else None

    def secure(self, item: Item, now: datetime) -> None:
        """Bind the item; save."""
        self.state = rules.step(self.state, HoldState.SECURED)
        self.item = item
        self.secured_at = now
        self.relabel_since = None
        self.paused_at = self.paused_until = None
        self.save()

    def end(self, state: HoldState, reason: str, now: datetime) -> None:
        """End without a loan; save. Giving the item on is the verb's work (HLD-7)."""
        self.state = rules.step(self.state, state)
        self.end_reason = reason
        self.ended_at = now
        self.item = None
        self.keep_until = None
        self.relabel_since = None
        self.save()
