"""A patron in the middle of her life, and what is written down about her."""

import logging
import logging.config
import re

import pytest

from okalib.logs import logging_config
from tests.lively import desk_clerk, lively

__all__ = ["desk_clerk", "lively"]


@pytest.fixture
def said(capsys):
    """What the house has written into its logs since, set up as in earnest."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    logging.config.dictConfig(logging_config("INFO"))
    yield lambda: re.sub(r"\\u([0-9a-f]{4})", lambda code: chr(int(code[1], 16)), "".join(capsys.readouterr()))
    root.handlers, root.level = before, level
