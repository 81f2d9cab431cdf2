"""Whatever happened to the catalogue and to the index, a search says what a rebuilt index says (CAT-6)."""

import os

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase  # noqa: F401 - registers Django's clean-up with Hypothesis

from catalog.models import Bib, SearchDelta, SearchDocument, SearchPosting, SearchTouch
from catalog.search import Query, index_bibs, merge, search, upkeep
from tests.cast import TEN
from tests.factories import BibFactory, ItemFactory, LocationFactory

pytestmark = pytest.mark.django_db

TITLES = ["こころ", "こころの旅", "漱石 こころ", "旅の本", "本", "日本の文学史", "文学の本", "Old book", "book of old"]
QUERIES = [
    Query.parse("こころ"),
    Query.parse("の"),
    Query.parse("本 NOT 文学"),
    Query.parse("旅 OR book"),
    Query.parse('"old book"'),
    Query.parse("日本の文学"),
    Query.parse("", title="本", sort="title_kana"),
    Query.parse("本", available_now=True, sort="year"),
    Query.parse("本", place="書庫"),
    Query.parse("本", for_staff=True, year_from=2001, year_to=2003),
    Query.parse("", lendable_only=True, material="book"),
    Query.parse("", ndc="91"),
]

places = st.integers(0, 30)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.sampled_from(TITLES), st.integers(2000, 2004)),
        st.tuples(st.just("rename"), places, st.sampled_from(TITLES)),
        st.tuples(st.sampled_from(["delete", "hide", "order", "copy", "take", "put_back", "move"]), places),
        st.tuples(st.sampled_from(["merge", "renumber", "refresh"])),
    ),
    min_size=5,
    max_size=25,
)


class Shop:
    """A small catalogue to which things happen; a place is taken modulo the number of bibs."""

    def __init__(self) -> None:
        self.hall, self.stacks = LocationFactory(section="一般"), LocationFactory(section="書庫")
        self.bibs: list[Bib] = []

    def do(self, step: tuple) -> None:
        """Do a step; one that needs a bib does nothing while there is none."""
        name, *details = step
        if name in ("merge", "renumber"):
            getattr(merge, name)(now=TEN)
        elif name == "refresh":
            merge.refresh()
        elif name == "add":
            self.add(*details)
        elif self.bibs:
            getattr(self, name)(self.bibs[details[0] % len(self.bibs)], *details[1:])

    def add(self, title: str, year: int) -> None:
        bib = BibFactory(title=title, title_kana="", year=year, ndc=[f"9{year % 10}0"])
        index_bibs([bib])
        self.bibs.append(bib)

    def rename(self, bib: Bib, title: str) -> None:
        bib.title = title
        bib.save()
        index_bibs([bib])

    def delete(self, bib: Bib) -> None:
        self.bibs.remove(bib)
        bib.items.all().delete()
        bib.delete()

    def hide(self, bib: Bib) -> None:
        Bib.objects.filter(pk=bib.pk).update(is_suppressed=True)

    def order(self, bib: Bib) -> None:
        Bib.objects.filter(pk=bib.pk).update(is_on_order=True)

    def copy(self, bib: Bib) -> None:
        ItemFactory(bib=bib, location=self.hall)

    def take(self, bib: Bib) -> None:
        bib.items.update(whereabouts="searched_for")

    def put_back(self, bib: Bib) -> None:
        bib.items.update(whereabouts="shelf")

    def move(self, bib: Bib) -> None:
        bib.items.update(location=self.stacks)


def answers() -> list[tuple]:
    """What each query finds and counts; in which order, where the order is not by relevance."""
    found = []
    for query in QUERIES:
        results = search(query, beside={"material": query})
        ids = results.bib_ids if query.sort != "relevance" else sorted(results.bib_ids)
        found.append((str(query.text), results.total, ids, results.facets, results.beside))
    return found


def play(steps: list[tuple]) -> None:
    with transaction.atomic():
        shop = Shop()
        for step in steps:
            shop.do(step)
        before = answers()
        upkeep.rebuild(now=TEN)
        assert (SearchDelta.objects.count(), SearchTouch.objects.count()) == (0, 0)
        assert answers() == before
        transaction.set_rollback(True)


@given(steps)
@hypothesis(max_examples=8)
def test_any_edits_and_merges_give_what_a_rebuild_gives(steps):
    play(steps)


@pytest.mark.slow
@given(steps)
@hypothesis(max_examples=int(os.environ.get("OKALIB_MERGES", "60")))
def test_many_more_edits_and_merges_give_what_a_rebuild_gives(steps):
    """OKALIB_MERGES says how many sequences are tried."""
    play(steps)


def test_a_merge_takes_the_delta_and_gives_numbers_in_order_of_rank(ten):
    """CAT-6: then popularity and recency."""
    old, popular, new = (
        BibFactory(title="本", title_kana="", year=year, items=n) for year, n in ((1990, 1), (1995, 4), (2005, 1))
    )
    index_bibs([old, popular, new])
    assert merge.merge(now=ten) == 3
    assert list(SearchDocument.objects.order_by("number").values_list("bib_id", flat=True)) == [
        popular.pk,
        new.pk,
        old.pk,
    ]
    assert search(Query.parse("本")).bib_ids == [popular.pk, new.pk, old.pk]
    assert merge.merge(now=ten) == 0


def test_a_copy_that_went_out_is_known_at_once_and_after_the_refresh(ten):
    bib = BibFactory(title="本", items=1)
    index_bibs([bib])
    merge.merge(now=ten)
    bib.items.update(whereabouts="searched_for")
    assert search(Query.parse("本", available_now=True)).total == 0
    assert merge.refresh() == 1
    assert merge.refresh() == 0
    assert search(Query.parse("本", available_now=True)).total == 0
    assert search(Query.parse("本")).facets["available"] == []


def test_thousands_of_hits_come_page_by_page_in_order_and_each_once(ten):
    """The first ones are scored, the others follow; merged later, changed and unmerged ones among them."""
    bibs = Bib.objects.bulk_create(
        BibFactory.build(source_id=str(n), title=f"{n % 7}本の{n % 3}", title_kana="", notes="本", year=1900 + n % 100)
        for n in range(400)
    )
    index_bibs(bibs[:350])
    merge.renumber(now=ten)
    index_bibs(bibs[350:390])
    merge.merge(now=ten)
    index_bibs(bibs[390:])
    index_bibs(Bib.objects.filter(pk__in=[bib.pk for bib in bibs[:350:50]]))
    assert SearchDelta.objects.count() == 10, "what is as it was is not written again"
    for sort in ("relevance", "year", "title_kana", "holds"):
        query = Query.parse("本", sort=sort)
        pages = [search(query, page=page, per_page=30).bib_ids for page in range(1, 15)]
        found = [bib_id for page in pages for bib_id in page]
        assert sorted(found) == sorted(bib.pk for bib in bibs), sort
        years = {bib.pk: bib.year for bib in bibs}
        titles = {bib.pk: bib.title for bib in bibs}
        if sort == "year":
            assert [years[bib_id] for bib_id in found] == sorted(years.values(), reverse=True)
        if sort == "title_kana":
            fold = [titles[bib_id] for bib_id in found]
            assert fold == sorted(fold)


def test_the_jobs_merge_where_much_has_changed_and_renumber_when_told(ten, monkeypatch):
    """OPS-1."""
    index_bibs(BibFactory.create_batch(3, title="本", title_kana=""))
    assert upkeep.keep_up(now=ten) == {"refreshed": 0}
    monkeypatch.setattr(merge, "MERGE_AT", 3)
    assert upkeep.keep_up(now=ten) == {"merged": 3}
    assert upkeep.tidy_up(now=ten, renumbers=False) == {"merged": 0}
    assert upkeep.tidy_up(now=ten, renumbers=True) == {"numbered": 3}


def test_verify_names_what_the_postings_lack(ten):
    lost, misfiled = BibFactory(title="無くした本"), BibFactory(title="本当の話")
    index_bibs([lost, misfiled])
    merge.merge(now=ten)
    assert list(upkeep.faults()) == []
    SearchPosting.objects.filter(token="無").delete()
    SearchDocument.objects.filter(bib_id=misfiled.pk).delete()
    assert sorted(upkeep.faults()) == [(lost.pk, "misfiled"), (misfiled.pk, "unmerged")]
