"""The table of who may do what at which route: `table.tsv`, a line a route, a column a role.

Its cells say `yes`, `read` (may look, but not send), `log-in` (is asked to log in), `denied` (403) or `404` (it does
not exist for them). Whoever adds a route writes its line; `pytest -m slow tests/rights` says where the house differs.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).with_name("table.tsv")


@dataclass(frozen=True, slots=True)
class Row:
    """What the table says of a route."""

    name: str
    methods: tuple[str, ...]
    cells: dict[str, str]

    def outcome(self, role: str, method: str) -> str:
        """Return what must come of this role's asking by this method."""
        cell = self.cells[role]
        return ("yes" if method == "GET" else "denied") if cell == "read" else cell


def read() -> dict[str, Row]:
    """Return the rows by the names of their routes."""
    with FILE.open(encoding="utf-8", newline="") as file:
        rows = [
            Row(line.pop("route"), tuple(line.pop("methods").split()), line)
            for line in csv.DictReader(file, delimiter="\t")
        ]
    return {row.name: row for row in rows}
