"""What the jobs of the timetable and their counts are called on the pages of staff (OPS-2, OPS-3)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from okalib.jobs import KILLED

JOBS: dict[str, tuple[Any, Any]] = {
    "calendar_and_runs": (
        gettext_lazy("祝日と受渡便の準備"),
        gettext_lazy("1年先までの祝日と受渡便の日程をつくります。"),
    ),
    "expiry": (
        gettext_lazy("取置期限の処理"),
        gettext_lazy("取置期限や必要な期限を過ぎた予約を終わらせ、資料を次の予約か片付けリストへ回します。"),
    ),
    "card_lapse": (
        gettext_lazy("カード失効の予告"),
        gettext_lazy("まもなく利用できなくなるカードの持ち主に知らせます。"),
    ),
    "retention": (
        gettext_lazy("保存期間を過ぎた記録の消去"),
        gettext_lazy("持っている必要のなくなった個人の記録を消去します。"),
    ),
    "consistency_check": (
        gettext_lazy("整合性の点検"),
        gettext_lazy("予約・貸出・資料の記録に食い違いがないかを調べます。"),
    ),
    "figures": (gettext_lazy("統計の集計"), gettext_lazy("貸出・予約・受渡しの件数を日ごとに数えて残します。")),
    "class_counts": (gettext_lazy("分類ごとの件数"), gettext_lazy("分類からさがすページのために、書誌を数えます。")),
    "search_merge": (
        gettext_lazy("検索索引の併合"),
        gettext_lazy("書誌の変更を検索索引に併合します。日曜日は、所蔵数と出版年の順に並べ直します。"),
    ),
    "new_arrivals": (
        gettext_lazy("新着のお知らせ"),
        gettext_lazy("保存した検索にあてはまる新着資料を、希望する利用者に知らせます。"),
    ),
    "due_and_overdue": (
        gettext_lazy("返却期限の予告と督促"),
        gettext_lazy("返却期限が近い貸出と、期限を過ぎた貸出について知らせます。"),
    ),
    "pull_list": (
        gettext_lazy("書架回収リストの作成"),
        gettext_lazy("開館日の朝、書架から集める資料のリストをつくります。"),
    ),
    "ready_mails": (
        gettext_lazy("準備完了のお知らせ"),
        gettext_lazy("前の日に確保した予約の利用者に知らせ、取置期限を決めます。"),
    ),
    "delivery_mail": (
        gettext_lazy("受渡しの案内"),
        gettext_lazy("受渡便のメール送信日に、受取場所と期間を利用者に知らせます。"),
    ),
    "delivery_run": (
        gettext_lazy("受渡便の貸出"),
        gettext_lazy("受渡便の貸出日に、受渡館へ送る資料を貸し出して資料袋に割り当てます。"),
    ),
    "send_notices": (gettext_lazy("お知らせの送信"), gettext_lazy("送信を待つメールを送ります。")),
    "sweep_notices": (
        gettext_lazy("お知らせの点検"),
        gettext_lazy("送信の途中で止まったメールと、きっかけのなくなったお知らせを片付けます。"),
    ),
    "search_refresh": (
        gettext_lazy("検索索引の更新"),
        gettext_lazy("所蔵の動きを検索索引に反映します。書誌の変更が多いときは併合もします。"),
    ),
}
"""The name of a job, and in one sentence what it does."""

COUNTS: dict[str, Any] = {
    "lent": gettext_lazy("貸出"),
    "exceptions": gettext_lazy("例外"),
    "told": gettext_lazy("お知らせ"),
    "told_late": gettext_lazy("遅れてのお知らせ"),
    "not_told": gettext_lazy("知らせられず"),
    "holidays": gettext_lazy("祝日"),
    "made": gettext_lazy("追加"),
    "dropped": gettext_lazy("取りやめ"),
    "changed": gettext_lazy("変更"),
    "expired": gettext_lazy("期限切れ"),
    "moved": gettext_lazy("期限の繰下げ"),
    "notices": gettext_lazy("お知らせの消去"),
    "failed_log_ins": gettext_lazy("ログイン失敗の消去"),
    "saved_searches": gettext_lazy("保存した検索の消去"),
    "staff_actions_deleted": gettext_lazy("職員操作記録の消去"),
    "staff_actions_unlinked": gettext_lazy("職員操作記録から利用者を消去"),
    "patron_views_deleted": gettext_lazy("閲覧記録の消去"),
    "rest_periods": gettext_lazy("同一資料の間隔の消去"),
    "offline_scans": gettext_lazy("オフラインの記録の消去"),
    "groups": gettext_lazy("予約のまとまりの消去"),
    "ended": gettext_lazy("不要になった予約"),
    "due_soon": gettext_lazy("期限の予告"),
    "overdue": gettext_lazy("督促"),
    "reminded": gettext_lazy("取置期限の予告"),
    "card_lapses": gettext_lazy("カード失効の予告"),
    "nothing_new": gettext_lazy("新着なし"),
    "holds": gettext_lazy("予約から利用者を消去"),
    "requests": gettext_lazy("依頼の消去"),
    "confirmations": gettext_lazy("予約控えの消去"),
    "pull_lines": gettext_lazy("書架回収リストの消去"),
    "broken": gettext_lazy("食い違い"),
    "lines": gettext_lazy("点数"),
    "loans": gettext_lazy("貸出の数値"),
    "reservations": gettext_lazy("予約の数値"),
    "deliveries": gettext_lazy("受渡しの数値"),
    "waited": gettext_lazy("待ち日数の数値"),
    "items": gettext_lazy("所在の数値"),
    "classes": gettext_lazy("分類"),
    "merged": gettext_lazy("併合した書誌"),
    "numbered": gettext_lazy("並べ直した書誌"),
    "refreshed": gettext_lazy("所蔵を反映した書誌"),
    "queued": gettext_lazy("再送待ち"),
    "sent": gettext_lazy("送信"),
    "unknown": gettext_lazy("送信結果不明"),
    "failed": gettext_lazy("失敗"),
    "phone": gettext_lazy("電話連絡へ"),
    "closed": gettext_lazy("連絡不要"),
    "withdrawn": gettext_lazy("取りやめ"),
    "no_answer": gettext_lazy("サーバー応答なし"),
    "taken_by_another": gettext_lazy("ほかで処理中"),
    "taken_away": gettext_lazy("ほかで処理済"),
    "put_aside": gettext_lazy("あとで再送"),
    "not_asked": gettext_lazy("確認できず"),
}
"""What is counted; a count that is not here stands under its own name."""


WHAT: dict[str, Any] = {
    "hold": gettext_lazy("予約"),
    "patron": gettext_lazy("利用者"),
    "library and patron": gettext_lazy("受渡館・利用者"),
}
"""What one of many may be that was skipped."""


def job_name(name: str) -> str:
    """Return what a job is called; a job that is no more keeps its own name."""
    return str(JOBS[name][0]) if name in JOBS else name


def counts_in_words(counts: Mapping[str, int]) -> str:
    """Write the counts of a run that are not nought."""
    told = [f"{COUNTS.get(what, what)} {many:,}" for what, many in counts.items() if many]
    return "、".join(told) or _("対象なし")


_FAILURE = re.compile(r"(?P<kind>\w+) at (?P<place>[\w.]+:\d+)")
_SKIPPED = re.compile(r"(?P<what>[a-z ]+) (?P<number>.+) skipped: (?P<kind>\w+) at (?P<place>[\w.]+:\d+)")
_RESERVATION = re.compile(r"hold (?P<number>\d+): (?P<codes>.*)", re.DOTALL)


def exception_in_words(exception: str) -> str:
    """Write one exception of a run for staff: what happened, and where it is to be looked up."""
    if exception == KILLED:
        return _("途中で止められました。もう一度実行すると、残りから続けます。")
    if failure := _FAILURE.fullmatch(exception):
        return _("プログラムの誤りで止まりました（%(kind)s、%(place)s）。続くときは担当へ連絡してください。") % (
            failure.groupdict()
        )
    if skipped := _SKIPPED.fullmatch(exception):
        return _(
            "%(what)s%(number)sはプログラムの誤りで処理できませんでした（%(kind)s、%(place)s）。ほかは済んでいます。"
        ) % (skipped.groupdict() | {"what": WHAT.get(skipped["what"], skipped["what"])})
    if reservation := _RESERVATION.fullmatch(exception):
        return _("予約%(number)sは発送できませんでした（%(codes)s）。受渡便のページに理由があります。") % (
            reservation.groupdict()
        )
    return exception


def number_of_exceptions(exceptions: list[str]) -> str:
    """Say how many there are, nothing of none."""
    return ngettext("例外%(n)s件", "例外%(n)s件", len(exceptions)) % {"n": len(exceptions)} if exceptions else ""
