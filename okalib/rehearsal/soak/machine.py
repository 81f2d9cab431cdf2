"""Random lives: Hypothesis draws what happens, the program does it, and the model says what must have come of it.

After each step the whole house stands as the model says (A248, A249), nobody has more than the limits (A250), dates
that were given are open days (A251), and no invariant of the consistency check is broken. Each night's jobs are done
twice, and the second time changes nothing (A252); who is told is told once, and of what is true (A253).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from catalog.models import Item
from circulation import actions as circulation
from circulation.models import Loan
from delivery import actions as delivery
from delivery import queries as runs
from delivery.models import Bag
from holds import actions as holds
from holds.models import Hold, PullLine
from holds.rules import PullOutcome
from notifications import actions as notifications
from notifications.models import Notice
from okalib import days
from okalib.actions import calendar
from okalib.models import EmergencyClosure, Holiday, Library
from okalib.rehearsal.soak.ends import end_of
from okalib.rehearsal.soak.house import TUESDAY, House, Snapshot, moment
from okalib.rehearsal.soak.invariants import broken
from okalib.rehearsal.soak.model import AFTER_THE_WINDOW, MOST, SHELF_DAYS, Calendar, Copy, Model, Wish
from okalib.rules import Refused

PATRONS, COPIES = st.integers(0, 3), st.integers(0, 3)
PLACES = st.sampled_from(["home", "home", "branch"])
AHEAD = st.integers(0, 9)


class Life(RuleBasedStateMachine):
    """A life of the house, from a Tuesday in December on."""

    house: ClassVar[House]
    empty: ClassVar[Snapshot]
    lived: ClassVar[Any] = staticmethod(lambda: None)
    """Called after each step, to count them."""

    @initialize()
    def open_the_house(self) -> None:
        """Begin with everything on its shelf."""
        self.empty.restore()
        self.places = {"home": self.house.home, "branch": self.house.branch}
        holidays = set(Holiday.all_days())
        self.calendars = {name: Calendar(holidays) for name in self.places}
        self.model = Model([Copy(number) for number in range(4)], TUESDAY)
        self.holds: list[Hold] = []
        self.closures: list[EmergencyClosure] = []
        self.minute = 0

    # ── what people do ──

    @rule(patron=PATRONS, title=COPIES, place=PLACES)
    def reserve(self, patron: int, title: int, place: str) -> None:
        """HLD-1, HLD-3."""
        made = self._does(
            self.model.against_reserving(patron, title),
            holds.reserve,
            patron=self.house.patrons[patron],
            bib=self.house.titles[title],
            pickup_at=self.places[place],
        )
        if made is not None:
            self.holds.append(made)
            self.model.wishes.append(Wish(patron, title, place, self.model.today))

    @precondition(lambda self: self._open())
    @rule(lot=AHEAD)
    def cancel(self, lot: int) -> None:
        """HLD-7."""
        number, wish = self._drawn(self._open(), lot)
        self._does(set(), holds.cancel, hold=self.holds[number], by=self.house.desk)
        copy = wish.copy
        wish.end("cancelled")
        if copy is not None:
            self.model.give_on(copy, for_clearance=False)

    @precondition(lambda self: self._open())
    @rule(lot=AHEAD, length=st.none() | st.integers(1, 9))
    def pause(self, lot: int, length: int | None) -> None:
        """HLD-8."""
        number, wish = self._drawn(self._open(), lot)
        until = None if length is None else days.plus(self.model.today, length)
        refused = set() if wish.state == "waiting" else {"not_waiting"}
        if self._does(refused, holds.pause, hold=self.holds[number], until=until) is not None:
            wish.is_paused, wish.paused_until = True, until

    @precondition(lambda self: self._open())
    @rule(lot=AHEAD)
    def resume(self, lot: int) -> None:
        """HLD-8."""
        number, wish = self._drawn(self._open(), lot)
        self._does(set(), holds.resume, hold=self.holds[number])
        if wish.state == "waiting":
            wish.is_paused, wish.paused_until = False, None

    @rule(patron=PATRONS, copy=COPIES)
    def check_out(self, patron: int, copy: int) -> None:
        """LON-1, LON-3, LON-4."""
        lent = self._does(
            self.model.against_lending(patron, copy),
            circulation.check_out,
            item=self.house.copies[copy],
            patron=self.house.patrons[patron],
        )
        if lent is not None:
            expected = self.calendars["home"].on_or_after(days.plus(self.model.today, 14))
            assert lent.loan.due_on == expected, (lent.loan.due_on, expected)
            self.model.lend(patron, copy, lent.loan.due_on)

    @rule(copy=COPIES)
    def scan(self, copy: int) -> None:
        """RET-1, PUL-3; scanned once more, nothing changes (A67, A252)."""
        item = self.house.copies[copy]
        self._does(set(), circulation.check_in, item=item)
        before = end_of(self.house)
        self._does(set(), circulation.check_in, item=item)
        assert end_of(self.house) == before
        self.model.scan(copy)

    @rule(copy=COPIES)
    def renew(self, copy: int) -> None:
        """REN-1."""
        loan = Loan.objects.filter(item=self.house.copies[copy]).order_by("-pk").select_related("item").first()
        if loan is None:
            return
        renewed = self._does(self.model.against_renewing(copy), circulation.renew, loan=loan)
        if renewed is not None:
            mine = self.model.copies[copy]
            self._is_open_day(renewed.return_to, renewed.due_on)
            assert mine.due_on is not None and renewed.due_on >= max(mine.due_on, days.plus(self.model.today, 14))
            mine.due_on, mine.renewals = renewed.due_on, 1

    @rule(copy=COPIES)
    def hand_in_elsewhere(self, copy: int) -> None:
        """RET-3, RET-4."""
        mine = self.model.copies[copy]
        refused = set() if mine.holder is not None else {"not_on_loan"}
        self._does(refused, circulation.receive, item=self.house.copies[copy], library=self.house.branch)
        if not refused and mine.received_on is None:
            mine.received_on = self.model.today

    @precondition(lambda self: self._open())
    @rule(lot=AHEAD)
    def extend(self, lot: int) -> None:
        """SHF-5."""
        number, wish = self._drawn(self._open(), lot)
        refused = {"not_ready"} if wish.state != "ready" else {"already_extended"} if wish.extensions else set()
        longer = self._does(refused, holds.extend, hold=self.holds[number], by=self.house.desk)
        if longer is not None:
            self._is_open_day(self.house.home, longer.keep_until)
            wish.keep_until, wish.extensions = longer.keep_until, 1

    @precondition(lambda self: PullLine.objects.filter(day=self.model.today, outcome="").exists())
    @rule(lot=AHEAD)
    def not_on_its_shelf(self, lot: int) -> None:
        """PUL-5."""
        lines = list(PullLine.objects.filter(day=self.model.today, outcome="").order_by("pk").select_related("item"))
        line = lines[lot % len(lines)]
        number = self._number(line.item_id)
        self._does(set(), holds.mark_missing, line=line, outcome=PullOutcome.NOT_FOUND, by=self.house.desk)
        if self.model.copies[number].where == "shelf":
            self.model.put(number, "searched_for")

    @precondition(lambda self: self._bound())
    @rule(lot=AHEAD)
    def not_on_the_hold_shelf(self, lot: int) -> None:
        """PUL-5, A52."""
        number, wish = self._drawn(self._bound(), lot)
        self._does(set(), holds.mark_kept_missing, hold=self.holds[number], by=self.house.desk)
        copy = wish.copy
        wish.state, wish.copy, wish.keep_until, wish.secured_on = "waiting", None, None, None
        assert copy is not None
        self.model.put(copy, "searched_for")

    @rule()
    def send(self) -> None:
        """DLV-9: nothing of the queue or the loans hangs on it."""
        delivery.send(bags=Bag.objects.select_related("run"), by=self.house.desk, now=self._now())

    # ── what happens to calendars ──

    @rule(place=st.sampled_from(["home", "branch"]), ahead=AHEAD, length=st.integers(0, 4))
    def close(self, place: str, ahead: int, length: int) -> None:
        """CAL-4: a closure moves no due date."""
        first = days.plus(self.model.today, ahead)
        last = days.plus(first, length)
        calendar.close_period(
            library=self.places[place], first_on=first, last_on=last, reason="点検", by=self.house.desk, now=self._now()
        )
        self.calendars[place].closed.append((first, last))

    @rule(place=st.sampled_from(["home", "branch"]), ahead=st.integers(0, 2), length=st.integers(0, 4))
    def close_in_emergency(self, place: str, ahead: int, length: int) -> None:
        """CAL-8, A88: what it touches moves to open days, never earlier; applied twice it changes nothing (A252)."""
        first = days.plus(self.model.today, ahead)
        last = days.plus(first, length)
        library, now = self.places[place], self._now()
        closing = {"library": library, "first_on": first, "last_on": last, "reason": "台風", "by": self.house.desk}
        self.closures.append(delivery.close_in_emergency(**closing, now=now))  # type: ignore[arg-type]
        self.calendars[place].closed.append((first, last))
        before = end_of(self.house)
        delivery.close_in_emergency(**closing, now=now)  # type: ignore[arg-type]
        assert end_of(self.house) == before
        for copy, loan in self._loans():
            is_touched = loan.return_to_id == library.pk and first <= loan_due(copy) <= last
            if is_touched and copy.received_on is None and loan_due(copy) >= self.model.today:
                self._is_open_day(library, loan.due_on)
                assert loan.due_on > loan_due(copy)
                copy.due_on = loan.due_on
        self._follow_deadlines()

    @precondition(lambda self: any(closure.undone_at is None for closure in self.closures))
    @rule()
    def take_the_emergency_back(self) -> None:
        """CAL-8: to no day that has passed."""
        closure = next(closure for closure in reversed(self.closures) if closure.undone_at is None)
        for each in self.closures:
            if each.pk == closure.pk:
                each.undone_at = self._now()
        delivery.undo_emergency(
            closure=EmergencyClosure.objects.get(pk=closure.pk), by=self.house.desk, now=self._now()
        )
        place = "home" if closure.library_id == self.house.home.pk else "branch"
        closed = self.calendars[place].closed
        closed[:] = [period for period in closed if period != (closure.first_on, closure.last_on)]
        closed += [(row.first_on, row.last_on) for row in closure.library.closures.all()]
        for copy, loan in self._loans():
            assert loan.due_on == loan_due(copy) or loan.due_on >= self.model.today
            copy.due_on = loan.due_on
        for wish, hold in zip(self.model.wishes, self._holds(), strict=True):
            if wish.state == "ready":
                wish.keep_until = hold.keep_until

    # ── what the timetable does ──

    @rule(length=st.integers(1, 3))
    def days_pass(self, length: int) -> None:
        """OPS-1."""
        for _day in range(length):
            self._a_day_passes()

    @rule()
    def weeks_pass(self) -> None:
        """Long enough for anything to become overdue."""
        for _day in range(17):
            self._a_day_passes()

    def _a_day_passes(self) -> None:
        day = self.model.today = days.plus(self.model.today, 1)
        self.minute = 0
        self._expire(day)
        if self.calendars["home"].is_open(day):
            holds.make_pull_list(day=day, now=moment(day, 7, 30))
        self._announce(day)
        for run in runs.runs_to_lend(day):
            self._deliver(run, day)
        for run in runs.runs_to_announce(day):
            delivery.announce(run=run, by=None, now=moment(day, 9, 30))
        self._again(day)
        notifications.send_due(now=moment(day, 9, 45))
        self._mail_was_true()

    def _expire(self, day: date) -> None:
        home = self.house.home
        holds.expire(day=day, now=moment(day, 0, 30))
        if not EmergencyClosure.objects.in_force(day).filter(library=home).exists():
            expired = [hold for hold in self._holds() if hold.state == "expired"]
            before = {number for number, wish in enumerate(self.model.wishes) if wish.state == "ready"}
            moved = {number: hold for number, hold in enumerate(self._holds()) if number in before}
            for number, hold in moved.items():
                wish = self.model.wishes[number]
                if hold.state == "ready" and hold.keep_until != wish.keep_until:
                    self._moves_to(wish, hold)
                elif hold.state == "expired":
                    assert wish.keep_until is not None and wish.keep_until < day, expired
            self.model.expire()

    def _announce(self, day: date) -> None:
        told = list(self.model.to_announce())
        assert holds.announce(day=day, now=moment(day, 8)) == {"told": len(told)}
        for wish in told:
            wish.state, wish.extensions = "ready", 0
            wish.keep_until = self.calendars["home"].nth(day, SHELF_DAYS)

    def _deliver(self, run: Any, day: date) -> None:
        delivery.run(run=run, by=None, now=moment(day, 9))
        branch = self.calendars["branch"]
        if not any(branch.is_open(each) for each in days.each_day(run.window_from, run.window_to)):
            return
        for wish in self.model.to_deliver(run.cut_off_on):
            assert wish.copy is not None
            if not self.model.against_lending(wish.patron, wish.copy, at_counter=False):
                due_on = branch.on_or_after(days.plus(run.window_to, AFTER_THE_WINDOW))
                self.model.lend(wish.patron, wish.copy, due_on)

    def _again(self, day: date) -> None:
        """Every job once more: nothing changes (OPS-2, A252)."""
        before = end_of(self.house)
        holds.expire(day=day, now=moment(day, 9, 40))
        holds.announce(day=day, now=moment(day, 9, 40))
        for run in runs.runs_to_lend(day):
            delivery.run(run=run, by=None, now=moment(day, 9, 40))
        for run in runs.runs_to_announce(day):
            delivery.announce(run=run, by=None, now=moment(day, 9, 40))
        assert end_of(self.house) == before

    def _mail_was_true(self) -> None:
        """A253: one notice for each that is ready."""
        ready = [hold for hold in self._holds() if hold.state == "ready"]
        for hold in ready:
            key = f"ready:{hold.pk}:{hold.item_id}:{hold.announced_on}"
            assert Notice.objects.filter(key=key, state="sent").count() == 1, key

    # ── what must always be true ──

    @invariant()
    def everything_is_as_the_model_says(self) -> None:
        """A248, A249."""
        items = Item.objects.order_by("pk")[:4]
        seen = [(item.whereabouts, item.holder_id, item.due_on, item.received_on, _is_set(item)) for item in items]
        people = [patron.pk for patron in self.house.patrons]
        said = [
            (
                copy.where,
                None if copy.holder is None else people[copy.holder],
                copy.due_on,
                copy.received_on,
                copy.is_to_clear,
            )
            for copy in self.model.copies
        ]
        assert seen == said, (seen, said)
        copies = [copy.pk for copy in self.house.copies]
        in_queue = [
            (hold.state, hold.item_id if hold.is_bound else None, hold.keep_until, hold.paused_at is not None)
            for hold in self._holds()
        ]
        wished = [
            (wish.state, None if wish.copy is None else copies[wish.copy], wish.keep_until, wish.is_paused)
            for wish in self.model.wishes
        ]
        assert _without_pauses_of_the_past(in_queue) == _without_pauses_of_the_past(wished), (in_queue, wished)

    @invariant()
    def limits_hold(self) -> None:
        """A250."""
        for patron in range(4):
            assert len(self.model.loans(patron)) <= MOST
            assert len(self.model.open_wishes(patron)) <= MOST

    @invariant()
    def nothing_is_broken(self) -> None:
        """OPS-4."""
        assert broken(moment(self.model.today, 23, 59)) == []
        self.lived()

    # ── helpers ──

    def _now(self) -> datetime:
        self.minute += 1
        return moment(self.model.today, 10) + timedelta(minutes=self.minute)

    def _does(self, refused: set[str], verb: Callable[..., Any], **arguments: Any) -> Any:
        """Do a verb; it must be refused for exactly these reasons, or done where there are none."""
        try:
            done = verb(**({"by": None} | arguments), now=self._now())
        except Refused as answer:
            assert answer.codes == refused, (verb.__name__, answer.codes, refused)
            return None
        assert not refused, (verb.__name__, "done", refused)
        return done

    def _open(self) -> list[tuple[int, Wish]]:
        return [(number, wish) for number, wish in enumerate(self.model.wishes) if wish.is_open]

    def _bound(self) -> list[tuple[int, Wish]]:
        return [(number, wish) for number, wish in enumerate(self.model.wishes) if wish.is_bound]

    def _drawn(self, among: list[tuple[int, Wish]], lot: int) -> tuple[int, Wish]:
        return among[lot % len(among)]

    def _holds(self) -> list[Hold]:
        return list(Hold.objects.order_by("pk"))

    def _loans(self) -> list[tuple[Copy, Loan]]:
        return [(self.model.copies[self._number(loan.item_id)], loan) for loan in Loan.objects.open()]

    def _number(self, item_id: int) -> int:
        return next(number for number, copy in enumerate(self.house.copies) if copy.pk == item_id)

    def _is_open_day(self, library: Library, day: date | None) -> None:
        """A251."""
        name = "home" if library.pk == self.house.home.pk else "branch"
        assert day is not None and self.calendars[name].is_open(day), (name, day)

    def _follow_deadlines(self) -> None:
        for wish, hold in zip(self.model.wishes, self._holds(), strict=True):
            if wish.state == "ready" and hold.keep_until != wish.keep_until:
                self._moves_to(wish, hold)

    def _moves_to(self, wish: Wish, hold: Hold) -> None:
        assert hold.keep_until is not None and wish.keep_until is not None and hold.keep_until > wish.keep_until
        self._is_open_day(self.house.home, hold.keep_until)
        wish.keep_until = hold.keep_until


def loan_due(copy: Copy) -> date:
    """The due date of what is on loan."""
    assert copy.due_on is not None
    return copy.due_on


def _is_set(item: Item) -> bool:
    return item.clearance_since is not None


def _without_pauses_of_the_past(seen: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """A pause says something of what waits only."""
    return [row if row[0] == "waiting" else row[:3] for row in seen]
