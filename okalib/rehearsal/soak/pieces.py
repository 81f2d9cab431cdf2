"""What the model of the library is made of: calendars, copies, reservations, groups and blocks, without numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta


@dataclass(slots=True)
class Calendar:
    """One library's: closed on Mondays, at the year's end, and when it says so (CAL-2 … CAL-4)."""

    holidays: set[date]
    closed: list[tuple[date, date]] = field(default_factory=list)

    def is_open(self, day: date) -> bool:
        """Whether the library is open on a day."""
        if any(first <= day <= last for first, last in self.closed) or (day.month, day.day) in _YEARS_END:
            return False
        if day.weekday() == 0:
            return day in self.holidays
        return not self._stands_in_for_a_monday(day)

    def _stands_in_for_a_monday(self, day: date) -> bool:
        """Closed is the next day that is no holiday after a Monday that was one (CAL-2)."""
        if day in self.holidays:
            return False
        before = day - timedelta(days=1)
        while before in self.holidays and before.weekday() != 0:
            before -= timedelta(days=1)
        return before in self.holidays and before.weekday() == 0

    def on_or_after(self, day: date) -> date:
        """The first open day from a day on."""
        while not self.is_open(day):
            day += timedelta(days=1)
        return day

    def on_or_before(self, day: date) -> date:
        """The last open day up to a day."""
        while not self.is_open(day):
            day -= timedelta(days=1)
        return day

    def nth(self, day: date, n: int) -> date:
        """The n-th open day, the first one from `day` on being number one."""
        day = self.on_or_after(day)
        for _more in range(n - 1):
            day = self.on_or_after(day + timedelta(days=1))
        return day


_YEARS_END = {(12, 29), (12, 30), (12, 31), (1, 1), (1, 2), (1, 3)}


@dataclass(slots=True)
class Copy:
    """A copy of a title: where it is, and who has it until when."""

    title: int
    where: str = "shelf"  # or on_loan, set_aside, searched_for
    holder: int | None = None
    due_on: date | None = None
    renewals: int = 0
    lent_on: date | None = None
    received_on: date | None = None
    is_disputed: bool = False
    """Whether its patron says to have returned it."""
    is_to_clear: bool = False
    fulfils: Wish | None = None
    """The reservation that its loan has ended."""


@dataclass(slots=True, eq=False)
class Group:
    """Reservations of a patron that depend on one another (HLD-9)."""

    kind: str  # in_order or any_of
    wanted: int | None = None


@dataclass(slots=True, eq=False)
class Wish:
    """A reservation, in the order in which they were made."""

    patron: int
    title: int
    place: str
    made_on: date
    state: str = "waiting"
    copy: int | None = None
    is_paused: bool = False
    paused_until: date | None = None
    need_by: date | None = None
    secured_on: date | None = None
    keep_until: date | None = None
    extensions: int = 0
    group: Group | None = None
    volume: int = 0
    is_surplus: bool = False
    """Whether it ended because others of its group were enough."""

    @property
    def is_open(self) -> bool:
        """Whether it has not ended."""
        return self.state in ("waiting", "secured", "ready")

    @property
    def is_bound(self) -> bool:
        """Whether it has a copy."""
        return self.state in ("secured", "ready")

    def is_eligible(self, today: date) -> bool:
        """Whether it may get a copy today (HLD-8)."""
        is_asleep = self.is_paused and (self.paused_until is None or today < self.paused_until)
        return self.state == "waiting" and not is_asleep and not self.is_too_late(today)

    def is_too_late(self, today: date) -> bool:
        """Whether its patron has no use for it any more (HLD-8)."""
        return self.need_by is not None and self.need_by < today

    def bind(self, copy: int, today: date) -> None:
        """Get a copy."""
        self.state, self.copy, self.secured_on = "secured", copy, today
        self.forget_pause()

    def forget_pause(self) -> None:
        """Take part again."""
        self.is_paused, self.paused_until = False, None

    def wait_again(self) -> None:
        """Lose its copy and wait at the old place (PUL-5)."""
        self.state, self.copy, self.keep_until, self.secured_on = "waiting", None, None, None

    def end(self, state: str, *, is_surplus: bool = False) -> None:
        """End, and hold no copy any more."""
        self.state, self.copy, self.keep_until, self.is_surplus = state, None, None, is_surplus


@dataclass(slots=True)
class Stop:
    """What a patron may not do for a while (A18)."""

    patron: int
    kind: str
    until: date | None
    is_lifted: bool = False
