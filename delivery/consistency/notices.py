"""What patrons are told: once for each cause, while it holds, and without delay (NTF-2)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Exists, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from catalog.models import OPEN_BATCH, Appearance, SavedSearch
from circulation.models import Loan
from delivery.consistency.invariants import invariant
from delivery.consistency.queue import ready_key
from holds.models import Hold
from holds.rules import HoldState
from notifications.models import Notice
from notifications.rules import WITHDRAWABLE, Kind, State

PATIENCE = timedelta(hours=1)
"""How long the worker and the sweeper may take before something is wrong with them."""

ABOUT_LOANS = (Kind.DELIVERY_READY, Kind.DUE_SOON, Kind.OVERDUE)


@invariant(
    title=_("取置中の予約には、お知らせがちょうど1件ある（SHF-1, NTF-2）"),
    what_to_do=_("利用者に電話で連絡し、取置期限を連絡の日から数え直してください。"),
    example="hold {pk}",
)
def ready_without_notice(now: datetime) -> QuerySet:
    told = Notice.objects.filter(kind=Kind.READY, key=ready_key())
    return Hold.objects.filter(~Exists(told), state=HoldState.READY).order_by("pk")


@invariant(
    title=_("きっかけのなくなったお知らせは、送信や電話を待っていない（NTF-2）"),
    what_to_do=_("お知らせの送信と点検の作業（send_notices、sweep_notices）が動いているか確認してください。"),
)
def notice_without_cause(now: datetime) -> list[str]:
    soon_enough = Q(state=State.QUEUED, next_try_at__gt=now - PATIENCE) | Q(posted_at__gt=now - PATIENCE)
    waiting = Notice.objects.filter(state__in=WITHDRAWABLE, kind__in=[Kind.READY, *ABOUT_LOANS])
    notices = list(waiting.exclude(soon_enough).order_by("pk").values_list("pk", "kind", "cause", "key", "context"))
    ready = {
        ready_prefix(pk, item_id): announced_on
        for pk, item_id, announced_on in Hold.objects.filter(
            state=HoldState.READY,
            pk__in=[int(cause.rpartition(":")[2]) for _pk, kind, cause, _k, _c in notices if kind == Kind.READY],
        ).values_list("pk", "item_id", "announced_on")
    }
    mentioned = {
        loan_id for _pk, kind, _cause, _key, context in notices if kind != Kind.READY for loan_id in _loans(context)
    }
    out = set(Loan.objects.open().filter(pk__in=mentioned).values_list("pk", flat=True))
    found = []
    for pk, kind, _cause, key, context in notices:
        prefix, _colon, day = key.rpartition(":")
        holds_true = f"{ready.get(prefix)}" == day if kind == Kind.READY else not out.isdisjoint(_loans(context))
        if not holds_true:
            found.append(f"notice {pk} ({kind})")
    return found


def ready_prefix(hold_id: int, item_id: int | None) -> str:
    """The key of a notice that a reservation is ready, up to its day."""
    return f"ready:{hold_id}:{item_id}"


def _loans(context: dict) -> set[int]:
    """The loans that a notice speaks of, as the three kinds write them."""
    return {line["loan"] if isinstance(line, dict) else line for line in context.get("loans", [])}


@invariant(
    title=_("送信を待つお知らせは、時刻が来れば送られる（NTF-2）"),
    what_to_do=_("ワーカーと、お知らせの送信の作業（send_notices）が動いているか確認してください。"),
    example="notice {pk} ({kind})",
)
def notice_not_sent(now: datetime) -> QuerySet:
    is_late = Q(state=State.QUEUED, next_try_at__lt=now - PATIENCE) | Q(
        state=State.IN_FLIGHT, taken_at__lt=now - PATIENCE
    )
    return Notice.objects.filter(is_late).order_by("pk")


@invariant(
    title=_("保存した検索は、まだ来ていない新着を連絡済みとしていない"),
    what_to_do=_("復元したデータなら、保存した検索の連絡済みの組（told_batch）を最新の組の番号に直してください。"),
    example="saved search {pk}",
)
def search_ahead_of_news(now: datetime) -> QuerySet:
    closed = Appearance.objects.filter(batch__lt=OPEN_BATCH).order_by("-batch").values("batch")[:1]
    return SavedSearch.objects.filter(told_batch__gt=Coalesce(Subquery(closed), 0)).order_by("pk")
