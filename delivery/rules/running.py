"""Whether a run is lent, cancelled, and whom it leaves out (DLV-1, DLV-2, DLV-3)."""

from __future__ import annotations

from datetime import date

from okalib.rules import Refusal


def lending_objections(*, lend_on: date, today: date, is_cancelled: bool) -> list[Refusal]:
    """Return the reason why a run cannot be lent now (DLV-3)."""
    if is_cancelled:
        return [Refusal("run_cancelled", "この便は中止されています。", "This run is cancelled.")]
    if today < lend_on:
        return [
            Refusal(
                "too_early",
                f"貸出・袋詰めは、貸出日（{lend_on:%-m月%-d日}）から行えます。早めるときは、先に日程を変えてください。",
                f"Lending begins on {lend_on}. To begin earlier, change the dates first.",
            )
        ]
    return []


def cancel_objections(*, has_begun: bool) -> list[Refusal]:
    """Return the reason why a week's run cannot be cancelled any more (DLV-1)."""
    if not has_begun:
        return []
    return [
        Refusal(
            "run_has_begun",
            "この便はすでに貸出・袋詰めを始めています。",
            "Lending and bagging for this run have begun already.",
        )
    ]


def exclusion_objections(reason: str) -> list[Refusal]:
    """Return the reason why a library cannot be left out of a run: patrons must be told why (DLV-2)."""
    if reason.strip():
        return []
    return [
        Refusal(
            "reason_missing", "利用者に示す理由を入力してください。", "Please give the reason that patrons will see."
        )
    ]


def left_out(reason: str, reason_en: str) -> Refusal:
    """The refusal for a library that the run leaves out (DLV-2)."""
    return Refusal("left_out", f"この便では休止です：{reason}", f"Left out of this run: {reason_en or reason}")


def pickup_shut(name: str, name_en: str) -> Refusal:
    """The refusal for a library that is closed all through the pickup window (CAL-8, A175)."""
    return Refusal(
        "pickup_shut", f"{name}は受渡期間中休館しています。", f"{name_en} is closed throughout the pickup window."
    )
