"""The examples in the docstrings of the readers are true."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

from catalog import interchange

MODULES = [
    interchange.__name__,
    *(f"{interchange.__name__}.{found.name}" for found in pkgutil.iter_modules(interchange.__path__)),
]


@pytest.mark.parametrize("name", MODULES)
def test_every_example_is_true(name):
    result = doctest.testmod(importlib.import_module(name))
    assert result.failed == 0, f"{result.failed} of {result.attempted} examples in {name} fail; see the output above"
