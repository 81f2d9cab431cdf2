"""Many things, one at a time: one that fails stops no other (A75, OPS-2)."""

import pytest
from django.db import OperationalError

from okalib.one_by_one import collecting, in_handfuls, one_by_one


def fails_at(*bad):
    def work(key):
        if key in bad:
            raise KeyError(key)
        return key * 10

    return work


def test_one_that_fails_is_told_and_the_others_are_done():
    """A75."""
    with collecting() as failures:
        assert one_by_one([1, 2, 3], fails_at(2), what="hold") == [10, 30]
    [failure] = failures
    assert failure.startswith("hold 2 skipped: KeyError at test_one_by_one.py:")


def test_what_fails_for_all_is_an_error_of_the_whole():
    """OPS-2: a broken calendar, say, is not written down ten thousand times as done."""
    with pytest.raises(KeyError):
        one_by_one([1, 2], fails_at(1, 2), what="hold")


def test_a_single_thing_that_fails_is_told_like_one_of_many():
    with collecting() as failures:
        assert one_by_one([1], fails_at(1), what="hold") == []
    assert len(failures) == 1


def test_without_the_database_nothing_goes_on():
    """OPS-2: the job fails at once and is run again."""

    def work(key):
        raise OperationalError

    with pytest.raises(OperationalError):
        one_by_one([1, 2], work, what="hold")


def test_nobody_who_collects_loses_nothing_else():
    """By hand there is no row to write into: the log has it."""
    assert one_by_one([1, 2], fails_at(1), what="hold") == [20]


def test_a_handful_in_which_something_fails_is_left_whole_and_the_others_are_done(monkeypatch):
    """A75: one by one its bad one is found."""
    monkeypatch.setattr("okalib.one_by_one.HANDFUL", 2)
    assert in_handfuls([1, 2, 3, 4, 5], lambda handful: [fails_at(3)(key) for key in handful]) == (
        [[10, 20], [50]],
        [3, 4],
    )


def test_without_the_database_no_handful_goes_on():
    """OPS-2."""

    def work(handful):
        raise OperationalError

    with pytest.raises(OperationalError):
        in_handfuls([1, 2], work)
