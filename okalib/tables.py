"""Tables as files for spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

BYTE_ORDER_MARK = "\ufeff"
"""Tells Excel that the file is UTF-8."""

BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def as_csv(header: Sequence[object], rows: Iterable[Sequence[object]]) -> str:
    """Write a table as CSV that Excel opens, lines ended by CR LF; no cell of it is taken for a formula."""
    table = io.StringIO(newline="")
    writer = csv.writer(table)
    writer.writerow([harmless(cell) for cell in header])
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    return BYTE_ORDER_MARK + table.getvalue()


def harmless(cell: object) -> object:
    """Put an apostrophe before a text that a spreadsheet would work out as a formula; numbers stay numbers.

    >>> harmless("=1+1"), harmless(" +81"), harmless("草枕"), harmless(-3), harmless(None)
    ("'=1+1", "' +81", '草枕', -3, '')
    """
    if cell is None:
        return ""
    if isinstance(cell, int | float):
        return cell
    text = str(cell)
    return f"'{text}" if text.startswith(BEGINS_A_FORMULA) or text.lstrip().startswith(BEGINS_A_FORMULA) else text
