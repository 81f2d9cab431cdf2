"""What staff do with a notice: send it again, telephone, try in vain, close it, note that it came back (NTF-4)."""

from __future__ import annotations

from datetime import datetime

from notifications import causes
from notifications.models import Notice, is_address
from notifications.rules import NEXT, PhoneReason, State
from okalib.actions import staff
from okalib.models import Patron, User
from okalib.rules import Refusal, Refused
from okalib.transactions import verb

NO_ADDRESS = Refusal(
    "no_address",
    "送信できるメールアドレスがありません。アドレスを訂正するか、電話でご連絡ください。",
    "There is no working email address. Correct the address or telephone.",
)
ERASED = Refusal(
    "notice_erased",
    "本文がすでに消去されているため、再送できません。",
    "Its text has been erased, so it cannot be sent again.",
)
WRONG_STATE = Refusal(
    "notice_state",
    "このお知らせは現在の状態ではその操作ができません。",
    "This cannot be done with the notice in its present state.",
)
NO_REASON = Refusal("reason_missing", "理由を入力してください。", "Please give a reason.")


@verb
def resend(*, notice: Notice, by: User, reason: str, now: datetime, address: str | None = None) -> Notice:
    """Put a notice back into the queue, to another `address` if one is given; raises Refused with every reason."""
    row = _locked(notice)
    found = _objections(row, State.QUEUED, reason)
    if row.erased_at is not None:
        found.append(ERASED)
    else:
        gone = causes.reason_to_withdraw(row)
        if gone:
            found.append(Refusal("cause_gone", f"送る理由がなくなっています: {gone}", f"Its cause is gone: {gone}"))
    if address is not None:
        row.address, row.is_address_fixed = address, True
    reachable = is_address(row.address) if row.is_address_fixed else row.patron is not None and row.patron.can_be_mailed
    if not reachable:
        found.append(NO_ADDRESS)
    if found:
        raise Refused(found)
    row.move(State.QUEUED)
    row.next_try_at, row.attempts = now, 0
    row.sent_at = row.taken_at = row.handed_over_at = None
    row.phone_reason = row.error = row.message_id = ""
    row.useful_until = None  # a person has decided that it is still useful
    row.save()
    _write_down("notice.resend", row, by, reason, now)
    return row


@verb
def mark_phoned(*, notice: Notice, by: User, reason: str, now: datetime) -> Notice:
    """Note that the reader was told by telephone; `reason` says what came of it (A77, PAT-4)."""
    row = _locked(notice)
    _refuse_if(_objections(row, State.CLOSED, reason))
    row.close(reason, now)
    row.was_phoned = True
    row.save()
    _write_down("notice.phoned", row, by, reason, now)
    return row


@verb
def mark_not_reached(*, notice: Notice, by: User, reason: str, now: datetime) -> Notice:
    """Note that nobody answered; it stays on the phone list and comes again after the others (PAT-4).

    A `reason` is not asked for. Raises Refused where it is on the phone list no more.
    """
    row = _locked(notice)
    _refuse_if([] if row.is_on_phone_list else [WRONG_STATE])
    row.calls, row.called_at = row.calls + 1, now
    row.save()
    _write_down("notice.not_reached", row, by, reason, now)
    return row


@verb
def close(*, notice: Notice, by: User, reason: str, now: datetime) -> Notice:
    """End a notice that waits for staff, with a reason; it counts as having reached its reader (A77)."""
    row = _locked(notice)
    _refuse_if(_objections(row, State.CLOSED, reason))
    row.close(reason, now)
    row.save()
    _write_down("notice.close", row, by, reason, now)
    return row


@verb
def bounced(*, notice: Notice, by: User, reason: str, now: datetime) -> Notice:
    """Note that a mail came back: on the phone list with it, and its address works no longer (A166)."""
    row = _locked(notice)
    found = _objections(row, State.PHONE, reason)
    patron = row.patron
    if patron is None:
        raise Refused([*found, WRONG_STATE])
    _refuse_if(found)
    row.move(State.PHONE)
    row.phone_reason, row.error = PhoneReason.BOUNCED, reason[:300]
    row.save()
    if not row.is_address_fixed:
        Patron.objects.filter(pk=patron.pk, email=row.address).update(email_failed_at=now)
    _write_down("notice.bounced", row, by, reason, now)
    return row


def _locked(notice: Notice) -> Notice:
    return Notice.objects.select_for_update(of=("self",), no_key=True).select_related("patron").get(pk=notice.pk)


def _objections(row: Notice, to: State, reason: str) -> list[Refusal]:
    in_the_worker = row.state in {State.QUEUED, State.IN_FLIGHT}  # what the worker does with it, staff do not
    found = [WRONG_STATE] if in_the_worker or to not in NEXT[State(row.state)] else []
    return found if reason.strip() else [*found, NO_REASON]


def _refuse_if(found: list[Refusal]) -> None:
    if found:
        raise Refused(found)


def _write_down(what: str, row: Notice, by: User, reason: str, now: datetime) -> None:
    """Keep who did what and why (OPS-5)."""
    staff.record(verb=what, subject=f"notice:{row.pk}", by=by, now=now, patron=row.patron, reason=reason)
