"""Whatever people, calendars and the timetable do in whatever order, the house stands as the rules say (A248…A253).

`manage.py soak --steps N` lives longer. OKALIB_LIVES says how many lives are lived here (5 unless told otherwise).
"""

import os

import pytest

from okalib.rehearsal.soak import lives, model

pytestmark = pytest.mark.slow

LIVES = int(os.environ.get("OKALIB_LIVES", "5"))


@pytest.fixture(scope="module")
def furnished(fresh_library):
    """The house of all lives."""
    lives.furnish()


def test_every_life_goes_by_the_rules(furnished):
    """A248, A249, A250, A251, A252, A253."""
    lives.live_some(LIVES, steps=25)


def test_a_life_beside_another_model_goes_wrong(furnished, monkeypatch):
    """The machine can fail: this model lets everybody reserve everything."""
    monkeypatch.setattr(model.Model, "against_reserving", lambda self, patron, title: set())
    with pytest.raises(AssertionError):
        lives.live_some(40, steps=25, is_shrunk=False)
