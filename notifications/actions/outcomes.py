"""What becomes of a notice that is not sent: withdrawn, tried later, given up.

Shared by the worker and the sweeper. Rows come locked; the caller saves them, unless a docstring says otherwise.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from notifications import causes, mail
from notifications.models import Notice
from notifications.rules import PhoneReason, State, Verdict, after_giving_up, next_try
from okalib.models import Patron

TOO_LATE = "送信の期限を過ぎたため"


def withdraw_if_pointless(notice: Notice, now: datetime) -> bool:
    """Ask the cause and withdraw, saved, what has none any more or comes too late (A178, A180); tells whether it did.

    The cause is asked in a savepoint, so that a question that fails spoils nothing else.
    """
    with transaction.atomic():
        reason = causes.reason_to_withdraw(notice)
    if reason is None and notice.useful_until is not None and notice.useful_until < now:
        reason = TOO_LATE
    if reason is not None:
        notice.withdraw(reason, now)
        notice.save()
    return reason is not None


def leave_flight(row: Notice, outcome: mail.NotDelivered, now: datetime) -> None:
    """Take a notice out of flight as the verdict says; an address that failed is not used again (A166)."""
    match outcome.verdict:
        case Verdict.SERVER_DOWN | Verdict.RETRY:
            try_later(row, outcome.why, now)
        case Verdict.ADDRESS_FAILED:
            if row.patron is not None and not row.is_address_fixed:
                Patron.objects.filter(pk=row.patron.pk, email=row.address).update(email_failed_at=now)
            give_up(row, PhoneReason.ADDRESS_FAILED, outcome.why)
        case _:
            give_up(row, PhoneReason.GAVE_UP, outcome.why)


def try_later(row: Notice, why: str, now: datetime) -> None:
    """Let a notice wait for its next attempt, or give it up when it was tried often enough (A182)."""
    later = next_try(row.attempts, now)
    if later is None:
        give_up(row, PhoneReason.GAVE_UP, why)
        return
    if not row.is_queued:
        row.move(State.QUEUED)
    row.next_try_at, row.error = later, why[:300]


def give_up(row: Notice, reason: PhoneReason, why: str) -> None:
    """Leave a notice to staff (PAT-4); one that nobody is telephoned about has failed."""
    row.move(after_giving_up(has_patron=row.patron_id is not None and not row.is_mail_only))
    row.phone_reason, row.error = reason, why[:300]
