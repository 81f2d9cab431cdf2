"""How a patron is told of things, and what is stopped for a while (PAT-4, A18, A19)."""

from __future__ import annotations

from datetime import date, datetime

from okalib import days
from okalib.actions import staff
from okalib.models import Block, Patron, User
from okalib.models.patron import Contact
from okalib.rules import BlockKind, Refusal, Refused
from okalib.transactions import verb

EMAIL_MISSING = Refusal(
    "email_missing",
    "電子メールでの連絡には、電子メールアドレスの入力が必要です。",
    "To be told by email, please give an address.",
)
PHONE_MISSING = Refusal(
    "phone_missing",
    "電話での連絡には、電話番号の入力が必要です。",
    "To be told by telephone, please give a number.",
)
BLOCK_REASON_MISSING = Refusal(
    "reason_missing",
    "利用を停止する理由を入力してください。",
    "Please give the reason for the block.",
)
BLOCK_ALREADY_OVER = Refusal(
    "block_already_over",
    "停止の末日が過去の日付です。",
    "The last day of the block is in the past.",
)


@verb
def set_contact(
    *,
    patron: Patron,
    by: User | None,
    now: datetime,
    contact: str | None = None,
    email: str | None = None,
    phone: str | None = None,
    language: str | None = None,
    wants_due_reminders: bool | None = None,
) -> Patron:
    """Change how the patron is told of things, by the patron or by staff; what is None stays (PAT-4).

    A new address counts as working until a mail fails. Only what staff did is written down, and none of the values.
    Raises Refused (email_missing, phone_missing).
    """
    patron = Patron.objects.lock(patron.pk)
    if email is not None and email.strip() != patron.email:
        patron.email, patron.email_failed_at = email.strip(), None
    if phone is not None:
        patron.phone = phone.strip()
    patron.contact = contact or patron.contact
    patron.language = language or patron.language
    if wants_due_reminders is not None:
        patron.wants_due_reminders = wants_due_reminders
    # An old row without its address may still change its language.
    if (contact, email, phone) != (None, None, None):
        _refuse_dead_end(patron)
    patron.save()
    if by is None or by.pk != patron.user_id:
        staff.record(verb="set_contact", by=by, now=now, patron=patron)
    return patron


def _refuse_dead_end(patron: Patron) -> None:
    if patron.contact == Contact.EMAIL and not patron.email:
        raise Refused([EMAIL_MISSING])
    if patron.contact == Contact.PHONE and not patron.phone:
        raise Refused([PHONE_MISSING])


@verb
def block(
    *, patron: Patron, kind: BlockKind, reason: str, by: User | None, now: datetime, until_on: date | None = None
) -> Block:
    """Stop reserving, borrowing or both until a last day, or without an end (A18, A19).

    The reason is for staff; the patron is asked to come to the counter. Raises Refused (reason_missing,
    block_already_over).
    """
    refusals = []
    if not reason.strip():
        refusals.append(BLOCK_REASON_MISSING)
    if until_on is not None and until_on < days.day_of(now):
        refusals.append(BLOCK_ALREADY_OVER)
    if refusals:
        raise Refused(refusals)
    placed = Block.objects.create(patron=patron, kind=kind, reason=reason.strip(), until_on=until_on, placed_at=now)
    staff.record(verb="block", subject=kind, by=by, now=now, patron=patron, reason=reason)
    return placed


@verb
def lift_block(*, block: Block, by: User | None, now: datetime, reason: str = "") -> None:
    """End a block before its time; lifted twice it stays lifted when it first was."""
    if not Block.objects.filter(pk=block.pk, lifted_at=None).update(lifted_at=now):
        return
    block.lifted_at = now
    staff.record(verb="lift_block", subject=block.kind, by=by, now=now, patron=block.patron, reason=reason)
