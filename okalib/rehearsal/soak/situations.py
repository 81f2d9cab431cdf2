"""What stands before two rivals begin. Each situation is made by the verbs themselves, at past times."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from datetime import date, datetime

from circulation import actions as circulation
from circulation.actions import CheckInMemory, CheckOutMemory
from circulation.models import Loan
from delivery import actions as delivery
from delivery.models import Bag, SlipLine
from holds import actions as holds
from holds import queries
from holds.models import Hold, PullLine
from notifications.models import Notice
from okalib import days
from okalib.models import Library, Patron
from okalib.rehearsal.soak.house import FILM, SUNDAY, TUESDAY, House, moment

TEN = moment(TUESDAY)


@dataclass(slots=True)
class Stage:
    """The house at one moment, and what the rivals may lay their hands on."""

    house: House
    now: datetime = TEN
    hold: Hold | None = None
    loan: Loan | None = None
    line: SlipLine | None = None
    bag: Bag | None = None
    pull_line: PullLine | None = None
    scanned: CheckInMemory | None = None
    lent: CheckOutMemory | None = None
    titles: tuple[int, int] = (0, 0)
    """Which title each rival lays hands on."""

    def reserve(
        self, patron: Patron, now: datetime, *, title: int = 0, at: Library | None = None, need_by: date | None = None
    ) -> Hold:
        """Let a patron reserve a title, to be collected at the prefectural library unless told otherwise."""
        pickup_at, bib = at or self.house.home, self.house.titles[title]
        return holds.reserve(patron=patron, bib=bib, pickup_at=pickup_at, by=None, now=now, need_by=need_by)

    def lend(self, patron: Patron, now: datetime, *, title: int = 0) -> circulation.CheckOut:
        """Lend a copy at the counter."""
        return circulation.check_out(item=self.house.copies[title], patron=patron, by=self.house.desk, now=now)

    def scan(self, now: datetime, *, title: int = 0) -> circulation.CheckIn:
        """Take a copy in the hand."""
        return circulation.check_in(item=self.house.copies[title], by=self.house.desk, now=now)

    def copied(self) -> Stage:
        """A page of one's own: a verb may change what it is given."""
        laid_out = {each.name: copy.copy(getattr(self, each.name)) for each in fields(self) if each.name != "house"}
        return replace(self, **laid_out)


Make = Callable[[Stage], None]


@dataclass(frozen=True, slots=True)
class Situation:
    """How one is made, and what it lays out on the stage; some of that may be out of date, as an old page is."""

    make: Make
    gives: frozenset[str]


SITUATIONS: dict[str, Situation] = {}


def situation(*gives: str) -> Callable[[Make], Make]:
    """Enter a function as a situation under its own name."""

    def enter(make: Make) -> Make:
        SITUATIONS[make.__name__] = Situation(make, frozenset(gives))
        return make

    return enter


def make(house: House, name: str, *, is_near_limits: bool = False) -> Stage:
    """Make a situation in a house where nothing has happened; near its limits, the first has one thing more of each."""
    stage = Stage(house)
    if is_near_limits:
        stage.lend(house.first, moment(date(2026, 11, 25)), title=2)
        stage.reserve(house.first, moment(date(2026, 11, 25)), title=3)
    SITUATIONS[name].make(stage)
    return stage


@situation()
def two_titles(stage: Stage) -> None:
    """Two titles on the shelf, and nobody wants them yet."""
    stage.titles = 0, 1


@situation("hold")
def any_of(stage: Stage) -> None:
    """Two titles on the shelf, of which the first wants any one, and the second both."""
    _group(stage, 0, 1, order="any_of", wanted=1)


@situation("hold", "scanned")
def any_of_secured(stage: Stage) -> None:
    """As before, but one is set aside for the first, so that the reservation of the other has ended."""
    any_of(stage)
    stage.scanned = stage.scan(moment(date(2026, 11, 29), 11)).memory
    _look_again(stage)


@situation("loan", "lent")
def any_of_lent(stage: Stage) -> None:
    """As before, but the first has found one on its shelf."""
    any_of(stage)
    scan = stage.lend(stage.house.first, stage.now)
    stage.loan, stage.lent = scan.loan, scan.memory


@situation("hold", "loan")
def any_two_of(stage: Stage) -> None:
    """The first wants any two of two books and a film, and has one; the second waits for the film."""
    _group(stage, 0, 1, FILM, order="any_of", wanted=2)
    stage.loan = stage.lend(stage.house.first, moment(date(2026, 11, 29), 11)).loan
    stage.hold = Hold.objects.get(patron=stage.house.first, bib=stage.house.titles[FILM])
    stage.titles = 1, FILM


@situation("hold")
def in_order(stage: Stage) -> None:
    """Two titles on the shelf, which the first wants one after the other; the second waits for both."""
    _group(stage, 0, 1, order="in_order")


@situation("hold", "pull_line")
def on_shelf(stage: Stage) -> None:
    """A copy on the shelf and two who wait, so that it is on the pull list."""
    _two_wait(stage, moment(date(2026, 11, 29)))
    holds.make_pull_list(day=TUESDAY, now=moment(TUESDAY, 7, 30))
    (stage.pull_line,) = queries.pull_list(TUESDAY)[:1]


@situation("hold")
def paused(stage: Stage) -> None:
    """As before, but the first one pauses, and the second needs it by yesterday."""
    then = moment(date(2026, 11, 29))
    stage.hold = stage.reserve(stage.house.first, then)
    stage.reserve(stage.house.second, then, need_by=date(2026, 11, 30))
    stage.reserve(stage.house.third, then)
    holds.pause(hold=stage.hold, by=None, now=then)


@situation("hold", "loan")
def on_loan(stage: Stage) -> None:
    """A copy with the visitor, due today, and two who wait."""
    on_loan_alone(stage)
    _two_wait(stage, moment(date(2026, 11, 29)))


@situation("loan")
def on_loan_alone(stage: Stage) -> None:
    """A copy with the visitor, due today; nobody waits."""
    stage.loan = stage.lend(stage.house.visitor, moment(date(2026, 11, 17))).loan


@situation("hold", "scanned")
def secured(stage: Stage) -> None:
    """A copy set aside for the first of two, who has not been told."""
    then = moment(date(2026, 11, 29))
    _two_wait(stage, then)
    stage.scanned = stage.scan(then).memory
    _look_again(stage)


@situation("hold", "loan", "scanned")
def returned(stage: Stage) -> None:
    """A copy that has just come back from the visitor, who has one more, set aside for the first of two."""
    on_loan(stage)
    stage.lend(stage.house.visitor, stage.now, title=3)
    stage.scanned = stage.scan(stage.now).memory
    _look_again(stage)


@situation("hold")
def ready(stage: Stage) -> None:
    """A copy that the first of two has been told of, in the night after its deadline."""
    then = moment(date(2026, 11, 19))
    _two_wait(stage, then)
    stage.scan(then)
    morning = moment(date(2026, 11, 20), 8)
    holds.announce(day=days.day_of(morning), now=morning)
    Notice.objects.update(state="sent", sent_at=morning, next_try_at=None)
    _look_again(stage)
    assert stage.hold is not None and stage.hold.keep_until is not None
    stage.now = moment(days.plus(stage.hold.keep_until, 1), 0, 30)


@situation("hold", "loan", "lent")
def lent(stage: Stage) -> None:
    """A copy that the first of two has just borrowed from the hold shelf, before the mail."""
    _two_wait(stage, moment(date(2026, 11, 28)))
    stage.scan(moment(date(2026, 11, 28)))
    holds.announce(day=date(2026, 11, 29), now=moment(date(2026, 11, 29), 8))
    scan = stage.lend(stage.house.first, stage.now)
    stage.loan, stage.lent = scan.loan, scan.memory
    _look_again(stage)


@situation("hold", "scanned")
def for_delivery(stage: Stage) -> None:
    """A copy set aside for the first of two, who collects it elsewhere, on the morning of the run."""
    then = moment(date(2026, 12, 3))
    stage.hold = stage.reserve(stage.house.first, then, at=stage.house.branch)
    stage.reserve(stage.house.second, then)
    stage.scanned = stage.scan(then).memory
    stage.now = moment(SUNDAY, 9)
    _look_again(stage)


@situation("hold", "loan", "scanned", "line", "bag")
def packed(stage: Stage) -> None:
    """A copy in the bag of the first of two, on the day of the mail."""
    for_delivery(stage)
    delivery.run(run=stage.house.run, by=None, now=stage.now)
    stage.line = SlipLine.objects.select_related("loan__item", "bag").get()
    stage.loan, stage.bag = stage.line.loan, stage.line.bag
    stage.now = moment(stage.house.run.mail_on, 8, 30)


@situation("hold", "loan", "line", "bag")
def half_packed(stage: Stage) -> None:
    """A copy in the bag of the first, and another that the run is to put beside it."""
    then = moment(date(2026, 12, 3))
    for_delivery(stage)
    delivery.run(run=stage.house.run, by=None, now=stage.now)
    stage.reserve(stage.house.first, then, title=1, at=stage.house.branch)
    stage.scan(then, title=1)
    stage.line = SlipLine.objects.select_related("loan__item", "bag").get()
    stage.loan, stage.bag = stage.line.loan, stage.line.bag


def _group(stage: Stage, *titles: int, order: str, wanted: int | None = None) -> None:
    """Let the first reserve some titles as a group, and the second the first and the last of them."""
    then = moment(date(2026, 11, 29))
    for title in titles:
        holds.add_to_basket(patron=stage.house.first, bib=stage.house.titles[title], now=then)
    made = holds.reserve_basket(
        patron=stage.house.first, pickup_at=stage.house.home, by=None, now=then, order=order, wanted=wanted
    )
    stage.hold = made[0].hold
    for title in (titles[0], titles[-1]):
        stage.reserve(stage.house.second, then, title=title)
    stage.titles = 0, 1


def _two_wait(stage: Stage, then: datetime) -> None:
    stage.hold = stage.reserve(stage.house.first, then)
    stage.reserve(stage.house.second, then)


def _look_again(stage: Stage) -> None:
    """Have what a page would show now."""
    assert stage.hold is not None
    stage.hold.refresh_from_db()
