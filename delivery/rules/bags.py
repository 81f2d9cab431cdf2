"""The way of a bag: its states, its number, and what goes into it (DLV-4, DLV-9, DLV-10)."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from catalog.rules import CheckDigit, check_digit, scanned
from okalib.rules import Refusal


class BagState(StrEnum):
    """The way of a blue bag (DLV-9). CLOSED is derived from its loans and never stored."""

    PACKED = "packed"
    SENT = "sent"
    AT_CENTRAL = "at_central"
    ARRIVED = "arrived"
    HANDED_OVER = "handed_over"
    ON_THE_WAY_BACK = "on_the_way_back"
    CLOSED = "closed"


BAG_NEXT: dict[BagState, frozenset[BagState]] = {
    # nothing forces a pickup library to mark each step, so that steps may be skipped forwards (DLV-9)
    BagState.PACKED: frozenset({BagState.SENT}),
    BagState.SENT: frozenset({BagState.AT_CENTRAL, BagState.ARRIVED, BagState.HANDED_OVER, BagState.ON_THE_WAY_BACK}),
    BagState.AT_CENTRAL: frozenset({BagState.ARRIVED, BagState.HANDED_OVER, BagState.ON_THE_WAY_BACK}),
    BagState.ARRIVED: frozenset({BagState.HANDED_OVER, BagState.ON_THE_WAY_BACK}),
    BagState.HANDED_OVER: frozenset({BagState.ON_THE_WAY_BACK}),
    BagState.ON_THE_WAY_BACK: frozenset(),
    BagState.CLOSED: frozenset(),
}


class WayStep(StrEnum):
    """The steps that a patron sees of an item's way (DLV-12)."""

    SECURED = "secured"
    PACKED = "packed"
    SENT = "sent"
    AT_CENTRAL = "at_central"
    ARRIVED = "arrived"
    HANDED_OVER = "handed_over"
    ON_THE_WAY_BACK = "on_the_way_back"
    RETURNED = "returned"


def bag_number(bag_id: int) -> str:
    """Return the number on a bag's label: seven digits and a check digit.

    >>> bag_number(42), bag_id(bag_number(42)), bag_id("00000424")
    ('00000420', 42, None)
    """
    body = f"{bag_id:07d}"
    return body + check_digit(body, CheckDigit.MOD_10_WEIGHT_3)


def bag_id(number: str) -> int | None:
    """Return the id behind a scanned bag number, None where it is none."""
    plain = scanned(number)
    if not plain.isascii() or not plain.isdigit() or bag_number(int(plain[:-1] or 0)) != plain:
        return None
    return int(plain[:-1])


def bag_objections(state: str, to: BagState) -> list[Refusal]:
    """Return the reason why a bag cannot go from `state` to `to` (DLV-9)."""
    if to in BAG_NEXT[BagState(state)]:
        return []
    return [
        Refusal(
            "bag_not_there",
            f"資料袋の状態（{BAG_STATES_JA[BagState(state)]}）からは「{BAG_STATES_JA[to]}」にできません。",
            f"A bag that is {state.replace('_', ' ')} cannot become {to.replace('_', ' ')}.",
        )
    ]


BAG_STATES_JA = {
    BagState.PACKED: "詰めた",
    BagState.SENT: "発送済",
    BagState.AT_CENTRAL: "中央館に到着",
    BagState.ARRIVED: "受渡館に到着",
    BagState.HANDED_OVER: "お渡し済",
    BagState.ON_THE_WAY_BACK: "返送中",
    BagState.CLOSED: "完了",
}


def packing_objections(*, is_here: bool, is_open: bool, is_right_bag: bool, bag: str, scanned: str) -> list[Refusal]:
    """Return the reason why an item is not put into the bag that was scanned (DLV-4)."""
    if not is_open:
        return [Refusal("returned", "この資料は返却されています。", "This item has been returned.")]
    if not is_right_bag:
        return [
            Refusal(
                "wrong_bag",
                f"袋が違います。この資料は {bag} の袋です（読み取った袋は {scanned}）。",
                f"Wrong bag: this item belongs into {bag}, not into {scanned}.",
            )
        ]
    return [] if is_here else [not_packed()]


def sealing_objections(missing: int) -> list[Refusal]:
    """Return the reason why a bag cannot be closed: something on its slip is not in it (DLV-4)."""
    if not missing:
        return []
    return [
        Refusal(
            "not_all_packed",
            f"この袋には、まだ入れていない資料が{missing}点あります。",
            f"{missing} item(s) on the slip are not in this bag yet.",
        )
    ]


def dissolved() -> Refusal:
    """The refusal to do something with a bag from which all was taken out (A165)."""
    return Refusal(
        "dissolved", "この資料袋は、中の資料が取り出されてなくなりました。", "The bag was emptied and is gone."
    )


def not_packed() -> Refusal:
    """The refusal to take something out of a bag that has left the house (A165)."""
    return Refusal("not_packed", "資料袋はすでに発送されています。", "The bag has been sent already.")


def keep_longer_objections(until: date, last_day: date) -> list[Refusal]:
    """Return the reason why a bag cannot be kept until that day (DLV-10)."""
    if until > last_day:
        return []
    return [
        Refusal(
            "not_later", "今の受渡期限より後の日を指定してください。", "Give a day after the present end of the window."
        )
    ]
