"""What patrons do: they reserve, pause, change their minds, borrow and renew."""

from __future__ import annotations

from circulation import actions as circulation
from holds import actions as holds
from okalib import days
from okalib.rehearsal.soak.life import AHEAD, COPIES, PATRONS, PLACES, TITLES, Life
from okalib.rehearsal.soak.pieces import Group, Wish
from okalib.rehearsal.soak.steps.registry import step

GROUPS = (
    *(("in_order", None, (0, 1)), ("in_order", None, (1, 2, 3)), ("in_order", None, (3, 0))),
    *(("any_of", 1, (0, 1)), ("any_of", 1, (2, 3)), ("any_of", 1, (1, 2, 4))),
    *(("any_of", 2, (0, 1, 3)), ("any_of", 2, (4, 2, 0))),
)
"""How some titles may be reserved together: as what, how many of them, and which."""


@step(20, patron=PATRONS, title=TITLES, place=PLACES)
def reserve(life: Life, patron: int, title: int, place: str) -> None:
    """HLD-1, HLD-3, LIM-2."""
    _reserve(life, patron, title, place, in_spite=False)


@step(1, patron=PATRONS, title=TITLES, place=PLACES)
def reserve_in_spite(life: Life, patron: int, title: int, place: str) -> None:
    """LIM-4: staff go over limits, overdue loans and what a library does not take, with a reason."""
    _reserve(life, patron, title, place, in_spite=True)


def _reserve(life: Life, patron: int, title: int, place: str, *, in_spite: bool) -> None:
    against = life.model.against_reserving(patron, title, place)
    wish = {"patron": life.house.patrons[patron], "bib": life.house.titles[title], "pickup_at": life.places[place]}
    if in_spite:
        made = life.does_in_spite(against, patron, holds.reserve, **wish)
    else:
        made = life.does(against, holds.reserve, **wish)
    if made is not None:
        life.holds.append(made)
        life.model.enter(Wish(patron, title, place, life.model.today))


@step(6, patron=PATRONS, group=GROUPS, place=PLACES)
def reserve_together(life: Life, patron: int, group: tuple[str, int | None, tuple[int, ...]], place: str) -> None:
    """HLD-9, HLD-10: what is refused is refused title by title, and stays in the basket."""
    kind, wanted, titles = group
    somebody, bibs, now = life.house.patrons[patron], [life.house.titles[title] for title in titles], life.now()
    for bib in bibs:
        holds.add_to_basket(patron=somebody, bib=bib, now=now)
    made = holds.reserve_basket(
        patron=somebody, pickup_at=life.places[place], by=None, now=now, order=kind, wanted=wanted
    )
    together = Group(kind, wanted)
    for volume, (title, result) in enumerate(zip(titles, made, strict=True)):
        refused = {refusal.code for refusal in result.refusals}
        assert refused == life.model.against_reserving(patron, title, place), (title, refused)
        if result.hold is not None:
            life.holds.append(result.hold)
            life.model.enter(Wish(patron, title, place, life.model.today, group=together, volume=volume))
    for bib in bibs:
        holds.remove_from_basket(patron=somebody, bib=bib)


@step(4, when=Life.has_open, lot=AHEAD)
def cancel(life: Life, lot: int) -> None:
    """HLD-7."""
    number, wish = life.drawn(life.open(), lot)
    life.does(set(), holds.cancel, hold=life.holds[number], by=life.house.desk)
    copy = wish.copy
    wish.end("cancelled")
    if copy is not None:
        life.model.give_on(copy, for_clearance=False)


@step(4, when=Life.has_open, lot=AHEAD, length=(None, *range(1, 10)))
def pause(life: Life, lot: int, length: int | None) -> None:
    """HLD-8."""
    number, wish = life.drawn(life.open(), lot)
    until = None if length is None else days.plus(life.model.today, length)
    refused = set() if wish.state == "waiting" else {"not_waiting"}
    if life.does(refused, holds.pause, hold=life.holds[number], until=until) is not None:
        wish.is_paused, wish.paused_until = True, until


@step(4, when=Life.has_open, lot=AHEAD)
def resume(life: Life, lot: int) -> None:
    """HLD-8."""
    number, wish = life.drawn(life.open(), lot)
    life.does(set(), holds.resume, hold=life.holds[number])
    if wish.state == "waiting":
        wish.is_paused, wish.paused_until = False, None


@step(3, when=Life.has_open, lot=AHEAD, length=(None, *range(20)))
def need_it_by(life: Life, lot: int, length: int | None) -> None:
    """HLD-8, A60."""
    number, wish = life.drawn(life.open(), lot)
    wish.need_by = None if length is None else days.plus(life.model.today, length)
    life.does(set(), holds.set_need_by, hold=life.holds[number], need_by=wish.need_by)


@step(4, when=Life.has_open, lot=AHEAD)
def yield_place(life: Life, lot: int) -> None:
    """HLD-2, A43."""
    number, wish = life.drawn(life.open(), lot)
    following = life.model.first_behind(wish) if wish.state == "waiting" else None
    refused = {"not_waiting"} if wish.state != "waiting" else {"nobody_behind"} if following is None else set()
    life.does(refused, holds.yield_place, hold=life.holds[number])
    if following is not None:
        life.model.let_go_first(following, wish)


@step(5, when=Life.has_open, lot=AHEAD, place=PLACES)
def change_pickup(life: Life, lot: int, place: str) -> None:
    """HLD-5: what was ready at home is secured again, and goes with the next run."""
    number, wish = life.drawn(life.open(), lot)
    moved = life.does(
        life.model.against_collecting(wish.title, place),
        holds.change_pickup,
        hold=life.holds[number],
        pickup_at=life.places[place],
        by=life.house.desk,
    )
    if moved is not None and wish.place != place:
        wish.place = place
        if wish.state == "ready":
            wish.state, wish.keep_until = "secured", None


@step(15, patron=PATRONS, copy=COPIES)
def check_out(life: Life, patron: int, copy: int) -> None:
    """LON-1, LON-3, LON-4, LIM-1."""
    _check_out(life, patron, copy, in_spite=False)


@step(1, patron=PATRONS, copy=COPIES)
def check_out_in_spite(life: Life, patron: int, copy: int) -> None:
    """LIM-4, SHF-3: staff go over limits, overdue loans, rests and mails not sent, with a reason."""
    _check_out(life, patron, copy, in_spite=True)


def _check_out(life: Life, patron: int, copy: int, *, in_spite: bool) -> None:
    against = life.model.against_lending(patron, copy)
    scan = {"item": life.house.copies[copy], "patron": life.house.patrons[patron]}
    if in_spite:
        lent = life.does_in_spite(against, patron, circulation.check_out, **scan)
    else:
        lent = life.does(against, circulation.check_out, **scan)
    if lent is not None:
        expected = life.calendars["home"].on_or_after(days.plus(life.model.today, 14))
        assert lent.loan.due_on == expected, (lent.loan.due_on, expected)
        life.model.lend(patron, copy, lent.loan.due_on)
        life.last_lent = lent


@step(6, copy=COPIES)
def renew(life: Life, copy: int) -> None:
    """REN-1."""
    loan = life.last_loan(copy)
    if loan is None:
        return
    renewed = life.does(life.model.against_renewing(copy), circulation.renew, loan=loan)
    if renewed is not None:
        mine = life.model.copies[copy]
        life.is_open_day(renewed.return_to, renewed.due_on)
        assert mine.due_on is not None and renewed.due_on >= max(mine.due_on, days.plus(life.model.today, 14))
        mine.due_on, mine.renewals = renewed.due_on, 1
