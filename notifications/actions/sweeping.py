"""What dead workers leave behind, and what waits for staff although its cause is gone."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

import structlog
from django.db import transaction

from notifications.actions.outcomes import try_later, withdraw_if_pointless
from notifications.models import Notice
from notifications.rules import WITHDRAWABLE, State, after_a_crash

KILLED = "送信の途中で処理が止まりました。"

log = structlog.get_logger("notifications")


def sweep(*, now: datetime) -> Counter[str]:
    """Find what dead workers left in flight (A240), and withdraw what waits for staff without a cause (A178)."""
    counts: Counter[str] = Counter()
    for pk in list(Notice.objects.stale(now).values_list("pk", flat=True)):
        with transaction.atomic(durable=True):
            notice = Notice.objects.stale(now).select_for_update(skip_locked=True, no_key=True).filter(pk=pk).first()
            if notice is None:
                continue
            _leave_dead_worker(notice, now)
            counts[notice.state] += 1
    waiting = Notice.objects.filter(state__in=WITHDRAWABLE - {State.QUEUED}).order_by("id")
    for pk in list(waiting.values_list("pk", flat=True)):
        try:
            with transaction.atomic(durable=True):
                notice = waiting.select_for_update(skip_locked=True, no_key=True).filter(pk=pk).first()
                if notice is None:
                    continue
                told = dict(notice.context)
                if withdraw_if_pointless(notice, now):
                    counts[State.WITHDRAWN] += 1
                elif notice.context != told:  # the cause has corrected a date that staff will read out
                    notice.save(update_fields=["context"])
        except Exception as problem:  # one cause that cannot be asked hides no other
            log.error("cause not asked", notice=pk, kind=type(problem).__name__)
            counts["not_asked"] += 1
    return counts


def _leave_dead_worker(notice: Notice, now: datetime) -> None:
    if after_a_crash(handed_over=notice.handed_over_at is not None) is State.QUEUED:
        try_later(notice, KILLED, now)
    else:
        notice.move(State.UNKNOWN)
        notice.error = KILLED
    notice.save()
