"""Reservations: one open for patron and title, in their order, and the hold shelf with its deadlines."""

from __future__ import annotations

from datetime import date, datetime, time

from django.db.models import CharField, Count, Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext_lazy as _

from circulation.models import Loan
from delivery.consistency.invariants import invariant
from delivery.consistency.items import closed_days
from holds.models import Hold, HoldGroup
from holds.rules import BOUND, GroupKind, HoldState
from notifications.models import Notice
from notifications.rules import State
from okalib import days
from okalib.models import EmergencyClosure, StaffAction


@invariant(
    title=_("同じ利用者の同じ書誌への有効な予約は1件だけである（HLD-3）"),
    what_to_do=_("あとから受け付けた予約を取り消してください。"),
    example="bib {bib}",
)
def title_reserved_twice(now: datetime) -> QuerySet:
    return Hold.objects.open().order_by().values("patron", "bib").annotate(holds=Count("pk")).filter(holds__gt=1)


@invariant(
    title=_("確保した資料は、予約した書誌の資料である。資料番号指定ならその資料である（HLD-1, HLD-6）"),
    what_to_do=_("資料を読み取って正しい予約に回し、この予約を予約中に戻してください。"),
    example="hold {pk}",
)
def hold_bound_to_wrong_item(now: datetime) -> QuerySet:
    is_wrong = ~Q(item__bib=F("bib")) | Q(only_item__isnull=False) & ~Q(item=F("only_item"))
    return Hold.objects.bound().filter(is_wrong).order_by("pk")


@invariant(
    title=_("貸出済の予約には、その貸出がある（LON-4）"),
    what_to_do=_("利用者に確認し、貸し出していなければ予約を取り直してください。"),
    example="hold {pk}",
)
def fulfilled_without_loan(now: datetime) -> QuerySet:
    loan = Loan.objects.filter(item=OuterRef("item"), lent_at=OuterRef("ended_at"))
    return Hold.objects.filter(~Exists(loan), state=HoldState.FULFILLED).order_by("pk")


@invariant(
    title=_("順番の基準が受付日時と異なるのは、順番を変えた記録がある書誌だけである（HLD-2）"),
    what_to_do=_("順番の基準を受付日時に戻してください。"),
    example="hold {pk}",
)
def queue_changed_without_trace(now: datetime) -> QuerySet:
    subject = Concat(Value("hold:"), Cast("pk", CharField()))
    moved = StaffAction.objects.filter(verb__in=["move", "yield_place"], subject=OuterRef("subject"))
    moved_in_queue = Hold.objects.filter(bib=OuterRef("bib")).annotate(subject=subject).filter(Exists(moved))
    return Hold.objects.open().exclude(queue_at=F("accepted_at")).filter(~Exists(moved_in_queue)).order_by("pk")


@invariant(
    title=_("順番予約では、前の巻が終わるまで次の巻は確保されない（HLD-9）"),
    what_to_do=_("後の巻の資料を次の予約に回し、この予約を予約中に戻してください。"),
    example="hold {pk}",
)
def later_volume_first(now: datetime) -> QuerySet:
    # A loan undone gives the earlier volume back, and what has been secured since stays so (A165).
    undone = StaffAction.objects.filter(verb="undo_check_out", patron=OuterRef("patron"))
    earlier = Hold.objects.open().filter(
        ~Exists(undone), group=OuterRef("group"), volume_order__lt=OuterRef("volume_order")
    )
    return Hold.objects.bound().filter(Exists(earlier), group__kind=GroupKind.IN_ORDER).order_by("pk")


@invariant(
    title=_("いずれか予約では、必要な点数がそろえば残りは終わっている（HLD-9）"),
    what_to_do=_("残りの予約中の予約を取り消してください。"),
    example="group {pk}",
)
def any_of_goes_on(now: datetime) -> QuerySet:
    had = Count("holds", filter=Q(holds__state__in=[*BOUND, HoldState.FULFILLED]))
    waiting = Count("holds", filter=Q(holds__state=HoldState.WAITING))
    groups = HoldGroup.objects.filter(kind=GroupKind.ANY_OF).annotate(had=had, still_waiting=waiting)
    return groups.filter(had__gte=F("wanted"), still_waiting__gt=0).order_by("pk")


# --- the hold shelf ------------------------------------------------------------------------------------------------


@invariant(
    title=_("取置中の予約には、連絡日と取置期限がある（SHF-2）"),
    what_to_do=_("連絡日と取置期限を入れ、利用者に連絡してください。"),
    example="hold {pk}",
)
def ready_without_deadline(now: datetime) -> QuerySet:
    missing = Q(keep_until=None) | Q(announced_on=None) | Q(keep_until__lt=F("announced_on"))
    return Hold.objects.filter(missing, state=HoldState.READY).order_by("pk")


@invariant(
    title=_("取置期限は、受け取る館の開館日である（SHF-2）"),
    what_to_do=_(
        "「取置期限の処理」の作業（expiry）を実行してください。期限は次の開館日へ移り、利用者に知らされます。"
    ),
)
def deadline_on_closed_day(now: datetime) -> list[str]:
    ready = Hold.objects.filter(state=HoldState.READY, keep_until__gte=days.day_of(now))
    kept = ready.values_list("pickup_at", "keep_until").distinct()
    closed = closed_days(((library_id, day) for library_id, day in kept if day), closures_count=True)
    found: list[str] = []
    for library_id, deadlines in closed.items():
        those = ready.filter(pickup_at=library_id, keep_until__in=deadlines).order_by("pk")
        found += [f"hold {pk}: {keep_until}" for pk, keep_until in those.values_list("pk", "keep_until")]
    return found


@invariant(
    title=_("連絡の届いた予約は、取置期限を過ぎれば終わっている（SHF-4）"),
    what_to_do=_("「取置期限切れ」の作業（expiry）を実行してください。"),
    example="hold {pk}: {keep_until}",
)
def kept_beyond_deadline(now: datetime) -> QuerySet:
    yesterday = days.plus(days.day_of(now), -1)  # the sweep of this night may still be to come
    told = Notice.objects.filter(key=ready_key(), state__in=[State.SENT, State.CLOSED])
    over = Hold.objects.filter(Exists(told), state=HoldState.READY, keep_until__lt=yesterday)
    return over.filter(~Exists(_nothing_expired_on(yesterday))).order_by("pk")


def _nothing_expired_on(day: date) -> QuerySet[EmergencyClosure]:
    """The emergencies that kept the prefectural library shut in the first hours of a day (CAL-8)."""
    until_then = Q(undone_at=None) | Q(undone_at__gte=days.at(day, time.min))
    at_home = EmergencyClosure.objects.filter(library__is_home=True, applied_at__isnull=False)
    return at_home.filter(until_then, first_on__lte=day, last_on__gte=day)


@invariant(
    title=_("必要な期限を過ぎた予約は、終わっている（HLD-8）"),
    what_to_do=_("「取置期限切れ」の作業（expiry）を実行してください。"),
    example="hold {pk}: {need_by}",
)
def waiting_beyond_need(now: datetime) -> QuerySet:
    yesterday = days.plus(days.day_of(now), -1)
    # What was not found waits again until the night, whether it is still needed or not (PUL-5, HLD-9).
    put_back = StaffAction.objects.filter(
        patron=OuterRef("patron"), verb__in=["mark_missing", "wait_again"], at__gte=days.midnight(yesterday)
    )
    return Hold.objects.waiting().filter(~Exists(put_back), need_by__lt=yesterday).order_by("pk")


def ready_key() -> Concat:
    """The key of the notice that an outer reservation is ready, as `holds.actions` writes it (NTF-2)."""
    parts = [Cast(OuterRef(name), CharField()) for name in ("pk", "item_id", "announced_on")]
    return Concat(Value("ready:"), parts[0], Value(":"), parts[1], Value(":"), parts[2])
