"""What a calendar, a policy or a category of patrons cannot be, each with its reason. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from okalib import days
from okalib.rules import Limits, Policy, Refusal

DAYS_IN_A_YEAR = 365
LONGEST_LOAN_DAYS = 366


def to_calendar(opening: days.OpeningDays, today: date) -> list[Refusal]:
    """Return the reason why a calendar cannot be: from today, or from a closure on, no open day is in reach (CAL-6)."""
    starts = [today, *(first for first, last in opening.closures if last >= today)]
    for start in sorted({max(start, today) for start in starts}):
        try:
            opening.on_or_after(start)
        except days.NoOpenDay as never:
            return [Refusal("no_open_day", never.text, never.text_en)]
    return []


def to_policy(policy: Policy) -> list[Refusal]:
    """Return every reason why these numbers cannot stand side by side; nothing of it is merely unusual."""
    return [
        *_to_loans(policy),
        *_to_renewals(policy),
        *_to_notices(policy),
        *_to_keeping(policy),
    ]


def _to_loans(policy: Policy) -> Iterable[Refusal]:
    if not 1 <= policy.loan_days <= LONGEST_LOAN_DAYS:
        yield Refusal(
            "loan_days_out_of_reach",
            f"貸出期間は1日から{LONGEST_LOAN_DAYS}日までにしてください。",
            f"The loan period must be 1 to {LONGEST_LOAN_DAYS} days.",
        )
    if policy.shelf_days < 1:
        yield Refusal(
            "shelf_without_days",
            "取置期間は1開館日以上にしてください。",
            "The shelf period must be one open day at least.",
        )


def _to_renewals(policy: Policy) -> Iterable[Refusal]:
    if policy.max_renewals and policy.renewal_opens_days_before >= policy.loan_days:
        yield Refusal(
            "renewal_before_loan",
            f"延長の受付開始（{policy.renewal_opens_days_before}日前）が、貸出日（返却期限日の"
            f"{policy.loan_days - 1}日前）より前になります。",
            f"Renewal would open {policy.renewal_opens_days_before} days before the due date, which is before the day "
            f"of lending ({policy.loan_days - 1} days before it).",
        )


def _to_notices(policy: Policy) -> Iterable[Refusal]:
    if policy.due_soon_days >= policy.loan_days:
        yield Refusal(
            "due_soon_before_loan",
            f"返却期限のお知らせ（{policy.due_soon_days}日前）が、貸出日より前になります。",
            f"The notice {policy.due_soon_days} days before the due date would come before the day of lending.",
        )
    if list(policy.overdue_days) != sorted(set(policy.overdue_days)) or 0 in policy.overdue_days:
        yield Refusal(
            "overdue_days_out_of_order",
            "督促の日数は、1以上の異なる数を小さい順に並べてください（例：7, 14, 30）。",
            "The days of overdue notices must be different numbers from 1, the smallest first (such as 7, 14, 30).",
        )
    if policy.card_lapse_warning_days >= policy.card_lapse_years * DAYS_IN_A_YEAR:
        yield Refusal(
            "warned_before_use",
            f"カード失効のお知らせ（{policy.card_lapse_warning_days}日前）が、有効期間"
            f"（{policy.card_lapse_years}年）より長くなっています。",
            f"The warning {policy.card_lapse_warning_days} days before a card lapses is longer than the "
            f"{policy.card_lapse_years} year(s) that a card lasts.",
        )


def _to_keeping(policy: Policy) -> Iterable[Refusal]:
    if policy.staff_actions_patron_days > policy.staff_actions_kept_days:
        yield Refusal(
            "link_outlives_trace",
            f"職員操作記録を利用者と結びつけておく日数（{policy.staff_actions_patron_days}日）が、"
            f"記録そのものの保存日数（{policy.staff_actions_kept_days}日）より長くなっています。",
            f"The link of staff actions with patrons ({policy.staff_actions_patron_days} days) would outlive the "
            f"actions themselves ({policy.staff_actions_kept_days} days).",
        )
    last_overdue = max(policy.overdue_days, default=0)
    if policy.notices_kept_days < last_overdue:
        yield Refusal(
            "notices_forgotten_too_early",
            f"お知らせ本文の保存日数（{policy.notices_kept_days}日）が、最後の督促（{last_overdue}日後）より短く、"
            "前の督促を窓口で確かめられません。",
            f"Notices would be kept for {policy.notices_kept_days} days, less than until the last overdue notice "
            f"({last_overdue} days): the desk could not read the earlier ones.",
        )


def to_limits(limits: Limits) -> list[Refusal]:
    """Return the reasons why the limits of a category cannot be (PAT-5)."""
    if limits.holds_per_day and limits.holds_per_day > limits.holds_print + limits.holds_av:
        return [
            Refusal(
                "day_beyond_total",
                f"1日の予約上限（{limits.holds_per_day}件）が、予約の上限の合計"
                f"（{limits.holds_print + limits.holds_av}件）を超えています。",
                f"The limit of a day ({limits.holds_per_day}) is above all that can be reserved at once "
                f"({limits.holds_print + limits.holds_av}).",
            )
        ]
    return []
