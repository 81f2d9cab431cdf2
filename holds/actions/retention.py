"""What is forgotten of the queue in time (RET-5, A206)."""

from __future__ import annotations

from datetime import date

from django.db.models import F, Q

from holds.models import BasketConfirmation, Hold, HoldGroup, PullLine, Request
from holds.rules import OPEN, RequestState
from okalib import days
from okalib.models import PolicySettings

CHUNK = 1000


def forget_ended(*, day: date) -> dict[str, int]:
    """Cut the link to the patron of what ended long ago, and delete old requests, confirmations, groups and pull lists.

    How long ago is the policy's; a fulfilled reservation is cut when its loan is returned, so that those whose item is
    still with the patron are left alone. Short transactions, to be repeated at will.
    """
    kept_from = days.midnight(days.plus(day, -PolicySettings.current().holds_ended_kept_days))
    ended = Hold.objects.exclude(state__in=OPEN).filter(ended_at__lt=kept_from, patron__isnull=False)
    still_with_patron = Q(item__holder__isnull=False) & Q(item__holder=F("patron"))
    counts = {"holds": 0}
    while chunk := list(ended.exclude(still_with_patron).values_list("pk", flat=True)[:CHUNK]):
        counts["holds"] += Hold.objects.filter(pk__in=chunk).update(patron=None, made_by=None, group=None)
    counts["requests"] = Request.objects.exclude(state=RequestState.OPEN).filter(answered_at__lt=kept_from).delete()[0]
    counts["confirmations"] = BasketConfirmation.objects.filter(made_at__lt=kept_from).delete()[0]
    # of those who asked in vain, and of those whose reservations are forgotten
    counts["groups"] = HoldGroup.objects.filter(made_at__lt=kept_from, holds=None).delete()[0]
    counts["pull_lines"] = PullLine.objects.filter(listed_at__lt=kept_from).delete()[0]
    return counts
