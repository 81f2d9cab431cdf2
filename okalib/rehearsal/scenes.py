"""The scenes of the demonstration: what its three named patrons did, so that every page has something to show.

    花子  has something in every section of My Library, and nothing in the way of reserving more
    太郎  has an overdue book, so he can neither reserve nor borrow, and a reservation that the run left behind
    次郎  waits ahead of 花子, and his bags stand in every state

Scenes are dated back from today and put on the agenda of their days; each line of a scene is one verb.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date, datetime, time
from functools import partial
from typing import Any

from circulation import actions as circulation
from circulation.models import Loan
from circulation.rules import due_on
from delivery import actions as delivery
from delivery.models import Bag, DeliveryRun
from delivery.rules import BagState
from holds import actions as holds
from holds.models import Hold, Request
from holds.rules import RequestKind
from okalib import days
from okalib.models import Library, Patron, PolicySettings
from okalib.rehearsal import desks
from okalib.rehearsal.casting import Cast, Titles
from okalib.rehearsal.stage import Stage

CLOSED_DAYS_AGO = 24
NOON, AFTERNOON, EVENING = time(12), time(15), time(20)
PICKUP, BRANCH = "33211-01", "33211-03"

Doing = Callable[[datetime], object]


class Scenes:
    """All scenes by day; call it with the stage on each day, and `finish` at the end with the moment it is now."""

    def __init__(self, cast: Cast, titles: Titles, *, now: datetime) -> None:
        self.cast, self.titles, self.now, self.today = cast, titles, now, days.day_of(now)
        libraries = Library.objects.with_calendar()
        self.home = libraries.get(is_home=True)
        self.pickup, self.branch = libraries.get(code=PICKUP), libraries.get(code=BRANCH)
        self.storm_on = self.home.opening_days().on_or_after(self._ago(CLOSED_DAYS_AGO))
        opening = self.home.opening_days()
        self.opening = days.OpeningDays(
            opening.name, opening.weekly, opening.holiday_hours, opening.holidays,
            opening.substitutes_holiday_closing, opening.yearly, ((self.storm_on, self.storm_on),), opening.openings,
        )  # fmt: skip
        begun = DeliveryRun.objects.filter(lend_on__lt=self.today).order_by("-lend_on")
        if DeliveryRun.objects.filter(lend_on=self.today).exists() and now >= days.at(self.today, time(10)):
            begun = DeliveryRun.objects.filter(lend_on__lte=self.today).order_by("-lend_on")
        self.runs = list(begun[:3])
        self._plan: dict[date, list[tuple[time, Doing]]] = defaultdict(list)
        for scene in (self._hanako_borrows, self._hanako_waits, self._deliveries, self._taro, self._jiro):
            scene()
        self._at(days.plus(self.storm_on, -1), time(17), self._storm)

    def __call__(self, stage: Stage) -> None:
        """Put the scenes of a day on its agenda."""
        self.stage = stage
        for clock, doing in self._plan.get(stage.day, []):
            stage.on(clock, doing)

    # --- 花子 ----------------------------------------------------------------------------------------------------

    def _hanako_borrows(self) -> None:
        """A reading record, a book kept longer, one due now, and one just lent."""
        hanako = self.cast.hanako
        self._at(self._ago(34), NOON, lambda now: circulation.set_reading_record(patron=hanako, wanted=True))
        self._lend("read long ago", hanako, self._open(33))
        self._at(self._open(25), AFTERNOON, partial(self._bring, "read long ago"))
        lent_on = self._open(18)
        self._lend("renewed", hanako, lent_on)
        self._at(days.plus(self._due(lent_on), -1), EVENING, partial(self._renew, "renewed"))
        near = next(day for day in days.each_day(self._ago(22), self.today) if self._due(day) >= self.today)
        self._lend("due now", hanako, self.opening.on_or_after(near))
        self._lend("just lent", hanako, self.opening.before(self.today))

    def _hanako_waits(self) -> None:
        """Reservations at the prefectural library in every state, and requests with and without an answer."""
        hanako = self.cast.hanako
        self._fetched_on(self._open(22), "not collected", hanako, self.home)
        self._fetched_on(self._open(4), "CD ready", hanako, self.home)
        self._reserve("cancelled", hanako, self.home, self._ago(12), EVENING)
        self._at(self._ago(12), time(21), partial(self._cancel, "cancelled"))
        self._reserve("CD paused", hanako, self.home, self._ago(6), EVENING)
        self._at(self._ago(6), time(20, 30), partial(self._pause, "CD paused", days.plus(self.today, 14)))
        self._reserve("kept by taro", hanako, self.home, self._ago(3), EVENING)
        self._at(self._open(8), NOON, self._reserve_on_order)
        asked_on = self._ago(10)
        text = "入院中の家族の代わりに受け取ることはできますか。"
        self._at(asked_on, NOON, partial(self._ask, hanako, RequestKind.INQUIRY, text=text))
        self._at(self.opening.after(asked_on), AFTERNOON, self._answer)

    def finish(self) -> None:
        """What 花子 did a moment ago: a fresh reservation, two volumes in order, a request, and a basket."""
        hanako, now = self.cast.hanako, self.now
        facts: dict[str, Any] = {"patron": hanako, "pickup_at": self.home, "by": hanako.user, "now": now}
        holds.reserve(bib=self.titles.named("on the shelf"), **facts)
        for volume in self.titles.volumes:
            holds.add_to_basket(patron=hanako, bib=volume, now=now)
        holds.reserve_basket(order="in_order", **facts)
        for name in ("in the basket", "in the basket too"):
            holds.add_to_basket(patron=hanako, bib=self.titles.named(name), now=now)
        prepared = Hold.objects.bound().filter(patron=hanako, pickup_at=self.pickup).first()
        if prepared is not None:
            self._ask(hanako, RequestKind.CHANGE_PICKUP, now, hold=prepared, library=self.branch)

    # --- the delivery --------------------------------------------------------------------------------------------

    def _deliveries(self) -> None:
        """花子's way of an item: being prepared, being sent, handed over, and on its way back (DLV-12)."""
        hanako = self.cast.hanako
        secured_on = self._latest_round()
        if secured_on > self.runs[0].cut_off_on:
            self._fetched_on(secured_on, "for the next run", hanako, self.pickup)
        names = ("being sent", "handed over", "on its way back")
        for run, name in zip(self.runs, names, strict=False):
            self._fetched_on(self.opening.on_or_before(run.cut_off_on), name, hanako, self.pickup)
            self._at(run.lend_on, time(17), partial(self._send, name))
        at_pickup = self.pickup.opening_days()
        for run, name in list(zip(self.runs, names, strict=False))[1:]:
            came_on = at_pickup.on_or_after(run.window_from)
            self._at(came_on, AFTERNOON, partial(self._mark, name, BagState.HANDED_OVER))
            if name == "on its way back":
                self._at(max(at_pickup.before(self.today), at_pickup.after(came_on)), NOON, self._receive)

    def _latest_round(self) -> date:
        """The last morning on which the staff have fetched the pull list."""
        if self.opening.is_open(self.today) and self.now >= days.at(self.today, time(9)):
            return self.today
        return self.opening.before(self.today)

    # --- 太郎 ----------------------------------------------------------------------------------------------------

    def _taro(self) -> None:
        """Overdue, and so left behind by the last run although his reservation was secured in time (DLV-3)."""
        taro = self.cast.taro
        lent_on = self._open(27)
        self._lend("kept by taro", taro, lent_on)
        reserved_on = days.plus(lent_on, 5)
        self._reserve("left behind", taro, self.pickup, reserved_on, NOON)
        if len(self.runs) > 1:
            until = days.plus(self.runs[1].cut_off_on, 1)
            self._at(reserved_on, AFTERNOON, partial(self._pause, "left behind", until))

    # --- 次郎 ----------------------------------------------------------------------------------------------------

    def _jiro(self) -> None:
        """Ahead of 花子 in the queue; three bags at a branch; any one of three titles; a particular copy asked for."""
        jiro = self.cast.jiro
        self._reserve("kept by taro", jiro, self.home, self._ago(6), NOON)
        names = ("packed", "at the central library", "not collected at the branch")
        for run, name in zip(self.runs, names, strict=False):
            self._fetched_on(self.opening.on_or_before(run.cut_off_on), name, jiro, self.branch)
            if name != "packed":
                self._at(run.lend_on, time(17), partial(self._send, name))
                self._at(run.mail_on, NOON, partial(self._mark, name, BagState.AT_CENTRAL))
        if len(self.runs) == len(names):
            back = days.plus(self.runs[2].window_to, 1)
            self._at(back, NOON, partial(self._mark, names[2], BagState.ON_THE_WAY_BACK))
        self._at(days.plus(self._open(9), -1), EVENING, self._want_any_of_three)
        particular = self.titles.copy("a particular copy").item_number
        ask = partial(self._ask, jiro, RequestKind.PARTICULAR_ITEM, item_number=particular, library=self.home)
        self._at(self._ago(1), EVENING, ask)

    def _want_any_of_three(self, now: datetime) -> None:
        jiro = self.cast.jiro
        for name in ("any of", "any of them", "any of these"):
            holds.add_to_basket(patron=jiro, bib=self.titles.named(name), now=now)
        holds.reserve_basket(patron=jiro, pickup_at=self.home, by=jiro.user, now=now, order="any_of", wanted=1)

    # --- weather -------------------------------------------------------------------------------------------------

    def _storm(self, now: datetime) -> None:
        desks.close_for_weather(self.stage, self.home, now, length=1)

    # --- lines ---------------------------------------------------------------------------------------------------

    def _at(self, day: date, clock: time, doing: Doing) -> None:
        """Plan one line, unless its moment has not come yet."""
        if days.at(day, clock) <= self.now:
            self._plan[day].append((clock, doing))

    def _ago(self, number: int) -> date:
        return days.plus(self.today, -number)

    def _open(self, number: int) -> date:
        """The last day, at least so many days ago, on which the prefectural library was open."""
        return self.opening.on_or_before(self._ago(number))

    def _due(self, lent_on: date) -> date:
        policy = PolicySettings.current()
        return due_on(lent_on, policy.loan_days, self.opening, policy)

    def _reserve(self, name: str, patron: Patron, pickup_at: Library, day: date, clock: time) -> None:
        self._at(day, clock, partial(self._reserve_now, name, patron, pickup_at))

    def _reserve_now(self, name: str, patron: Patron, pickup_at: Library, now: datetime) -> None:
        bib = self.titles.named(name)
        holds.reserve(patron=patron, bib=bib, pickup_at=pickup_at, by=patron.user, now=now)

    def _reserve_on_order(self, now: datetime) -> None:
        """The counter reserves what patrons do not find yet (CAT-5)."""
        facts: dict[str, Any] = {
            "patron": self.cast.hanako,
            "pickup_at": self.home,
            "by": self.stage.crew.desk,
            "now": now,
        }
        if self.titles.on_order is not None:
            holds.reserve(bib=self.titles.on_order, **facts)

    def _fetched_on(self, day: date, name: str, patron: Patron, pickup_at: Library) -> None:
        """Reserve on the eve, so that the pull list of `day` has it."""
        self._reserve(name, patron, pickup_at, days.plus(day, -1), EVENING)

    def _lend(self, name: str, patron: Patron, day: date) -> None:
        self._at(day, AFTERNOON, lambda now: circulation.check_out(
            item=self.titles.copy(name), patron=patron, by=self.stage.crew.desk, now=now
        ))  # fmt: skip

    def _bring(self, name: str, now: datetime) -> None:
        circulation.check_in(item=self.titles.copy(name), by=self.stage.crew.desk, now=now)

    def _renew(self, name: str, now: datetime) -> None:
        circulation.renew(loan=self._loan(name), by=self.cast.hanako.user, now=now)

    def _receive(self, now: datetime) -> None:
        by = self.stage.crew.at_pickup[self.pickup.pk]
        circulation.receive(item=self.titles.copy("on its way back"), library=self.pickup, by=by, now=now)

    def _cancel(self, name: str, now: datetime) -> None:
        holds.cancel(hold=self._hold(name), by=self.cast.hanako.user, now=now)

    def _pause(self, name: str, until: date, now: datetime) -> None:
        hold = self._hold(name)
        holds.pause(hold=hold, by=hold.patron.user if hold.patron else None, now=now, until=until)

    def _ask(self, patron: Patron, kind: RequestKind, now: datetime, **facts: Any) -> None:
        holds.ask(kind=kind, patron=patron, by=patron.user, now=now, contact=patron.phone, **facts)

    def _answer(self, now: datetime) -> None:
        request = Request.objects.get(patron=self.cast.hanako, kind=RequestKind.INQUIRY)
        answer = "はい。ご家族の利用者カードをカウンターでお見せください。"
        holds.answer(request=request, accept=True, answer=answer, by=self.stage.crew.cooperation, now=now)

    def _send(self, name: str, now: datetime) -> None:
        delivery.send(bags=self._bags(name), by=self.stage.crew.cooperation, now=now)

    def _mark(self, name: str, to: BagState, now: datetime) -> None:
        for bag in self._bags(name):
            by = self.stage.crew.at_pickup[self.pickup.pk]
            delivery.mark(bag=bag, to=to, by=by, now=now)

    def _hold(self, name: str) -> Hold:
        return Hold.objects.select_related("patron__user").open().filter(bib=self.titles.named(name)).latest("pk")

    def _loan(self, name: str) -> Loan:
        return Loan.objects.open().get(item=self.titles.copy(name))

    def _bags(self, name: str) -> Iterator[Bag]:
        return Bag.objects.filter(lines__loan=self._loan(name)).iterator()
