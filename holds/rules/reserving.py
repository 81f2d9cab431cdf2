"""What stands in the way of a reservation, or of a change to one: every reason at once (HLD-3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from holds.rules.states import BOUND, OPEN, GroupKind, HoldState, WaitingFace
from okalib.rules import (
    MATERIAL_CLASS_EN,
    MATERIAL_CLASS_JA,
    Limits,
    MaterialClass,
    Policy,
    Refusal,
    Severity,
    card_lapsed,
    not_for_category,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """All that decides whether a patron may reserve a bib, read under the locks."""

    lendable_items: int
    is_on_order: bool
    by_staff: bool
    is_particular_item: bool = False
    already_waiting: bool
    already_bound: bool
    already_on_loan: bool
    overdue_loans: int
    material_class: MaterialClass
    open_holds: int  # of this material class
    made_today: int
    limits: Limits
    card_lapsed: bool
    blocks: tuple[Refusal, ...] = ()
    pickup: PickupPoint | None
    need_by: date | None = None
    today: date


@dataclass(frozen=True, slots=True)
class PickupPoint:
    """What the rules ask of a library where somebody wants to collect."""

    name: str
    name_en: str
    can_be_pickup_point: bool
    accepts_av: bool


def objections(wish: Wish, policy: Policy) -> list[Refusal]:
    """Return every reason why the reservation is refused; empty: it is accepted (HLD-3, LIM-2, LIM-3)."""
    return [
        *_objections_to_title(wish),
        *_objections_to_patron(wish, policy),
        *pickup_objections(wish.pickup, wish.material_class),
        *need_by_objections(wish.need_by, wish.today),
    ]


def _objections_to_title(wish: Wish) -> list[Refusal]:
    found = []
    if not wish.lendable_items and not (wish.is_on_order and wish.by_staff):
        found.append(
            Refusal(
                "no_lendable_item",
                "指定された資料は貸出できないため、予約できません。"
                if wish.is_particular_item
                else "貸出できる資料がないため、予約できません。館内でご利用ください。",
                "There is no item that can be borrowed, so it cannot be reserved.",
            )
        )
    if wish.already_waiting:
        found.append(
            Refusal("already_reserved", "この資料はすでに予約されています。", "You have already reserved this title.")
        )
    if wish.already_bound:
        found.append(
            Refusal(
                "already_secured",
                "この資料はすでにあなたのために準備されています。",
                "This title is already being kept for you.",
            )
        )
    if wish.already_on_loan:
        found.append(Refusal("already_on_loan", "この資料は現在借りています。", "You have this title on loan."))
    return found


def _objections_to_patron(wish: Wish, policy: Policy) -> list[Refusal]:
    found = []
    if wish.overdue_loans:
        found.append(overdue(wish.overdue_loans))
    limit = wish.limits.holds(wish.material_class)
    if not limit:
        found.append(not_for_category("hold_limit", "予約", "reserved", wish.material_class))
    elif wish.open_holds >= limit:
        name, name_en = MATERIAL_CLASS_JA[wish.material_class], MATERIAL_CLASS_EN[wish.material_class]
        found.append(
            Refusal(
                "hold_limit",
                f"{name}の予約は{limit}点までです（現在{wish.open_holds}点）。",
                f"You can reserve up to {limit} {name_en} (now {wish.open_holds}).",
                Severity.OVERRIDABLE,
            )
        )
    per_day = wish.limits.holds_per_day
    if per_day is not None and wish.made_today >= per_day:
        found.append(
            Refusal(
                "hold_limit_of_the_day",
                f"1日に予約できるのは{per_day}点までです。",
                f"You can make up to {per_day} reservations a day.",
                Severity.OVERRIDABLE,
            )
        )
    if wish.card_lapsed:
        found.append(card_lapsed(policy))
    return [*found, *wish.blocks]


def overdue(count: int) -> Refusal:
    """The refusal for a patron with overdue loans (LIM-3)."""
    return Refusal(
        "overdue_loan",
        f"返却期限を過ぎた資料が{count}点あります。返却されるまで予約・貸出はできません。",
        f"You have {count} overdue item(s). You can reserve and borrow again after returning them.",
        Severity.OVERRIDABLE,
    )


def pickup_objections(pickup: PickupPoint | None, material_class: str) -> list[Refusal]:
    """Return the reasons why a reservation cannot be collected there (HLD-3, A21–A23)."""
    if pickup is None:
        return [Refusal("pickup_unknown", "受渡館を選んでください。", "Please choose a pickup library.")]
    found = []
    if not pickup.can_be_pickup_point:
        found.append(
            Refusal(
                "pickup_closed_down",
                f"{pickup.name}では受け取れません。ほかの受渡館を選んでください。",
                f"{pickup.name_en} is not a pickup library. Please choose another one.",
            )
        )
    if material_class == MaterialClass.AV and not pickup.accepts_av:
        found.append(
            Refusal(
                "pickup_not_allowed",
                f"視聴覚資料は{pickup.name}では受け取れません。",
                f"Audio-visual items cannot be collected at {pickup.name_en}.",
                Severity.OVERRIDABLE,
            )
        )
    return found


def need_by_objections(need_by: date | None, today: date) -> list[Refusal]:
    """Return the reason why a need-by date is no such date (HLD-8, A58)."""
    if need_by is None or need_by >= today:
        return []
    return [
        Refusal(
            "need_by_in_past", "必要な期限には今日以降の日を入力してください。", "The need-by date lies in the past."
        )
    ]


def pause_objections(state: str, until: date | None, today: date) -> list[Refusal]:
    """Return the reasons why a reservation cannot be paused (HLD-8, A58)."""
    found = []
    if state != HoldState.WAITING:
        found.append(
            Refusal("not_waiting", "順番待ちの予約だけを休止できます。", "Only a waiting reservation can be paused.")
        )
    if until is not None and until <= today:
        found.append(
            Refusal(
                "pause_in_past",
                "再開日には明日以降の日を入力してください。",
                "The date of resumption must lie in the future.",
            )
        )
    return found


def give_up_objections(state: str) -> list[Refusal]:
    """Return the reason why a reservation is not one that cannot be filled: only what waits can be given up (PUL-5)."""
    if state == HoldState.WAITING:
        return []
    return [Refusal("not_waiting", "順番待ちの予約ではありません。", "This reservation is not waiting.")]


def nobody_behind() -> Refusal:
    """The refusal to let somebody go first where nobody could (A43)."""
    return Refusal(
        "nobody_behind",
        "後ろに順番を待っている方がいないため、譲る相手がいません。",
        "Nobody waits behind you who could go first.",
    )


def cancel_objections(state: str, face: WaitingFace | None, *, by_staff: bool) -> list[Refusal]:
    """Return the reasons why a reservation cannot be cancelled here and now (HLD-4, HLD-5, A47, A48)."""
    if HoldState(state) not in OPEN:
        return [Refusal("already_ended", "この予約はすでに終了しています。", "This reservation has already ended.")]
    if by_staff:
        return []
    if HoldState(state) in BOUND:
        return [
            Refusal(
                "ask_staff",
                "資料の準備が始まっているため、取消は「取消依頼」からお申し込みください。",
                "The item is already being prepared. Please send a cancellation request.",
            )
        ]
    if face == WaitingFace.ON_ORDER:
        return [
            Refusal(
                "ask_staff",
                "注文中の資料の取消は「取消依頼」からお申し込みください。",
                "This title is on order. Please send a cancellation request.",
            )
        ]
    return []


def basket_objections(order: str, wanted: int | None, titles: int) -> list[Refusal]:
    """Return the reasons why a basket cannot be reserved so (HLD-9, HLD-10)."""
    if titles == 0:
        return [Refusal("basket_empty", "予約かごに資料がありません。", "The basket is empty.")]
    if order == GroupKind.ANY_OF and titles == 1:
        return [
            Refusal(
                "any_of_one",
                "「いずれか」は、予約かごに2点以上あるときに選んでください。",
                "Choose “any of them” when there are two titles or more in the basket.",
            )
        ]
    if order == GroupKind.ANY_OF and not 1 <= (wanted or 0) < titles:
        return [
            Refusal(
                "any_of_how_many",
                f"「いずれか」では、必要な点数を1から{titles - 1}の間で指定してください。",
                f"For any of them, say how many you need: 1 to {titles - 1}.",
            )
        ]
    return []
