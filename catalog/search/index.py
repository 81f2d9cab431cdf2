"""What search keeps of a bib: its entry, and its row of the delta until the next merge (CAT-6).

Both are written in the transaction that changes the bib.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from itertools import islice

from django.db import connection, transaction

from catalog.interchange import isbn
from catalog.models import Bib
from catalog.search import names, tokens, variants
from catalog.search.bulk import as_json
from catalog.search.fold import Folding, joined

KEY_LENGTH = 200
"""Characters of a title that are compared as a whole and by their beginning: an index row of PostgreSQL is short."""

TEXT_LENGTH = 30_000
"""Characters of a bib that are indexed; a tsvector holds no more than a megabyte. Real records have a tenth of it."""

BATCH = 1_000
"""Bibs written by one statement."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What the index holds of one bib; the names are the columns of SearchEntry."""

    bib_id: int
    title_exact: str
    title_folded: str
    reading_folded: str
    exact: str
    titles: str
    readings: str
    authors: str
    publishers: str
    subjects: str
    series: str
    folded: str
    marks: str  # tokens with a mark between blanks
    material: str
    language: str
    year: int | None
    ndc1: str


def index_bibs(bibs: Iterable[Bib]) -> None:
    """Make bibs findable as they are now; call it in the transaction that changes them (CAT-6).

    A bib that is there already is replaced. Takes a million bibs as well as one: it holds a batch at a time.
    """
    with transaction.atomic():
        folding = variants.folding_for_writing()
        for batch in batches(bibs):
            written = write([entry(bib, folding) for bib in batch])
            changed = [bib for bib in batch if bib.pk in written]
            names.add(changed, folding, counted={bib_id for bib_id, is_new in written.items() if is_new})


def entry(bib: Bib, folding: Folding) -> Entry:
    """Return the row of a bib."""
    people = [contributor.get("name") or "" for contributor in bib.contributors]
    other_titles = [bib.subtitle, bib.volume, *bib.alt_titles]
    title, exact_title = folding(bib.title), folding.exact(bib.title)
    titles = joined([title, *map(folding, other_titles)])
    reading = folding.reading(bib.title_kana)
    readings = joined([reading, folding.reading(bib.subtitle_kana)])
    authors = joined(
        [
            *map(folding, people),
            *(folding.reading(contributor.get("kana") or "") for contributor in bib.contributors),
        ]
    )
    publishers = folding(bib.publisher)
    subjects = joined(map(folding, bib.subjects))
    series = joined(map(folding, bib.series))
    others = joined(map(folding, [bib.place, bib.edition, bib.notes, bib.contents]))
    folded = joined([titles, readings, authors, publishers, subjects, series, others])[:TEXT_LENGTH]
    classes = list(_notations(bib))
    return Entry(
        bib_id=bib.pk,
        title_exact=exact_title[:KEY_LENGTH],
        title_folded=title[:KEY_LENGTH],
        reading_folded=reading[:KEY_LENGTH],
        exact=joined(
            [
                exact_title,
                *map(folding.exact, [*other_titles, bib.title_kana, *people, *bib.subjects, *bib.series]),
            ]
        ),
        titles=titles,
        readings=readings,
        authors=authors,
        publishers=publishers,
        subjects=subjects,
        series=series,
        folded=folded,
        marks=tokens.marks(tokens.words_of(folded), _numbers(bib), classes),
        material=bib.material,
        language=bib.language,
        year=bib.year,
        ndc1="".join(sorted({notation[0] for notation in classes if notation[0].isdecimal()})),
    )


def numbers(text: str) -> list[str]:
    """Return the forms under which a number is found: as typed, and as an ISBN-13 if it is an ISBN (CAT-1)."""
    forms = {isbn.as_typed(text), isbn.isbn13(text) or ""}
    return sorted(plain for form in forms if (plain := re.sub(r"[^0-9A-Z]", "", form)))


def _numbers(bib: Bib) -> Iterator[str]:
    for text in (*bib.isbns, bib.issn, bib.jpno):
        yield from numbers(text)


def _notations(bib: Bib) -> Iterator[str]:
    """The classes of a bib, those with a mark like K933 without it too."""
    for text in bib.ndc:
        if plain := notation(text):
            yield plain
            if without_mark := plain.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"):
                yield without_mark


def notation(text: str) -> str:
    """Return a class as it is compared: `９１３．６` → `913.6`."""
    return re.sub(r"[^0-9A-Z.]", "", isbn.as_typed(text)).strip(".")


def batches(bibs: Iterable[Bib]) -> Iterator[list[Bib]]:
    """Cut into batches; the same bib twice in one, as a file may have it, counts as its last state."""
    waiting = iter(bibs)
    while batch := list(islice(waiting, BATCH)):
        # In ascending order, so that writers side by side wait for one another instead of for ever.
        yield sorted({bib.pk: bib for bib in batch}.values(), key=lambda bib: bib.pk)


_COLUMNS = [field.name for field in fields(Entry)]
_TYPES = {"bib_id": "bigint", "year": "integer"}
_WRITE = (
    (  # noqa: S608 - made of the names of our own columns
        "INSERT INTO catalog_searchentry ({columns}) SELECT {columns} FROM json_to_recordset(%s) AS new ({types})"
        " ON CONFLICT (bib_id) DO UPDATE SET {changes}"
        " WHERE ({old}) IS DISTINCT FROM ({new})"  # what is as it was costs no new row
        " RETURNING bib_id, xmax = 0"  # a row that is inserted has never been locked
    ).format(
        columns=", ".join(_COLUMNS),
        types=", ".join(f"{column} {_TYPES.get(column, 'text')}" for column in _COLUMNS),
        changes=", ".join(f"{column} = excluded.{column}" for column in _COLUMNS[1:]),
        old=", ".join(f"catalog_searchentry.{column}" for column in _COLUMNS[1:]),
        new=", ".join(f"excluded.{column}" for column in _COLUMNS[1:]),
    )
)
_WRITE_DELTA = """
    INSERT INTO catalog_searchdelta (bib_id, tokens)
    SELECT bib_id, array_to_tsvector(string_to_array(tokens, ' '))
    FROM json_to_recordset(%s) AS new (bib_id bigint, tokens text)
    ON CONFLICT (bib_id) DO UPDATE SET tokens = excluded.tokens, stamp = excluded.stamp
"""


def write(entries: list[Entry], *, in_delta: bool = True) -> dict[int, bool]:
    """Write entries, and their rows of the delta; return the bibs whose entry is new (True) or changed (False)."""
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, [as_json({column: getattr(row, column) for column in _COLUMNS} for row in entries)])
        written = dict(cursor.fetchall())
        if in_delta:
            changed = (row for row in entries if row.bib_id in written)
            delta = as_json({"bib_id": row.bib_id, "tokens": " ".join(sorted(lexemes(row)))} for row in changed)
            cursor.execute(_WRITE_DELTA, [delta])
    return written


def lexemes(row: Entry) -> set[str]:
    """Return the tokens of an entry in the delta."""
    return tokens.tokens_of(row.folded) | set(row.marks.split())
