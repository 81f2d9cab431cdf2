"""What everybody in a rehearsal shares: the lots they draw, the day's agenda, and the account of what happened.

What somebody will do with a thing (when a book comes back, whether a bag is collected) is drawn from the seed and the
thing's own number, and so it is the same however often it is asked: nothing has to be remembered from day to day.
"""

from __future__ import annotations

import heapq
import itertools
import random
import traceback
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, TypeVar

from catalog.models import Bib, Item
from catalog.rules import Loanability, Whereabouts
from okalib import days
from okalib.models import Library, Patron
from okalib.rehearsal.furnishing import Crew
from okalib.rules import Refused

Doing = Callable[[datetime], object]
R = TypeVar("R")

FAVOURITES = 80
"""Titles that everybody wants, so that queues form."""

BAD_WEATHER = 0.012
"""How likely it is on a day that a typhoon closes a library on the next."""


@dataclass(slots=True)
class DayAccount:
    """What happened on a day: how often what was done, refused for which reason, and what broke."""

    day: date
    is_open: bool
    counts: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)


class Calendars(dict[int, days.OpeningDays]):
    """The opening calendar of each library by its id, made when it is first asked for."""

    def __init__(self, libraries: dict[int, Library]) -> None:
        super().__init__()
        self.libraries = libraries

    def __missing__(self, pk: int) -> days.OpeningDays:
        self[pk] = self.libraries[pk].opening_days()
        return self[pk]


class Stage:
    """The town on one day. `liveliness` is how often a patron does something, 1 for about every tenth day.

    `bad_weather` is how likely a library closes tomorrow; a rehearsal with scenes of its own has its own storms.
    """

    def __init__(
        self,
        *,
        seed: int,
        crew: Crew,
        liveliness: float = 1.0,
        scripted: Iterable[int] = (),
        left_alone: Iterable[int] = (),
        bad_weather: float = BAD_WEATHER,
        goes_on_after_errors: bool = True,
    ) -> None:
        self.seed = seed
        self.lot = random.Random(seed)
        self.crew = crew
        self.liveliness = liveliness
        self.scripted, self.left_alone = frozenset(scripted), frozenset(left_alone)
        self.bad_weather = bad_weather
        self.goes_on_after_errors = goes_on_after_errors
        self.book_drop: list[int] = []
        self.leaves_work_on: date | None = None
        self._agenda: list[tuple[datetime, int, Doing]] = []
        self._serial = itertools.count()
        self._meet()

    def _meet(self) -> None:
        """Get to know the patrons and the titles; some titles are everybody's favourites, some patrons read more."""
        patrons = Patron.objects.exclude(pk__in=self.scripted).order_by("pk")
        self.patron_ids = list(patrons.values_list("pk", flat=True))
        self._eagerness = [self.lot.paretovariate(1.6) for _patron in self.patron_ids]
        lendable = Item.objects.filter(loanability=Loanability.LENDABLE).exclude(bib__in=self.left_alone)
        self.bib_ids = list(lendable.order_by("bib").values_list("bib", flat=True).distinct())
        favourites = min(FAVOURITES, len(self.bib_ids) // 3)
        self.favourites = self.lot.sample(self.bib_ids, favourites)
        self._fame = [1 / (place + 1) ** 0.7 for place in range(favourites)]

    # --- a day ---------------------------------------------------------------------------------------------------

    def begin(self, day: date) -> DayAccount:
        """Turn to a day: look at the calendars as they are now, and open a new page of the account."""
        self.libraries = {
            library.pk: library for library in Library.objects.with_calendar().select_related("central").order_by("pk")
        }
        self.home = next(library for library in self.libraries.values() if library.is_home)
        self.calendars = Calendars(self.libraries)
        self.day = day
        self.account = DayAccount(day, self.is_open(self.home, day))
        self._agenda.clear()
        return self.account

    def is_open(self, library: Library, day: date) -> bool:
        """Whether a library is open on a day, by its calendar of this morning."""
        return self.calendars[library.pk].is_open(day)

    def on(self, clock: time, doing: Doing, *, minutes: int = 0) -> None:
        """Put something on today's agenda, at a time of day and some minutes later."""
        moment = days.at(self.day, clock) + timedelta(minutes=minutes)
        heapq.heappush(self._agenda, (moment, next(self._serial), doing))

    def in_hours(self, library: Library, doing: Doing) -> None:
        """Put something on today's agenda at some time while a library is open, if it opens."""
        hours = self.calendars[library.pk].hours_on(self.day)
        if hours is not None:
            open_for = (hours.closes.hour - hours.opens.hour) * 60 - 15
            self.on(hours.opens, doing, minutes=5 + self.lot.randrange(max(open_for, 1)))

    def play(self, until: datetime | None = None) -> None:
        """Do what is on the agenda in the order of time, up to a moment if one is given."""
        while self._agenda:
            moment, _serial, doing = heapq.heappop(self._agenda)
            if until is not None and moment > until:
                break
            self._do(doing, moment)

    def _do(self, doing: Doing, moment: datetime) -> None:
        try:
            doing(moment)
        except Exception as error:
            if not self.goes_on_after_errors:
                raise
            ours = [
                frame for frame in traceback.extract_tb(error.__traceback__) if "site-packages" not in frame.filename
            ]
            place = f"{ours[-1].filename.rsplit('/', 1)[-1]}:{ours[-1].lineno}"
            self.account.errors.append(f"{moment:%H:%M} {type(error).__name__} at {place}: {error}")

    def verb(self, what: str, verb: Callable[..., R], **arguments: Any) -> R | None:
        """Call a verb and count it; None where it was refused, which is counted by its reasons."""
        try:
            result = verb(**arguments)
        except Refused as refused:
            self.account.counts[f"{what} refused"] += 1
            self.account.refusals.update(refused.codes)
            return None
        self.account.counts[what] += 1
        return result

    # --- lots ----------------------------------------------------------------------------------------------------

    def chance(self, share: float) -> bool:
        """Draw whether something happens that happens that often."""
        return self.lot.random() < share

    def fate(self, kind: str, number: int) -> random.Random:
        """The lots of one thing, the same on every day."""
        return random.Random(f"{self.seed}:{kind}:{number}")

    def about(self, number: float) -> int:
        """Draw a number of things around an average."""
        return int(self.lot.gauss(number, number**0.5) + 0.5) if number > 0 else 0

    def somebody(self) -> Patron:
        """Draw a patron; eager ones come more often."""
        pk = self.lot.choices(self.patron_ids, weights=self._eagerness)[0]
        return Patron.objects.select_related("user", "category", "last_pickup").get(pk=pk)

    def title(self) -> int:
        """Draw a title by its id: often a favourite."""
        if self.favourites and self.chance(0.5):
            return self.lot.choices(self.favourites, weights=self._fame)[0]
        return self.lot.choice(self.bib_ids)

    def copy_on_shelf(self) -> Item | None:
        """Draw a copy that a visitor takes from the shelf, None where the title drawn is not there."""
        items = Item.objects.filter(
            bib=self.title(), whereabouts=Whereabouts.SHELF, loanability=Loanability.LENDABLE, is_damaged=False
        )
        return items.order_by("pk").first()

    def library_near(self, patron: Patron) -> Library:
        """The pickup library where a patron collects: the usual one, else one of the town, else any."""
        if patron.last_pickup_id and self.chance(0.8):
            return self.libraries[patron.last_pickup_id]
        if self.chance(0.55):
            return self.home
        points = [library for library in self.libraries.values() if library.is_pickup and not library.is_closed_down]
        return self.lot.choice([library for library in points if library.town == patron.area] or points)

    def bib(self, pk: int) -> Bib:
        """A title by its id."""
        return Bib.objects.get(pk=pk)
