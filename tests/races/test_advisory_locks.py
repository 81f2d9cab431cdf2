"""Each advisory lock taken away in turn, and what then goes wrong (OPS-2, CAT-6).

In each meeting one has not ended yet when the other begins. With the lock the other waits or leaves it to the first,
and the end is sound; without it, it is not.
"""

import threading
from datetime import date
from unittest.mock import patch

import pytest
from django.db import Error, connections, transaction

from catalog import actions as catalog
from catalog.interchange import BibRecord
from catalog.models import Appearance, Bib, KanjiVariant
from catalog.search import Query, build, index_bibs, merge, search, upkeep
from okalib import jobs
from okalib.models import JobRun
from tests.factories import BibFactory
from tests.races.mutations import places_of_advisory_locks, without_advisory_lock

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]

HELD_UP = 2  # seconds: who has not come through by then waits for the lock
DAY = date(2026, 12, 1)


def meet(first, second):
    """Do the second while the first has not ended; `first` is told what to call when it has come half way."""
    there, done = threading.Event(), threading.Event()

    def half_way():
        there.set()
        done.wait(HELD_UP)

    failed = []

    def run():
        try:
            first(half_way)
        except Exception as error:
            failed.append(error)
        finally:
            there.set()
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    assert there.wait(20)
    try:
        answer = second()
    finally:
        done.set()
        thread.join(20)
    assert not failed, failed
    return answer


def not_committed(work):
    """Do some work, and come half way when all is done but not committed."""

    def run(half_way):
        with transaction.atomic():
            work()
            half_way()

    return run


def take_in(name, now):
    catalog.import_records(records=[BibRecord(source="test", source_id=name, title=name)], now=now)


def two_close_a_batch(now):
    """Who was told of all batches up to a number is never to learn of more in them."""
    told = []

    def close():
        number = catalog.close_batch()
        told.append((number, in_batches_up_to(number)))

    def take_in_another_and_close():
        take_in("犬", now)
        close()

    take_in("猫", now)
    meet(not_committed(close), take_in_another_and_close)
    assert len(told) == 2
    assert [in_batches_up_to(number) for number, _seen in told] == [seen for _number, seen in told]


def in_batches_up_to(number):
    return set(Appearance.objects.filter(batch__lte=number).values_list("bib_id", flat=True))


def a_library(now):
    bibs = Bib.objects.bulk_create(
        BibFactory.build(source_id=str(n), title=f"本 {n}", title_kana="") for n in range(60)
    )
    index_bibs(bibs[:55])
    merge.renumber(now=now)
    index_bibs(bibs[55:])


def is_found_rightly(number):
    assert list(upkeep.faults()) == []
    assert search(Query.parse("本")).total == number


def two_merge(now):
    a_library(now)
    assert meet(not_committed(lambda: merge.merge(now=now)), lambda: merge.merge(now=now)) == 0
    is_found_rightly(60)


def a_rebuild_during_a_merge(now):
    a_library(now)
    Bib.objects.filter(source_id="7").update(title="後")
    add = build.add

    def merge_slowly(half_way):
        with patch.object(build, "add", lambda *args: (half_way(), add(*args))):
            merge.merge(now=now)

    meet(merge_slowly, lambda: upkeep.rebuild(now=now))
    assert search(Query.parse("後")).total == 1
    is_found_rightly(59)


def a_rebuild_while_somebody_writes(now):
    """The table of variants has changed: what is written by the old one is not to be left among what is by the new."""
    a_library(now)
    KanjiVariant.objects.create(variant="丼", standard="井")
    meet(
        not_committed(lambda: index_bibs([BibFactory(title="丼の本", title_kana="")])), lambda: upkeep.rebuild(now=now)
    )
    is_found_rightly(61)


def one_job_twice(now):
    """The second would take the first, which is at work, for one that was killed."""
    halves, seen = [], []

    def work(day, now):
        seen.append(sorted(JobRun.objects.filter(job="rehearsed").values_list("state", flat=True)))
        if len(seen) == 1:
            halves[0]()

    def first(half_way):
        halves.append(half_way)
        jobs.run_for("rehearsed", DAY, now=now)

    jobs.known()  # all the others are entered first, and stay
    with patch.dict(jobs._registry):
        jobs.job("rehearsed")(work)
        meet(first, lambda: jobs.run_for("rehearsed", DAY, now=now))
    assert seen == [["running"], ["done", "running"]]


NOTICED = {
    "catalog/actions/appearances.py close_batch": two_close_a_batch,
    "catalog/search/merge.py _alone": two_merge,
    "catalog/search/merge.py wait_for_others": a_rebuild_during_a_merge,
    "catalog/search/variants.py folding_for_writing": a_rebuild_while_somebody_writes,
    "catalog/search/variants.py take_over_edits": a_rebuild_while_somebody_writes,
    "okalib/jobs.py _alone": one_job_twice,
}
"""By lock, the meeting that notices its absence."""


@pytest.mark.parametrize("meeting", dict.fromkeys(NOTICED.values()))
def test_with_its_lock_a_meeting_ends_well(meeting, ten):
    meeting(ten)


@pytest.mark.parametrize("lock", NOTICED)
def test_without_this_lock_a_meeting_ends_badly(lock, ten):
    with without_advisory_lock(lock), pytest.raises((AssertionError, Error)):
        NOTICED[lock](ten)


def test_every_advisory_lock_is_missed_by_a_meeting():
    assert places_of_advisory_locks() == NOTICED.keys()
