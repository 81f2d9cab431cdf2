"""In order, any of, and the basket (HLD-9, HLD-10)."""

from datetime import time
from uuid import uuid4

import pytest

from circulation import actions as circulation
from delivery.consistency import INVARIANTS
from holds import actions as holds
from holds import queries
from holds.models import Hold, HoldGroup
from okalib import days
from okalib.models import PatronCategory, StaffAction
from okalib.rules import Refused
from tests.factories import BibFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def volumes(db):
    """三国志, volumes 1 to 3, one copy each."""
    return [BibFactory(title="三国志", volume=str(number), items=1) for number in (1, 2, 3)]


def reserve(patron, bibs, home, now, **how):
    for bib in bibs:
        holds.add_to_basket(patron=patron, bib=bib, now=now)
    results = holds.reserve_basket(patron=patron, pickup_at=home, by=patron.user, now=now, **how)
    return [result.hold for result in results]


def scan(bib, desk, now):
    return circulation.check_in(item=bib.items.get(), by=desk, now=now).hold


def test_a_later_volume_is_not_secured_before_the_earlier_one_has_been_lent(akari, aya, volumes, home, desk, ten):
    """A34, HLD-9."""
    first, second, _third = reserve(akari, volumes, home, ten, order="in_order")
    behind = holds.reserve(patron=aya, bib=volumes[1], pickup_at=home, by=None, now=ten)
    assert scan(volumes[1], desk, ten) == behind
    holds.cancel(hold=behind, by=desk, now=ten)
    assert scan(volumes[1], desk, ten) is None
    assert scan(volumes[0], desk, ten) == first
    assert scan(volumes[1], desk, ten) is None
    circulation.check_out(item=volumes[0].items.get(), patron=akari, by=desk, now=ten, channel="pickup")
    assert scan(volumes[1], desk, ten) == second


@pytest.mark.parametrize("ending", ["cancelled", "expired"])
def test_a_later_volume_is_free_once_the_earlier_one_has_ended_any_other_way(akari, volumes, home, desk, ten, ending):
    """HLD-9."""
    first, second, _third = reserve(akari, volumes, home, ten, order="in_order")
    Hold.objects.filter(pk=first.pk).update(state=ending, ended_at=ten)
    assert scan(volumes[1], desk, ten) == second


def test_secured_volumes_are_never_kept_waiting_for_others(akari, volumes, home, desk, ten):
    """HLD-9."""
    first, *_rest = reserve(akari, volumes, home, ten, order="in_order")
    scan(volumes[0], desk, ten)
    wednesday = days.plus(days.day_of(ten), 1)
    assert holds.announce(day=wednesday, now=days.at(wednesday, time(8))) == {"told": 1}
    assert Hold.objects.get(pk=first.pk).is_ready


def test_when_k_of_any_of_are_secured_the_rest_end_by_themselves(akari, volumes, home, desk, ten):
    """HLD-9."""
    first, second, third = reserve(akari, volumes, home, ten, order="any_of", wanted=2)
    assert scan(volumes[2], desk, ten) == third
    assert Hold.objects.filter(state="waiting").count() == 2
    assert scan(volumes[0], desk, ten) == first
    second.refresh_from_db()
    assert (second.state, second.end_reason) == ("cancelled", "any_of")
    assert scan(volumes[1], desk, ten) is None


def test_a_lent_one_of_any_of_counts_as_well(akari, volumes, home, desk, ten):
    """HLD-9, LON-4."""
    reserve(akari, volumes, home, ten, order="any_of", wanted=1)
    circulation.check_out(item=volumes[1].items.get(), patron=akari, by=desk, now=ten)
    assert sorted(Hold.objects.values_list("state", flat=True)) == ["cancelled", "cancelled", "fulfilled"]


def test_what_is_not_found_lets_the_rest_of_its_group_wait_again(akari, volumes, home, desk, ten, wednesday):
    """HLD-9, PUL-5: also where another title had completed the group; the log says why."""
    first, second, third = reserve(akari, volumes, home, ten, order="any_of", wanted=2)
    scan(volumes[0], desk, ten)
    scan(volumes[1], desk, days.at(wednesday, time(10)))
    assert Hold.objects.get(pk=third.pk).state == "cancelled"
    holds.mark_kept_missing(hold=first, by=desk, now=days.at(wednesday, time(10)))
    assert states(first, second, third) == ["waiting", "secured", "waiting"]
    (note,) = StaffAction.objects.filter(verb="wait_again")
    assert (note.subject, note.patron, note.by) == (f"hold:{third.pk}", akari, desk)


def test_the_rest_of_a_group_may_wait_again_beyond_the_limit(akari, volumes, home, desk, ten, wednesday):
    """HLD-9, LIM-4: it is the library that did not find the title; the consistency check knows from the log."""
    PatronCategory.objects.update(holds_print=2)
    first, second, _refused = reserve(akari, volumes, home, ten, order="any_of", wanted=1)
    scan(volumes[0], desk, ten)
    holds.reserve(patron=akari, bib=BibFactory(items=1), pickup_at=home, by=None, now=ten)
    holds.mark_kept_missing(hold=first, by=desk, now=days.at(wednesday, time(10)))
    assert states(first, second) == ["waiting", "waiting"]
    assert Hold.objects.open().filter(patron=akari).count() == 3
    assert not INVARIANTS["hold_limit_exceeded"].find(ten).exists()
    StaffAction.objects.filter(verb="wait_again").delete()
    assert INVARIANTS["hold_limit_exceeded"].find(ten).exists()


def test_a_group_that_is_still_served_lets_nothing_wait_again(akari, volumes, home, desk, ten):
    """HLD-9, A165: a loan undone gives the title its copy back, and nothing else."""
    first, second, _third = reserve(akari, volumes, home, ten, order="any_of", wanted=1)
    scan(volumes[0], desk, ten)
    lent = circulation.check_out(item=volumes[0].items.get(), patron=akari, by=desk, now=ten, channel="pickup")
    circulation.undo_check_out(loan=lent.loan, by=desk, now=ten, reason="誤り")
    assert states(first, second) == ["secured", "cancelled"]


def states(*made):
    found = Hold.objects.in_bulk([hold.pk for hold in made])
    return [found[hold.pk].state for hold in made]


@pytest.mark.parametrize("wanted", [None, 0, 3])
def test_any_of_must_say_how_many_and_fewer_than_there_are(akari, volumes, home, ten, wanted):
    """HLD-9."""
    with pytest.raises(Refused) as refused:
        reserve(akari, volumes, home, ten, order="any_of", wanted=wanted)
    assert refused.value.codes == {"any_of_how_many"}
    assert len(queries.basket(akari)) == 3
    assert not HoldGroup.objects.exists()


def test_the_basket_shows_each_refusal_beside_its_title_and_the_others_succeed(akari, volumes, home, ten):
    """HLD-10."""
    stays = BibFactory(title="県史", items=1, items__loanability="reference")
    for bib in (volumes[0], stays, volumes[1]):
        holds.add_to_basket(patron=akari, bib=bib, now=ten)
    results = holds.reserve_basket(patron=akari, pickup_at=home, by=akari.user, now=ten)
    assert [(result.bib.title, result.hold is not None) for result in results] == [
        ("三国志", True),
        ("県史", False),
        ("三国志", True),
    ]
    assert [refusal.code for refusal in results[1].refusals] == ["no_lendable_item"]
    assert queries.basket(akari) == [stays]


@pytest.mark.parametrize("order", ["normal", "in_order", "any_of"])
def test_a_basket_of_which_every_title_is_refused_says_so_title_by_title(akari, home, ten, order):
    """HLD-9, HLD-10: nothing is reserved, and what was asked in vain is forgotten in time."""
    stays = [BibFactory(title=title, items=1, items__loanability="reference") for title in ("県史", "市史")]
    for bib in stays:
        holds.add_to_basket(patron=akari, bib=bib, now=ten)
    results = holds.reserve_basket(patron=akari, pickup_at=home, by=akari.user, now=ten, order=order, wanted=1)
    assert [[refusal.code for refusal in result.refusals] for result in results] == [["no_lendable_item"]] * 2
    assert queries.basket(akari) == stays
    assert not Hold.objects.exists()
    holds.forget_ended(day=days.plus(days.day_of(ten), 36))
    assert not HoldGroup.objects.exists()


def test_the_limit_is_counted_title_by_title_within_a_basket(akari, home, ten):
    """LIM-2, HLD-10."""
    made = reserve(akari, [BibFactory(items=1) for _number in range(12)], home, ten)
    assert [hold is not None for hold in made] == [True] * 10 + [False] * 2


def test_a_basket_sent_twice_reserves_once(akari, volumes, home, ten):
    """HLD-11, A252."""
    token = uuid4()
    reserve(akari, volumes, home, ten, token=token)
    reserve(akari, volumes, home, ten, token=token)
    assert Hold.objects.count() == 3


def test_a_title_is_in_the_basket_once_and_can_be_taken_out(akari, volumes, home, ten):
    """HLD-10."""
    holds.add_to_basket(patron=akari, bib=volumes[0], now=ten)
    holds.add_to_basket(patron=akari, bib=volumes[0], now=ten)
    assert queries.basket(akari) == [volumes[0]]
    holds.remove_from_basket(patron=akari, bib=volumes[0])
    assert queries.basket(akari) == []
    with pytest.raises(Refused) as refused:
        holds.reserve_basket(patron=akari, pickup_at=home, by=akari.user, now=ten)
    assert refused.value.codes == {"basket_empty"}
