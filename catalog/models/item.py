"""One physical copy, where it stands, and who has it until when."""

from __future__ import annotations

from datetime import date, datetime

from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import F, Q, Subquery, Value
from django.db.models.functions import Coalesce, Collate
from django.utils.translation import gettext_lazy as _

from catalog import rules
from catalog.models.bib import Bib
from catalog.rules import ItemStatus, Loanability, Whereabouts
from okalib.compiled import compiled, only
from okalib.models import Patron

LOANABILITIES = [
    (Loanability.LENDABLE, _("貸出可")),
    (Loanability.REFERENCE, _("禁帯出")),
    (Loanability.RESEARCH, _("研究用")),
    (Loanability.VIDEO_STAYS, _("禁帯動画有")),
]

WHEREABOUTS = [
    (Whereabouts.SHELF, _("書架")),
    (Whereabouts.ON_LOAN, _("貸出中")),
    (Whereabouts.SET_ASIDE, _("予約棚")),
    (Whereabouts.SEARCHED_FOR, _("所在調査中")),
    (Whereabouts.PROCESSING, _("整理中")),
    (Whereabouts.WITHDRAWN, _("除籍")),
]

STATUS_LABELS = {
    ItemStatus.AVAILABLE: _("在庫・貸出可"),
    ItemStatus.ON_LOAN: _("貸出中"),
    ItemStatus.BEING_PREPARED: _("準備中"),
    ItemStatus.ON_ITS_WAY: _("搬送中"),
    ItemStatus.IN_LIBRARY_ONLY: _("館内のみ"),
    ItemStatus.SEARCHED_FOR: _("所在調査中"),
    ItemStatus.PROCESSING: _("整理中"),
}


class Location(models.Model):
    """A home location of items: floor and section, in walking order (PUL-2)."""

    code = models.CharField(_("コード"), max_length=30, unique=True)
    floor = models.CharField(_("階"), max_length=20)
    section = models.CharField(_("部門"), max_length=50)
    section_en = models.CharField(_("部門（英語）"), max_length=80, blank=True)
    is_open_shelf = models.BooleanField(_("開架"), default=True)
    walking_order = models.PositiveSmallIntegerField(_("回収順"), default=0)
    return_desk = models.CharField(_("返却カウンター"), max_length=50, blank=True)

    class Meta:
        verbose_name = _("配置場所")
        verbose_name_plural = _("配置場所")
        ordering = ["walking_order", "code"]

    def __str__(self) -> str:
        return f"{self.floor} {self.section}"


CALL_NUMBER_KEY = models.Func(
    *(F("shelf_mark"), F("class_mark"), Value("/"), F("book_mark"), Value("/"), F("volume_mark")),
    arg_joiner=" || ",
    template="upper(normalize(replace(%(expressions)s, '//', '/'), NFKC))",
)
"""A call number in capital letters of one width, so that its beginning can be searched by index (catalog.search)."""

VOLUME_IN_ORDER = models.Func(
    models.Func(
        models.Func(F("volume_mark"), template="normalize(%(expressions)s, NFKC)"),
        *(Value(r"(\d+)"), Value(r"00000000\1"), Value("g")),
        function="regexp_replace",
    ),
    *(Value(r"\d*(\d{9})"), Value(r"\1"), Value("g")),
    function="regexp_replace",
)

SHELF_KEY = Collate(
    models.Func(
        *(F("shelf_mark"), F("class_mark"), Value(" "), F("book_mark"), Value(" "), VOLUME_IN_ORDER),
        arg_joiner=" || ",
        template="upper(normalize(%(expressions)s, NFKC))",
    ),
    "C",
)
"""A call number by whose letters the copies of a location stand side by side; `catalog.rules.shelf_key` says the same
of a typed one. A blank ends each mark, so that 913 stands before 913.6, and a volume 2 before a volume 10."""


STAND = ["whereabouts", "whereabouts_since", "holder", "due_on", "received_on", "is_disputed", "clearance_since"]
"""What changes of an item when it goes somewhere; the rest is its description."""


class ItemQuerySet(models.QuerySet["Item"]):
    """Items by what can be done with them."""

    def in_hand(self, item_id: int) -> Item:
        """Return the row fresh with its location: what a desk has in the hand; its bib is locked."""
        return only(_row_in_hand(item=item_id), self.model.DoesNotExist)

    def by_call_number(self) -> ItemQuerySet:
        """In walking order: floor and section, then call number as the copies stand on the shelf (PUL-2)."""
        return self.order_by("location__walking_order", "location__code", SHELF_KEY, "item_number")

    def lendable(self) -> ItemQuerySet:
        """Items that can fill a reservation at some time: lendable and not gone for good (CAT-3)."""
        return self.filter(loanability=Loanability.LENDABLE).exclude(whereabouts=Whereabouts.WITHDRAWN)

    def on_shelf(self) -> ItemQuerySet:
        """Items to be found on their shelf."""
        return self.filter(whereabouts=Whereabouts.SHELF)

    def for_holds(self, holds_on_damaged: bool) -> ItemQuerySet:
        """Items that can fill a reservation, now or later: lendable, and sound unless the policy says so (A27)."""
        found = self.lendable()
        return found if holds_on_damaged else found.filter(is_damaged=False)

    def arrived(self) -> ItemQuerySet:
        """Items of ours that are still here and whose day of arrival is known."""
        found = self.filter(arrived_on__isnull=False, is_interlibrary=False)
        return found.exclude(whereabouts=Whereabouts.WITHDRAWN)

    def go_to_all(self, holder: Subquery, due_on: Subquery, now: datetime) -> int:
        """Let items be with patrons, all at once, as `Item.go_to` does each; whose and until when is told by row."""
        return self.update(
            whereabouts=Whereabouts.ON_LOAN,
            whereabouts_since=now,
            holder=holder,
            due_on=due_on,
            received_on=None,
            is_disputed=False,
            clearance_since=None,
        )

    def put_on_clearance(self, now: datetime) -> int:
        """Let items on the hold shelf wait to be cleared, all at once, as `Item.set_aside` does each (SHF-4)."""
        return self.filter(whereabouts=Whereabouts.SET_ASIDE).update(
            whereabouts_since=now, clearance_since=Coalesce("clearance_since", Value(now))
        )

    def on_clearance(self) -> ItemQuerySet:
        """Items on the hold shelf that staff must take off it (SHF-4, HLD-7)."""
        return self.filter(clearance_since__isnull=False)


class Item(models.Model):
    """One physical copy (CAT-2). Who has it and until when is stored here, below holds and circulation."""

    bib = models.ForeignKey(Bib, models.PROTECT, related_name="items", verbose_name=_("書誌"))
    item_number = models.CharField(_("資料番号"), max_length=20, unique=True)
    location = models.ForeignKey(Location, models.PROTECT, related_name="items", verbose_name=_("配置場所"))
    shelf_mark = models.CharField(_("別置記号"), max_length=10, blank=True)
    class_mark = models.CharField(_("分類記号"), max_length=20, blank=True)
    book_mark = models.CharField(_("図書記号"), max_length=20, blank=True)
    volume_mark = models.CharField(_("巻冊記号"), max_length=20, blank=True)
    material_class = models.CharField(
        _("資料区分"),
        max_length=5,
        choices=[(rules.MaterialClass.PRINT, _("図書・雑誌")), (rules.MaterialClass.AV, _("視聴覚"))],
    )
    loanability = models.CharField(_("貸出区分"), max_length=12, choices=LOANABILITIES, default=Loanability.LENDABLE)
    is_damaged = models.BooleanField(_("破損"), default=False)
    is_interlibrary = models.BooleanField(_("他館から借用"), default=False)
    whereabouts = models.CharField(_("所在"), max_length=12, choices=WHEREABOUTS, default=Whereabouts.SHELF)
    whereabouts_since = models.DateTimeField(_("所在の変更"), null=True, blank=True)
    holder = models.ForeignKey(
        "okalib.Patron", models.PROTECT, null=True, blank=True, related_name="items_held", verbose_name=_("借受者")
    )
    due_on = models.DateField(_("返却期限日"), null=True, blank=True)
    received_on = models.DateField(_("他館での受付日"), null=True, blank=True)
    is_disputed = models.BooleanField(_("返却の申し出"), default=False)
    clearance_since = models.DateTimeField(_("片付け待ち"), null=True, blank=True)
    arrived_on = models.DateField(
        _("受入日"), null=True, blank=True, help_text=_("新着資料に載せる基準です。空欄の資料は載りません。")
    )

    objects = ItemQuerySet.as_manager()

    class Meta:
        verbose_name = _("資料")
        verbose_name_plural = _("資料")
        constraints = [
            models.CheckConstraint(
                condition=Q(whereabouts=Whereabouts.ON_LOAN, holder__isnull=False, due_on__isnull=False)
                | Q(~Q(whereabouts=Whereabouts.ON_LOAN), holder=None, due_on=None),
                name="item_on_loan_has_holder_and_due_date",
            ),
            models.CheckConstraint(
                condition=Q(received_on=None) | Q(whereabouts=Whereabouts.ON_LOAN), name="item_received_while_on_loan"
            ),
            models.CheckConstraint(
                condition=Q(is_disputed=False) | Q(received_on__isnull=False), name="disputed_item_has_its_day"
            ),
            models.CheckConstraint(
                condition=Q(clearance_since=None) | Q(whereabouts=Whereabouts.SET_ASIDE),
                name="item_on_clearance_is_set_aside",
            ),
        ]
        indexes = [
            models.Index(fields=["holder"], name="item_holder", condition=Q(holder__isnull=False)),
            models.Index(fields=["clearance_since"], name="item_clearance", condition=Q(clearance_since__isnull=False)),
            models.Index(fields=["class_mark", "book_mark"], name="item_call_number"),
            models.Index(OpClass(CALL_NUMBER_KEY, name="text_pattern_ops"), name="item_call_number_key"),
            models.Index("location", SHELF_KEY, "bib", name="item_shelf"),
            models.Index(fields=["arrived_on", "id"], name="item_arrived", condition=Q(arrived_on__isnull=False)),
            models.Index(
                fields=["whereabouts"],
                name="item_away",
                condition=~Q(whereabouts__in=[Whereabouts.SHELF, Whereabouts.ON_LOAN]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item_number} {self.call_number}"

    @property
    def call_number(self) -> str:
        """Where the item stands: 別置記号 + NDC + 図書記号 + 巻冊 (CAT-2)."""
        marks = [self.shelf_mark + self.class_mark, self.book_mark, self.volume_mark]
        return "/".join(mark for mark in marks if mark)

    @property
    def status(self) -> ItemStatus:
        """What a reader is told of this copy (CAT-8)."""
        return rules.status(
            self.whereabouts,
            self.loanability,
            is_on_its_way=self.received_on is not None,
            is_disputed=self.is_disputed,
        )

    @property
    def status_label(self) -> object:
        """The words for `status`."""
        return STATUS_LABELS[self.status]

    @property
    def is_lendable(self) -> bool:
        """Whether this copy may leave the house (CAT-3)."""
        return self.loanability == Loanability.LENDABLE

    @property
    def is_on_loan(self) -> bool:
        """Whether a patron has this copy."""
        return self.whereabouts == Whereabouts.ON_LOAN

    @property
    def is_set_aside(self) -> bool:
        """Whether this copy stands on the hold shelf."""
        return self.whereabouts == Whereabouts.SET_ASIDE

    @property
    def is_searched_for(self) -> bool:
        """Whether this copy was not where it should be (PUL-5)."""
        return self.whereabouts == Whereabouts.SEARCHED_FOR

    def set_aside(self, now: datetime, *, for_clearance: bool = False) -> None:
        """Stand on the hold shelf, bound to a reservation or to be cleared (SHF-4); save."""
        self._go(Whereabouts.SET_ASIDE, now)
        self.clearance_since = (self.clearance_since or now) if for_clearance else None
        self.save(update_fields=STAND)

    def stand_on_shelf(self, now: datetime) -> None:
        """Stand on the home shelf; save."""
        self._go(Whereabouts.SHELF, now)
        self.save(update_fields=STAND)

    def go_to(self, patron: Patron, due_on: date, now: datetime) -> None:
        """Be with a patron until a day; save."""
        self._go(Whereabouts.ON_LOAN, now)
        self.holder = patron
        self.due_on = due_on
        self.save(update_fields=STAND)

    def be_searched_for(self, now: datetime) -> None:
        """Be missing until it is scanned again (PUL-5); save."""
        self._go(Whereabouts.SEARCHED_FOR, now)
        self.save(update_fields=STAND)

    def _go(self, whereabouts: Whereabouts, now: datetime) -> None:
        if whereabouts != Whereabouts.SET_ASIDE:
            self.clearance_since = None
        self.whereabouts = whereabouts
        self.whereabouts_since = now
        self.holder = self.due_on = self.received_on = None
        self.is_disputed = False

    def can_fill_holds(self, holds_on_damaged: bool) -> bool:
        """Whether this copy may be bound to a reservation, now or later (CAT-3, A27)."""
        return (
            self.is_lendable and self.whereabouts != Whereabouts.WITHDRAWN and (holds_on_damaged or not self.is_damaged)
        )


@compiled(item=int)
def _row_in_hand(*, item: int) -> ItemQuerySet:
    return Item.objects.select_related("location").filter(pk=item)
