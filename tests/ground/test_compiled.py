"""A query compiled once answers as the query itself would, whoever asks and however often."""

from datetime import date

import pytest
from django.db import connection
from django.db.models import Count, F, Prefetch, Q, QuerySet, Window
from django.db.transaction import TransactionManagementError
from django.forms.models import model_to_dict

from catalog.models import Bib, Item
from okalib.compiled import compiled
from okalib.models import Patron
from tests.factories import BibFactory, ItemFactory

WRITTEN = []
TODAY = date(2026, 12, 1)


@compiled(bibs=list, today=date)
def copies(*, bibs: list[int], today: date, whereabouts: str) -> QuerySet[Item]:
    WRITTEN.append(whereabouts)
    found = Item.objects.filter(bib__among=bibs, whereabouts=whereabouts).select_related("location", "holder")
    counted = found.annotate(of_bib=Window(Count("pk", filter=Q(due_on__lt=today)), partition_by=F("bib")))
    return counted.order_by("pk")


@compiled(bib=int)
def numbers(*, bib: int) -> QuerySet[Item, tuple[str, bool]]:
    return Item.objects.filter(bib=bib, bib__is_suppressed=False).values_list("item_number", "bib__is_suppressed")


@compiled(bibs=list)
def with_items(*, bibs: list[int]) -> QuerySet[Bib]:
    items = Prefetch("items", Item.objects.order_by("-pk"))
    return Bib.objects.filter(pk__among=bibs).order_by("pk").prefetch_related(items)[:2]


@pytest.fixture
def lent(akari):
    """A title with two copies that one patron has, one of them too long."""
    bib = BibFactory()
    for due_on in (date(2026, 11, 20), date(2026, 12, 8)):
        ItemFactory(bib=bib, whereabouts="on_loan", holder=akari, due_on=due_on)
    return bib


def test_the_rows_are_those_of_the_query_whoever_asks(lent, akari):
    WRITTEN.clear()
    other, known = BibFactory(), {"today": TODAY, "whereabouts": "on_loan"}
    assert copies(bibs=[other.pk], **known) == []
    assert copies(bibs=[], **known) == []
    found = copies(bibs=[other.pk, lent.pk], **known)
    assert [item.due_on.day for item in found] == [20, 8]
    assert [item.of_bib for item in found] == [1, 1]
    assert [item.of_bib for item in copies(bibs=[lent.pk], **known | {"today": date(2026, 12, 9)})] == [2, 2]
    assert WRITTEN == ["on_loan"]
    shelved = ItemFactory(bib=other)
    assert copies(bibs=[lent.pk, other.pk], today=TODAY, whereabouts="shelf") == [shelved]
    assert WRITTEN == ["on_loan", "shelf"]


def test_what_belongs_to_a_row_came_with_it(lent, akari, django_assert_num_queries):
    copies(bibs=[lent.pk], today=TODAY, whereabouts="on_loan")
    with django_assert_num_queries(1):
        found = copies(bibs=[lent.pk], today=TODAY, whereabouts="on_loan")
        assert {(item.holder, item.location.section) for item in found} == {(akari, found[0].location.section)}


def test_rows_are_read_anew_and_are_the_callers_own(lent):
    known = {"bibs": [lent.pk], "today": TODAY, "whereabouts": "on_loan"}
    first = copies(**known)[0]
    first.book_mark = "changed here alone"
    Item.objects.filter(pk=first.pk).update(volume_mark="2")
    again = copies(**known)[0]
    assert (again.book_mark, again.volume_mark) == (Item.objects.get(pk=first.pk).book_mark, "2")


def test_values_and_what_is_fetched_beside_the_rows_work_too(lent):
    assert sorted(numbers(bib=lent.pk)) == sorted((item.item_number, False) for item in lent.items.all())
    bibs = [lent.pk, BibFactory().pk, BibFactory().pk]
    for _time in range(2):
        found = with_items(bibs=bibs)
        assert [bib.pk for bib in found] == bibs[:2]
        assert [item.pk for item in found[0].items.all()] == sorted(
            (item.pk for item in lent.items.all()), reverse=True
        )
        assert list(found[1].items.all()) == []


def test_what_is_locked_by_number_is_what_django_would_give(akari, kusamakura, django_assert_num_queries):
    """Texts, lists, JSON, days and what is named, fresh each time."""
    bib = BibFactory(contributors=[{"name": "夏目漱石", "role": "著"}], ndc=["913.6"], isbns=["9784003101018"])
    item = kusamakura.items.first()
    for volume in ("上", "下"):
        Bib.objects.filter(pk=bib.pk).update(volume=volume)
        with django_assert_num_queries(3):
            found = Patron.objects.lock(akari.pk), Bib.objects.lock(bib.pk), Item.objects.in_hand(item.pk)
            named = found[0].category.code, found[2].location.section
        assert named == (akari.category.code, item.location.section)
        assert found[1].volume == volume
        for one in found:
            assert model_to_dict(one) == model_to_dict(type(one).objects.get(pk=one.pk))


def test_who_is_not_there_is_not_found(akari):
    with pytest.raises(Patron.DoesNotExist):
        Patron.objects.lock(akari.pk + 1_000)
    with pytest.raises(Bib.DoesNotExist):
        Bib.objects.lock(2**40)


def test_nothing_is_locked_outside_a_transaction(akari, monkeypatch):
    """Else nobody would be held back by it."""
    Patron.objects.lock(akari.pk)
    with monkeypatch.context() as patch:
        patch.setattr(connection, "in_atomic_block", False)
        with pytest.raises(TransactionManagementError):
            Patron.objects.lock(akari.pk)


def test_a_number_that_no_column_holds_finds_nothing(lent):
    """A218: an address may name any number."""
    assert numbers(bib=10**30) == numbers(bib=-(10**30)) == []
    assert with_items(bibs=[10**30, lent.pk]) == [lent]


def test_what_is_asked_stands_in_the_log_of_queries(lent, django_assert_num_queries):
    with django_assert_num_queries(1) as asked:
        numbers(bib=lent.pk)
    assert 'FROM "catalog_item"' in asked.captured_queries[0]["sql"]
