"""Copies from a table: one row an item, by its usual Japanese headings."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import IO

from catalog.interchange import tables
from catalog.interchange.csv_table import ColumnError
from catalog.interchange.record import Reject
from catalog.rules import Loanability, Whereabouts, scanned

FIELDS = {
    "item_number": ("資料番号", "登録番号", "バーコード", "item_number"),
    "source": ("出所", "source"),
    "source_id": ("書誌番号", "書誌ID", "出所の番号", "source_id"),
    "isbn": ("ISBN", "isbn"),
    "location": ("配置場所", "所在場所", "配置場所コード", "location"),
    "call_number": ("請求記号", "call_number"),
    "shelf_mark": ("別置記号", "shelf_mark"),
    "class_mark": ("分類記号", "class_mark"),
    "book_mark": ("図書記号", "book_mark"),
    "volume_mark": ("巻冊記号", "volume_mark"),
    "loanability": ("貸出区分", "loanability"),
    "whereabouts": ("所在", "状態", "whereabouts"),
    "arrived_on": ("受入日", "受入年月日", "arrived_on"),
}
LOANABILITIES = {
    "": Loanability.LENDABLE,
    "貸出可": Loanability.LENDABLE,
    "禁帯出": Loanability.REFERENCE,
    "研究用": Loanability.RESEARCH,
    "禁帯動画有": Loanability.VIDEO_STAYS,
} | {loanability.value: loanability for loanability in Loanability}
# Only states that no reservation or loan stands behind can come from a table.
WHEREABOUTS = {
    "": None,
    "書架": Whereabouts.SHELF,
    "在庫": Whereabouts.SHELF,
    "整理中": Whereabouts.PROCESSING,
    "所在調査中": Whereabouts.SEARCHED_FOR,
    "除籍": Whereabouts.WITHDRAWN,
} | {kind.value: kind for kind in Whereabouts if kind not in (Whereabouts.ON_LOAN, Whereabouts.SET_ASIDE)}


@dataclass(frozen=True, slots=True)
class ItemRow:
    """A copy as a row describes it. Loanability, whereabouts and day of arrival are None where they cannot be read.

    `whereabouts` is "" where the row does not say: a new copy stands on its shelf, a known one stays where it is.
    `arrived_on` is "" where the row names no day.
    """

    line: int
    item_number: str
    location: str
    source: str = ""
    source_id: str = ""
    isbn: str = ""
    shelf_mark: str = ""
    class_mark: str = ""
    book_mark: str = ""
    volume_mark: str = ""
    loanability: Loanability | None = Loanability.LENDABLE
    whereabouts: Whereabouts | str | None = ""
    arrived_on: date | str | None = ""


def read(stream: IO[bytes]) -> Iterator[ItemRow | Reject]:
    """Yield an item or a reject for every row. Raises ColumnError where the columns do not say which bib or copy."""
    columns: dict[str, str] | None = None
    for row in tables.rows(stream):
        if isinstance(row, Reject):
            yield row
            continue
        line, cells = row
        if columns is None:
            columns = _columns_of(list(cells))
        yield _item_row(line, {field: cells.get(heading, "") for field, heading in columns.items()})


def _columns_of(headings: list[str]) -> dict[str, str]:
    columns = {
        field: heading for field, usual in FIELDS.items() if (heading := next((h for h in usual if h in headings), ""))
    }
    for needed in ("item_number", "location"):
        if needed not in columns:
            raise ColumnError(f"{needed} ({FIELDS[needed][0]}): {', '.join(headings)}")
    if "source_id" not in columns and "isbn" not in columns:
        raise ColumnError(f"source_id ({FIELDS['source_id'][0]}) / isbn: {', '.join(headings)}")
    return columns


def _item_row(line: int, cells: Mapping[str, str]) -> ItemRow:
    whereabouts = unicodedata.normalize("NFKC", cells.get("whereabouts", ""))
    return ItemRow(
        line=line,
        item_number=scanned(cells["item_number"]),
        location=cells["location"],
        source=cells.get("source", ""),
        source_id=cells.get("source_id", ""),
        isbn=cells.get("isbn", ""),
        loanability=LOANABILITIES.get(cells.get("loanability", "")),
        whereabouts=WHEREABOUTS.get(whereabouts) if whereabouts else "",
        arrived_on=_day(cells.get("arrived_on", "")),
        **_marks(cells),
    )


def _day(text: str) -> date | str | None:
    """Return the day that a cell names, "" for an empty cell, None for one that names no day.

    >>> _day("２０２６/4/1"), _day("20260401"), _day(" "), _day("令和8年")
    (datetime.date(2026, 4, 1), datetime.date(2026, 4, 1), '', None)
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    found = re.fullmatch(r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?", plain, re.ASCII)
    try:
        return date(*map(int, found.groups())) if found else (None if plain else "")
    except ValueError:
        return None


def _marks(cells: Mapping[str, str]) -> dict[str, str]:
    """Return the parts of the call number, taken from one cell where they have none of their own.

    >>> _marks({"call_number": "K913.6/ム/2"})
    {'shelf_mark': 'K', 'class_mark': '913.6', 'book_mark': 'ム', 'volume_mark': '2'}
    """
    parts = {name: cells.get(name, "") for name in ("shelf_mark", "class_mark", "book_mark", "volume_mark")}
    if any(parts.values()) or not (call_number := unicodedata.normalize("NFKC", cells.get("call_number", ""))):
        return parts
    first, *others = call_number.split("/")
    notation = first.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    book_mark, volume_mark = ([*others, "", ""])[:2]
    shelf_mark, class_mark = (first[: len(first) - len(notation)], notation) if notation else ("", first)
    return {"shelf_mark": shelf_mark, "class_mark": class_mark, "book_mark": book_mark, "volume_mark": volume_mark}
