"""Descriptions from a table, whose columns are named by a mapping or known by their usual Japanese headings."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import IO, Any

from catalog.interchange import json_lines, statements, tables
from catalog.interchange.record import BibRecord, Reason, Reject

FIELDS = {
    "source_id": ("書誌番号", "書誌ID", "管理番号", "MARC番号", "id"),
    "title": ("書名", "タイトル", "題名", "本タイトル", "title"),
    "title_kana": ("書名カナ", "書名ヨミ", "タイトルヨミ", "タイトルカナ", "書名よみ", "title_kana"),
    "subtitle": ("副書名", "サブタイトル", "副題", "subtitle"),
    "subtitle_kana": ("副書名カナ", "副書名ヨミ", "サブタイトルヨミ", "subtitle_kana"),
    "volume": ("巻号", "巻次", "巻冊", "巻", "volume"),
    "author": ("著者", "著者名", "責任表示", "著者等", "author"),
    "author_kana": ("著者カナ", "著者ヨミ", "著者名ヨミ", "author_kana"),
    "publisher": ("出版者", "出版社", "発行所", "publisher"),
    "place": ("出版地", "place"),
    "date": ("出版年月", "出版年月日", "出版年", "発行年月日", "発行年", "発売日", "date", "year"),
    "edition": ("版", "版表示", "版次", "edition"),
    "series": ("シリーズ", "シリーズ名", "叢書名", "series"),
    "ndc": ("分類", "分類記号", "NDC", "ndc"),
    "subjects": ("件名", "subjects"),
    "language": ("言語", "language"),
    "isbn": ("ISBN", "isbn", "ISBN13", "ISBN10"),
    "issn": ("ISSN", "issn"),
    "jpno": ("全国書誌番号", "JP番号", "jpno"),
    "extent": ("形態", "ページ数", "ページ", "頁数", "extent"),
    "size": ("大きさ", "サイズ", "size"),
    "price": ("価格", "本体価格", "定価", "price"),
    "notes": ("注記", "備考", "notes"),
    "contents": ("内容", "内容細目", "目次", "contents"),
    "audience": ("対象", "audience"),
    "material": ("資料種別", "資料区分", "material"),
}
MATERIALS = {
    "図書": "book",
    "本": "book",
    "雑誌": "serial",
    "漫画": "comic",
    "コミック": "comic",
    "映像": "video",
    "DVD": "video",
    "ビデオ": "video",
    "音楽": "sound",
    "CD": "sound",
    "地図": "map",
    "楽譜": "musicscore",
    "古典籍": "rarebook",
}
_IDENTITY = ("title", "subtitle", "volume", "author", "publisher", "date", "edition", "isbn")


class ColumnError(ValueError):
    """The columns that were named, or the table's own, do not fit: the whole file cannot be read this way."""


def read(stream: IO[bytes], mapping: Mapping[str, str] | None = None, source: str = "") -> Iterator[BibRecord | Reject]:
    """Yield a description or a reject for every row.

    `mapping` names the heading of a field's column: `{"title": "書名", "author": "著者"}`; other fields are taken from
    columns with a usual heading. Raises ColumnError where a named column or the title is missing.
    """
    columns: dict[str, str] | None = None
    for row in tables.rows(stream):
        if isinstance(row, Reject):
            yield row
            continue
        position, cells = row
        if columns is None:
            columns = columns_of(list(cells), mapping or {})
        entry = {field: cells.get(heading, "") for field, heading in columns.items()}
        described = json_lines.bib_record(_entry(entry), source or "csv")
        yield described or Reject.of(Reason.NO_TITLE, position, ",".join(cells.values()))


def parse_mapping(text: str) -> dict[str, str]:
    """Read `title=書名,author=著者`. Raises ColumnError for a field that is not ours.

    >>> parse_mapping("title=書名,author=著者")
    {'title': '書名', 'author': '著者'}
    """
    mapping = {}
    for pair in filter(None, text.split(",")):
        field, equals, heading = (part.strip() for part in pair.partition("="))
        if not equals or field not in FIELDS:
            raise ColumnError(f"{pair!r}: {', '.join(FIELDS)}")
        mapping[field] = heading
    return mapping


def columns_of(headings: list[str], mapping: Mapping[str, str]) -> dict[str, str]:
    """Return the heading for each field that the table has. Raises ColumnError."""
    if missing := [heading for heading in mapping.values() if heading not in headings]:
        raise ColumnError(f"{', '.join(missing)}: {', '.join(headings)}")
    known = {
        field: heading for field, usual in FIELDS.items() if (heading := next((h for h in usual if h in headings), ""))
    }
    taken = set(mapping.values())
    columns = {field: heading for field, heading in known.items() if heading not in taken} | dict(mapping)
    if "title" not in columns:
        raise ColumnError(f"title: {', '.join(headings)}")
    return columns


def _entry(cells: dict[str, str]) -> dict[str, Any]:
    """Return the cells under the names of the JSON lines; a row without a number gets a key from what identifies it."""
    identity = "\n".join(cells.get(name, "") for name in _IDENTITY)
    digest = hashlib.sha256(identity.encode("utf-8", "replace")).hexdigest()[:24]
    return {
        **cells,
        "id": cells.get("source_id") or f"content:{digest}",
        "creators": _creators(cells.get("author", ""), cells.get("author_kana", "")),
        "isbn_raw": cells.get("isbn", ""),
        "isbn": "",
        "subjects": [part for part in cells.get("subjects", "").replace("；", ";").split(";") if part],
        "lang": cells.get("language", ""),
        "note": cells.get("notes", ""),
        "material": MATERIALS.get(cells.get("material", ""), cells.get("material", "") or "book"),
        "contents": [line for line in cells.get("contents", "").splitlines() if line.strip()],
    }


def _creators(author: str, kana: str) -> list[dict[str, str]]:
    people = statements.read_statement(author) if author else ()
    readings = kana.replace("；", ";").replace("／", ";").split(";") if len(people) > 1 else [kana]
    if len(readings) != len(people):
        readings = [kana]
    readings += [""] * (len(people) - len(readings))
    return [
        {"name": person.name, "kana": reading.strip(), "role": person.role}
        for person, reading in zip(people, readings, strict=False)
    ]
