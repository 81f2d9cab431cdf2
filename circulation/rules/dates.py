"""How long a loan lasts, and when it is overdue (LON-1, LON-2, LON-5, LON-6)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from okalib import days
from okalib.objections import LONGEST_LOAN_DAYS
from okalib.rules import Policy, Refusal


@dataclass(frozen=True, slots=True)
class Period:
    """One override of the loan period (LON-2); empty fields mean any. `id` is stored on the loan (A115)."""

    id: int
    first_on: date
    last_on: date
    days: int
    channel: str = ""
    material_class: str = ""
    category_id: int | None = None

    def applies(self, day: date, channel: str, material_class: str, category_id: int | None) -> bool:
        """Tell whether it is meant for a loan of that day, channel, class and patron category."""
        return (
            self.first_on <= day <= self.last_on
            and self.channel in ("", channel)
            and self.material_class in ("", material_class)
            and self.category_id in (None, category_id)
        )

    @property
    def specificity(self) -> tuple[int, int]:
        """How much it says: the more named fields the more specific, then the shorter period of dates."""
        named = sum(bool(value) for value in (self.channel, self.material_class, self.category_id))
        return named, -days.days_between(self.first_on, self.last_on)

    def rank(self) -> tuple[int, int, int]:
        """The order in which overrides rule: the more specific one, then the one entered later (A115)."""
        return *self.specificity, self.id

    def says_the_same_as(self, other: Period) -> bool:
        """Tell whether it is meant for exactly the same loans."""
        return (self.first_on, self.last_on, self.channel, self.material_class, self.category_id) == (
            *(other.first_on, other.last_on, other.channel, other.material_class, other.category_id),
        )


def period_for(
    periods: Iterable[Period],
    *,
    day: date,
    channel: str,
    material_class: str,
    category_id: int | None,
    interlibrary: bool,
) -> Period | None:
    """Return the most specific override for a loan, None for the ordinary period (LON-2, A115)."""
    if interlibrary:
        return None
    fitting = [period for period in periods if period.applies(day, channel, material_class, category_id)]
    return max(fitting, key=Period.rank, default=None)


def period_objections(period: Period, others: Iterable[Period]) -> list[Refusal]:
    """Return every reason why an override cannot be entered: out of order, without days, or there already (LON-2)."""
    found = []
    if period.last_on < period.first_on:
        found.append(
            Refusal(
                "last_before_first",
                "貸出日の末日が初日より前になっています。",
                "The last day of lending is before the first.",
            )
        )
    if not 1 <= period.days <= LONGEST_LOAN_DAYS:
        found.append(
            Refusal(
                "loan_days_out_of_reach",
                f"貸出期間は1日から{LONGEST_LOAN_DAYS}日までにしてください。",
                f"The loan period must be 1 to {LONGEST_LOAN_DAYS} days.",
            )
        )
    if any(period.says_the_same_as(other) for other in others):
        found.append(
            Refusal(
                "period_known",
                "同じ期間・窓口・資料区分・利用者区分の特例がすでにあります。そちらを変更してください。",
                "There is a period for the same dates, channel, class and category already. Please change that one.",
            )
        )
    return found


def rival_of(period: Period, other: Period) -> bool:
    """Tell whether both could rule one loan, so that the more specific of them decides (LON-2, A115).

    >>> any_film = Period(1, date(2026, 12, 1), date(2026, 12, 31), 22, material_class="av")
    >>> at_the_desk = Period(2, date(2026, 12, 24), date(2026, 12, 28), 29, channel="counter")
    >>> rival_of(any_film, at_the_desk), ruling(any_film, at_the_desk).id
    (True, 2)
    """
    pairs = (
        (period.channel, other.channel),
        (period.material_class, other.material_class),
        (period.category_id, other.category_id),
    )
    share_days = period.first_on <= other.last_on and other.first_on <= period.last_on
    return share_days and all(not mine or not theirs or mine == theirs for mine, theirs in pairs)


def ruling(period: Period, other: Period) -> Period:
    """Return which of two rivals decides where both apply: the more specific, then the one entered later (A115)."""
    return max(period, other, key=Period.rank)


def due_on(
    first_day: date, loan_days: int, opening: days.OpeningDays, policy: Policy, valid_until: date | None = None
) -> date:
    """Return the due date of a loan that counts `first_day` as its first day (LON-1).

    `opening` is the calendar of the place of return. Where the patron's membership ends earlier, the last open day
    before that end (A121), though never a day before `first_day`.
    """
    last_day = days.plus(first_day, max(loan_days - 1, 0))
    due = opening.on_or_after(last_day) if policy.due_on_open_day else last_day
    if valid_until is None or due <= valid_until:
        return due
    return max(opening.on_or_before(valid_until), first_day)


def is_overdue(due: date, today: date, received_on: date | None = None) -> bool:
    """Tell whether a loan is overdue: from the day after its due date, unless a counter has it (LON-6, RET-3)."""
    return received_on is None and today > due


def rest_until(returned_on: date, policy: Policy) -> date:
    """Return the last day on which the patron cannot have the renewed title again (LON-5, A112).

    Returned on a Tuesday it can be had again on the next Tuesday, one week after.
    """
    return days.plus(returned_on, policy.rest_days - 1)
