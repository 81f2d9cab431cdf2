"""Bibs made of the real records that lie beside the project, if they do."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from catalog.models import Bib

FILE = Path(__file__).resolve().parents[3] / "shared" / "data" / "bib_ja.jsonl.gz"
IS_THERE = FILE.exists()
WHY_SKIPPED = "the real records (../shared/data/bib_ja.jsonl.gz) are not on this machine"


def bibs(number: int | None = None, every: int = 1) -> Iterator[Bib]:
    """Yield unsaved bibs: `number` of them, of every so-manieth record."""
    with gzip.open(FILE, "rt", encoding="utf-8") as lines:
        for line in islice(lines, 0, None if number is None else number * every, every):
            yield _bib(json.loads(line))


def _bib(record: dict) -> Bib:
    def texts(name: str) -> list[str]:
        value = record.get(name) or []
        return [str(one) for one in value] if isinstance(value, list) else [str(value)]

    creators = record.get("creators") or []
    return Bib(
        source=record["src"],
        source_id=record["id"],
        material="book",
        title=record["title"],
        title_kana=record.get("title_kana") or "",
        subtitle=record.get("subtitle") or "",
        subtitle_kana=record.get("subtitle_kana") or "",
        volume=str(record.get("volume") or ""),
        alt_titles=texts("alt_title"),
        contributors=[{"name": one.get("name", ""), "kana": one.get("kana", "")} for one in creators],
        publisher=record.get("publisher") or "",
        place=record.get("place") or "",
        year=record.get("year"),
        edition=record.get("edition") or "",
        series=texts("series"),
        ndc=texts("ndc"),
        subjects=texts("subjects"),
        language=(record.get("lang") or "")[:10],
        isbns=texts("isbn") + texts("isbn_bad"),
        issn="".join(texts("issn"))[:20],
        jpno=str(record.get("jpno") or "")[:20],
        notes="\n".join(texts("note")),
        contents="\n".join(texts("contents")),
    )
