"""`manage.py soak` races in a database of its own and says what it found (OPS-4)."""

from functools import partial

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from okalib.management.commands.soak import kind_of
from okalib.rehearsal import scratch
from okalib.rehearsal.soak import lanes
from okalib.rehearsal.soak.lanes import Report
from okalib.rehearsal.soak.pairs import Arena

pytestmark = pytest.mark.races


@pytest.fixture
def quick_to_make(migrated, monkeypatch, django_db_blocker):
    """The soak's database is copied from a migrated one, as those of the tests are."""
    monkeypatch.setattr(lanes, "elsewhere", partial(lanes.elsewhere, template=migrated))
    with django_db_blocker.unblock():
        yield


def test_a_soak_races_elsewhere_and_ends_with_nothing_wrong(quick_to_make, capsys):
    own = connection.settings_dict["NAME"]
    call_command("soak", races=3, lanes=1)
    said = capsys.readouterr().out
    assert f"{own}_fresh_" in said
    assert "3 of 3 races" in said and "0 bad" in said
    assert "double loans: 0" in said
    assert connection.settings_dict["NAME"] == own


def test_a_soak_that_finds_something_says_what_and_fails(quick_to_make, capsys, monkeypatch):
    monkeypatch.setattr(Arena, "run", lambda self, race: ["item_lent_twice: item 1000000000"])
    with pytest.raises(SystemExit):
        call_command("soak", races=2, lanes=1)
    said = capsys.readouterr().out
    assert "2 bad" in said and "double loans: 2" in said


def test_lanes_race_side_by_side_and_leave_nothing_behind(quick_to_make, capsys):
    call_command("soak", races=4, lanes=2)
    assert "4 of 4 races" in capsys.readouterr().out
    with scratch.outside() as server:
        left = server.execute(r"SELECT count(*) FROM pg_database WHERE datname LIKE '%\_fresh\_%'").fetchone()
    assert left == (0,)


def fails(share):
    yield Report("something")
    raise LookupError("lost")


def test_a_lane_that_breaks_off_is_heard(quick_to_make):
    with lanes.elsewhere(), pytest.raises(lanes.LaneError, match="lost"):
        list(lanes.in_lanes(fails, 2, seed=1, lanes=2))


def test_a_soak_lives_as_many_steps_as_it_is_told(quick_to_make, capsys):
    call_command("soak", steps=10, lanes=1)
    said = capsys.readouterr().out
    assert "10 of 10 steps" in said and "0 bad" in said


def test_a_soak_is_told_how_long():
    with pytest.raises(CommandError):
        call_command("soak")


@pytest.mark.parametrize(
    ("complaint", "kind"),
    [
        ("item_bound_twice: item 1", "double bindings"),
        ("loan_limit_exceeded: patron 1", "exceeded limits"),
        ("in no order could it have ended so:", "ends that no order leads to"),
        ("IntegrityError: duplicate key", "errors instead of refusals"),
    ],
)
def test_each_complaint_is_counted_under_its_heading(complaint, kind):
    assert kind_of(complaint) == kind
