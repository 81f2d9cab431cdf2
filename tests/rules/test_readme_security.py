"""The README's table of security names every requirement of OWASP ASVS 5.0 that we keep to, and tests that exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SECTION = re.search(r"^## Security\n(.*?)(?=^## )", (ROOT / "README.md").read_text(encoding="utf-8"), re.M | re.S)
ROWS = re.findall(r"^\| (\d[\d., –]*) \| (.*) \| (.*) \|$", SECTION[1] if SECTION else "", re.M)
LEVEL_1 = [
    "1.2.1",
    "1.2.2",
    "1.2.3",
    "1.2.4",
    "1.2.5",
    "1.3.1",
    "1.3.2",
    "1.5.1",
    "2.1.1",
    "2.2.1",
    "2.2.2",
    "2.3.1",
    "3.2.1",
    "3.2.2",
    "3.3.1",
    "3.4.1",
    "3.4.2",
    "3.5.1",
    "3.5.2",
    "3.5.3",
    "4.1.1",
    "4.4.1",
    "5.2.1",
    "5.2.2",
    "5.3.1",
    "5.3.2",
    "6.1.1",
    "6.2.1",
    "6.2.2",
    "6.2.3",
    "6.2.4",
    "6.2.5",
    "6.2.6",
    "6.2.7",
    "6.2.8",
    "6.3.1",
    "6.3.2",
    "6.4.1",
    "6.4.2",
    "7.2.1",
    "7.2.2",
    "7.2.3",
    "7.2.4",
    "7.4.1",
    "7.4.2",
    "8.1.1",
    "8.2.1",
    "8.2.2",
    "8.3.1",
    "9.1.1",
    "9.1.2",
    "9.1.3",
    "9.2.1",
    "10.4.1",
    "10.4.2",
    "10.4.3",
    "10.4.4",
    "10.4.5",
    "11.3.1",
    "11.3.2",
    "11.4.1",
    "12.1.1",
    "12.2.1",
    "12.2.2",
    "13.4.1",
    "14.2.1",
    "14.3.1",
    "15.1.1",
    "15.2.1",
    "15.3.1",
]
BEYOND = [
    "1.2.10",
    "1.3.11",
    "2.3.2",
    "2.3.3",
    "2.3.4",
    "3.4.3",
    "7.3.1",
    "7.3.2",
    "8.4.1",
    "14.3.2",
    "16.2.1",
    "16.2.2",
    "16.2.3",
    "16.2.4",
    "16.2.5",
    "16.3.1",
    "16.3.2",
    "16.3.3",
    "16.3.4",
]


def numbers(cell):
    """The requirements of a row: several with commas, or a run of them.

    >>> numbers("10.4.1–10.4.3")
    ['10.4.1', '10.4.2', '10.4.3']
    """
    first, dash, last = cell.partition("–")
    if not dash:
        return [number.strip() for number in cell.split(",")]
    section = first.rpartition(".")[0]
    return [f"{section}.{place}" for place in range(int(first.split(".")[-1]), int(last.split(".")[-1]) + 1)]


def test_every_requirement_has_one_row():
    assert sorted(number for row in ROWS for number in numbers(row[0])) == sorted([*LEVEL_1, *BEYOND])


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_what_shows_it_exists(row):
    """A row without a test says that it does not apply, or whose hand does it."""
    _number, what_we_do, shown_by = row
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(test_\w+))?`", shown_by)
    if not named:
        assert re.search(r"does not apply: |operator's: |this page|by hand", what_we_do)
    for path, name in named:
        text = (ROOT / path).read_text(encoding="utf-8")
        assert f"def {name}(" in text if name else "def test_" in text, f"{path}::{name}"
