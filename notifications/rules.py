"""What may become of a notice.

NTF-1  There is a fixed list of kinds of notices.
NTF-2  A notice is written with its cause, once per key, sent by a worker, never lost and never sent twice unseen.
NTF-3  Notices speak the patron's language, and nothing in a title or a name reaches their headers or markup.
NTF-4  Staff see every notice with its state and re-send it, telephone or close it; patrons see their own.
PAT-4  Whoever has no working address is telephoned; whoever wants no notices has that written down.

The way of a notice::

    QUEUED ──→ IN_FLIGHT ──→ SENT            accepted by the mail server
      ↑  │         │
      │  │         ├──→ QUEUED               refused for now or server down: again after a while (BACK_OFF)
      │  │         ├──→ UNKNOWN              the server may have it, our record stops short: staff decide
      │  │         └──→ PHONE, FAILED        refused for good, or tried too often; FAILED if there is nobody to phone
      │  ├──→ WITHDRAWN                      the cause is gone
      │  └──→ PHONE, CLOSED, FAILED          the address was lost, or the patron wants no notices any more
      └── SENT, UNKNOWN, PHONE, FAILED       re-sent by staff
    PHONE, UNKNOWN, FAILED ──→ CLOSED        telephoned, or closed by staff with a reason
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType


class Kind(StrEnum):
    """What a notice is about (NTF-1)."""

    READY = "ready"
    READY_REMINDER = "ready_reminder"
    DELIVERY_READY = "delivery_ready"
    EXPIRED = "expired"
    CANCELLED_BY_STAFF = "cancelled_by_staff"
    CANNOT_BE_FILLED = "cannot_be_filled"
    REQUEST_ANSWERED = "request_answered"
    DUE_SOON = "due_soon"
    OVERDUE = "overdue"
    CARD_LAPSES = "card_lapses"
    DATES_MOVED = "dates_moved"
    NEW_ARRIVALS = "new_arrivals"
    ACTIVATION_CODE = "activation_code"
    PASSWORD_RESET = "password_reset"  # noqa: S105 - the name of a kind, no password
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - the name of a kind, no password
    TEST = "test"


SECRET_KINDS = frozenset({Kind.ACTIVATION_CODE, Kind.NEW_ARRIVALS, Kind.PASSWORD_RESET})
"""Kinds whose words are erased as soon as they are no longer needed for sending, and not shown to staff before.

The finished letter is not kept at all. They open somebody's account, or tell what somebody looks for.
"""

MAIL_ONLY_KINDS = frozenset({Kind.NEW_ARRIVALS, Kind.PASSWORD_RESET})
"""Kinds that nobody is telephoned about: a convenience by mail or nothing."""


class State(StrEnum):
    """Where a notice stands (NTF-2)."""

    QUEUED = "queued"
    IN_FLIGHT = "in_flight"
    SENT = "sent"
    UNKNOWN = "unknown"
    FAILED = "failed"
    PHONE = "phone"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


NEXT: Mapping[State, frozenset[State]] = MappingProxyType(
    {
        State.QUEUED: frozenset({State.IN_FLIGHT, State.WITHDRAWN, State.PHONE, State.CLOSED, State.FAILED}),
        State.IN_FLIGHT: frozenset({State.SENT, State.QUEUED, State.UNKNOWN, State.PHONE, State.FAILED}),
        State.SENT: frozenset({State.QUEUED, State.PHONE}),
        State.UNKNOWN: frozenset({State.SENT, State.QUEUED, State.PHONE, State.CLOSED}),
        State.FAILED: frozenset({State.QUEUED, State.CLOSED, State.WITHDRAWN}),
        State.PHONE: frozenset({State.QUEUED, State.CLOSED, State.WITHDRAWN}),
        State.CLOSED: frozenset(),
        State.WITHDRAWN: frozenset(),
    }
)

WITHDRAWABLE = frozenset(state for state, following in NEXT.items() if State.WITHDRAWN in following)
FOR_STAFF = frozenset({State.PHONE, State.UNKNOWN, State.FAILED})
"""What waits for a decision of staff (NTF-4)."""

ENDED = frozenset({State.SENT, State.CLOSED, State.WITHDRAWN, State.FAILED})
"""What retention may erase."""


# ── To whom, and how ─────────────────────────────────────────────────────────────────────────────


class PhoneReason(StrEnum):
    """Why a notice is on the phone list (PAT-4)."""

    BY_TELEPHONE = "by_telephone"
    NO_ADDRESS = "no_address"
    ADDRESS_FAILED = "address_failed"
    GAVE_UP = "gave_up"
    BROKEN = "broken"
    BOUNCED = "bounced"


def route(*, contact: str, has_address: bool, address_failed: bool) -> tuple[State, PhoneReason | None]:
    """Return the state in which a notice to a patron starts, and why if that is the phone list (PAT-4).

    `contact` is "email", "phone" or "none"; an address that is none counts as missing.
    """
    if contact == "none":
        return State.CLOSED, None
    if contact == "phone":
        return State.PHONE, PhoneReason.BY_TELEPHONE
    if not has_address:
        return State.PHONE, PhoneReason.NO_ADDRESS
    if address_failed:
        return State.PHONE, PhoneReason.ADDRESS_FAILED
    return State.QUEUED, None


# ── What a mail server's answer means ────────────────────────────────────────────────────────────


class About(StrEnum):
    """What the mail server was asked when it answered."""

    SESSION = "session"  # connection, log-in, sender: ours, not this notice's
    RECIPIENT = "recipient"
    MESSAGE = "message"


class Verdict(StrEnum):
    """What follows from an attempt that did not end well."""

    SERVER_DOWN = "server_down"  # no use in trying the others now
    RETRY = "retry"
    GIVE_UP = "give_up"
    ADDRESS_FAILED = "address_failed"
    UNKNOWN = "unknown"


_STATUS = re.compile(r"^\s*([245])\.(\d{1,3})\.\d{1,3}\b")


def judge(*, about: About, code: int | None, answer: str = "", handed_over: bool = False) -> Verdict:
    """Judge an attempt by the server's reply `code` (None: no answer) and the text of it (NTF-2).

    A 5xx about the recipient condemns the address only if it speaks of the address (x.1.x, or a bare 550, 551, 553):
    "relaying denied" or "mailbox full" is no reason never to write to somebody again.
    """
    if code is None:
        return Verdict.UNKNOWN if handed_over else Verdict.SERVER_DOWN
    if about is About.SESSION or code == 421:
        return Verdict.SERVER_DOWN
    if 400 <= code < 500:
        return Verdict.RETRY
    if about is About.MESSAGE:
        return Verdict.GIVE_UP
    status = _STATUS.match(answer)
    if status:
        return {"1": Verdict.ADDRESS_FAILED, "2": Verdict.RETRY, "7": Verdict.RETRY}.get(
            status.group(2), Verdict.GIVE_UP
        )
    return Verdict.ADDRESS_FAILED if code in {550, 551, 553} else Verdict.GIVE_UP


BACK_OFF = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
    timedelta(hours=12),
    timedelta(hours=24),
    timedelta(hours=24),
)
"""The pause after the first, second, … attempt; after the last of them a person takes over: about three days."""

STALE_AFTER = timedelta(minutes=30)
"""A notice in flight for longer than this has lost its worker."""


def next_try(attempts: int, now: datetime) -> datetime | None:
    """Return when to try again after `attempts` attempts, None when it was tried often enough (A182)."""
    return now + BACK_OFF[attempts - 1] if attempts <= len(BACK_OFF) else None


def after_giving_up(*, has_patron: bool) -> State:
    """Return where a notice goes that no mail will carry: to the phone, if there is somebody to phone (A166)."""
    return State.PHONE if has_patron else State.FAILED


def after_a_crash(*, handed_over: bool) -> State:
    """Return where a notice goes whose worker died: back, unless the mail server may have it already (NTF-2)."""
    return State.UNKNOWN if handed_over else State.QUEUED
