"""Merging two records while the desk goes on working (A226, LIM-4)."""

import pytest

from circulation import actions as desk_actions
from circulation.models import Loan
from okalib.models import Patron
from tests.factories import PatronFactory

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("_again", range(5))
def test_of_two_colleagues_who_merge_each_the_other_way_one_does_it(at_once, akari, aya, kusamakura, desk, ten, _again):
    for item, patron in zip(kusamakura.items.all(), (akari, aya), strict=True):
        desk_actions.check_out(item=item, patron=patron, by=desk, now=ten)

    def merge(stays, ends):
        return lambda: desk_actions.merge_patrons(stays=stays, ends=ends, by=desk, now=ten, reason="二重登録")

    rivals = at_once(merge(akari, aya), merge(aya, akari))
    left = Patron.objects.get()
    assert rivals.refused == [{"changed_since"}]
    assert set(Loan.objects.open().values_list("patron", "item__holder")) == {(left.pk, left.pk)}
    assert left.cards.filter(ended_at=None).count() == 1


@pytest.mark.parametrize("_again", range(5))
def test_an_item_returned_while_its_patron_is_merged_is_returned(at_once, akari, kusamakura, desk, ten, _again):
    twin = PatronFactory(name="青木 あかり", name_kana="アオキ アカリ")
    items = list(kusamakura.items.all())
    for item in items:
        desk_actions.check_out(item=item, patron=twin, by=desk, now=ten)
    at_once(
        lambda: desk_actions.merge_patrons(stays=akari, ends=twin, by=desk, now=ten, reason="二重登録"),
        lambda: desk_actions.check_in(item=items[0], by=desk, now=ten),
    )
    for item in items:
        item.refresh_from_db()
    assert not items[0].is_on_loan
    assert items[1].holder == akari
    assert Loan.objects.open().get().patron == akari
