"""Bringing the delta into the postings, in the background (CAT-6).

Three works, each in one transaction and under one lock; a rival finds nothing to do. A search sees all of a work or
nothing of it, and a work that is killed has not happened.

`refresh`   works touches into the facts: copies went out and came back.
`merge`     gives the bibs of the delta the next numbers and adds these to the postings. Old numbers of theirs leave the
            facts, LIVE above all; in the postings they stay and mean nothing.
`renumber`  makes everything anew in the order of rank, when the numbers have grown old or much has changed.

Writers wait for none of these: what they change meanwhile has a stamp that the work has not seen, and stays in the
delta.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from pyroaring import BitMap

from catalog.models import SearchDelta, SearchDocument, SearchFact, SearchPosting, SearchState, SearchTouch
from catalog.search import bits, build, facts, ranking
from catalog.search.build import Advance
from catalog.search.bulk import copy_into, streamed
from catalog.search.facts import TITLE_ORDER, Kept
from catalog.search.postings import DOCUMENTS

MERGE_AT = 300
"""Bibs in the delta from which on it is merged without waiting for the night: so many cost a common word a few
milliseconds, and a merge costs some seconds, whether of three hundred bibs or of five thousand."""

RENUMBER_SHARE = 0.2
"""Where so many of all bibs wait in the delta or are unranked, making everything anew is quicker or better."""

_LOCK = 0x5EA6D  # any number that no other advisory lock of ours has


def refresh() -> int:
    """Bring the facts up to date with the copies that changed; return how many documents that were."""
    with _alone() as (is_free, cursor):
        if not is_free or not SearchTouch.objects.exists() or not _generation():
            return 0
        numbers = _take_touches(cursor)
        _restate(cursor, numbers, gone=[])
        _next_generation(cursor)
        return len(numbers)


def merge(*, now: datetime, advance: Advance = lambda bibs: None) -> int:
    """Merge the delta; return how many bibs that were. Makes everything anew where that is better."""
    with _alone() as (is_free, cursor):
        if not is_free:
            return 0
        delta, documents = SearchDelta.objects.count(), SearchDocument.objects.count()
        state = SearchState.objects.first()
        unranked = state.next_number - state.ranked if state else 0
        if not delta and not SearchTouch.objects.exists():
            return 0
        if not documents or delta + unranked > RENUMBER_SHARE * documents:
            _renumber(cursor, now, advance)
            return delta
        _note_delta(cursor)
        touched = _take_touches(cursor)
        gone = _column(
            cursor,
            "DELETE FROM catalog_searchdocument WHERE bib_id IN (SELECT bib_id FROM merged) RETURNING number",
        )
        new = _column(cursor, _NUMBER_DELTA, [state.next_number if state else 0])
        build.add(cursor, new, advance)
        _restate(cursor, sorted({*touched, *new} - set(gone)), gone)
        SearchState.objects.update(next_number=(state.next_number if state else 0) + len(new), merged_at=now)
        _forget_delta(cursor)
        _next_generation(cursor)
        return delta


def renumber(*, now: datetime, advance: Advance = lambda bibs: None) -> int:
    """Make postings and facts anew, documents in the order of their rank; return how many there are."""
    with _alone() as (is_free, cursor):
        return _renumber(cursor, now, advance) if is_free else 0


def wait_for_others() -> None:
    """Wait until no other work is under way, and let none begin before the end of this transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def vacuum() -> None:
    """Give back the room of rows that a work has replaced; outside of a transaction, or nothing happens."""
    if connection.in_atomic_block:
        return
    with connection.cursor() as cursor:
        for model in (SearchPosting, SearchFact, SearchDocument, SearchDelta, SearchTouch):
            cursor.execute(f"VACUUM (ANALYZE) {model._meta.db_table}")


# --- everything anew -----------------------------------------------------------------------------------------------


def _renumber(cursor: CursorWrapper, now: datetime, advance: Advance) -> int:
    _note_delta(cursor)
    SearchTouch.objects.all().delete()
    for model in (SearchDocument, SearchPosting, SearchFact):
        cursor.execute(f"DELETE FROM {model._meta.db_table}")  # noqa: S608 - a table of ours
    cursor.execute(_NUMBER_ALL)
    number = cursor.rowcount
    build.write_all(cursor, advance)
    kept: Kept = defaultdict(dict)
    for (kind, value), numbers in _grouped(facts.gathered(streamed)).items():
        kept[kind][value] = BitMap(numbers)
    in_order = (number for (number,) in streamed(_BY_TITLE, []))
    for bit, numbers in bits.places(in_order):
        kept[TITLE_ORDER][str(bit)] = BitMap(numbers)
    _write_facts(cursor, kept)
    SearchState.objects.update(ranked=number, next_number=number, merged_at=now, ranked_at=now)
    _forget_delta(cursor)
    _next_generation(cursor)
    return number


_NUMBER_ALL = f"""
    INSERT INTO catalog_searchdocument (number, bib_id, rank)
    SELECT row_number() OVER (ORDER BY rank DESC, bib_id) - 1, bib_id, rank
    FROM (SELECT e.bib_id, {ranking.RANK} AS rank FROM catalog_searchentry e) ranked
"""  # noqa: S608 - made of our own words
_BY_TITLE = f"""
    SELECT d.number FROM {DOCUMENTS}
    ORDER BY coalesce(nullif(e.reading_folded, ''), e.title_folded) COLLATE "C", e.bib_id
"""  # noqa: S608 - made of our own words


# --- the delta -----------------------------------------------------------------------------------------------------

_NUMBER_DELTA = f"""
    INSERT INTO catalog_searchdocument (number, bib_id, rank)
    SELECT %s + row_number() OVER (ORDER BY e.bib_id) - 1, e.bib_id, {ranking.RANK}
    FROM merged JOIN catalog_searchentry e ON e.bib_id = merged.bib_id
    RETURNING number
"""  # noqa: S608 - made of our own words


def _note_delta(cursor: CursorWrapper) -> None:
    """Note what this work has seen of the delta."""
    cursor.execute("CREATE TEMPORARY TABLE merged ON COMMIT DROP AS SELECT bib_id, stamp FROM catalog_searchdelta")


def _forget_delta(cursor: CursorWrapper) -> None:
    """Remove what this work has seen; a row that was changed meanwhile has another stamp and stays."""
    cursor.execute(
        "DELETE FROM catalog_searchdelta d USING merged WHERE d.bib_id = merged.bib_id AND d.stamp = merged.stamp"
    )
    cursor.execute("DROP TABLE merged")


def _take_touches(cursor: CursorWrapper) -> list[int]:
    """Remove the touches that are committed; return the documents they touch. What they tell is read after that."""
    cursor.execute("DELETE FROM catalog_searchtouch RETURNING bib_id")
    bib_ids = list({bib_id for (bib_id,) in cursor.fetchall()})
    return _column(cursor, "SELECT number FROM catalog_searchdocument WHERE bib_id = ANY(%s)", [bib_ids])


# --- facts ---------------------------------------------------------------------------------------------------------


def _restate(cursor: CursorWrapper, numbers: list[int], gone: list[int]) -> None:
    """State the facts of some documents anew, and none of those that are gone."""

    def read(text: str, params: list) -> list[tuple]:
        cursor.execute(text, params)
        return cursor.fetchall()

    kept = facts.load()
    leaving, restated = BitMap(gone), BitMap(numbers)
    for kind, values in kept.items():
        for bitmap in values.values():
            bitmap -= leaving
            if kind != TITLE_ORDER:
                bitmap -= restated
    for (kind, value), having in _grouped(facts.gathered(read, numbers)).items():
        kept[kind].setdefault(value, BitMap()).update(having)
    cursor.execute("DELETE FROM catalog_searchfact")
    _write_facts(cursor, kept)


def _write_facts(cursor: CursorWrapper, kept: Kept) -> None:
    rows = (
        (kind, value, bitmap.serialize()) for kind, values in kept.items() for value, bitmap in values.items() if bitmap
    )
    copy_into(cursor, "catalog_searchfact (kind, value, bits)", rows)


def _grouped(gathered: Iterable[facts.Fact]) -> dict[tuple[str, str], list[int]]:
    found: dict[tuple[str, str], list[int]] = defaultdict(list)
    for kind, value, number in gathered:
        found[kind, value].append(number)
    return found


# --- the database --------------------------------------------------------------------------------------------------


@contextmanager
def _alone() -> Iterator[tuple[bool, CursorWrapper]]:
    """A transaction that is the only one to work on the postings, or that is told that it is not."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        ((is_free,),) = cursor.fetchall()
        yield is_free, cursor


def _generation() -> int:
    return SearchState.objects.values_list("generation", flat=True).first() or 0


def _next_generation(cursor: CursorWrapper) -> None:
    cursor.execute("UPDATE catalog_searchstate SET generation = nextval('catalog_search_stamp')")


def _column(cursor: CursorWrapper, text: str, params: list | None = None) -> list:
    cursor.execute(text, params)
    return [value for (value,) in cursor.fetchall()]
