"""Where a returned item goes, on which day it counts, and which counters take it (RET-1…RET-4)."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from catalog.rules import Whereabouts
from okalib import days
from okalib.rules import Refusal, Severity


class Destination(StrEnum):
    """What the desk does with the item in its hand (RET-1)."""

    SHELF = "shelf"  # 書架へ
    HOLD_SHELF = "hold_shelf"  # 予約棚へ
    DELIVERY_SHELF = "delivery_shelf"  # 受渡の棚へ
    ASK_STAFF = "ask_staff"  # 除籍資料など、担当へ


def not_on_loan() -> Refusal:
    """What the desk is told of an item that nobody has (A145)."""
    return Refusal("not_on_loan", "貸出中の資料ではありません。", "This item is not on loan.", Severity.WARNING)


def withdrawn() -> Refusal:
    """What the desk is told of a withdrawn item in its hand (A200)."""
    return Refusal(
        "withdrawn", "除籍された資料です。担当者に渡してください。", "This item has been withdrawn.", Severity.STOP
    )


def check_in_messages(
    *, was_on_loan: bool, was: str, is_claimed: bool, is_damaged: bool, was_disputed: bool = False
) -> list[Refusal]:
    """Return what the desk should look at when it has an item in the hand (RET-1, A145)."""
    found = []
    if not was_on_loan and was == Whereabouts.SHELF and not is_claimed:
        found.append(not_on_loan())
    if was_disputed:
        found.append(
            Refusal(
                "dispute_ended",
                "返却の申し出があった資料が見つかりました。",
                "The patron had said that this item was returned; here it is.",
                Severity.WARNING,
            )
        )
    if was == Whereabouts.SEARCHED_FOR:
        found.append(
            Refusal(
                "found", "所在調査中の資料が見つかりました。", "This item was being searched for.", Severity.WARNING
            )
        )
    if is_damaged:
        found.append(
            Refusal("damaged", "破損資料です。修理担当へ渡してください。", "This item is damaged.", Severity.WARNING)
        )
    return found


def received() -> Refusal:
    """What a counter has taken already is not taken again (RET-3)."""
    return Refusal("received", "すでに返却を受け付けています。", "The item has already been handed in.")


def not_disputed() -> Refusal:
    """The refusal for what only a loan allows whose patron says that the item was returned (A198)."""
    return Refusal(
        "not_disputed", "返却の申し出のある貸出ではありません。", "Nobody has said that this loan was returned."
    )


def reason_missing() -> Refusal:
    """A search is not given up in silence (A198)."""
    return Refusal("reason_missing", "理由を入力してください。", "Please give the reason.")


def default_drop_day(today: date) -> date:
    """Return the day that the book drop is back-dated to: the last closed day, or the evening before (RET-2)."""
    return days.plus(today, -1)


def drop_objections(dropped_on: date, lent_on: date, today: date) -> list[Refusal]:
    """Return the reasons why a return cannot be back-dated so (RET-2, A148)."""
    found = []
    if dropped_on > today:
        found.append(Refusal("drop_in_future", "返却日が未来の日付です。", "The day of return lies in the future."))
    if dropped_on < lent_on:
        found.append(
            Refusal(
                "drop_before_loan", "返却日が貸出日より前です。", "The day of return lies before the day of lending."
            )
        )
    return found


def gone_on() -> Refusal:
    """Why a scan cannot be undone: what it led to has been taken further."""
    return Refusal(
        "gone_on",
        "この資料は、そのあと別の処理がされているため、取り消せません。",
        "This item has been handled again since, so the scan cannot be undone.",
    )


def told_since() -> Refusal:
    """Why a claim cannot be undone: its patron has been told."""
    return Refusal(
        "told_since",
        "予約者への連絡が済んでいるため、取り消せません。",
        "The patron has already been told, so this cannot be undone.",
    )


def patron_gone() -> Refusal:
    """Why a return cannot be undone: nobody is left to whom the loan could belong."""
    return Refusal(
        "patron_gone",
        "利用者の登録がなくなっているため、取り消せません。",
        "The patron's record is gone, so this cannot be undone.",
    )


def reserved_since() -> Refusal:
    """Why a return cannot be undone: nobody has a title and waits for it."""
    return Refusal(
        "reserved_since",
        "利用者がそのあと同じ資料を予約しているため、取り消せません。",
        "The patron has reserved this title since, so this cannot be undone.",
    )


def limit_filled_since(limit: int) -> Refusal:
    """Why a return cannot be undone: other loans have taken its place within the limit (LIM-1, LIM-4)."""
    return Refusal(
        "limit_filled_since",
        f"利用者がそのあと別の資料を借り、貸出の上限（{limit}点）に達しているため、取り消せません。",
        f"The patron has borrowed up to the limit of {limit} since, so this cannot be undone.",
    )


def receive_objections(
    *,
    was_delivered: bool,
    takes_delivered_returns: bool,
    takes_mutual_returns: bool,
    own_pickup_is_shut: bool,
    is_received: bool,
) -> list[Refusal]:
    """Return the reasons why a counter cannot take an item for the prefectural library (RET-3, RET-4).

    `own_pickup_is_shut`: the pickup library of this loan is closed unexpectedly: its patrons may return anywhere.
    """
    found = []
    if is_received:
        found.append(received())
    takes = takes_delivered_returns if was_delivered else takes_mutual_returns
    if not takes and not (was_delivered and own_pickup_is_shut):
        found.append(
            Refusal(
                "not_taken_here",
                "この館では返却を受け付けていません。県立図書館か、貸出を受けた受渡館へお返しください。",
                "Returns of this item are not taken here. Please return it to the prefectural or your pickup library.",
            )
        )
    return found
