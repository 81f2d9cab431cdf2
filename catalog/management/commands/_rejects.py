"""The file that says which records could not be taken in, where they stand and why."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any

HEADING = ("file", "position", "offset", "reason", "text", "detail", "excerpt")


class RejectsFile:
    """A table with tabs that comes into being with its first line, so that a clean import leaves no file behind.

    `wanted` is the path asked for; without one it is `NAME.rejects.tsv` in the working directory, or, where that may
    not be written into, among the temporary files. A path asked for is written at once: who waits for it finds it.
    """

    def __init__(self, wanted: Path | None, name: str) -> None:
        self._places = [wanted] if wanted else [Path(f"{name}.rejects.tsv"), _temporary(f"{name}.rejects.tsv")]
        self._closing = ExitStack()
        self._table: Any = None
        self.path: Path | None = None
        if wanted:
            self._open()

    def write(self, row: Iterable[object]) -> None:
        """Add one record."""
        if self._table is None:
            self._open()
        self._table.writerow(row)

    def _open(self) -> None:
        for place in self._places:
            try:
                self._open_at(place)
            except OSError:
                if place == self._places[-1]:
                    raise
            else:
                return

    def _open_at(self, place: Path) -> None:
        file = self._closing.enter_context(place.open("w", encoding="utf-8", newline=""))
        self._table, self.path = csv.writer(file, delimiter="\t"), place
        self._table.writerow(HEADING)

    def __enter__(self) -> RejectsFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.close()


def _temporary(name: str) -> Path:
    return Path(tempfile.gettempdir()) / name
