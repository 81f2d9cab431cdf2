"""Rows of a CSV or TSV file in UTF-8, UTF-16 or CP932, each with its line number, whatever is wrong with others."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import deque
from collections.abc import Iterable, Iterator
from typing import IO

from catalog.interchange.record import Reason, Reject

SAMPLE = 1 << 20
MOST_LINES_OF_A_ROW = 200  # an unclosed quote must not swallow the rest of the file
LONGEST_ROW = 1 << 20
LONGEST_EXCERPT = 1000
_LONE_BYTES = range(0xDC80, 0xDD00)  # what surrogateescape makes of bytes that are no text

Row = tuple[int, dict[str, str]]


def rows(stream: IO[bytes]) -> Iterator[Row | Reject]:
    """Yield (line number, cells by heading) or a reject for every row after the first, which holds the headings."""
    sample = stream.read(SAMPLE)
    encoding = encoding_of(sample, is_whole=len(sample) < SAMPLE)
    stream.seek(0)
    text = io.TextIOWrapper(stream, encoding, "surrogateescape", newline="")
    try:
        yield from _rows(text, encoding, _delimiter(sample.decode(encoding, "replace").splitlines()[:1]))
    finally:
        text.detach()


def _rows(text: io.TextIOWrapper, encoding: str, delimiter: str) -> Iterator[Row | Reject]:
    headings: list[str] | None = None
    for position, lines, is_closed in _logical_rows(_lines(text), delimiter):
        if len(lines) >= LONGEST_ROW:
            yield Reject.of(Reason.TOO_LONG, position, lines[:LONGEST_EXCERPT])
            continue
        if not is_closed:
            yield Reject.of(Reason.BAD_ROW, position, lines, "unclosed quote")
            continue
        try:
            cells = next(csv.reader([lines], delimiter=delimiter), [])
        except csv.Error as error:
            yield Reject.of(Reason.BAD_ROW, position, lines, error)
            continue
        if not any(cell.strip() for cell in cells):
            continue
        if any(ord(character) in _LONE_BYTES for cell in cells for character in cell):
            yield Reject.of(Reason.ENCODING, position, lines.encode(encoding, "surrogateescape"), encoding)
        elif headings is None:
            headings = [cell.strip() for cell in cells]
        elif len(cells) > len(headings) and any(cell.strip() for cell in cells[len(headings) :]):
            yield Reject.of(Reason.BAD_ROW, position, lines, f"{len(cells)} > {len(headings)}")
        else:
            yield position, dict(zip(headings, (cell.strip() for cell in cells), strict=False))


def encoding_of(sample: bytes, is_whole: bool = False) -> str:
    """Return the encoding of a file by its first part, which may end in the middle of a character.

    >>> encoding_of("書名".encode("cp932")), encoding_of("書名".encode()), encoding_of("書名".encode("utf-8-sig"))
    ('cp932', 'utf-8', 'utf-8-sig')
    """
    if sample.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    lost = {}
    for encoding in ("utf-8", "cp932"):
        try:
            codecs.getincrementaldecoder(encoding)().decode(sample, final=is_whole)
        except UnicodeDecodeError:
            lost[encoding] = sample.decode(encoding, "replace").count("\ufffd")
        else:
            return encoding
    return min(lost, key=lambda encoding: lost[encoding])


def _delimiter(first_lines: list[str]) -> str:
    """Return the delimiter that the line of headings has most of."""
    heading = first_lines[0] if first_lines else ""
    return max(",\t;", key=heading.count)


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    """Yield the lines; of one that is longer than any row only its beginning, however long the rest may be."""
    while line := text.readline(LONGEST_ROW):
        yield line
        while len(line) == LONGEST_ROW and not line.endswith(("\n", "\r")):
            line = text.readline(LONGEST_ROW)


def _logical_rows(text: Iterable[str], delimiter: str) -> Iterator[tuple[int, str, bool]]:
    """Yield (line number, row, whether its quotes close), joining the lines of a quoted cell.

    A quote that is never closed spoils its own line alone: the lines that were tried after it are read again.
    """
    quoted_cell = re.compile(rf'(^|[{delimiter}\r\n])"(?:[^"]|"")*"(?=[{delimiter}\r\n]|$)')
    opening = re.compile(rf'(?:^|[{delimiter}\r\n])"')
    lines = enumerate(text, start=1)
    again: deque[tuple[int, str]] = deque()

    def following() -> tuple[int, str] | None:
        return again.popleft() if again else next(lines, None)

    while (first := following()) is not None:
        number, row = first
        tried: list[tuple[int, str]] = []
        while is_open := bool(opening.search(quoted_cell.sub(r"\1", row))):
            is_bearable = len(tried) < MOST_LINES_OF_A_ROW and len(row) < LONGEST_ROW
            more = following() if is_bearable else None
            if more is None:
                break
            tried.append(more)
            row += more[1]
        if is_open:
            again.extendleft(reversed(tried))
        yield number, first[1] if is_open else row, not is_open
