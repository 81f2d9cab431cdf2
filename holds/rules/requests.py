"""What a patron may ask for by a form, and what staff answer (REQ-1)."""

from __future__ import annotations

from holds.rules.states import RequestKind, RequestState
from okalib.rules import Refusal

REQUEST_NAMES = {
    RequestKind.CANCEL: {"ja": "予約取消依頼", "en": "Cancellation of a reservation"},
    RequestKind.CHANGE_PICKUP: {"ja": "受渡館変更依頼", "en": "Change of the pickup library"},
    RequestKind.PARTICULAR_ITEM: {"ja": "資料番号指定の予約", "en": "Reservation of a particular item"},
    RequestKind.KEEP_LONGER: {"ja": "受渡期間の延長依頼", "en": "More time to collect"},
    RequestKind.INQUIRY: {"ja": "お問い合わせ", "en": "Inquiry"},
}
PLAIN_ANSWERS = {
    RequestState.ACCEPTED: {"ja": "ご依頼のとおりにいたしました。", "en": "We have done as you asked."},
    RequestState.DECLINED: {
        "ja": "申し訳ありませんが、ご希望に添えませんでした。",
        "en": "We are sorry that we could not do as you asked.",
    },
}


def ask_objections(
    kind: RequestKind,
    *,
    has_patron: bool,
    hold_is_own_and_open: bool,
    has_library: bool,
    item_number: str,
    text: str,
) -> list[Refusal]:
    """Return every reason why a form cannot be taken (REQ-1, HLD-5, HLD-6)."""
    found = []
    if not has_patron and kind != RequestKind.INQUIRY:
        found.append(Refusal("log_in_first", "ログインしてからお申し込みください。", "Please log in first."))
    if kind in (RequestKind.CANCEL, RequestKind.CHANGE_PICKUP) and not hold_is_own_and_open:
        found.append(
            Refusal("already_ended", "この予約はすでに終了しています。", "This reservation has already ended.")
        )
    if kind in (RequestKind.CHANGE_PICKUP, RequestKind.PARTICULAR_ITEM) and not has_library:
        found.append(Refusal("pickup_unknown", "受渡館を選んでください。", "Please choose a pickup library."))
    if kind == RequestKind.PARTICULAR_ITEM and not item_number.strip():
        found.append(Refusal("item_number_missing", "資料番号を入力してください。", "Please enter the item number."))
    if kind in (RequestKind.INQUIRY, RequestKind.KEEP_LONGER) and not text.strip():
        found.append(Refusal("text_missing", "内容を入力してください。", "Please write what you would like to ask."))
    return found


def unknown_item(item_number: str) -> Refusal:
    """The refusal for a number that no item has."""
    return Refusal(
        "unknown_item", f"資料番号{item_number}の資料はありません。", f"There is no item with the number {item_number}."
    )
