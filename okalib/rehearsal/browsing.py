"""The patrons of a rehearsal on the pages: searching, reserving, and what they do in My Library."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from catalog.models import Bib
from catalog.search import Query, search
from circulation import actions as circulation
from circulation import queries as loans
from delivery.models import Bag
from holds import actions as holds
from holds import queries as reservations
from holds.models import Hold
from holds.rules import RequestKind
from okalib import days
from okalib.models import Library, Patron, PolicySettings
from okalib.rehearsal.stage import Stage


def sit_down_at_home(stage: Stage, now: datetime) -> None:
    """One session on the pages: look for something, or open My Library, or both."""
    patron = stage.somebody()
    stage.account.counts["sessions"] += 1
    if stage.chance(0.75):
        _look_for_something(stage, patron, now)
    if stage.chance(0.6):
        _open_my_library(stage, patron, now)


def _look_for_something(stage: Stage, patron: Patron, now: datetime) -> None:
    wanted = [_find(stage, stage.bib(stage.title())) for _title in range(stage.lot.choice((1, 1, 1, 2, 3, 4)))]
    pickup = stage.library_near(patron)
    if len(wanted) > 1 and stage.chance(0.7):
        _fill_a_basket(stage, patron, wanted, pickup, now)
        wanted = []
    for bib in wanted:
        need_by = days.plus(stage.day, stage.lot.randint(3, 60)) if stage.chance(0.06) else None
        facts: dict[str, Any] = {"patron": patron, "bib": bib, "pickup_at": pickup, "by": patron.user, "now": now}
        facts |= {"need_by": need_by}
        token = UUID(int=stage.lot.getrandbits(128))
        made = stage.verb("reserved", holds.reserve, token=token, **facts)
        if made and stage.chance(0.05):  # a double click (HLD-11)
            holds.reserve(token=token, **facts)


def _find(stage: Stage, target: Bib) -> Bib:
    """Type a piece of a title and take what is found: what one looked for if it is among the first."""
    begin = stage.lot.randrange(max(1, len(target.title) - 3))
    results = search(Query.parse(target.title[begin : begin + stage.lot.randint(2, 8)], lendable_only=True))
    stage.account.counts["searches"] += 1
    if not results.bib_ids or target.pk in results.bib_ids or target.pk in stage.favourites:
        return target
    known = set(stage.bib_ids) if len(stage.bib_ids) < 5000 else None
    found = stage.lot.choice(results.bib_ids)
    return target if known is not None and found not in known else stage.bib(found)


def _fill_a_basket(stage: Stage, patron: Patron, wanted: list[Bib], pickup: Library, now: datetime) -> None:
    for bib in wanted:
        holds.add_to_basket(patron=patron, bib=bib, now=now)
    titles = len(reservations.basket(patron))
    order = stage.lot.choice(("normal", "in_order", "any_of"))
    facts = {"patron": patron, "pickup_at": pickup, "by": patron.user, "now": now}
    results = stage.verb(
        f"baskets {order}",
        holds.reserve_basket,
        order=order,
        wanted=max(1, titles // 2) if order == "any_of" else None,
        token=UUID(int=stage.lot.getrandbits(128)),
        **facts,
    )
    for result in results or []:
        stage.account.counts["reserved" if result.hold else "reserved refused"] += 1
        stage.account.refusals.update(refusal.code for refusal in result.refusals)
        if result.hold is None:
            holds.remove_from_basket(patron=patron, bib=result.bib)


def _open_my_library(stage: Stage, patron: Patron, now: datetime) -> None:
    policy = PolicySettings.current()
    borrowed = list(loans.of_patron(patron))
    for loan_id, renewability in loans.renewabilities(borrowed, patron, policy, stage.day).items():
        if stage.chance(0.6 if renewability.new_due_on else 0.05):
            loan = next(loan for loan in borrowed if loan.pk == loan_id)
            stage.verb("renewed", circulation.renew, loan=loan, by=patron.user, now=now)
    mine = list(reservations.of_patron(patron))
    reservations.places(mine, policy)
    for hold in mine:
        for wish in _wishes(stage, hold, patron):
            wish(now)
    for bag in Bag.objects.of_patron(patron):
        if stage.chance(0.05):
            _ask(stage, RequestKind.KEEP_LONGER, patron, now, text=f"資料袋 {bag.number} の受取が遅れます。")
    if stage.chance(0.02):
        _ask(stage, RequestKind.INQUIRY, patron, now, text="開館時間を教えてください。")


def _wishes(stage: Stage, hold: Hold, patron: Patron) -> Iterator[Wish]:
    """What a patron wants of one reservation today; usually nothing."""
    draw = stage.lot.random()
    facts: dict[str, Any] = {"hold": hold, "by": patron.user}
    if hold.is_waiting and hold.is_paused(stage.day):
        if draw < 0.3:
            yield Wish(stage, "resumed", holds.resume, facts)
    elif hold.is_waiting and draw < 0.04:
        yield Wish(stage, "cancelled", holds.cancel, facts)
    elif hold.is_waiting and draw < 0.08:
        until = days.plus(stage.day, stage.lot.randint(2, 20)) if stage.chance(0.7) else None
        yield Wish(stage, "paused", holds.pause, facts | {"until": until})
    elif hold.is_waiting and draw < 0.11:
        yield Wish(stage, "pickup changed", holds.change_pickup, facts | {"pickup_at": _another(stage)})
    elif hold.is_waiting and draw < 0.13:
        need_by = days.plus(stage.day, stage.lot.randint(1, 30))
        yield Wish(stage, "need-by set", holds.set_need_by, facts | {"need_by": need_by})
    elif hold.is_bound and draw < 0.04:
        yield Wish(stage, "asked", holds.ask, facts | {"kind": RequestKind.CANCEL, "patron": patron})
    elif hold.is_bound and draw < 0.08:
        facts |= {"kind": RequestKind.CHANGE_PICKUP, "patron": patron, "library": _another(stage)}
        yield Wish(stage, "asked", holds.ask, facts)
    elif hold.is_bound and draw < 0.1:
        yield Wish(stage, "cancelled", holds.cancel, facts)  # refused: there is a form for it (HLD-5)


@dataclass(frozen=True, slots=True)
class Wish:
    """A verb that a patron is about to call."""

    stage: Stage
    what: str
    verb: Callable[..., object]
    facts: dict[str, Any]

    def __call__(self, now: datetime) -> None:
        self.stage.verb(self.what, self.verb, now=now, **self.facts)


def _another(stage: Stage) -> Library:
    return stage.lot.choice(list(stage.libraries.values()))


def _ask(stage: Stage, kind: RequestKind, patron: Patron, now: datetime, text: str) -> None:
    stage.verb("asked", holds.ask, kind=kind, patron=patron, by=patron.user, now=now, text=text)
