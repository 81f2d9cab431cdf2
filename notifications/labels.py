"""What kinds, states and reasons are called on the pages of staff and patrons."""

from django.utils.translation import gettext_lazy as _

from notifications.rules import Kind, PhoneReason, State

KINDS = [
    (Kind.READY, _("予約資料の準備完了")),
    (Kind.READY_REMINDER, _("取置期限の予告")),
    (Kind.DELIVERY_READY, _("受渡しの案内")),
    (Kind.EXPIRED, _("取置期限切れ")),
    (Kind.CANCELLED_BY_STAFF, _("図書館による予約取消")),
    (Kind.CANNOT_BE_FILLED, _("予約資料の用意不可")),
    (Kind.REQUEST_ANSWERED, _("依頼への回答")),
    (Kind.DUE_SOON, _("返却期限の予告")),
    (Kind.OVERDUE, _("督促")),
    (Kind.CARD_LAPSES, _("カード失効の予告")),
    (Kind.DATES_MOVED, _("期限の変更")),
    (Kind.NEW_ARRIVALS, _("保存した検索の新着")),
    (Kind.ACTIVATION_CODE, _("登録コード")),
    (Kind.PASSWORD_RESET, _("パスワードの再設定")),
    (Kind.PASSWORD_CHANGED, _("パスワード変更")),
    (Kind.TEST, _("送信テスト")),
]

STATES = [
    (State.QUEUED, _("送信待ち")),
    (State.IN_FLIGHT, _("送信中")),
    (State.SENT, _("送信済")),
    (State.UNKNOWN, _("送信結果不明")),
    (State.FAILED, _("送信失敗")),
    (State.PHONE, _("電話連絡待ち")),
    (State.CLOSED, _("対応済")),
    (State.WITHDRAWN, _("取りやめ")),
]

PHONE_REASONS = [
    (PhoneReason.BY_TELEPHONE, _("電話連絡を希望")),
    (PhoneReason.NO_ADDRESS, _("メールアドレスなし")),
    (PhoneReason.ADDRESS_FAILED, _("メールアドレス不達")),
    (PhoneReason.GAVE_UP, _("再送の上限に到達")),
    (PhoneReason.BROKEN, _("文面を作成できず")),
    (PhoneReason.BOUNCED, _("宛先不明で返送")),
]

STATES_EXPLAINED = {
    State.QUEUED: _(
        "送信の順番を待っています。ふつうは1分以内に送られます。取りやめるには、きっかけ（予約など）を取り消します。"
    ),
    State.IN_FLIGHT: _("いまメールサーバーに渡しているところです。"),
    State.SENT: _("メールサーバーが受け取りました。あとで宛先不明の返送があったときは、ここに記録してください。"),
    State.UNKNOWN: _(
        "メールサーバーに渡したあと、記録する前に処理が止まりました。届いている可能性も、届いていない可能性もあります。"
        "急ぎの用件なら電話で確かめてください。届いていないなら再送、届いていたなら対応済にします。"
        "確かめられないときは再送して構いません（同じメールが2通届くことがあります）。"
    ),
    State.FAILED: _("送れる宛先がなく、電話する相手もありません。宛先を入れて再送するか、理由を書いて対応済にします。"),
    State.PHONE: _("メールでは知らせられないため、電話で知らせます。「電話連絡リスト」にも載っています。"),
    State.CLOSED: _("職員が対応を終えたか、連絡不要の利用者です。"),
    State.WITHDRAWN: _("知らせる前にきっかけがなくなったため、送っていません。"),
}
"""What each state means, and what staff do about it (NTF-2, NTF-4)."""
