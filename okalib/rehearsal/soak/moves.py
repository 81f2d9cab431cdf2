"""The verbs that may meet: each with the situations in which it has something to do, and what it does there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from circulation import actions as circulation
from delivery import actions as delivery
from holds import actions as holds
from holds.rules import PullOutcome
from okalib import days
from okalib.rehearsal.soak.situations import SITUATIONS, Stage

Do = Callable[[Stage, int, str], object]

WAITS = ("on_shelf", "on_loan")
BOUND = ("secured", "ready", "returned", "for_delivery", "any_of_secured")
GROUPS = ("any_of", "any_of_secured", "any_of_lent", "any_two_of", "in_order")


@dataclass(frozen=True, slots=True)
class Move:
    """One rival: what it is called, where it has something to do, what it needs, which patrons may do it, and the deed.

    The deed is told the stage, which side of the race it is on (where rivals take a title each) and the patron.
    """

    name: str
    where: frozenset[str]
    needs: str
    who: tuple[str, ...]
    do: Do

    def can_be_done_in(self, name: str) -> bool:
        """Whether a situation lays out what this needs, be it with an old page for a deed that comes too late."""
        return not self.needs or self.needs in SITUATIONS[name].gives


MOVES: dict[str, Move] = {}


def move(*where: str, needs: str = "", who: tuple[str, ...] = ("first",)) -> Callable[[Do], Do]:
    """Enter a function as a move under its own name."""

    def enter(do: Do) -> Do:
        MOVES[do.__name__] = Move(do.__name__, frozenset(where), needs, who, do)
        return do

    return enter


@move("two_titles", "on_loan_alone", "any_of_lent", *WAITS, *BOUND, "packed", "lent", who=("first", "third", "visitor"))
def reserve(stage: Stage, side: int, who: str) -> object:
    """A patron reserves the title; near the limits, each rival another one."""
    return stage.reserve(getattr(stage.house, who), stage.now, title=stage.titles[side])


@move(*WAITS, *BOUND, "paused", "any_two_of", "in_order", needs="hold")
def cancel(stage: Stage, side: int, who: str) -> object:
    """Staff cancel the first reservation."""
    return holds.cancel(hold=_some(stage.hold), by=stage.house.desk, now=stage.now)


@move(*WAITS, *BOUND, "paused", "any_two_of", "in_order", needs="hold")
def cancel_by_patron(stage: Stage, side: int, who: str) -> object:
    """The first patron cancels, as long as nothing is bound."""
    return holds.cancel(hold=_some(stage.hold), by=stage.house.first.user, now=stage.now)


@move(*WAITS, "secured", "any_of", "in_order", needs="hold")
def pause(stage: Stage, side: int, who: str) -> object:
    """The first patron pauses."""
    return holds.pause(hold=_some(stage.hold), by=None, now=stage.now)


@move("paused", needs="hold")
def resume(stage: Stage, side: int, who: str) -> object:
    """The first patron takes part again."""
    return holds.resume(hold=_some(stage.hold), by=None, now=stage.now)


@move(*WAITS, needs="hold")
def yield_place(stage: Stage, side: int, who: str) -> object:
    """The first patron lets the next one go first."""
    return holds.yield_place(hold=_some(stage.hold), by=None, now=stage.now)


@move(*WAITS, *BOUND, "paused", needs="hold")
def change_pickup(stage: Stage, side: int, who: str) -> object:
    """Staff send the first reservation elsewhere, or have it collected here."""
    hold = _some(stage.hold)
    elsewhere = stage.house.branch if hold.pickup_at_id == stage.house.home.pk else stage.house.home
    return holds.change_pickup(hold=hold, pickup_at=elsewhere, by=stage.house.desk, now=stage.now)


@move("on_shelf", "paused", *GROUPS)
def secure(stage: Stage, side: int, who: str) -> object:
    """The copy is fetched from the shelf and scanned."""
    return stage.scan(stage.now, title=stage.titles[side])


@move("on_shelf")
def make_pull_list(stage: Stage, side: int, who: str) -> object:
    """The pull list is made again."""
    return holds.make_pull_list(day=days.day_of(stage.now), now=stage.now)


@move("on_shelf", needs="pull_line")
def mark_missing(stage: Stage, side: int, who: str) -> object:
    """The copy is not on its shelf."""
    line = _some(stage.pull_line)
    return holds.mark_missing(line=line, outcome=PullOutcome.NOT_FOUND, by=stage.house.desk, now=stage.now)


@move("two_titles", "on_shelf", *BOUND, *GROUPS, who=("first", "second", "visitor"))
def check_out(stage: Stage, side: int, who: str) -> object:
    """A patron brings the copy to the counter; near the limits, each rival another one."""
    return stage.lend(getattr(stage.house, who), stage.now, title=stage.titles[side])


@move("returned", "two_titles", "for_delivery", who=("first", "visitor"))
def check_out_another(stage: Stage, side: int, who: str) -> object:
    """A patron brings another title to the counter."""
    return stage.lend(getattr(stage.house, who), stage.now, title=1)


@move("on_loan", "on_loan_alone", "packed", "lent", "secured", "any_of_lent", "any_two_of")
def check_in(stage: Stage, side: int, who: str) -> object:
    """The copy comes back, or is scanned once more."""
    return stage.scan(stage.now)


@move("on_loan", "on_loan_alone", "packed", "lent", needs="loan")
def renew(stage: Stage, side: int, who: str) -> object:
    """Whoever has the copy renews."""
    loan = _some(stage.loan)
    return circulation.renew(loan=loan, by=None, now=stage.now)


@move("on_loan", "on_loan_alone", "packed")
def receive(stage: Stage, side: int, who: str) -> object:
    """A counter elsewhere takes the copy back."""
    copy = stage.house.copies[0]
    return circulation.receive(item=copy, library=stage.house.branch, by=stage.house.desk, now=stage.now)


@move("secured", "any_of_secured")
def announce(stage: Stage, side: int, who: str) -> object:
    """The morning's job tells who can collect."""
    return holds.announce(day=days.day_of(stage.now), now=stage.now)


@move("ready", "paused")
def expire(stage: Stage, side: int, who: str) -> object:
    """The night's job ends what was not collected, and what is not needed any more."""
    today = days.day_of(stage.now)
    return holds.expire(day=today, now=stage.now), holds.end_unneeded(day=today, now=stage.now)


@move("ready", needs="hold")
def extend(stage: Stage, side: int, who: str) -> object:
    """Staff keep the copy for one period more."""
    return holds.extend(hold=_some(stage.hold), by=stage.house.desk, now=stage.now)


@move("secured", "ready", "for_delivery", "any_of_secured", needs="hold")
def mark_kept_missing(stage: Stage, side: int, who: str) -> object:
    """The copy is not on the hold shelf."""
    return holds.mark_kept_missing(hold=_some(stage.hold), by=stage.house.desk, now=stage.now)


@move("for_delivery", "half_packed")
def run(stage: Stage, side: int, who: str) -> object:
    """The Sunday's job lends and packs."""
    return delivery.run(run=stage.house.run, by=None, now=stage.now)


@move("packed", "half_packed", needs="bag")
def send(stage: Stage, side: int, who: str) -> object:
    """The van takes the bag along."""
    return delivery.send(bags=[_some(stage.bag)], by=stage.house.desk, now=stage.now)


@move("packed", "half_packed", needs="bag")
def keep_longer(stage: Stage, side: int, who: str) -> object:
    """The bag is kept for its patron one week more."""
    bag = _some(stage.bag)
    until = days.plus(stage.house.run.window_to, 7)
    return delivery.keep_longer(bag=bag, until=until, by=stage.house.desk, now=stage.now)


@move("packed", "half_packed", needs="line")
def pack(stage: Stage, side: int, who: str) -> object:
    """The copy is put into its bag, and the bag closed for the van."""
    line = _some(stage.line)
    delivery.pack(line=line, bag=line.bag, by=stage.house.desk, now=stage.now)
    return delivery.seal(bag=line.bag, by=stage.house.desk, now=stage.now)


@move("packed")
def mail(stage: Stage, side: int, who: str) -> object:
    """The Thursday's job tells who can collect what where."""
    return delivery.announce(run=stage.house.run, by=None, now=stage.now)


@move("packed", "half_packed", needs="line")
def take_out(stage: Stage, side: int, who: str) -> object:
    """Staff take the copy out of its bag."""
    return delivery.take_out(line=_some(stage.line), by=stage.house.desk, now=stage.now, reason="破損")


@move("lent", "any_of_lent", needs="lent")
def undo_check_out(stage: Stage, side: int, who: str) -> object:
    """The desk takes its last loan back."""
    loan, memory = _some(stage.loan), _some(stage.lent)
    return circulation.undo_check_out(loan=loan, by=stage.house.desk, now=stage.now, reason="誤り", memory=memory)


@move("returned", "secured", "for_delivery", "any_of_secured", needs="scanned")
def undo_check_in(stage: Stage, side: int, who: str) -> object:
    """The desk takes its last scan back."""
    memory = _some(stage.scanned)
    return circulation.undo_check_in(memory=memory, by=stage.house.desk, now=stage.now, reason="誤り")


def _some(thing: Any | None) -> Any:
    """What the situation has laid out; a rival for which there is nothing is a mistake of this file."""
    if thing is None:
        raise LookupError("This situation has nothing of the kind.")
    return thing
