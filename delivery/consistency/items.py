"""Where an item is, who has it and until when: the fact that all floors share must agree with their own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from catalog.models import Item
from catalog.rules import Loanability, Material, MaterialClass, Whereabouts, material_class
from circulation.models import Loan, ReadingRecord
from delivery.consistency.invariants import invariant
from holds.models import Hold
from holds.rules import HoldState
from okalib import days
from okalib.models import Library, Patron, PolicySettings, StaffAction

AV = [material for material in Material if material_class(material) == MaterialClass.AV]


@invariant(
    title=_("貸出中の資料には、借受者と返却期限日の一致する貸出が1件ある（LON-3）"),
    what_to_do=_(
        "資料を確認し、手元にあれば返却処理を、利用者の手元にあれば貸出と資料の借受者・期限日をそろえてください。"
    ),
    example="item {item_number}",
)
def item_on_loan_without_its_loan(now: datetime) -> QuerySet:
    same = Loan.objects.open().filter(item=OuterRef("pk"), patron=OuterRef("holder"), due_on=OuterRef("due_on"))
    return Item.objects.filter(~Exists(same), whereabouts=Whereabouts.ON_LOAN).order_by("pk")


@invariant(
    title=_("返却されていない貸出の資料は、所在が貸出中である（LON-3）"),
    what_to_do=_("資料が館内にあれば返却処理をしてください。なければ資料の所在を貸出中に戻してください。"),
    example="item {item__item_number}",
)
def open_loan_of_item_elsewhere(now: datetime) -> QuerySet:
    return Loan.objects.open().exclude(item__whereabouts=Whereabouts.ON_LOAN).order_by("pk")


@invariant(
    title=_("1点の資料に、返却されていない貸出は1件だけである（LON-3）"),
    what_to_do=_("どの利用者が持っているかを確認し、もう一方の貸出を取り消してください。"),
    example="item {item__item_number}",
)
def item_lent_twice(now: datetime) -> QuerySet:
    return Loan.objects.open().order_by().values("item__item_number").annotate(loans=Count("pk")).filter(loans__gt=1)


@invariant(
    title=_("予約棚の資料は、予約に結びついているか、片付け待ちである（SHF-4, HLD-7）"),
    what_to_do=_("資料を読み取って（返却処理）、次の予約に回すか書架に戻してください。"),
    example="item {item_number}",
)
def item_set_aside_for_nobody(now: datetime) -> QuerySet:
    bound = Hold.objects.bound().filter(item=OuterRef("pk"))
    return Item.objects.filter(~Exists(bound), whereabouts=Whereabouts.SET_ASIDE, clearance_since=None).order_by("pk")


@invariant(
    title=_("確保された予約の資料は、予約棚にある（PUL-3）"),
    what_to_do=_(
        "資料を探して読み取ってください。見つからないときは予約を予約中に戻し、資料を所在調査中にしてください。"
    ),
    example="hold {pk}",
)
def bound_hold_without_its_item(now: datetime) -> QuerySet:
    return Hold.objects.bound().filter(Q(item=None) | ~Q(item__whereabouts=Whereabouts.SET_ASIDE)).order_by("pk")


@invariant(
    title=_("1点の資料を確保している予約は1件だけである（PUL-3）"),
    what_to_do=_("先の予約に資料を残し、もう一方を予約中に戻してください。"),
    example="item {item__item_number}",
)
def item_bound_twice(now: datetime) -> QuerySet:
    return Hold.objects.bound().order_by().values("item__item_number").annotate(holds=Count("pk")).filter(holds__gt=1)


@invariant(
    title=_("他館で受け付けた日は、貸出と資料で同じである（RET-3）"),
    what_to_do=_("受け付けた館に確認し、貸出と資料の受付日をそろえてください。"),
    example="item {item__item_number}",
)
def received_differently(now: datetime) -> QuerySet:
    same = Q(received_on=F("item__received_on")) | Q(received_on=None, item__received_on=None)
    return Loan.objects.open().filter(~same).order_by("pk")


@invariant(
    title=_("返却された貸出は、利用者と結びついていない（RET-5）"),
    what_to_do=_("貸出の利用者を空にしてください。返却処理を通らない変更がなかったか確認してください。"),
    example="loan {pk}",
)
def returned_loan_remembers_patron(now: datetime) -> QuerySet:
    return Loan.objects.filter(returned_at__isnull=False, patron__isnull=False).order_by("pk")


@invariant(
    title=_("返却された資料の予約は、利用者と結びついていない（RET-5）"),
    what_to_do=_("貸出済の予約の利用者を空にしてください。"),
    example="hold {pk}",
)
def fulfilled_hold_remembers_patron(now: datetime) -> QuerySet:
    returned = Loan.objects.filter(
        item=OuterRef("item"), lent_at=OuterRef("ended_at"), returned_at__isnull=False, is_annulled=False
    )
    return Hold.objects.filter(Exists(returned), state=HoldState.FULFILLED, patron__isnull=False).order_by("pk")


@invariant(
    title=_("読書記録は、希望した利用者にだけある（RET-5）"),
    what_to_do=_("希望していない利用者の読書記録を消去してください。"),
    example="record {pk}",
)
def reading_record_not_wanted(now: datetime) -> QuerySet:
    return ReadingRecord.objects.filter(patron__keeps_reading_record=False).order_by("pk")


# --- limits --------------------------------------------------------------------------------------------------------


LEADS_OVER = {"loan_limit": ["merge_patrons"], "hold_limit": ["merge_patrons", "undo_check_out", "wait_again"]}
"""Two records made one (A226); a loan undone, whose reservation comes back, however many the patron has made since
(A165); an item not found, so that others of its group wait again (HLD-9)."""


@invariant(
    title=_("貸出点数が上限を超えるのは、特例・利用者統合の記録があるときだけである（LIM-1, LIM-4）"),
    what_to_do=_("上限を超えた経緯を確認し、返却されるまで貸出を止めてください。"),
    example="patron {pk}",
)
def loan_limit_exceeded(now: datetime) -> QuerySet:
    held = Count("items_held", filter=Q(items_held__material_class=MaterialClass.PRINT))
    held_av = Count("items_held", filter=Q(items_held__material_class=MaterialClass.AV))
    over = Q(held__gt=F("category__loans_print")) | Q(held_av__gt=F("category__loans_av"))
    return Patron.objects.annotate(held=held, held_av=held_av).filter(over & ~_decided("loan_limit")).order_by("pk")


@invariant(
    title=_(
        "予約件数が上限を超えるのは、特例・利用者統合・貸出取消・予約再開の記録があるときだけである（LIM-2, LIM-4）"
    ),
    what_to_do=_("上限を超えた経緯を確認し、利用者と相談して予約を減らしてください。"),
    example="patron {pk}",
)
def hold_limit_exceeded(now: datetime) -> QuerySet:
    is_open = Q(holds__state__in=[HoldState.WAITING, HoldState.SECURED, HoldState.READY])
    is_av = Q(holds__bib__material__in=AV)
    over = Q(made__gt=F("category__holds_print")) | Q(made_av__gt=F("category__holds_av"))
    return (
        Patron.objects.annotate(
            made=Count("holds", filter=is_open & ~is_av), made_av=Count("holds", filter=is_open & is_av)
        )
        .filter(over & ~_decided("hold_limit"))
        .order_by("pk")
    )


def _decided(code: str) -> Exists:
    """Whether staff have gone over this limit for the patron, as far back as the log names patrons (OPS-5)."""
    how = Q(overridden__contains=[code], was_refused=False) | Q(verb__in=LEADS_OVER[code])
    return Exists(StaffAction.objects.filter(how, patron=OuterRef("pk")))


# --- due dates -----------------------------------------------------------------------------------------------------


@invariant(
    title=_("返却期限日は、返却先の館の開館日である（LON-1、設定による）"),
    what_to_do=_(
        "開館カレンダーの変更後に期限日が残っていないか確認し、臨時休館の操作で期限日を移してください。"
        "あとから登録された休館期間は、ここでは数えません。"
    ),
)
def due_on_closed_day(now: datetime) -> list[str]:
    if not PolicySettings.current().due_on_open_day:
        return []
    # What was lent on its own due date, and what is lent by way of exception, may have any date (A121, A194).
    loans = Loan.objects.open().filter(item__loanability=Loanability.LENDABLE).exclude(due_on=F("lent_on"))
    closed = closed_days(loans.values_list("return_to", "due_on").distinct())
    found: list[str] = []
    for library_id, due_days in closed.items():
        those = loans.filter(return_to=library_id, due_on__in=due_days).order_by("pk")
        found += [f"loan {pk}: {due_on}" for pk, due_on in those.values_list("pk", "due_on")]
    return found


def closed_days(places: Iterable[tuple[int, date]], *, closures_count: bool = False) -> dict[int, list[date]]:
    """Return, of (library id, day), the days on which that library is closed by its calendar.

    Without `closures_count` periods of closure are left out: they are entered later than dates are given.
    """
    asked: dict[int, set[date]] = defaultdict(set)
    for library_id, day in places:
        asked[library_id].add(day)
    closed = {}
    for library in Library.objects.with_calendar().filter(pk__in=asked):
        opening: days.OpeningDays = library.opening_days()
        if not closures_count:
            opening = replace(opening, closures=())
        closed[library.pk] = sorted(day for day in asked[library.pk] if not opening.is_open(day))
    return {library_id: found for library_id, found in closed.items() if found}
