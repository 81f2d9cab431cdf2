"""Until when an item is kept on the hold shelf (SHF-2, SHF-5)."""

from __future__ import annotations

from datetime import date

from okalib import days
from okalib.rules import Policy, Refusal, Severity

DEADLINE_LABEL = {"ja": "取置期限", "en": "Keep until"}


def keep_until(contact_day: date, opening: days.OpeningDays, policy: Policy, need_by: date | None = None) -> date:
    """Return the last day to collect: the n-th open day counted from the contact day (SHF-2).

    A need-by date that comes earlier rules, at its last open day (A60); never a day before the first open one.
    """
    deadline = opening.nth_open_day(contact_day, policy.shelf_days)
    if need_by is None or deadline <= need_by:
        return deadline
    return max(opening.on_or_before(need_by), opening.on_or_after(contact_day))


def extended(deadline: date, opening: days.OpeningDays, policy: Policy) -> date:
    """Return the deadline one more shelf period later (SHF-5)."""
    return opening.nth_open_day(opening.after(deadline), policy.shelf_days)


def recomputed_deadline(
    contact_day: date,
    deadline: date,
    extensions: int,
    opening: days.OpeningDays,
    policy: Policy,
    need_by: date | None = None,
) -> date:
    """Return a stored deadline after the calendar has changed: counted anew, never earlier, on an open day (A88).

    A need-by date goes on ruling what it has ruled, unless staff have lengthened the period since.
    """
    if extensions:
        counted = opening.nth_open_day(contact_day, policy.shelf_days * (1 + extensions))
    else:
        counted = keep_until(contact_day, opening, policy, need_by)
    return max(counted, opening.on_or_after(deadline))


def may_extend(extensions: int, policy: Policy) -> list[Refusal]:
    """Return the reason why the shelf period cannot be lengthened again (SHF-5)."""
    if extensions < policy.shelf_extensions:
        return []
    return [
        Refusal(
            "already_extended",
            "取置期間はすでに延長されています。",
            "The shelf period has already been lengthened.",
            Severity.OVERRIDABLE,
        )
    ]


def holds_no_item() -> Refusal:
    """The refusal for what only a reservation allows that holds an item."""
    return Refusal("holds_no_item", "資料を確保している予約ではありません。", "This reservation holds no item.")


def not_ready() -> Refusal:
    """The refusal for what only a ready reservation allows."""
    return Refusal("not_ready", "取置中の予約ではありません。", "This reservation is not ready for collection.")
