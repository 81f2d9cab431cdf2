"""Taking descriptions into the catalogue."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from catalog.actions.appearances import note_appearances
from catalog.interchange import BibRecord
from catalog.models import Bib
from catalog.search import index_bibs
from okalib.transactions import verb

COLUMNS = (
    "material title title_kana subtitle subtitle_kana volume alt_titles contributors publisher place year date_text "
    "edition series ndc ndc_edition subjects language isbns issn jpno extent size price notes contents audience"
)
FIELDS = {field.name: field for field in Bib._meta.concrete_fields}
LENGTHS = {name: FIELDS[name].max_length for name in ("source", "source_id", "language")}
SPARE_LENGTHS = {name: FIELDS[name].max_length for name in ("issn", "jpno", "ndc_edition")}

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class ImportedBatch:
    """What became of a batch: how many bibs are new, changed, or were already so, and all of their ids."""

    new: int
    updated: int
    unchanged: int
    bib_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Unstorable:
    """A field that is too long for its column, where to cut it would make something else of it."""

    field: str
    length: int


def unstorable(record: BibRecord) -> Unstorable | None:
    """Say why a record cannot be stored, or None."""
    for field, longest in LENGTHS.items():
        if longest is not None and len(getattr(record, field)) > longest:
            return Unstorable(field, len(getattr(record, field)))
    return None


@verb
def import_records(*, records: Iterable[BibRecord], now: datetime) -> ImportedBatch:
    """Make or change the bibs that the records describe, and their search entries, in one transaction (CAT-1).

    Of several records with one key the last counts. A bib that already says the same is not written. What staff alone
    decide, on order and suppressed, stays as it is. Records must have passed `unstorable`.
    """
    latest = {(record.source, record.source_id): _columns(record) for record in records}
    known = _known(latest)
    # One order for all importers, so that two at once do not wait for each other.
    changed = {key: latest[key] for key in sorted(latest) if key not in known or not _says(known[key], latest[key])}
    new = sum(key not in known for key in changed)
    ids = {key: bib.pk for key, bib in known.items()} | _write(changed, now)
    index_bibs(_as_written(changed, known, ids, now))
    note_appearances(bib_ids=[ids[key] for key in changed], now=now)
    return ImportedBatch(new, len(changed) - new, len(latest) - len(changed), tuple(ids[key] for key in latest))


def _known(latest: Mapping[Key, Any]) -> dict[Key, Bib]:
    """Return the bibs that there are for the keys, locked in the order of their ids."""
    by_source: dict[str, list[str]] = defaultdict(list)
    for source, source_id in latest:
        by_source[source].append(source_id)
    known: dict[Key, Bib] = {}
    for source, source_ids in sorted(by_source.items()):
        bibs = Bib.objects.filter(source=source, source_id__in=source_ids).order_by("pk")
        for bib in bibs.select_for_update(of=("self",), no_key=True):
            known[bib.source, bib.source_id] = bib
    return known


def _columns(record: BibRecord) -> dict[str, Any]:
    """Return the columns of a bib for a record; a number too long for its column is kept as a note."""
    notes = list(record.notes)
    spare = {}
    for field, longest in SPARE_LENGTHS.items():
        value = getattr(record, field)
        if longest is not None and len(value) > longest:
            notes.append(f"{field}: {value}")
            value = ""
        spare[field] = value
    return {
        **{name: getattr(record, name) for name in COLUMNS.split()},
        **spare,
        "material": record.material.value,
        "alt_titles": list(record.alt_titles),
        "contributors": [
            {"name": person.name, "kana": person.kana, "role": person.role} for person in record.contributors
        ],
        "series": list(record.series),
        "ndc": list(record.ndc),
        "subjects": list(record.subjects),
        "isbns": [*record.isbns, *(number for number in record.wrong_isbns if number not in record.isbns)],
        "notes": "\n".join(notes),
        "contents": "\n".join(record.contents),
    }


def _says(bib: Bib, columns: Mapping[str, Any]) -> bool:
    return all(getattr(bib, name) == value for name, value in columns.items())


def _write(changed: Mapping[Key, Mapping[str, Any]], now: datetime) -> dict[Key, int]:
    """Insert or overwrite the bibs and return their ids.

    One JSON document carries all the rows: a statement with thirty placeholders a row takes the client five times as
    long to put together as the server needs for the rows.
    """
    if not changed:
        return {}
    rows = [{"source": source, "source_id": source_id, **columns} for (source, source_id), columns in changed.items()]
    with connection.cursor() as cursor:
        cursor.execute(_UPSERT, {"rows": json.dumps(rows, ensure_ascii=False), "now": now})
        return {(source, source_id): bib_id for bib_id, source, source_id in cursor.fetchall()}


def _as_written(
    changed: Mapping[Key, Mapping[str, Any]], known: Mapping[Key, Bib], ids: Mapping[Key, int], now: datetime
) -> Iterator[Bib]:
    for key, columns in changed.items():
        if (bib := known.get(key)) is None:
            yield Bib(pk=ids[key], source=key[0], source_id=key[1], updated_at=now, **columns)
            continue
        for name, value in columns.items():
            setattr(bib, name, value)
        bib.updated_at = now
        yield bib


def _upsert() -> str:
    names = ["source", "source_id", *COLUMNS.split()]
    types = ", ".join(f"{name} {FIELDS[name].db_type(connection)}" for name in names)
    changes = ", ".join(f"{name} = excluded.{name}" for name in [*COLUMNS.split(), "updated_at"])
    return (
        f"INSERT INTO {Bib._meta.db_table} ({', '.join(names)}, is_on_order, is_suppressed, updated_at)"  # noqa: S608
        f" SELECT {', '.join(names)}, false, false, %(now)s FROM json_to_recordset(%(rows)s) AS record({types})"
        f" ON CONFLICT (source, source_id) DO UPDATE SET {changes} RETURNING id, source, source_id"
    )


_UPSERT = _upsert()
