"""The worker: from the queue to the mail server and back to the record (NTF-2).

Each notice is sent in five steps, each committed before the next:

1. Take: lock the row, skipping what others hold; ask the cause; choose the address; write the letter; IN_FLIGHT.
2. Talk to the mail server up to the recipient. Whatever fails until here is tried again.
3. Note the hand-over, unless the sweeper has taken the row away meanwhile.
4. Hand over the letter.
5. Record: SENT, back to the queue, the phone list, or UNKNOWN.
"""

from __future__ import annotations

import uuid
from collections import Counter
from datetime import datetime
from email.utils import parseaddr

import structlog
from django.conf import settings
from django.db import transaction

from notifications import mail, queries, texts
from notifications.actions.outcomes import give_up, leave_flight, try_later, withdraw_if_pointless
from notifications.models import Notice, NoticeQuerySet
from notifications.rules import PhoneReason, State, Verdict
from okalib import days

BATCH = 200
"""Notices of one call: short enough to end long before the sweeper thinks its worker dead."""

log = structlog.get_logger("notifications")


def send_due(*, now: datetime, limit: int = BATCH) -> Counter[str]:
    """Send what is due, `limit` notices at most, of all kinds (A191); returns how many became what.

    Any number of workers may do this at once; a notice is sent by one of them (A184). A notice that breaks is put
    aside and the others go on; when the server does not answer twice in a row, the rest waits for the next call (A182).
    """
    counts: Counter[str] = Counter()
    silences = 0
    due = list(Notice.objects.due(now).values_list("pk", flat=True)[:limit])
    with mail.Courier() as courier:
        for pk in due:
            try:
                outcome = _send(pk, courier, now)
            except Exception as problem:
                log.error("notice put aside", notice=pk, kind=type(problem).__name__)
                outcome = _put_aside(pk, f"{type(problem).__name__}: {problem}", now)
            counts[outcome] += 1
            silences = silences + 1 if outcome == "no_answer" else 0
            if silences == 2:
                break
    return +counts


# ── 1. take ──────────────────────────────────────────────────────────────────────────────────────


def _send(pk: int, courier: mail.Courier, now: datetime) -> str:
    taken = _take(pk, now)
    if isinstance(taken, str):
        return taken
    notice, letter = taken
    message = mail.compose(letter, to=notice.address, message_id=notice.message_id)
    try:
        courier.deliver(message, before_data=lambda: _note_hand_over(notice, now))
    except mail.Abandoned:
        return "taken_away"
    except mail.NotDelivered as outcome:
        return _record_failure(notice, outcome, now)
    return _record_sent(notice, now)


def _take(pk: int, now: datetime) -> tuple[Notice, texts.Letter] | str:
    """Take a notice out of the queue; returns it with its letter, or the word for what became of it instead."""
    with transaction.atomic(durable=True):
        notice = Notice.objects.due(now).select_for_update(skip_locked=True, no_key=True).filter(pk=pk).first()
        if notice is None:
            return "taken_by_another"
        if withdraw_if_pointless(notice, now):
            return State.WITHDRAWN
        notice.direct(now)  # the address may have changed since
        if not notice.is_queued:
            notice.save()
            return notice.state
        try:
            letter, complaint = queries.letter_for(notice, today=days.day_of(now))
        except texts.BrokenTextError as broken:
            give_up(notice, PhoneReason.BROKEN, str(broken))
            notice.save()
            return notice.state
        notice.move(State.IN_FLIGHT)
        notice.attempts += 1
        notice.taken_at, notice.handed_over_at = now, None
        notice.message_id = notice.message_id or f"<{uuid.uuid4()}@{_domain()}>"
        if complaint:
            log.error("text of staff is broken, default used", notice=pk)
            notice.error = complaint[:300]
        notice.subject = letter.subject
        if not notice.is_secret:
            notice.text, notice.html = letter.text, letter.html
        notice.save()
        return notice, letter


def _domain() -> str:
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"


# ── 3. note the hand-over ────────────────────────────────────────────────────────────────────────


def _note_hand_over(notice: Notice, now: datetime) -> None:
    with transaction.atomic(durable=True):
        still_ours = _flight(notice).update(handed_over_at=now)
    if not still_ours:
        raise mail.Abandoned


def _flight(notice: Notice) -> NoticeQuerySet:
    """The row, as long as it is in flight by the attempt that is ours."""
    return Notice.objects.filter(pk=notice.pk, state=State.IN_FLIGHT, attempts=notice.attempts)


# ── 5. record ────────────────────────────────────────────────────────────────────────────────────


def _record_sent(notice: Notice, now: datetime) -> str:
    with transaction.atomic(durable=True):
        ours = {"pk": notice.pk, "attempts": notice.attempts, "state__in": [State.IN_FLIGHT, State.UNKNOWN]}
        row = Notice.objects.select_for_update(no_key=True).filter(**ours).first()
        if row is None:
            return "taken_away"
        row.move(State.SENT)
        row.sent_at = now
        row.forget_secret(now)
        row.save()
    return State.SENT


def _record_failure(notice: Notice, outcome: mail.NotDelivered, now: datetime) -> str:
    """Write down what a failed attempt leads to (`rules.judge`); returns the word for it."""
    with transaction.atomic(durable=True):
        row = _flight(notice).select_for_update(no_key=True).first()
        if row is None:
            return "taken_away"
        if outcome.verdict is Verdict.UNKNOWN:
            row.move(State.UNKNOWN)
            row.error = outcome.why[:300]
        else:
            row.handed_over_at = None  # the server has answered that it does not have it
            leave_flight(row, outcome, now)
        row.save()
    return "no_answer" if outcome.verdict is Verdict.SERVER_DOWN else row.state


def _put_aside(pk: int, why: str, now: datetime) -> str:
    """After an unforeseen failure before the letter was handed over: count an attempt and wait (A182).

    A row that is in flight stays there for the sweeper, which knows whether the server may have it.
    """
    with transaction.atomic(durable=True):
        row = Notice.objects.due(now).select_for_update(skip_locked=True, no_key=True).filter(pk=pk).first()
        if row is not None:
            row.attempts += 1
            try_later(row, why, now)
            row.save()
    return "put_aside"
