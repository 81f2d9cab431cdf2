"""A library full of life, and who comes to its doors: those of the tests of rights."""

from tests.lively import desk_clerk, lively
from tests.rights.conftest import house, person

__all__ = ["desk_clerk", "house", "lively", "person"]
