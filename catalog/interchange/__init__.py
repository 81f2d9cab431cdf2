"""Catalogue data from outside: MARC 21 (ISO 2709 and MARCXML), JSON lines and tables, packed with gzip or not.

`read(path)` looks at the content, never at the name, and yields a `BibRecord` for what it could describe and a
`Reject` for what it could not. Nothing in a file stops it; only a table whose columns do not fit does (`ColumnError`).
Nothing here knows the database.

    iso2709, marcxml   bytes → MARC records      marc, linked_scripts   MARC record → BibRecord
    json_lines         objects → BibRecord       tables, csv_table      rows → BibRecord
    text, titles, statements, isbn, years, classes, extents   the pieces that all of them need
"""

from __future__ import annotations

import gzip
import io
import re
import zlib
from collections.abc import Iterator, Mapping
from enum import Enum
from pathlib import Path
from typing import IO, cast

from catalog.interchange import csv_table, iso2709, json_lines, marc, marcxml
from catalog.interchange.csv_table import ColumnError, parse_mapping
from catalog.interchange.record import REASON_TEXTS, BibRecord, Contributor, Reason, Reject

__all__ = [
    "MOST_EXPORTED",
    "REASON_TEXTS",
    "BibRecord",
    "ColumnError",
    "Contributor",
    "Format",
    "Reason",
    "Reject",
    "format_of",
    "parse_mapping",
    "read",
    "read_stream",
]

MOST_EXPORTED = 500
"""Titles that a list of results hands out at once."""

HEAD = 1 << 16
_GZIP = b"\x1f\x8b\x08"
_LEADER = re.compile(rb"\d{5}[a-z ][a-z ][a-z ]")


class Format(Enum):
    """The formats that can be told apart by content."""

    ISO2709 = "iso2709"
    MARCXML = "marcxml"
    JSON_LINES = "json lines"
    TABLE = "table"


def read(path: Path | str, mapping: Mapping[str, str] | None = None, source: str = "") -> Iterator[BibRecord | Reject]:
    """Yield the descriptions in a file and the rejects, in their order.

    `mapping` is for tables (see `csv_table.read`); `source` replaces the source that the records state. Raises OSError
    where the file cannot be opened and ColumnError.
    """
    with Path(path).open("rb") as stream:
        yield from read_stream(stream, mapping, source)


def read_stream(
    stream: IO[bytes], mapping: Mapping[str, str] | None = None, source: str = ""
) -> Iterator[BibRecord | Reject]:
    """Yield what `read` yields, from an open seekable file."""
    is_packed = stream.read(len(_GZIP)) == _GZIP
    stream.seek(0)
    raw = gzip.GzipFile(fileobj=stream) if is_packed else stream
    plain = io.BufferedReader(cast(io.RawIOBase, raw), buffer_size=HEAD)
    read_so_far = 0
    try:
        head = plain.peek(HEAD)
        for found in _read(plain, format_of(head), mapping, source):
            read_so_far += 1
            yield found
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        yield Reject.of(Reason.TRUNCATED, read_so_far + 1, "", error)
    finally:
        plain.detach()


def format_of(head: bytes) -> Format:
    """Return the format that the first part of a file shows.

    >>> format_of(b"<?xml version='1.0'?>").name, format_of(b'{"id": 1}').name, format_of("書名,著者".encode()).name
    ('MARCXML', 'JSON_LINES', 'TABLE')
    """
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"<"):
        return Format.MARCXML
    if start.startswith((b"{", b"[{", b"[\n", b"[\r")):
        return Format.JSON_LINES
    if iso2709.END_OF_FIELD in head or _LEADER.match(start):
        return Format.ISO2709
    return Format.TABLE


def _read(
    stream: IO[bytes], file_format: Format, mapping: Mapping[str, str] | None, source: str
) -> Iterator[BibRecord | Reject]:
    match file_format:
        case Format.JSON_LINES:
            yield from json_lines.read(stream, source)
        case Format.TABLE:
            yield from csv_table.read(stream, mapping, source)
        case _:
            reader = marcxml if file_format is Format.MARCXML else iso2709
            for position, record in enumerate(reader.records(stream), start=1):
                yield record if isinstance(record, Reject) else marc.described(record, position, source)
