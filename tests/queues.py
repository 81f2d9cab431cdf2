"""Queues that are played day by day, to measure a forecast against what then happened (HLD-12).

A `Scene` is what the library knows on the day that somebody asks: the copies and where they are, the readers ahead.
`play` lets the days pass by the rules of the house, each reader behaving in a way of their own, until the one who
asked can collect. Everything comes from one seed.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import Enum

from circulation.rules.dates import due_on
from delivery import rules as delivery
from holds.rules import keep_until
from okalib import days
from okalib.rules import Policy
from tests.calendars import prefectural

OPENING = prefectural()
POLICY = Policy()
RUNS = delivery.year_of_runs(date(2026, 9, 1), date(2031, 12, 31), OPENING)
RUN_OF_DAY = {run.lend_on: run for run in RUNS}
LONGEST_WAIT = 1500


class Place(Enum):
    """Where a copy is."""

    SHELF = "on its shelf"
    AWAY = "with a reader, or on its way back"
    SECURED = "set aside, its reader not told yet"
    READY = "on the hold shelf"
    CLEARANCE = "on the hold shelf, its deadline past"


@dataclass(eq=False)
class Reader:
    """One who reserves: what they will do, decided beforehand."""

    is_delivered: bool = False
    collects_after: int | None = 2  # days from the mail to the visit; None: never comes
    returns_after_due: int = 0  # negative: early
    travels_back: int = 0  # days in the van, if handed in at a pickup library
    cancels_on: date | None = None
    paused_until: date | None = None

    def is_paused(self, today: date) -> bool:
        """Whether the reader is skipped today (HLD-8)."""
        return self.paused_until is not None and today < self.paused_until


@dataclass
class Copy:
    """One copy: where it is, for whom it is set aside, when it comes back and what its slip says."""

    place: Place = Place.SHELF
    reader: Reader | None = None
    since: date | None = None
    due: date | None = None
    back_on: date | None = None  # when the desk can scan it
    keep_until: date | None = None


@dataclass
class Scene:
    """What the library knows when somebody asks; `asker` is the last in `queue`."""

    today: date
    copies: list[Copy]
    queue: list[Reader]

    @property
    def asker(self) -> Reader:
        """The one whose wait is measured."""
        return self.queue[-1]

    def runs(self) -> list[tuple[date, date]]:
        """Cut-off and first day of the window of the runs that are planned for the next twelve weeks."""
        return [(run.cut_off_on, run.window_from) for run in RUNS if run.window_to >= self.today][:12]

    def facts(self) -> dict[str, object]:
        """What `holds.rules.forecast` is told."""
        ahead = self.queue[:-1]
        return {
            "position": len(self.queue),
            "free_copies": sum(copy.place is Place.SHELF for copy in self.copies),
            "due_dates": [copy.due for copy in self.copies if copy.place is Place.AWAY],
            "set_aside": sum(copy.place in (Place.SECURED, Place.READY) for copy in self.copies),
            "delivered_ahead": sum(reader.is_delivered for reader in ahead),
            "paused_ahead": sum(reader.is_paused(self.today) for reader in ahead),
            "today": self.today,
            "opening": OPENING,
            "policy": POLICY,
            "runs": self.runs(),
            "is_delivered": self.asker.is_delivered,
        }


@dataclass
class Town:
    """The readers of a town and how they behave; each draw comes from one seeded source."""

    seed: int
    chance: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)

    def scene(self) -> Scene:
        """Return a queue at a moment: one to six copies, the one who asks at place 1 to 30."""
        chance = self.chance
        today = days.plus(date(2026, 10, 1), chance.randrange(150))
        copies = [self._copy(today) for _copy in range(chance.choice((1, 1, 1, 2, 2, 3, 3, 4, 5, 6)))]
        ahead = chance.choice((0, 0, 0, 1, 1, 2, 3, 4, 5, 6, 8, 10, 13, 17, 21, 25, 29))
        asker = Reader(is_delivered=chance.random() < 0.4)
        return Scene(today, copies, [*(self._reader(today) for _ahead in range(ahead)), asker])

    def _reader(self, today: date) -> Reader:
        chance = self.chance
        is_delivered = chance.random() < 0.4
        cancels, pauses = chance.random() < 0.06, chance.random() < 0.06
        return Reader(
            is_delivered=is_delivered,
            collects_after=None if chance.random() < 0.07 else min(int(chance.expovariate(1 / 2.8)), 7),
            returns_after_due=self._return_day(POLICY.loan_days),
            travels_back=chance.randint(2, 8) if is_delivered and chance.random() < 0.7 else 0,
            cancels_on=days.plus(today, chance.randint(1, 120)) if cancels else None,
            paused_until=days.plus(today, chance.randint(7, 90)) if pauses else None,
        )

    def _return_day(self, loan_days: int) -> int:
        """Most bring it back in the last days, some early, some late and a few very late."""
        chance, draw = self.chance, self.chance.random()
        if draw < 0.28:
            return -chance.randint(3, loan_days - 2)
        if draw < 0.85:
            return -chance.choice((0, 0, 0, 1, 1, 2))
        return 1 + int(chance.expovariate(1 / 25 if draw > 0.98 else 1 / 4))

    def _copy(self, today: date) -> Copy:
        chance, draw = self.chance, self.chance.random()
        if draw < 0.15:
            return Copy()
        if draw < 0.30:
            contact = days.plus(today, -chance.randrange(4))
            return Copy(Place.READY, self._reader(today), contact, keep_until=keep_until(contact, OPENING, POLICY))
        return self._copy_away(today)

    def _copy_away(self, today: date) -> Copy:
        """A loan that has not ended by today; made before the queue, so that it may have been renewed once."""
        chance = self.chance
        while True:
            lent_on = OPENING.on_or_before(days.plus(today, -chance.randrange(60)))
            reader = self._reader(today)
            if reader.is_delivered:
                due = self._due_of_run(lent_on)
            else:
                due = due_on(lent_on, POLICY.loan_days, OPENING, POLICY)
                if chance.random() < 0.25 and reader.returns_after_due >= -POLICY.renewal_opens_days_before:
                    renewed = due_on(due, POLICY.renewal_days, OPENING, POLICY)
                    due = renewed if due < today else due  # from today on somebody waits: no renewal any more (REN-1)
            back_on = days.plus(due, reader.returns_after_due + reader.travels_back)
            if back_on >= today:
                return Copy(Place.AWAY, due=due, back_on=max(back_on, days.plus(today, 1)))

    def _due_of_run(self, lent_on: date) -> date:
        run = next(run for run in RUNS if run.lend_on >= days.plus(lent_on, -3))
        return delivery.due_on(run.window_to, OPENING, POLICY)


def play(scene: Scene) -> date | None:
    """Let the days pass until the one who asked can collect; return that day (None: not within four years)."""
    waiting = list(scene.queue)
    for day in days.each_day(days.plus(scene.today, 1), days.plus(scene.today, LONGEST_WAIT)):
        waiting = [reader for reader in waiting if reader.cancels_on != day]
        if OPENING.is_open(day):
            _scan(scene.copies, waiting, day)
        _announce(scene.copies, day)
        _run(scene.copies, day)
        if OPENING.is_open(day):
            _collect(scene.copies, day)
        ready_on = _ready_on(scene, day)
        if ready_on:
            return ready_on
    return None


def _ready_on(scene: Scene, day: date) -> date | None:
    mine = next((copy for copy in scene.copies if copy.reader is scene.asker), None)
    if mine is None:
        return None
    if mine.place is Place.READY:
        return OPENING.on_or_after(day)
    return RUN_OF_DAY[day].window_from if mine.place is Place.AWAY else None


def _scan(copies: Sequence[Copy], waiting: list[Reader], day: date) -> None:
    """What stands on its shelf is fetched, what came back is scanned, what was not collected is taken off (PUL-3)."""
    for copy in copies:
        is_back = copy.place is Place.AWAY and copy.back_on is not None and copy.back_on <= day
        if not (is_back or copy.place in (Place.SHELF, Place.CLEARANCE)):
            continue
        first = next((reader for reader in waiting if not reader.is_paused(day)), None)
        if first is None:
            copy.place, copy.reader = Place.SHELF, None
        else:
            waiting.remove(first)
            copy.place, copy.reader, copy.since = Place.SECURED, first, day


def _announce(copies: Sequence[Copy], day: date) -> None:
    """The day after it was secured the reader is told, and the shelf period runs (SHF-1, SHF-2)."""
    for copy in copies:
        if copy.place is Place.SECURED and not _reader(copy).is_delivered and copy.since and copy.since < day:
            copy.place, copy.since, copy.keep_until = Place.READY, day, keep_until(day, OPENING, POLICY)


def _run(copies: Sequence[Copy], day: date) -> None:
    """On its Sunday a run lends what was secured by the cut-off (DLV-4); not collected, it is sent back (DLV-10)."""
    run = RUN_OF_DAY.get(day)
    for copy in copies:
        is_for_run = copy.place is Place.SECURED and _reader(copy).is_delivered
        if run is None or not is_for_run or copy.since is None or copy.since > run.cut_off_on:
            continue
        reader, due = _reader(copy), delivery.due_on(run.window_to, OPENING, POLICY)
        last_day = days.plus(due, reader.returns_after_due) if reader.collects_after is not None else run.window_to
        copy.back_on = days.plus(last_day, max(reader.travels_back, 0 if reader.collects_after is not None else 5))
        copy.place, copy.due = Place.AWAY, due


def _collect(copies: Sequence[Copy], day: date) -> None:
    """Who is ready comes on the day of their own and borrows; who does not come by the deadline loses it (SHF-4)."""
    for copy in copies:
        if copy.place is not Place.READY or copy.since is None or copy.keep_until is None:
            continue
        reader = _reader(copy)
        comes = reader.collects_after is not None and days.plus(copy.since, reader.collects_after) <= day
        if comes and day <= copy.keep_until:
            due = due_on(day, POLICY.loan_days, OPENING, POLICY)
            back_on = max(days.plus(due, reader.returns_after_due), days.plus(day, 1))
            copy.place, copy.due, copy.back_on, copy.reader = Place.AWAY, due, back_on, None
        elif copy.keep_until < day:
            copy.place, copy.reader = Place.CLEARANCE, None


def _reader(copy: Copy) -> Reader:
    assert copy.reader is not None
    return copy.reader
