"""What the page tests share."""

import pytest

from tests.lively import desk_clerk, lively

__all__ = ["desk_clerk", "lively"]


@pytest.fixture
def log_in(client):
    """Log a patron in; returns the client."""

    def log_in(patron):
        client.force_login(patron.user, backend="okalib.auth.CardBackend")
        return client

    return log_in
