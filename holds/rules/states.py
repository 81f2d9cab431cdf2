"""The states of a reservation, of a request, and what a waiting one waits for (HLD-4, HLD-8)."""

from __future__ import annotations

from datetime import date
from enum import StrEnum


class HoldState(StrEnum):
    """The life of a reservation."""

    WAITING = "waiting"  # 予約中
    SECURED = "secured"  # 準備中
    READY = "ready"  # 取置中
    FULFILLED = "fulfilled"  # 貸出済
    CANCELLED = "cancelled"  # 取消
    EXPIRED = "expired"  # 取置期限切れ


OPEN = frozenset({HoldState.WAITING, HoldState.SECURED, HoldState.READY})
BOUND = frozenset({HoldState.SECURED, HoldState.READY})

NEXT: dict[HoldState, frozenset[HoldState]] = {
    HoldState.WAITING: frozenset({HoldState.SECURED, HoldState.FULFILLED, HoldState.CANCELLED}),
    HoldState.SECURED: frozenset({HoldState.READY, HoldState.FULFILLED, HoldState.CANCELLED, HoldState.WAITING}),
    HoldState.READY: frozenset(
        {HoldState.FULFILLED, HoldState.EXPIRED, HoldState.CANCELLED, HoldState.WAITING, HoldState.SECURED}
    ),
    # What has ended goes on only when the desk undoes the loan (A165), or the scan that had completed an any-of group.
    HoldState.FULFILLED: frozenset({HoldState.READY, HoldState.SECURED, HoldState.WAITING}),
    HoldState.CANCELLED: frozenset({HoldState.WAITING}),
    HoldState.EXPIRED: frozenset(),
}


class WaitingFace(StrEnum):
    """What a waiting reservation waits for, derived from the items (HLD-4)."""

    ALL_ON_LOAN = "all_on_loan"  # ①
    ON_SHELF = "on_shelf"  # ②
    ON_ORDER = "on_order"  # ③
    CANNOT_BE_FILLED = "cannot_be_filled"  # no item left that could: a task for staff (PUL-5)


class EndReason(StrEnum):
    """Why a reservation ended without a loan."""

    BY_PATRON = "by_patron"
    BY_STAFF = "by_staff"
    NOT_NEEDED_ANY_MORE = "need_by"
    ENOUGH_OF_GROUP = "any_of"
    NOT_COLLECTED = "not_collected"
    CANNOT_BE_FILLED = "cannot_be_filled"


class GroupKind(StrEnum):
    """How reservations made together depend on one another (HLD-9)."""

    IN_ORDER = "in_order"  # 順番予約
    ANY_OF = "any_of"  # いずれか予約


class RequestKind(StrEnum):
    """What a patron may ask for by a form (REQ-1)."""

    CANCEL = "cancel"  # 取消依頼
    CHANGE_PICKUP = "change_pickup"  # 受渡館変更依頼
    PARTICULAR_ITEM = "particular_item"  # 資料番号指定
    KEEP_LONGER = "keep_longer"  # 受渡期間の延長
    INQUIRY = "inquiry"  # お問い合わせ


class RequestState(StrEnum):
    """Where a request stands."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"


REQUEST_NEXT: dict[RequestState, frozenset[RequestState]] = {
    RequestState.OPEN: frozenset({RequestState.ACCEPTED, RequestState.DECLINED}),
    RequestState.ACCEPTED: frozenset(),
    RequestState.DECLINED: frozenset(),
}


class PullOutcome(StrEnum):
    """What staff say of a line of the pull list that they could not fetch (PUL-5)."""

    NOT_FOUND = "not_found"
    IN_USE = "in_use"
    DAMAGED = "damaged"


class NotAllowed(Exception):  # noqa: N818 - it names a state
    """A state was asked for that the table does not allow."""


def step(state: str, to: HoldState) -> HoldState:
    """Return `to` if a reservation may go there from `state`; raise NotAllowed otherwise."""
    if to not in NEXT[HoldState(state)]:
        raise NotAllowed(f"A reservation that is {state} cannot become {to}.")
    return to


def is_paused(paused_at: object, paused_until: date | None, today: date) -> bool:
    """Tell whether a pause is in force: until its date, which is the first day of taking part again (HLD-8)."""
    return paused_at is not None and (paused_until is None or today < paused_until)


def waiting_face(*, on_shelf: int, coming_back: int, is_on_order: bool) -> WaitingFace:
    """Return what a reservation waits for.

    `on_shelf` and `coming_back` count the items that can fill it: on their shelf, and on loan or set aside (HLD-4).

    >>> waiting_face(on_shelf=1, coming_back=2, is_on_order=False)
    <WaitingFace.ON_SHELF: 'on_shelf'>
    >>> waiting_face(on_shelf=0, coming_back=0, is_on_order=True)
    <WaitingFace.ON_ORDER: 'on_order'>
    """
    if on_shelf:
        return WaitingFace.ON_SHELF
    if coming_back:
        return WaitingFace.ALL_ON_LOAN
    return WaitingFace.ON_ORDER if is_on_order else WaitingFace.CANNOT_BE_FILLED
