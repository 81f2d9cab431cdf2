"""The authors and subjects that are suggested while a word is being typed, kept beside the index (CAT-6)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager

from django.db import connection

from catalog.models import Bib, SearchName
from catalog.search.bulk import as_json, copy_into
from catalog.search.fold import Folding

KEY_LENGTH = 60
"""Folded characters by which a name is looked up."""

LONGEST_NAME = 100
"""Characters; what is longer is a sentence, and nobody is helped by it in a short list."""

Row = tuple[str, str, str]  # kind, key, name


def add(bibs: Collection[Bib], folding: Folding, *, counted: Collection[int]) -> None:
    """Take in the names of some bibs; those whose ids are `counted` make their names come earlier in the list.

    No writer waits for another over a name that both know: a count that another transaction holds stays as it is. It
    only orders the list, and is exact again when the index is made anew. Names of hidden bibs are not taken in.
    """
    rows: Counter[Row] = Counter()
    for bib in bibs:
        if not bib.is_suppressed:
            for row in set(_rows(bib, folding)):
                rows[row] += bib.pk in counted
    if not rows:
        return
    # In one order for all writers: a name that is new to two of them lets the second wait, but not both for ever.
    document = as_json(
        {"kind": kind, "key": key, "name": name, "bibs": count} for (kind, key, name), count in sorted(rows.items())
    )
    with connection.cursor() as cursor:
        cursor.execute(_TAKE_IN, [document])


@contextmanager
def all_anew(folding: Folding) -> Iterator[Callable[[Iterable[Bib]], None]]:
    """Make the list anew from all bibs, which are handed over within the block, batch after batch.

    They are counted at its end: a common name would else be written as often as it is found.
    """
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE named (kind text, key text, name text) ON COMMIT DROP")

        def take_in(bibs: Iterable[Bib]) -> None:
            shown = (bib for bib in bibs if not bib.is_suppressed)
            copy_into(cursor, "named (kind, key, name)", (row for bib in shown for row in set(_rows(bib, folding))))

        yield take_in
        SearchName.objects.all().delete()
        cursor.execute(
            "INSERT INTO catalog_searchname (kind, key, name, bibs)"
            " SELECT kind, key, name, count(*) FROM named GROUP BY kind, key, name"
        )
        cursor.execute("DROP TABLE named")


_TAKE_IN = """
    WITH named AS MATERIALIZED (
        SELECT * FROM json_to_recordset(%s) AS named (kind text, key text, name text, bibs integer)
    ), new AS (
        INSERT INTO catalog_searchname (kind, key, name, bibs) SELECT kind, key, name, bibs FROM named
        ON CONFLICT DO NOTHING
    ), free AS MATERIALIZED (
        SELECT known.id, named.bibs
        FROM named JOIN catalog_searchname known USING (kind, key, name)
        WHERE named.bibs > 0
        FOR UPDATE OF known SKIP LOCKED
    )
    UPDATE catalog_searchname known SET bibs = known.bibs + free.bibs FROM free WHERE known.id = free.id
"""
"""A statement sees no rows of its own: what is new has its number already, and only what was known is counted up."""


def _rows(bib: Bib, folding: Folding) -> Iterator[Row]:
    for contributor in bib.contributors:
        name = contributor.get("name") or ""
        for spelling in (name, contributor.get("kana") or ""):
            yield from _row(SearchName.AUTHOR, spelling, name, folding)
    for subject in bib.subjects:
        yield from _row(SearchName.SUBJECT, subject, subject, folding)


def _row(kind: str, spelling: str, name: str, folding: Folding) -> Iterator[Row]:
    shown = " ".join(name.replace("\0", "").split())
    key = folding(spelling)[:KEY_LENGTH]
    if key and shown and len(shown) <= LONGEST_NAME:
        yield kind, key, shown
