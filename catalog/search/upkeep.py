"""Looking after the index: making it anew, holding it against the bibs, telling its state (CAT-6)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from datetime import datetime

from django.db import connection, transaction

from catalog.models import (
    Bib,
    SearchDelta,
    SearchDocument,
    SearchEntry,
    SearchFact,
    SearchPosting,
    SearchState,
    SearchTouch,
)
from catalog.search import build, index, merge, names, variants
from catalog.search.variants import is_up_to_date

__all__ = ["Status", "faults", "is_up_to_date", "keep_up", "rebuild", "status", "tidy_up"]


def rebuild(*, now: datetime, advance: Callable[[int], None] = lambda bibs: None) -> int:
    """Make the whole index anew by the table of variants as it is now; return the number of bibs.

    Searches go on with the old index until it is done. `advance` is told of each batch, for a progress bar.
    """
    with transaction.atomic():
        merge.wait_for_others()
        variants.take_over_edits(now)
        folding = variants.folding_of_index()
        done = 0
        with names.all_anew(folding) as take_in:
            for batch in index.batches(Bib.objects.order_by("pk").iterator(chunk_size=index.BATCH)):
                index.write([index.entry(bib, folding) for bib in batch], in_delta=False)
                take_in(batch)
                advance(len(batch))
                done += len(batch)
        merge.renumber(now=now)
    merge.vacuum()
    return done


def faults(*, advance: Callable[[int], None] = lambda bibs: None) -> Iterator[tuple[int, str]]:
    """Yield each bib whose row is `missing` or `outdated`: id and what is wrong. An empty answer is a right index.

    `unmerged`: the bib is neither in the postings nor in the delta. `misfiled`: the postings lack some of its tokens,
    which is looked for in a sample.
    """
    folding = variants.folding_of_index()
    columns = [field.name for field in fields(index.Entry)]
    for batch in index.batches(Bib.objects.order_by("pk").iterator(chunk_size=index.BATCH)):
        bib_ids = [bib.pk for bib in batch]
        stored = {row["bib_id"]: row for row in SearchEntry.objects.filter(pk__in=bib_ids).values(*columns)}
        for bib in batch:
            row = stored.get(bib.pk)
            if row is None:
                yield bib.pk, "missing"
            elif index.Entry(**row) != index.entry(bib, folding):
                yield bib.pk, "outdated"
        yield from build.faults(bib_ids)
        advance(len(batch))


def keep_up(*, now: datetime) -> dict[str, int]:
    """Merge where much has changed, else bring up to date what changed of copies; return how much that was."""
    if SearchDelta.objects.count() < merge.MERGE_AT:
        return {"refreshed": merge.refresh()}
    merged = merge.merge(now=now)
    merge.vacuum()
    return {"merged": merged}


def tidy_up(*, now: datetime, renumbers: bool) -> dict[str, int]:
    """Merge all there is, or give all documents new numbers by their rank; return how many bibs that were."""
    counts = {"numbered": merge.renumber(now=now)} if renumbers else {"merged": merge.merge(now=now)}
    merge.vacuum()
    return counts


@dataclass(frozen=True, slots=True)
class Status:
    """The state of the index; `megabytes` with all its indexes, `rebuilt_at` None where it has only grown.

    `documents` are in the postings; `delta` bibs wait to be merged, `touches` of copies to be counted.
    """

    bibs: int
    entries: int
    documents: int
    delta: int
    touches: int
    megabytes: int
    variants: int
    rebuilt_at: datetime | None
    merged_at: datetime | None
    is_up_to_date: bool


TABLES = (SearchEntry, SearchDelta, SearchTouch, SearchDocument, SearchPosting, SearchFact)


def status() -> Status:
    """Return the state of the index."""
    state = SearchState.objects.first()
    with connection.cursor() as cursor:
        tables = [table._meta.db_table for table in TABLES]
        cursor.execute("SELECT sum(pg_total_relation_size(name)) FROM unnest(%s::text[]) AS name", [tables])
        (size,) = cursor.fetchone()
    return Status(
        bibs=Bib.objects.count(),
        entries=SearchEntry.objects.count(),
        documents=SearchDocument.objects.count(),
        delta=SearchDelta.objects.count(),
        touches=SearchTouch.objects.count(),
        megabytes=round(size / 1_000_000),
        variants=len(state.variants if state else variants.edited()),
        rebuilt_at=state.rebuilt_at if state else None,
        merged_at=state.merged_at if state else None,
        is_up_to_date=is_up_to_date(),
    )
