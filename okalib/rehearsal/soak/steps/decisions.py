"""What staff decide: what patrons say to have returned, what they may not do for a while, and who goes first."""

from __future__ import annotations

from circulation import actions as circulation
from holds import actions as holds
from okalib import days
from okalib.actions import patrons
from okalib.rehearsal.soak.life import AHEAD, COPIES, PATRONS, Life
from okalib.rehearsal.soak.pieces import Stop
from okalib.rehearsal.soak.steps.registry import step
from okalib.rules import BlockKind


@step(4, copy=COPIES, ago=range(3))
def said_to_be_returned(life: Life, copy: int, ago: int) -> None:
    """A197."""
    loan, said_on = life.last_loan(copy), days.plus(life.model.today, -ago)
    if loan is None:
        return
    refused = life.model.against_disputing(copy, said_on)
    life.does(refused, circulation.dispute, loan=loan, said_on=said_on, by=life.house.desk)
    if not refused:
        mine = life.model.copies[copy]
        mine.is_disputed, mine.received_on = True, said_on


def _some_disputed(life: Life) -> bool:
    return any(copy.is_disputed for copy in life.model.copies)


@step(2, when=_some_disputed, copy=COPIES)
def found_at_home(life: Life, copy: int) -> None:
    """A198: the loan goes on as before."""
    loan, mine = life.last_loan(copy), life.model.copies[copy]
    if loan is None:
        return
    refused = set() if mine.is_disputed else {"not_disputed"}
    life.does(refused, circulation.end_dispute, loan=loan, by=life.house.desk)
    if not refused:
        mine.is_disputed, mine.received_on = False, None


@step(2, when=_some_disputed, copy=COPIES)
def not_found_at_all(life: Life, copy: int) -> None:
    """A198: the patron is believed."""
    loan = life.last_loan(copy)
    if loan is None:
        return
    refused = set() if life.model.copies[copy].is_disputed else {"not_disputed"}
    life.does(refused, circulation.give_up_search, loan=loan, by=life.house.desk, reason="所在不明")
    if not refused:
        life.model.give_up(copy)


@step(1, patron=PATRONS, kind=[*BlockKind], length=(None, *range(10)))
def stop_using(life: Life, patron: int, kind: BlockKind, length: int | None) -> None:
    """A18, A19."""
    until = None if length is None else days.plus(life.model.today, length)
    somebody = life.house.patrons[patron]
    placed = life.does(
        set(), patrons.block, patron=somebody, kind=kind, reason="破損", until_on=until, by=life.house.desk
    )
    life.blocks.append(placed)
    life.model.stops.append(Stop(patron, kind, until))


@step(2, when=lambda life: bool(life.blocks), lot=AHEAD)
def let_use_again(life: Life, lot: int) -> None:
    """A18."""
    number = lot % len(life.blocks)
    life.does(set(), patrons.lift_block, block=life.blocks[number], by=life.house.desk)
    life.model.stops[number].is_lifted = True


@step(2, when=Life.has_open, lot=AHEAD, other=AHEAD)
def move(life: Life, lot: int, other: int) -> None:
    """HLD-2, A40: who has the right lets one go before another."""
    (number, wish), (first, before) = life.drawn(life.open(), lot), life.drawn(life.open(), other)
    both_wait = wish.state == before.state == "waiting" and wish.title == before.title and wish is not before
    refused = set() if both_wait else {"not_waiting"}
    life.does(refused, holds.move, hold=life.holds[number], before=life.holds[first], by=life.boss)
    if both_wait:
        life.model.let_go_first(wish, before)
