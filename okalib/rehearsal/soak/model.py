"""The library as a librarian would explain it on a sheet of paper: queue, loans and limits in plain Python.

It knows nothing of the program. Dates that hang on calendars it is told, and checks by a calendar of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

from okalib.rehearsal.soak.pieces import Copy, Group, Stop, Wish

MOST = {"print": 2, "av": 1}
FILMS = {3, 4}
"""Titles that count apart (CAT-4)."""

OVERRIDABLE = {
    *("hold_limit", "loan_limit", "overdue_loan", "pickup_not_allowed", "not_announced", "resting"),
    *("blocked_holds", "blocked_loans", "blocked_everything"),
}
"""What staff may go over, with a reason (LIM-4)."""

SHELF_DAYS, AFTER_THE_WINDOW, REST_DAYS = 7, 14, 7


@dataclass(slots=True)
class Model:
    """Copies, reservations, and until when titles rest for patrons."""

    copies: list[Copy]
    today: date
    wishes: list[Wish] = field(default_factory=list)
    """In the order in which they were made."""
    line: list[Wish] = field(default_factory=list)
    """The same in the order in which they are served."""
    rests: dict[tuple[int, int], date] = field(default_factory=dict)
    stops: list[Stop] = field(default_factory=list)
    excused: set[tuple[int, str]] = field(default_factory=set)
    """Who may have more than a limit: staff decided so, took a loan back, or did not find what was set aside."""

    # ── what is refused ──

    def is_overdue(self, copy: Copy) -> bool:
        """LON-6, RET-3."""
        return copy.due_on is not None and copy.due_on < self.today and copy.received_on is None

    def loans(self, patron: int) -> list[Copy]:
        """What a patron has."""
        return [copy for copy in self.copies if copy.holder == patron]

    def owes(self, patron: int) -> bool:
        """Whether something is overdue (LIM-3)."""
        return any(self.is_overdue(copy) for copy in self.loans(patron))

    def open_wishes(self, patron: int) -> list[Wish]:
        """What a patron has reserved."""
        return [wish for wish in self.wishes if wish.patron == patron and wish.is_open]

    def wish_for(self, patron: int, title: int) -> Wish | None:
        """A patron's open reservation of a title."""
        return next((wish for wish in self.open_wishes(patron) if wish.title == title), None)

    def bound_to(self, copy: int) -> Wish | None:
        """Whose copy it is on the hold shelf."""
        return next((wish for wish in self.wishes if wish.is_bound and wish.copy == copy), None)

    def is_at_limit(self, patron: int, title: int, code: str) -> bool:
        """Whether one more would be too many: loans or reservations, films apart from books (LIM-1, LIM-2)."""
        held = self.loans(patron) if code == "loan_limit" else self.open_wishes(patron)
        return (
            sum(each.title in FILMS for each in held) >= MOST["av"]
            if title in FILMS
            else (sum(each.title not in FILMS for each in held) >= MOST["print"])
        )

    def against_using(self, patron: int, what: str) -> set[str]:
        """A18, A19: what staff have stopped for a patron, reservations (holds) or loans."""
        return {
            f"blocked_{stop.kind}"
            for stop in self.stops
            if stop.patron == patron and stop.kind in (what, "everything") and not stop.is_lifted
            if stop.until is None or stop.until >= self.today
        }

    def against_collecting(self, title: int, place: str) -> set[str]:
        """HLD-3: the branch takes no films."""
        return {"pickup_not_allowed"} if title in FILMS and place == "branch" else set()

    def against_reserving(self, patron: int, title: int, place: str) -> set[str]:
        """HLD-3, LIM-2, LIM-3, A18."""
        found, known = self.against_collecting(title, place), self.wish_for(patron, title)
        found |= self.against_using(patron, "holds")
        if known is not None:
            found.add("already_secured" if known.is_bound else "already_reserved")
        if any(copy.title == title for copy in self.loans(patron)):
            found.add("already_on_loan")
        if self.owes(patron):
            found.add("overdue_loan")
        if self.is_at_limit(patron, title, "hold_limit"):
            found.add("hold_limit")
        return found

    def against_lending(self, patron: int, number: int, *, at_counter: bool = True) -> set[str]:
        """LIM-1, LIM-3, SHF-3, LON-3 … LON-5, A18."""
        copy, kept, found = self.copies[number], self.bound_to(number), self.against_using(patron, "loans")
        is_own = copy.holder == patron
        if is_own:
            found.add("already_yours")
        elif copy.where == "on_loan":
            found.add("on_loan")
        if kept and kept.patron != patron:
            found.add("kept_for_another")
        if kept and kept.patron == patron and kept.state == "secured" and at_counter:
            found.add("not_announced")
        if self.owes(patron):
            found.add("overdue_loan")
        if self.is_at_limit(patron, copy.title, "loan_limit") and not is_own:
            found.add("loan_limit")
        if self.rests.get((patron, copy.title), date.min) >= self.today:
            found.add("resting")
        return found

    def against_disputing(self, number: int, said_on: date) -> set[str]:
        """A197: why a patron cannot be said to have returned a copy on a day."""
        copy = self.copies[number]
        if copy.lent_on is None or copy.holder is None:
            return {"not_on_loan"}
        if copy.received_on is not None and not copy.is_disputed:
            return {"received"}
        return {"drop_before_loan"} if said_on < copy.lent_on else set()

    def against_renewing(self, number: int) -> set[str]:
        """REN-1."""
        copy, found = self.copies[number], set()
        if copy.holder is None or copy.due_on is None:
            return {"not_on_loan"}
        if copy.renewals:
            found.add("renewed_already")
        elif self.today < copy.due_on - timedelta(days=1):
            found.add("too_early")
        if self.is_overdue(copy):
            found.add("overdue")
        elif self.owes(copy.holder):
            found.add("overdue_loan")
        if copy.received_on is not None:
            found.add("received")
        if any(wish.patron != copy.holder for wish in self.queue(copy.title)):
            found.add("reserved_by_another")
        return found

    # ── what happens ──

    def enter(self, wish: Wish) -> None:
        """A reservation is made, and stands behind all others."""
        self.wishes.append(wish)
        self.line.append(wish)

    def queue(self, title: int) -> list[Wish]:
        """Who may be served today, first come first (HLD-2)."""
        return [
            wish
            for wish in self.line
            if wish.title == title and wish.is_eligible(self.today) and not self.is_behind_a_volume(wish)
        ]

    def first_behind(self, wish: Wish) -> Wish | None:
        """Whom a reservation that waits would let go first (HLD-2)."""
        behind = self.line[self.line.index(wish) + 1 :]
        return next((other for other in self.queue(wish.title) if other in behind), None)

    def let_go_first(self, following: Wish, wish: Wish) -> None:
        """Give the one behind the place before; one that is ahead already stays where it is (HLD-2)."""
        if self.line.index(following) > self.line.index(wish):
            self.line.remove(following)
            self.line.insert(self.line.index(wish), following)

    def together(self, group: Group) -> list[Wish]:
        """The reservations of a group."""
        return [wish for wish in self.wishes if wish.group is group]

    def is_behind_a_volume(self, wish: Wish) -> bool:
        """Whether an earlier volume has to come first (HLD-9)."""
        if wish.group is None or wish.group.kind != "in_order":
            return False
        return any(other.is_open and other.volume < wish.volume for other in self.together(wish.group))

    def is_served(self, group: Group) -> bool:
        """Whether a patron has enough of any of some titles (HLD-9)."""
        had = [wish for wish in self.together(group) if wish.is_bound or wish.state == "fulfilled"]
        return group.wanted is not None and len(had) >= group.wanted

    def end_the_rest(self, wish: Wish) -> None:
        """One more of a group is had; once there are enough, the rest end (HLD-9)."""
        if wish.group is not None and self.is_served(wish.group):
            for other in self.together(wish.group):
                if other.state == "waiting":
                    other.end("cancelled", is_surplus=True)

    def revive_the_rest(self, wish: Wish) -> None:
        """One less of a group is had; those that had ended wait again, if their patron has not reserved them anew."""
        if wish.group is None or self.is_served(wish.group):
            return
        for other in [other for other in self.together(wish.group) if other.is_surplus]:
            if self.wish_for(other.patron, other.title) is not None:
                other.group = None
            else:
                other.state, other.is_surplus = "waiting", False
                self.excused.add((other.patron, "hold_limit"))

    def leave_group(self, wish: Wish) -> None:
        """What has come back leads to its patron no more; any k titles are one less (RET-5)."""
        if wish.group is not None and wish.group.wanted is not None and wish.group.wanted > 1:
            wish.group.wanted -= 1
        wish.group = None

    def to_fetch(self) -> list[int]:
        """The copies in the house that somebody waits for, or that are to come off the hold shelf."""
        here = [number for number, copy in enumerate(self.copies) if copy.holder is None]
        return [
            n for n in here if self.copies[n].is_to_clear or (not self.bound_to(n) and self.queue(self.copies[n].title))
        ]

    def give(self, number: int) -> Wish | None:
        """Bind a copy to the first in the queue."""
        following = next(iter(self.queue(self.copies[number].title)), None)
        if following is not None:
            following.bind(number, self.today)
            self.put(number, "set_aside")
            self.end_the_rest(following)
        return following

    def give_on(self, number: int, *, for_clearance: bool) -> None:
        """A copy whose reservation has ended goes to the next, or is to be cleared (HLD-7, SHF-4)."""
        following = self.give(number)
        self.put(number, "set_aside", is_to_clear=for_clearance or following is None)

    def put(self, number: int, where: str, *, is_to_clear: bool = False) -> None:
        """A copy is somewhere, with nobody."""
        self.copies[number] = Copy(self.copies[number].title, where, is_to_clear=is_to_clear)

    def give_up(self, number: int) -> None:
        """A198: its loan is over, and only the copy is searched for."""
        wish = self.copies[number].fulfils
        if wish is not None:
            self.leave_group(wish)
        self.put(number, "searched_for")

    def scan(self, number: int) -> None:
        """RET-1, PUL-3, LON-5."""
        copy = self.copies[number]
        if copy.holder is not None:
            if copy.renewals:
                returned_on = copy.received_on or self.today
                self.rests[copy.holder, copy.title] = returned_on + timedelta(days=REST_DAYS - 1)
            if copy.fulfils is not None:
                self.leave_group(copy.fulfils)
            self.put(number, "shelf")
        kept = self.bound_to(number)
        if kept is not None:
            if copy.is_to_clear:
                kept.secured_on = self.today
            self.put(number, "set_aside")
        elif self.give(number) is None:
            self.put(number, "shelf")

    def lend(self, patron: int, number: int, due_on: date) -> None:
        """LON-4: the patron's reservation of the title is fulfilled, and its own copy given on."""
        copy, wish = self.copies[number], self.wish_for(patron, self.copies[number].title)
        self.copies[number] = Copy(copy.title, "on_loan", patron, due_on, lent_on=self.today, fulfils=wish)
        if wish is None:
            return
        other = wish.copy
        wish.end("fulfilled")
        self.end_the_rest(wish)
        if other is not None and other != number:
            self.give_on(other, for_clearance=True)

    def unlend(self, number: int, *, keep_until: date | None) -> None:
        """A165: a loan taken back; what it had fulfilled holds the copy again, or waits as before."""
        copy, wish = self.copies[number], self.copies[number].fulfils
        self.put(number, "shelf")
        if wish is None:
            return
        wish.state = "waiting"
        if wish.secured_on is not None:
            wish.state, wish.copy, wish.keep_until = "ready" if keep_until else "secured", number, keep_until
            self.put(number, "set_aside")
        else:
            self.revive_the_rest(wish)
        if copy.holder is not None:
            self.excused.add((copy.holder, "hold_limit"))

    def lose(self, wish: Wish) -> None:
        """PUL-5: its copy is searched for, and it waits again."""
        number = wish.copy
        wish.wait_again()
        if number is not None:
            self.put(number, "searched_for")
        self.revive_the_rest(wish)

    def expire(self) -> None:
        """SHF-4: in the night after the deadline, first those that nobody waits behind."""
        over = [wish for wish in self.wishes if wish.state == "ready" and (wish.keep_until or self.today) < self.today]
        wanted = {wish.title for wish in self.wishes if wish.state == "waiting"}
        for wish in sorted(over, key=lambda wish: (wish.title in wanted, wish.keep_until or self.today)):
            number = wish.copy
            wish.end("expired")
            if number is not None:
                self.give_on(number, for_clearance=True)

    def end_unneeded(self) -> None:
        """HLD-8: what nobody has any use for any more."""
        for wish in self.wishes:
            if wish.state == "waiting" and wish.is_too_late(self.today):
                wish.end("cancelled")

    def to_announce(self) -> Iterable[Wish]:
        """SHF-1: what was secured at home before today and is off the shelf."""
        for wish in self.wishes:
            if wish.state == "secured" and wish.place == "home" and wish.copy is not None:
                is_from_before = wish.secured_on is not None and wish.secured_on < self.today
                if is_from_before and not self.copies[wish.copy].is_to_clear:
                    yield wish

    def to_deliver(self, cut_off_on: date) -> list[Wish]:
        """DLV-3: first those for whom others wait, then by acceptance."""
        found = [
            wish
            for wish in self.wishes
            if wish.state == "secured" and wish.place == "branch" and wish.copy is not None
            if wish.secured_on is not None and wish.secured_on <= cut_off_on
            if not self.copies[wish.copy].is_to_clear
        ]
        wanted = {wish.title for wish in self.wishes if wish.state == "waiting"}
        return sorted(found, key=lambda wish: wish.title not in wanted)
