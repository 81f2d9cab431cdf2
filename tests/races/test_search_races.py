"""Searching and writing while the postings are merged (CAT-6)."""

import threading

import pytest
from django.db import connection, connections

from catalog.models import Bib, SearchDelta
from catalog.search import Query, build, index_bibs, merge, search, upkeep
from tests.factories import BibFactory

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def bibs(ten) -> list[Bib]:
    """Two hundred titles, most of them merged."""
    made = Bib.objects.bulk_create(
        BibFactory.build(source_id=str(n), title=f"本 {n}", title_kana="", year=1990 + n % 20) for n in range(200)
    )
    index_bibs(made[:180])
    merge.renumber(now=ten)
    index_bibs(made[180:])
    return made


def beside(work) -> threading.Thread:
    """Start some work on a connection of its own."""

    def run():
        try:
            work()
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_a_search_during_merges_never_shows_half(bibs, ten):
    """Every search counts every title once, whether it finds it in the postings or in the delta."""

    def work():
        for turn in range(12):
            Bib.objects.filter(pk__in=[bib.pk for bib in bibs[turn::10]]).update(notes=f"注記{turn}")
            index_bibs(Bib.objects.filter(pk__in=[bib.pk for bib in bibs[turn::10]]).order_by("pk"))
            (merge.renumber if turn % 3 == 2 else merge.merge)(now=ten)

    merging = beside(work)
    seen = 0
    while merging.is_alive():
        results = search(Query.parse("本", sort="year"), per_page=1_000)
        assert (results.total, len(set(results.bib_ids))) == (200, 200)
        assert sum(value.count for value in results.facets["decade"]) == 200
        seen += 1
    merging.join()
    assert seen > 5
    assert list(upkeep.faults()) == []


def test_what_is_written_during_a_merge_is_neither_lost_nor_kept_waiting(bibs, ten, monkeypatch):
    """A writer changes, makes and deletes while a merge is at its longest, and is found at once and afterwards."""
    may_write, written = threading.Event(), threading.Event()
    add = build.add

    def slowly(*args):
        add(*args)
        may_write.set()
        assert written.wait(20), "the writer waited for the merge"

    merge.merge(now=ten)
    monkeypatch.setattr(build, "add", slowly)
    bibs[5].title = "並行 5"
    Bib.objects.bulk_update(bibs[5:6], ["title"])
    index_bibs([bibs[5]])
    merging = beside(lambda: merge.merge(now=ten))
    assert may_write.wait(20)
    bibs[5].title = "後 5"
    bibs[5].save()
    index_bibs([bibs[5]])
    new = BibFactory(title="新しい 本", title_kana="")
    index_bibs([new])
    bibs[6].delete()
    written.set()
    merging.join()
    for _again in range(2):
        assert search(Query.parse("後")).bib_ids == [bibs[5].pk]
        assert search(Query.parse("並行")).total == 0
        assert search(Query.parse("新しい")).bib_ids == [new.pk]
        assert search(Query.parse("本")).total == 199
        monkeypatch.undo()
        merge.merge(now=ten)
    assert SearchDelta.objects.count() == 0
    assert list(upkeep.faults()) == []


def test_of_two_merges_at_once_one_does_the_work(bibs, at_once, ten):
    merged = []
    rivals = at_once(*[lambda: merged.append(merge.merge(now=ten))] * 2)
    assert not rivals.refused
    assert sorted(merged) == [0, 20]
    assert search(Query.parse("本")).total == 200


STEPS = [
    (merge, "_note_delta"),
    (merge, "_take_touches"),
    (build, "add"),
    (merge, "_restate"),
    (merge, "_forget_delta"),
]


@pytest.mark.parametrize(("where", "step"), STEPS)
def test_a_merge_whose_connection_is_cut_has_not_happened(bibs, ten, monkeypatch, where, step):
    """At any point: the search goes on with what it had, and the next merge does the work."""
    before = search(Query.parse("本"), per_page=1_000)
    work = getattr(where, step)

    def cut(cursor, *args):
        found = work(cursor, *args)
        cursor.execute("SELECT pg_backend_pid()")
        [(pid,)] = cursor.fetchall()
        with connections.create_connection("default").cursor() as other:
            other.execute("SELECT pg_terminate_backend(%s)", [pid])
            other.connection.close()
        return found

    monkeypatch.setattr(where, step, cut)
    with pytest.raises(Exception, match=r"terminating|closed|lost"):
        merge.merge(now=ten)
        raise AssertionError("the merge outlived its connection")
    monkeypatch.undo()
    connection.close()
    after = search(Query.parse("本"), per_page=1_000)
    assert (after.total, after.bib_ids, after.facets) == (before.total, before.bib_ids, before.facets)
    assert merge.merge(now=ten) == 20
    assert search(Query.parse("本")).total == 200
    assert list(upkeep.faults()) == []


@pytest.mark.parametrize(
    ("where", "step"), [(build, "write_all"), (merge, "_write_facts"), (merge, "_next_generation")]
)
def test_a_renumbering_that_fails_half_way_has_not_happened(bibs, ten, monkeypatch, where, step):
    before = search(Query.parse("本"), per_page=1_000)

    def fail(*args):
        raise MemoryError

    monkeypatch.setattr(where, step, fail)
    with pytest.raises(MemoryError):
        merge.renumber(now=ten)
    monkeypatch.undo()
    after = search(Query.parse("本"), per_page=1_000)
    assert (after.total, after.bib_ids, after.facets) == (before.total, before.bib_ids, before.facets)
    assert merge.renumber(now=ten) == 200
    assert list(upkeep.faults()) == []
