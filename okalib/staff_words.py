"""What staff did, in the words of the pages: `StaffAction.verb` is the name of a verb in the code."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

WORDS: dict[str, Any] = {
    "register": _("利用者の登録"),
    "issue_card": _("カードの発行"),
    "replace_lost_card": _("紛失による再発行"),
    "renew_card": _("カードの更新"),
    "issue_activation_code": _("登録コードの発行"),
    "lift_log_in_lock": _("ログイン制限の解除"),
    "set_contact": _("連絡方法の変更"),
    "change_patron": _("利用者情報の変更"),
    "block": _("利用停止の設定"),
    "lift_block": _("利用停止の解除"),
    "merge_patrons": _("利用者の統合"),
    "set_second_factor": _("二段階認証の設定"),
    "second_factor_failed": _("二段階認証の失敗"),
    "renew_recovery_codes": _("回復コードの作り直し"),
    "use_recovery_code": _("回復コードの使用"),
    "reset_second_factor": _("二段階認証の解除"),
    "check_out": _("貸出"),
    "undo_check_out": _("貸出の取消"),
    "check_in": _("返却"),
    "undo_check_in": _("返却の取消"),
    "scan": _("資料の読み取り"),
    "receive": _("受渡館での返却の受付"),
    "dispute": _("返却の申し出の記録"),
    "end_dispute": _("返却の申し出の取消"),
    "give_up_search": _("調査の打ち切り"),
    "close_offline": _("オフラインの記録の終了"),
    "look_up_bags": _("受渡館での資料袋の確認"),
    "renew": _("延長"),
    "reserve": _("予約"),
    "cancel": _("予約の取消"),
    "wait_again": _("終了した「いずれか」の予約の再開"),
    "give_up": _("用意できない予約の終了"),
    "change_pickup": _("受渡館の変更"),
    "pause": _("予約の休止"),
    "resume": _("予約の再開"),
    "extend": _("取置期間の延長"),
    "move": _("予約の順番の変更"),
    "yield_place": _("順番を譲る"),
    "answer": _("依頼への回答"),
    "keep_longer": _("受渡期間の延長"),
    "mark_missing": _("回収できない理由の記録"),
    "unmark_missing": _("回収できない理由の取消"),
    "ask_to_lend": _("貸出の依頼"),
    "take_in_again": _("返却のやり直し"),
    "bag_packed": _("資料袋：詰めた"),
    "bag_sent": _("資料袋：発送済"),
    "bag_at_central": _("資料袋：中央館に到着"),
    "bag_arrived": _("資料袋：受渡館に到着"),
    "bag_handed_over": _("資料袋：お渡し済"),
    "bag_on_the_way_back": _("資料袋：返送中"),
    "pack": _("資料袋への詰め込み"),
    "seal_bag": _("資料袋の封"),
    "slip_replaced": _("送付票の差替え"),
    "leave_out": _("受渡便から除外"),
    "reschedule": _("受渡便の日程変更"),
    "shift_run": _("受渡便の延期"),
    "cancel_run": _("受渡便の中止"),
    "restore_run": _("受渡便の再開"),
    "close_period": _("休館日の設定"),
    "change_closure": _("休館日の変更"),
    "remove_closure": _("休館日の削除"),
    "open_specially": _("臨時開館・開館時間の設定"),
    "change_special_opening": _("臨時開館・開館時間の変更"),
    "remove_special_opening": _("臨時開館・開館時間の削除"),
    "set_pattern": _("曜日ごとの開館時間の変更"),
    "set_yearly": _("毎年の休館・開館時間の設定"),
    "remove_yearly": _("毎年の休館・開館時間の削除"),
    "import_holidays": _("祝日の取り込み"),
    "set_holiday": _("祝日の設定"),
    "remove_holiday": _("祝日の削除"),
    "change_policy": _("運用方針の変更"),
    "set_category": _("利用者区分の設定"),
    "set_loan_period": _("貸出期間の特例の設定"),
    "remove_loan_period": _("貸出期間の特例の削除"),
    "close_in_emergency": _("臨時休館"),
    "undo_emergency": _("臨時休館の取消"),
    "export_figures": _("統計の書き出し"),
    "run_job": _("処理の手動実行"),
    "notice.resend": _("お知らせの再送"),
    "notice.phoned": _("電話で連絡"),
    "notice.not_reached": _("電話がつながらず"),
    "notice.close": _("お知らせの対応済"),
    "notice.bounced": _("メールの返送の記録"),
    "text.write": _("お知らせの文面の変更"),
    "text.reset": _("お知らせの文面を既定に戻す"),
}


SUBJECTS: dict[str, Any] = {
    "holds": _("予約"),
    "loans": _("貸出"),
    "everything": _("予約と貸出"),
    "not_found": _("見つからない"),
    "in_use": _("閲覧中"),
    "damaged": _("破損"),
    "hold_shelf": _("予約棚に見つからない"),
}
"""What a block stops, and why an item could not be fetched: actions name them."""


NUMBERED: dict[str, Any] = {
    "hold": _("予約番号 %(number)s"),
    "loan": _("貸出番号 %(number)s"),
    "item": _("資料番号 %(number)s"),
    "bag": _("資料袋 %(number)s"),
    "request": _("依頼 %(number)s"),
    "run": _("受渡便 %(number)s"),
}
"""Kinds of things that are named by their number."""


def word(verb: str) -> Any:
    """Return the words for a verb, the verb itself where it has none yet."""
    return WORDS.get(verb, verb)


def subject(named: str) -> str:
    """Return what an action was about, in words where it names kinds and numbered things, else as it was written."""
    said, left = [], named.replace(":", " ").split()
    while left:
        kind, *left = left
        if kind in NUMBERED and left and left[0].isdecimal():
            said.append(str(NUMBERED[kind] % {"number": left.pop(0)}))
        elif kind in SUBJECTS:
            said.append(str(SUBJECTS[kind]))
        else:
            return named
    return "　".join(said)
