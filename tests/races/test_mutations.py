"""The races can fail: each lock and each partial index is taken away in turn, and somebody notices (LIM-4, LON-3, A67).

Here nothing is left to luck: the other rival slips in before each statement of a verb, one after another, until the end
is one that no order could have led to. With the lock in place it waits outside, and the end is sound.
"""

import os
from datetime import date

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.db.models import UniqueConstraint

from circulation.models import Loan
from delivery import consistency
from holds.models import Hold, Request
from okalib.models import Card, Library
from okalib.rehearsal.soak import house
from okalib.rehearsal.soak.house import OPENED_AT
from okalib.rehearsal.soak.pairs import Arena, Race
from okalib.rehearsal.soak.rivals import Rivals
from tests.races.mutations import places_of_locks, without_lock

pytestmark = pytest.mark.races

MOST_STATEMENTS = 80
IS_THOROUGH = "OKALIB_RACES" in os.environ


def race(one, other, situation, *, who=("first", "first"), is_near_limits=False):
    return Race(one, other, situation, is_near_limits, who)


NOTICED = {
    "holds/actions/queue.py reserve Patron": race("reserve", "reserve", "two_titles", is_near_limits=True),
    "holds/actions/queue.py locked Bib": race("cancel", "secure", "on_shelf"),
    "holds/actions/binding.py lock_group HoldGroup": race("secure", "secure", "any_of"),
    "holds/actions/expiring.py _expire_together Bib": race("expire", "cancel", "ready"),
    "holds/actions/fetching.py mark_missing Bib": race(
        "mark_missing", "check_out", "on_shelf", who=("first", "visitor")
    ),
    "circulation/actions/lending.py check_out Patron": race(
        "check_out", "check_out", "two_titles", is_near_limits=True
    ),
    "circulation/actions/lending.py check_out Bib": race(
        "check_out", "check_out", "on_shelf", who=("first", "visitor")
    ),
    "circulation/actions/renewing.py _locked Bib": race("renew", "receive", "on_loan_alone"),
    "circulation/actions/returning.py check_in Bib": race("secure", "secure", "on_shelf"),
    "circulation/actions/returning.py receive Bib": race("receive", "check_in", "on_loan"),
    "circulation/actions/undoing.py _lock_patron Patron": race(
        "check_out_another", "undo_check_in", "returned", who=("visitor", "first")
    ),
    "holds/actions/binding.py lock_with_group Bib": race("mark_kept_missing", "undo_check_in", "secured"),
    "circulation/actions/lending_kept.py lend_kept Patron": race(
        "run", "check_out_another", "for_delivery", is_near_limits=True
    ),
    "circulation/actions/lending_kept.py lend_kept Bib": race("run", "cancel", "for_delivery"),
    "delivery/actions/running.py _bags_for Bag": race("run", "pack", "half_packed"),
    "delivery/actions/bags.py _send_one Bag": race("send", "take_out", "packed"),
    "delivery/actions/bags.py locked Bag": race("send", "keep_longer", "packed"),
}
"""By lock, the race that notices its absence."""

KEEPS_ORDER = {
    "circulation/actions/renewing.py renew": "the patron's row is written at the end; locked first, nobody deadlocks",
    "circulation/actions/undoing.py undo_check_out": "the patron, so that patron comes before bib",
    "delivery/actions/bags.py take_out": "the patron and the bag; undo_check_out locks the patron again",
    "holds/actions/queue.py reserve": "the bib: no other verb's answer hangs on it, each end is one of some order",
}
"""Locks whose absence leads to another order of locks at most, and so to a deadlock that is retried unseen (A239)."""

ELSEWHERE = {
    "catalog/": "imports and saved searches: test_new_titles; two imports of one record meet its unique number",
    "notifications/": "workers who send and sweep: tests/notifications/test_workers.py and tests/faults",
    "okalib/": "forms of staff and cards; what they guard has its unique index, below",
    "circulation/actions/disputing.py": "as receive",
    "circulation/actions/feeds.py": "a patron with two windows open on their own feed",
    "circulation/actions/merging.py": "test_merging",
    "circulation/actions/offline.py": "one scan sent twice is one, by its own row; the verbs that it calls lock again",
    "circulation/actions/periods.py": "a form of the administrator's",
    "circulation/actions/reading.py": "a patron with two windows open on their own record",
    "circulation/actions/renewing.py move_due_dates": "dates that a closure moves: as renew",
    "delivery/actions/emergency.py": "one closure entered twice at once is one: tests/actions/test_emergency.py",
    "delivery/actions/emergency_undone.py": "as the closure",
    "delivery/actions/packing.py": "as pack",
    "delivery/actions/planning.py": "the plan of runs: a form of the cooperation desk's",
    "delivery/actions/shifting.py": "the same",
    "holds/actions/basket.py": "one form sent twice: test_races, by its token",
    "holds/actions/fetching.py unmark_missing": "as mark_missing",
    "holds/actions/merging.py": "test_merging",
    "holds/actions/requests.py": "one request answered by two",
    "holds/actions/shelf.py move_deadlines": "deadlines that a closure moves: as extend",
}
"""Locks that these races do not take away, by the beginning of their name, and where they are seen to instead."""


@pytest.fixture(scope="module")
def arena(fresh_library):
    """A house for rivals."""
    with Rivals() as rivals:
        yield Arena(house.furnish(), rivals)


def first_bad_end(arena, meeting):
    """Let the other one slip in before each statement of one side, then of the other; return the first bad end."""
    for side in (0, 1):
        for before in range(1, MOST_STATEMENTS):
            wrong = arena.slip_in(meeting, side=side, before=before)
            if wrong is None:
                break
            if wrong:
                return wrong
    return None


@pytest.mark.parametrize("lock", NOTICED)
def test_without_this_lock_a_race_ends_badly(arena, lock):
    with without_lock(lock):
        assert first_bad_end(arena, NOTICED[lock]), f"Nobody misses {lock}."


@pytest.mark.skipif(not IS_THOROUGH, reason="takes minutes; the matrix races the same pairs at random")
@pytest.mark.parametrize("lock", NOTICED)
def test_with_this_lock_nobody_slips_in_before_any_statement(arena, lock):
    assert first_bad_end(arena, NOTICED[lock]) is None


def test_every_lock_is_missed_by_a_race_or_says_why_not():
    """A new lock needs a race that misses it, or a word here."""
    known = {lock.rpartition(" ")[0] for lock in NOTICED} | KEEPS_ORDER.keys()
    unknown = {place for place in places_of_locks() if place not in known and not place.startswith(tuple(ELSEWHERE))}
    assert unknown == set()


# ── Partial indexes ──


def two_loans(of):
    for patron in (of.first, of.second):
        Loan.objects.create(
            item=of.copies[0],
            patron=patron,
            return_to=of.home,
            lent_at=OPENED_AT,
            lent_on=date(2026, 10, 1),
            due_on=date(2026, 10, 15),
        )


def _hold(of, patron, title, **more):
    return Hold.objects.create(
        patron=patron, bib=of.titles[title], pickup_at=of.home, accepted_at=OPENED_AT, queue_at=OPENED_AT, **more
    )


def two_holds_of_a_title(of):
    _hold(of, of.first, 0), _hold(of, of.first, 0)


def two_holds_with_an_item(of):
    for patron in (of.first, of.second):
        _hold(of, patron, 0, state="secured", item=of.copies[0], secured_at=OPENED_AT)


def two_requests(of):
    hold = _hold(of, of.first, 0)
    for _time in range(2):
        Request.objects.create(kind="cancel", patron=of.first, hold=hold, made_at=OPENED_AT)


def two_cards(of):
    Card.objects.create(patron=of.first, number="A1", issued_at=OPENED_AT)


def two_prefectural_libraries(of):
    Library.objects.create(code="another", name="もう一つの県立図書館", is_home=True)


DOUBLES = {
    "one_open_loan_per_item": two_loans,
    "one_open_hold_per_patron_and_bib": two_holds_of_a_title,
    "one_bound_hold_per_item": two_holds_with_an_item,
    "one_open_request_per_hold_and_kind": two_requests,
    "one_live_card_per_patron": two_cards,
    "one_home_library": two_prefectural_libraries,
}
"""By partial index, the double that it forbids."""


def test_every_partial_index_has_its_double():
    partial = {
        constraint.name
        for model in apps.get_models()
        for constraint in model._meta.constraints
        if isinstance(constraint, UniqueConstraint) and constraint.condition is not None
    }
    assert partial == DOUBLES.keys()


@pytest.mark.parametrize("index", DOUBLES)
def test_an_index_forbids_its_double_and_nothing_else_does(arena, index):
    """The last guard, whatever the locks: with it the double is refused, without it the double is there."""
    arena.empty.restore()
    with pytest.raises(IntegrityError, match=index), transaction.atomic():
        DOUBLES[index](arena.house)
    with transaction.atomic():
        connection.cursor().execute(f'DROP INDEX "{index}"')
        DOUBLES[index](arena.house)
        found = consistency.INVARIANTS["guard_missing"].check(OPENED_AT)
        assert index in found.examples
        transaction.set_rollback(True)
