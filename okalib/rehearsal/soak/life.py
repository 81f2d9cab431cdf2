"""A life of the house: what happens in the program happens in the model too, and after each step both are compared.

After each step the whole house stands as the model says (A248, A249), nobody has more than the limits unless staff
decided so (A250), dates that were given are open days (A251), and no invariant of the consistency check is broken. Each
day's jobs are done once more where they changed anything, and the second time nothing changes (A252); who is told is
told once, and of what is true (A253). All is compared each time: asked in planned questions, it is a tenth of a step.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from catalog.models import Item
from circulation.actions import CheckOut
from circulation.models import Loan
from delivery import actions as delivery
from holds.models import Hold
from okalib.models import Block, EmergencyClosure, Holiday, Library, PatronCategory, User
from okalib.rehearsal.soak import house
from okalib.rehearsal.soak.asking import ask
from okalib.rehearsal.soak.ends import end_of
from okalib.rehearsal.soak.house import SUNDAY, TUESDAY, House, Snapshot, moment
from okalib.rehearsal.soak.invariants import broken
from okalib.rehearsal.soak.model import FILMS, MOST, OVERRIDABLE, Model
from okalib.rehearsal.soak.pieces import Calendar, Copy, Wish
from okalib.rules import Override, Refused

PATRONS, TITLES = range(4), range(5)
TITLE_OF = (*TITLES, 0)
"""Which title each copy is of: the first has two."""

COPIES = range(len(TITLE_OF))
PLACES = ("home", "branch")
AHEAD = range(10)
LAST_RUN = date(2028, 6, 30)

ITEMS = (
    "SELECT whereabouts, holder_id, due_on, received_on, is_disputed, clearance_since IS NOT NULL"
    " FROM catalog_item ORDER BY id"
)
QUEUE = (
    "SELECT state, CASE WHEN state IN ('secured', 'ready') THEN item_id END, keep_until, state = 'waiting'"
    " AND paused_at IS NOT NULL FROM holds_hold ORDER BY id"
)
IN_SPITE = Override(reason="館長の判断")


class Life:
    """A life from a Tuesday in December on, in a house furnished once for all lives."""

    house: ClassVar[House]
    empty: ClassVar[Snapshot]
    boss: ClassVar[User]

    @classmethod
    def furnish(cls) -> None:
        """Make the house of all lives in an empty database: two films, two copies of a title, and runs for years."""
        cls.house = house.furnish()
        first = cls.house.copies[0]
        second = Item.objects.create(
            bib=first.bib, item_number="1000000100", location=first.location, material_class=first.material_class
        )
        cls.house = replace(cls.house, copies=(*cls.house.copies, second))
        cls.boss = User.objects.create(username="boss", is_staff=True, is_superuser=True)
        PatronCategory.objects.update(loans_av=MOST["av"], holds_av=MOST["av"])
        Library.objects.filter(pk=cls.house.branch.pk).update(accepts_av=False)
        cls.house.branch.refresh_from_db()
        for number in FILMS:
            bib, copy = cls.house.titles[number], cls.house.copies[number]
            bib.material = "video"
            bib.save()
            copy.bib, copy.material_class = bib, bib.material_class
            copy.save()
        delivery.plan(first=SUNDAY, last=LAST_RUN)
        cls.empty = Snapshot.take()

    def __init__(self) -> None:
        """Begin with everything on its shelf."""
        self.empty.restore()
        self.places = {"home": self.house.home, "branch": self.house.branch}
        holidays = set(Holiday.all_days())
        self.calendars = {name: Calendar(holidays) for name in self.places}
        self.model = Model([Copy(title) for title in TITLE_OF], TUESDAY)
        self.holds: list[Hold] = []
        self.closures: list[EmergencyClosure] = []
        self.blocks: list[Block] = []
        self.last_lent: CheckOut | None = None
        self.minute = 0

    # ── what must always be true ──

    def check(self) -> None:
        """Compare the house with the model; raises AssertionError."""
        self._is_as_the_model_says()
        self._limits_hold()
        assert broken(moment(self.model.today, 23, 59)) == []

    def _is_as_the_model_says(self) -> None:
        """A248, A249."""
        people = {None: None} | {number: patron.pk for number, patron in enumerate(self.house.patrons)}
        said = [
            (copy.where, people[copy.holder], copy.due_on, copy.received_on, copy.is_disputed, copy.is_to_clear)
            for copy in self.model.copies
        ]
        seen = ask(ITEMS)
        assert seen == said, (seen, said)
        copies = {None: None} | {number: copy.pk for number, copy in enumerate(self.house.copies)}
        wished = [
            (wish.state, copies[wish.copy], wish.keep_until, wish.state == "waiting" and wish.is_paused)
            for wish in self.model.wishes
        ]
        in_queue = ask(QUEUE)
        assert in_queue == wished, (in_queue, wished)

    def _limits_hold(self) -> None:
        """A250, LIM-4."""
        for patron in PATRONS:
            for code, held in (
                ("loan_limit", self.model.loans(patron)),
                ("hold_limit", self.model.open_wishes(patron)),
            ):
                films = sum(each.title in FILMS for each in held)
                is_over = films > MOST["av"] or len(held) - films > MOST["print"]
                assert not is_over or (patron, code) in self.model.excused, (patron, code)

    # ── what steps say and do ──

    def now(self) -> datetime:
        """A minute later than the last time."""
        self.minute += 1
        return moment(self.model.today, 10) + timedelta(minutes=self.minute)

    def does(self, refused: set[str], verb: Callable[..., Any], **arguments: Any) -> Any:
        """Do a verb; it must be refused for exactly these reasons, or done where there are none."""
        try:
            done = verb(**({"by": None} | arguments), now=self.now())
        except Refused as answer:
            assert answer.codes == refused, (verb.__name__, answer.codes, refused)
            return None
        assert not refused, (verb.__name__, "done", refused)
        return done

    def does_in_spite(self, against: set[str], number: int, verb: Callable[..., Any], **arguments: Any) -> Any:
        """Do a verb for a patron in spite of what stands against it, as far as staff may (LIM-4)."""
        done = self.does(against - OVERRIDABLE, verb, **arguments, override=IN_SPITE, by=self.boss)
        if done is not None:
            self.model.excused |= {(number, code) for code in against}
        return done

    def open(self) -> list[tuple[int, Wish]]:
        """The reservations that have not ended, with their numbers."""
        return [(number, wish) for number, wish in enumerate(self.model.wishes) if wish.is_open]

    def has_open(self) -> bool:
        """Whether there are any."""
        return any(wish.is_open for wish in self.model.wishes)

    def bound(self) -> list[tuple[int, Wish]]:
        """Those that have a copy."""
        return [(number, wish) for number, wish in enumerate(self.model.wishes) if wish.is_bound]

    def has_bound(self) -> bool:
        """Whether there are any."""
        return any(wish.is_bound for wish in self.model.wishes)

    def drawn(self, among: list[tuple[int, Wish]], lot: int) -> tuple[int, Wish]:
        """One of them by lot."""
        return among[lot % len(among)]

    def held(self) -> list[Hold]:
        """All reservations, in the order of the model's."""
        return list(Hold.objects.order_by("pk"))

    def last_loan(self, copy: int) -> Loan | None:
        """The loan of a copy that a page would show, open or not."""
        return Loan.objects.filter(item=self.house.copies[copy]).order_by("-pk").select_related("item").first()

    def loans(self) -> list[tuple[Copy, Loan]]:
        """What is on loan, with the model's copies."""
        return [(self.model.copies[self.number(loan.item_id)], loan) for loan in Loan.objects.open()]

    def number(self, item_id: int) -> int:
        """The place of a copy in the house."""
        return next(number for number, copy in enumerate(self.house.copies) if copy.pk == item_id)

    def place_in_queue(self, hold_id: int) -> int:
        """The place of a reservation among all."""
        return next(number for number, hold in enumerate(self.holds) if hold.pk == hold_id)

    def end_beside_the_queue(self) -> object:
        """How items, loans and bags stand; the queue is compared with the model's."""
        end = end_of(self.house)
        assert isinstance(end, tuple)
        return [part for part in end if part[0] in ("items", "loans", "bags", "left", "to fetch")]

    def is_open_day(self, library: Library, day: date | None) -> None:
        """A251."""
        name = "home" if library.pk == self.house.home.pk else "branch"
        assert day is not None and self.calendars[name].is_open(day), (name, day)

    def follow_deadlines(self) -> None:
        """Let deadlines that have moved move in the model, if they moved as they may."""
        for wish, hold in zip(self.model.wishes, self.held(), strict=True):
            if wish.state == "ready" and hold.keep_until != wish.keep_until:
                self.moves_to(wish, hold)

    def moves_to(self, wish: Wish, hold: Hold) -> None:
        """A deadline moves to a later open day (SHF-2)."""
        assert hold.keep_until is not None and wish.keep_until is not None and hold.keep_until > wish.keep_until
        self.is_open_day(self.house.home, hold.keep_until)
        wish.keep_until = hold.keep_until


def loan_due(copy: Copy) -> date:
    """The due date of what is on loan."""
    assert copy.due_on is not None
    return copy.due_on
