"""What stands in the way of a renewal, and its new date (REN-1, REN-2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from circulation.rules.dates import due_on, is_overdue
from circulation.rules.returning import received
from holds.rules import overdue
from okalib import days
from okalib.rules import Policy, Refusal, RenewalBase, Severity, card_lapsed
from okalib.wording import day_en, day_ja


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewal:
    """All that decides whether a loan is renewed, read under the locks."""

    due_on: date
    renewals: int
    received_on: date | None
    wanted_by_others: int
    free_copies: int
    overdue_loans: int
    card_lapsed: bool
    today: date


def renewal_opens_on(due: date, policy: Policy) -> date:
    """Return the first day on which a loan can be renewed (REN-1)."""
    return days.plus(due, -policy.renewal_opens_days_before)


def renew_objections(renewal: Renewal, policy: Policy) -> list[Refusal]:
    """Return every reason why a loan is not renewed; a date where waiting helps (REN-1, REN-2, A129–A143)."""
    found = []
    opens_on = renewal_opens_on(renewal.due_on, policy)
    if renewal.renewals >= policy.max_renewals:
        found.append(
            Refusal(
                "renewed_already",
                *_renewed_already(policy.max_renewals),
                Severity.OVERRIDABLE,
            )
        )
    elif renewal.today < opens_on:
        found.append(
            Refusal(
                "too_early",
                f"{day_ja(opens_on, renewal.today)}から延長できます。",
                f"It can be renewed from {day_en(opens_on, renewal.today)}.",
                Severity.OVERRIDABLE,
            )
        )
    if is_overdue(renewal.due_on, renewal.today, renewal.received_on):
        found.append(
            Refusal(
                "overdue",
                "返却期限を過ぎているため、延長できません。",
                "The due date has passed.",
                Severity.OVERRIDABLE,
            )
        )
    elif renewal.overdue_loans and policy.renewal_refused_when_overdue:
        found.append(overdue(renewal.overdue_loans))
    if renewal.received_on is not None:
        found.append(received())
    if _somebody_waits(renewal, policy):
        found.append(
            Refusal(
                "reserved_by_another",
                "次の予約が入っているため、延長できません。",
                "Somebody else has reserved this title.",
                Severity.OVERRIDABLE,
            )
        )
    if renewal.card_lapsed:
        found.append(card_lapsed(policy))
    return found


def _renewed_already(most: int) -> tuple[str, str]:
    if most == 0:
        return "貸出の延長は行っていません。", "Loans cannot be renewed."
    times = {1: "once", 2: "twice"}.get(most, f"{most} times")
    return f"延長は{most}回までです。もう延長できません。", f"A loan can be renewed {times}, and this one has been."


def _somebody_waits(renewal: Renewal, policy: Policy) -> bool:
    """Whether the queue needs this very item: the switch says if free copies count for it (A133)."""
    spare = renewal.free_copies if policy.renewal_counts_free_copies else 0
    return renewal.wanted_by_others > spare


def renewed_due_on(
    due: date, today: date, opening: days.OpeningDays, policy: Policy, valid_until: date | None = None
) -> date:
    """Return the due date after a renewal of today; never earlier than the old one (REN-1)."""
    base = due if policy.renewal_base == RenewalBase.DUE_DATE else today
    return max(due, due_on(base, policy.renewal_days, opening, policy, valid_until))
