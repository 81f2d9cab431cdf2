"""The examples in the docstrings of the pure modules are true."""

import doctest
import importlib
from pathlib import Path
from types import ModuleType

import pytest

PROJECT = Path(__file__).parents[2]


def _pure_modules() -> list[str]:
    """Name okalib.days, okalib.numbers, okalib.wording and every app's rules, whether they are a file or a folder."""
    files = [
        PROJECT / "okalib/days.py",
        PROJECT / "okalib/numbers.py",
        PROJECT / "okalib/wording.py",
        *PROJECT.glob("*/rules.py"),
        *PROJECT.glob("*/rules/*.py"),
    ]
    names = {".".join(file.relative_to(PROJECT).with_suffix("").parts) for file in files}
    return sorted(name.removesuffix(".__init__") for name in names)


def _examples(module: ModuleType) -> list[doctest.DocTest]:
    return [found for found in doctest.DocTestFinder().find(module) if found.examples]


@pytest.mark.parametrize("name", _pure_modules())
def test_every_example_in_a_pure_module_is_true(name):
    result = doctest.testmod(importlib.import_module(name))
    assert result.failed == 0, f"{result.failed} of {result.attempted} examples in {name} fail; see the output above"


def test_the_calendar_shows_its_truth_table_as_an_example():
    """CAL-1 … CAL-5: the table is tried, not only told."""
    tried = {found.name for found in _examples(importlib.import_module("okalib.days"))}
    assert "okalib.days.OpeningDays" in tried
