"""Whatever people, calendars and the timetable do in whatever order, the house stands as the rules say (A248…A254).

Hypothesis draws the steps of okalib.rehearsal.soak here; `manage.py soak --steps N` draws the same by a seed, and lives
longer. OKALIB_LIVES says how many lives are lived here (5 unless told otherwise).
"""

import os
import random

import pytest
from django.test import override_settings
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from okalib.rehearsal.soak import lives, model
from okalib.rehearsal.soak.ends import end_of
from okalib.rehearsal.soak.lanes import Share
from okalib.rehearsal.soak.life import Life
from okalib.rehearsal.soak.steps import STEPS

pytestmark = pytest.mark.slow

LIVES = int(os.environ.get("OKALIB_LIVES", "5"))


class Machine(RuleBasedStateMachine):
    """A life as Hypothesis lives it."""

    def __init__(self):
        super().__init__()
        self.life = Life()


def _as_rule(step):
    def happen(self, **drawn):
        lives.do(self.life, (step.name, drawn))

    happen.__name__ = step.name
    drawn = {name: st.sampled_from(values) for name, values in step.draws.items()}
    return precondition(lambda self: step.when(self.life))(rule(**drawn)(happen))


for each in STEPS.values():
    setattr(Machine, each.name, _as_rule(each))


@pytest.fixture(scope="module")
def furnished(fresh_library):
    """The house of all lives."""
    Life.furnish()
    with override_settings(EMAIL_BACKEND=lives.NO_MAIL):
        yield


def live_some(number, *, phases):
    how = settings(
        max_examples=number,
        stateful_step_count=25,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=phases,
    )
    run_state_machine_as_test(Machine, settings=how)


def test_every_life_goes_by_the_rules(furnished):
    """A248, A249, A250, A251, A252, A253."""
    live_some(LIVES, phases=[Phase.generate, Phase.shrink])


ONCE_WRONG = {
    "the sweep of the hold shelf rests in an emergency, and the consistency check was not told (CAL-8, SHF-4)": [
        ("reserve", {"patron": 1, "title": 2, "place": "home"}),
        ("scan", {"copy": 2}),
        *[("days_pass", {"length": 2})] * 4,
        ("close_in_emergency", {"place": "home", "ahead": 1, "length": 2}),
        ("days_pass", {"length": 3}),
    ],
    "what was not found waits until the night, needed or not, and the consistency check was not told (PUL-5, HLD-8)": [
        ("reserve", {"patron": 1, "title": 2, "place": "branch"}),
        ("days_pass", {"length": 1}),
        ("fetch", {"lot": 0}),
        ("need_it_by", {"lot": 0, "length": 1}),
        ("days_pass", {"length": 3}),
        ("not_on_the_hold_shelf", {"lot": 0}),
    ],
    "an earlier volume waits again when its loan is undone, and the consistency check was not told (HLD-9, A165)": [
        ("reserve_together", {"patron": 0, "group": ("in_order", None, (0, 1)), "place": "home"}),
        ("check_out", {"patron": 0, "copy": 0}),
        ("scan", {"copy": 1}),
        ("take_the_last_loan_back", {}),
    ],
    "a bag is held back whose library closes in its whole window, and the consistency check was not told (DLV-10)": [
        *[("days_pass", {"length": 3})] * 6,
        ("reserve", {"patron": 0, "title": 0, "place": "branch"}),
        ("scan", {"copy": 0}),
        ("days_pass", {"length": 2}),
        ("close", {"place": "branch", "ahead": 4, "length": 3}),
        ("days_pass", {"length": 3}),
    ],
    "one that is moved before another, ahead of which it is already, stays where it is; the model moved it back": [
        *[("reserve", {"patron": patron, "title": 1, "place": "home"}) for patron in (0, 1, 2)],
        ("move", {"lot": 0, "other": 2}),
        ("fetch", {"lot": 0}),
    ],
}
"""Lives that a soak has found, or somebody who read on after it."""


@pytest.mark.parametrize("what", ONCE_WRONG)
def test_a_life_that_once_went_wrong_does_not_any_more(furnished, what):
    assert lives.goes_wrong(ONCE_WRONG[what]) is None


def test_a_life_beside_another_model_goes_wrong(furnished, monkeypatch):
    """The machine can fail: this model lets everybody reserve everything."""
    monkeypatch.setattr(model.Model, "against_reserving", lambda self, patron, title, place: set())
    with pytest.raises(AssertionError):
        live_some(40, phases=[Phase.generate])


def test_a_life_that_goes_wrong_is_told_as_the_shortest_that_does(furnished, monkeypatch):
    """Two reservations of one title by one patron are enough."""
    monkeypatch.setattr(model.Model, "against_reserving", lambda self, patron, title, place: set())
    twice = [("reserve", {"patron": 0, "title": 0, "place": "home"})] * 2
    deeds = [("days_pass", {"length": 1}), twice[0], ("send", {}), ("scan", {"copy": 3}), twice[1]]
    _lived, error = lives.goes_wrong(deeds)
    assert lives.shortest(deeds, error)[0] == twice
    assert lives.told(twice, error)[1] == "  reserve(patron=0, title=0, place='home')"


def test_the_same_seed_lives_the_same_life(furnished):
    drawn = []
    for _time in range(2):
        life, lots = Life(), random.Random("a seed")
        drawn.append([lives.draw(life, lots) for _step in range(20)])
    assert drawn[0] == drawn[1]


@pytest.mark.parametrize("seed", range(LIVES))
def test_the_list_of_what_was_done_leads_to_the_same_end_again(furnished, seed):
    """A254: nothing hangs on luck or on the clock of the machine. RET-5 forbids the library to keep such a list."""
    first, lots, deeds = Life(), random.Random(f"A254 {seed}"), []
    for _step in range(60):
        deeds.append(lives.draw(first, lots))
        lives.do(first, deeds[-1])
    end = end_of(first.house)
    again = Life()
    assert end_of(again.house) != end
    for deed in deeds:
        lives.do(again, deed)
    assert end_of(again.house) == end


def test_a_lane_lives_its_share(furnished, monkeypatch):
    monkeypatch.setattr(Life, "furnish", classmethod(lambda cls: None))
    assert [report.wrong for report in lives.live(Share(12, seed=1))] == [()] * 12
