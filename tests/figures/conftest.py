"""What the tests of the counts share."""

from tests.lively import desk_clerk, lively

__all__ = ["desk_clerk", "lively"]
