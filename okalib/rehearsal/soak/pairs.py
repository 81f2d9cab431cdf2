"""Every pair of moves, raced in a situation, and the verdict.

A pair is sound if

1. nothing came out but answers and ordinary refusals: a deadlock is retried unseen, a constraint never the answer;
2. the end, with what each rival was told, is that of one rival after the other, in either order; the run alone makes a
   list before it lends, and where limits are near, what a rival puts on the shelf meanwhile may find its place taken;
3. no invariant of the consistency check is broken.

What the two orders lead to is found out by playing them in transactions that are rolled back. It depends on nothing
but the pair and its situation, and so it is remembered.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from django.db import transaction

from okalib.rehearsal.soak.ends import End, end_of
from okalib.rehearsal.soak.house import House, Snapshot
from okalib.rehearsal.soak.invariants import broken
from okalib.rehearsal.soak.moves import MOVES, Move
from okalib.rehearsal.soak.rivals import Rivals
from okalib.rehearsal.soak.situations import SITUATIONS, Stage, make
from okalib.rules import Refused


def pairs() -> list[tuple[str, str]]:
    """Every pair of moves, each with itself too, that some situation brings together."""
    every = itertools.combinations_with_replacement(MOVES, 2)
    return [(one, other) for one, other in every if situations_for(MOVES[one], MOVES[other])]


def situations_for(one: Move, other: Move) -> list[str]:
    """Where both have something to do; failing that, where one has, and the other comes with an old page."""
    possible = [name for name in SITUATIONS if one.can_be_done_in(name) and other.can_be_done_in(name)]
    both = [name for name in possible if name in one.where and name in other.where]
    return both or [name for name in possible if name in one.where or name in other.where]


LISTED_BEFORE = {"run", "take_out"}
"""Two moves of which the one works off its list, and the other adds to what is to be lent."""


@dataclass(frozen=True, slots=True)
class Race:
    """Which two moves meet, where, and who does them."""

    one: str
    other: str
    situation: str
    is_near_limits: bool
    who: tuple[str, str]

    @classmethod
    def draw(cls, one: str, other: str, lots: random.Random) -> Race:
        """Draw one of the ways in which two moves can meet."""
        situation = lots.choice(situations_for(MOVES[one], MOVES[other]))
        who = lots.choice(MOVES[one].who), lots.choice(MOVES[other].who)
        return cls(one, other, situation, lots.random() < 0.5, who)

    def __str__(self) -> str:
        limits = ", near the limits" if self.is_near_limits else ""
        return f"{self.one} ({self.who[0]}) × {self.other} ({self.who[1]}), {self.situation}{limits}"


@dataclass(slots=True)
class Arena:
    """Where races are run, one after the other."""

    house: House
    rivals: Rivals
    empty: Snapshot = field(default_factory=Snapshot.take)
    made: dict[tuple[str, bool], tuple[Stage, Snapshot]] = field(default_factory=dict)
    known: dict[Race, dict[str, End]] = field(default_factory=dict)

    def run(self, race: Race) -> list[str]:
        """Run a race and return what is wrong with its end, nothing if all is well."""
        stage = self._prepare(race)
        return self._judge(race, stage, self.rivals.race([_deed(race, stage, side) for side in (0, 1)]))

    def slip_in(self, race: Race, *, side: int, before: int) -> list[str] | None:
        """Run it with the other rival slipping in before a statement of one side; None where there is no such one."""
        stage = self._prepare(race)
        deeds = [_deed(race, stage, each) for each in (0, 1)]
        answers = self.rivals.slip_in(deeds, side=side, before=before)
        return None if answers is None else self._judge(race, stage, answers)

    def _prepare(self, race: Race) -> Stage:
        """Set the stage, and know what the two orders lead to."""
        stage = self._set(race.situation, race.is_near_limits)
        if race not in self.known:
            self.known[race] = {
                "the first before the second": self._one_after_the_other(race, stage, (0, 1)),
                "the second before the first": self._one_after_the_other(race, stage, (1, 0)),
            }
        return stage

    def _judge(self, race: Race, stage: Stage, answers: Sequence[object]) -> list[str]:
        errors = [f"{type(answer).__name__}: {answer}".strip() for answer in answers if is_error(answer)]
        if errors:
            return errors
        return [*self._compare(race, (_told(answers), end_of(self.house))), *broken(stage.now)]

    def _set(self, situation: str, is_near_limits: bool) -> Stage:
        """Set the stage: by the verbs the first time, and as they left it from then on."""
        if (situation, is_near_limits) not in self.made:
            self.empty.restore()
            stage = make(self.house, situation, is_near_limits=is_near_limits)
            self.made[situation, is_near_limits] = stage, Snapshot.take()
        stage, snapshot = self.made[situation, is_near_limits]
        snapshot.restore()
        return stage

    def _one_after_the_other(self, race: Race, stage: Stage, order: tuple[int, int]) -> End:
        """Return what one rival after the other leads to, and leave no trace of it."""
        answers: list[object] = [None, None]
        with transaction.atomic():
            for side in order:
                try:
                    answers[side] = _deed(race, stage, side)()
                except Refused as refused:
                    answers[side] = refused
            found: End = _told(answers), end_of(self.house)
            if wrong := broken(stage.now):
                found = ("broken even one after the other", *wrong)
            transaction.set_rollback(True)
        return found

    def _compare(self, race: Race, end: End) -> list[str]:
        ends = self.known[race]
        if end in ends.values() or (race.is_near_limits and {race.one, race.other} == LISTED_BEFORE):
            return []
        return ["in no order could it have ended so:", f"  at once: {end}", *(f"  {k}: {v}" for k, v in ends.items())]


def _deed(race: Race, stage: Stage, side: int) -> Callable[[], object]:
    do, who, own = MOVES[(race.one, race.other)[side]].do, race.who[side], stage.copied()
    return lambda: do(own, side, who)


def is_error(answer: object) -> bool:
    """Whether a rival was told anything but an answer or an ordinary refusal."""
    return isinstance(answer, Exception) and not isinstance(answer, Refused)


def _told(answers: Sequence[object]) -> End:
    return tuple(tuple(sorted(each.codes)) if isinstance(each, Refused) else "done" for each in answers)
