"""Looking after the index: making it anew, holding it against the bibs, telling its state (CAT-6)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from datetime import datetime

from django.db import connection, transaction

from catalog.models import Bib, SearchEntry, SearchState
from catalog.search import index, names, variants
from catalog.search.variants import is_up_to_date

__all__ = ["Status", "faults", "is_up_to_date", "rebuild", "status"]


def rebuild(*, now: datetime, advance: Callable[[int], None] = lambda bibs: None) -> int:
    """Make the whole index anew by the table of variants as it is now; return the number of bibs.

    Searches go on with the old index until it is done. `advance` is told of each batch, for a progress bar.
    """
    with transaction.atomic():
        variants.take_over_edits(now)
        folding = variants.folding_of_index()
        names.forget()
        done = 0
        for batch in index.batches(Bib.objects.order_by("pk").iterator(chunk_size=index.BATCH)):
            index.write([index.entry(bib, folding) for bib in batch])
            names.add(batch, folding, counted={bib.pk for bib in batch})
            advance(len(batch))
            done += len(batch)
    return done


def faults(*, advance: Callable[[int], None] = lambda bibs: None) -> Iterator[tuple[int, str]]:
    """Yield each bib whose row is `missing` or `outdated`: id and what is wrong. An empty answer is a right index."""
    folding = variants.folding_of_index()
    columns = [field.name for field in fields(index.Entry)]
    for batch in index.batches(Bib.objects.order_by("pk").iterator(chunk_size=index.BATCH)):
        rows = SearchEntry.objects.filter(pk__in=[bib.pk for bib in batch]).extra(
            select={"tokens": "array_to_string(tsvector_to_array(tokens), ' ')"}
        )
        stored = {row["bib_id"]: row for row in rows.values(*columns)}
        for bib in batch:
            row = stored.get(bib.pk)
            if row is None:
                yield bib.pk, "missing"
            elif index.Entry(**row | {"tokens": _in_order(row["tokens"])}) != index.entry(bib, folding):
                yield bib.pk, "outdated"
        advance(len(batch))


@dataclass(frozen=True, slots=True)
class Status:
    """The state of the index; `megabytes` with all its indexes, `rebuilt_at` None where it has only grown."""

    bibs: int
    entries: int
    megabytes: int
    variants: int
    rebuilt_at: datetime | None
    is_up_to_date: bool


def status() -> Status:
    """Return the state of the index."""
    state = SearchState.objects.first()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_total_relation_size(%s)", [SearchEntry._meta.db_table])
        (size,) = cursor.fetchone()
    return Status(
        bibs=Bib.objects.count(),
        entries=SearchEntry.objects.count(),
        megabytes=round(size / 1_000_000),
        variants=len(state.variants if state else variants.edited()),
        rebuilt_at=state.rebuilt_at if state else None,
        is_up_to_date=is_up_to_date(),
    )


def _in_order(lexemes: str) -> str:
    return " ".join(sorted(lexemes.split(" "))) if lexemes else ""
