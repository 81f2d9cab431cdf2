"""What stands in the way of lending an item to a patron (LIM-1, LIM-3, SHF-3, LON-3…LON-5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from catalog.rules import Whereabouts, not_lendable
from holds.rules import overdue
from okalib import days
from okalib.rules import (
    MATERIAL_CLASS_EN,
    MATERIAL_CLASS_JA,
    Channel,
    Limits,
    MaterialClass,
    Policy,
    Refusal,
    Severity,
    card_lapsed,
    not_for_category,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lending:
    """All that decides whether an item is lent to a patron, read under the locks."""

    loanability: str
    is_lendable: bool
    whereabouts: str
    held_by_patron: bool
    kept_for_patron: bool
    kept_for_another: bool
    is_announced: bool
    channel: str
    overdue_loans: int
    material_class: MaterialClass
    on_loan: int
    limits: Limits
    card_lapsed: bool
    blocks: tuple[Refusal, ...] = ()
    rests_until: date | None = None
    wanted_by_others: int = 0
    today: date


def check_out_objections(lending: Lending, policy: Policy) -> list[Refusal]:
    """Return every reason why the item is not lent, and warnings (LIM-1, LIM-3, SHF-3, LON-3…LON-5)."""
    return [*_objections_to_item(lending), *_objections_to_patron(lending, policy), *_warnings(lending)]


def _objections_to_item(lending: Lending) -> list[Refusal]:
    found = []
    if not lending.is_lendable:
        found.append(not_lendable(lending.loanability))
    if lending.held_by_patron:
        found.append(
            Refusal(
                "already_yours",
                "この利用者がすでに借りている資料です。延長しますか。",
                "This patron has the item already. Renew?",
            )
        )
    elif lending.whereabouts == Whereabouts.ON_LOAN:
        found.append(
            Refusal(
                "on_loan",
                "貸出中の資料です。先に返却処理をしてください。",
                "This item is on loan. Please check it in first.",
            )
        )
    if lending.whereabouts == Whereabouts.WITHDRAWN:
        found.append(
            Refusal("withdrawn", "除籍された資料です。", "This item has been withdrawn.", Severity.OVERRIDABLE)
        )
    if lending.kept_for_another:
        found.append(
            Refusal(
                "kept_for_another",
                "別の予約のために取り置いている資料です。",
                "This item is being kept for another reservation.",
            )
        )
    if lending.kept_for_patron and not lending.is_announced and lending.channel == Channel.COUNTER:
        found.append(
            Refusal(
                "not_announced",
                "お知らせメールの送信前の予約資料です。",
                "The email about this reserved item has not been sent yet.",
                Severity.OVERRIDABLE,
            )
        )
    return found


def _objections_to_patron(lending: Lending, policy: Policy) -> list[Refusal]:
    found = []
    if lending.overdue_loans:
        found.append(overdue(lending.overdue_loans))
    limit = lending.limits.loans(lending.material_class)
    if not limit and not lending.held_by_patron:
        found.append(not_for_category("loan_limit", "貸出", "borrowed", lending.material_class))
    elif lending.on_loan >= limit and not lending.held_by_patron:
        name, name_en = MATERIAL_CLASS_JA[lending.material_class], MATERIAL_CLASS_EN[lending.material_class]
        found.append(
            Refusal(
                "loan_limit",
                f"{name}の貸出は{limit}点までです（現在{lending.on_loan}点）。",
                f"Up to {limit} {name_en} can be on loan (now {lending.on_loan}).",
                Severity.OVERRIDABLE,
            )
        )
    if lending.card_lapsed:
        found.append(card_lapsed(policy))
    if lending.rests_until is not None and lending.today <= lending.rests_until:
        again_on = days.plus(lending.rests_until, 1)
        found.append(
            Refusal(
                "resting",
                f"延長後に返却された同じ資料は、{again_on:%-m月%-d日}から貸出できます。",
                f"After a renewed loan this title can be borrowed again from {again_on:%Y-%m-%d}.",
                Severity.OVERRIDABLE,
            )
        )
    return [*found, *lending.blocks]


def _warnings(lending: Lending) -> list[Refusal]:
    found = []
    if lending.wanted_by_others:
        found.append(
            Refusal(
                "wanted",
                f"この資料を待っている予約が{lending.wanted_by_others}件あります。来館者が優先です。",
                f"{lending.wanted_by_others} reservation(s) wait for this item. The visitor comes first.",
                Severity.WARNING,
            )
        )
    if lending.whereabouts == Whereabouts.SEARCHED_FOR:
        found.append(
            Refusal(
                "found", "所在調査中の資料が見つかりました。", "This item was being searched for.", Severity.WARNING
            )
        )
    return found


def due_date_objections(is_lendable: bool, is_override: bool, due: date | None, today: date) -> list[Refusal]:
    """Return the reason why a due date named by hand or by a run cannot be (A194).

    Lending what is not lendable needs one after today; no loan is due before it was made.
    """
    if not is_lendable and is_override and (due is None or due <= today):
        return [
            Refusal(
                "due_date_needed",
                "特例で貸出するときは、明日以降の返却期限日を指定してください。",
                "To lend it by way of exception, give a due date after today.",
            )
        ]
    if due is not None and due < today:
        return [
            Refusal(
                "due_date_past",
                "返却期限日が過去の日付です。今日以降の日を指定してください。",
                "The due date lies in the past.",
            )
        ]
    return []
