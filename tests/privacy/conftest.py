"""A patron in the middle of her life, and what is written down about her."""

import io
import logging
import logging.config

import pytest

from okalib.logs import logging_config
from tests.lively import desk_clerk, lively

__all__ = ["desk_clerk", "lively"]


@pytest.fixture
def said():
    """What the house has written into its logs since, set up as in earnest."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    logging.config.dictConfig(logging_config("INFO"))
    paper = io.StringIO()
    root.handlers[0].setStream(paper)
    yield paper.getvalue
    root.handlers, root.level = before, level
