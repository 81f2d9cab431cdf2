"""How we treat targets, and how those who ask are treated: remembered answers, rests, limits, and nothing personal."""

import json
import logging

import pytest
from django.core.cache import cache

from catalog.elsewhere import Outcome, Wanted, ask, manners
from tests.elsewhere.conftest import rss

KUSAMAKURA = Wanted(text="草枕")


def asked(target, wanted=KUSAMAKURA, source="192.0.2.1"):
    return ask(target, wanted, source=source).outcome


def test_an_answer_is_remembered_for_everybody(target, stranger):
    """The second reader does not ask the target again, another word does."""
    stranger.says(rss("草枕"))
    assert ask(target, KUSAMAKURA, source="192.0.2.1") == ask(target, KUSAMAKURA, source="192.0.2.9")
    assert len(stranger.asked) == 1
    asked(target, Wanted(text="門"))
    assert [stranger.question(number)["q"] for number in (0, 1)] == ["草枕", "門"]


def test_a_failure_is_not_remembered(target, stranger):
    stranger.says(b"", status=500)
    assert asked(target) == Outcome.DOWN
    stranger.says(rss("草枕"))
    assert asked(target) == Outcome.FOUND


def test_a_target_that_is_asked_otherwise_now_is_asked_anew(target, stranger):
    """A change by staff shows at once."""
    stranger.says(rss("草枕"))
    asked(target)
    target.fixed_parameters = "count=3"
    asked(target)
    assert stranger.question() == {"q": "草枕", "count": "3"}


def test_a_target_that_failed_three_times_is_left_in_peace(target, stranger):
    """And is asked again after the rest; one more failure makes it rest again, an answer forgets all."""
    stranger.says(b"", status=500)
    assert [asked(target) for _time in range(5)] == [*[Outcome.DOWN] * 3, *[Outcome.RESTING] * 2]
    assert len(stranger.asked) == 3

    cache.delete(manners._name("rest", str(target.pk)))  # the minutes are over
    assert [asked(target) for _time in range(2)] == [Outcome.DOWN, Outcome.RESTING]

    cache.delete(manners._name("rest", str(target.pk)))
    stranger.says(rss())
    assert asked(target) == Outcome.NOTHING
    stranger.says(b"", status=500)
    assert [asked(target, Wanted(text="門")) for _time in range(3)] == [Outcome.DOWN] * 3


def test_the_rest_and_what_is_remembered_end_by_themselves(target):
    for _time in range(manners.FAILURES_BEFORE_REST):
        manners.failed(target)
    client = cache._cache.get_client()
    ages = {client.ttl(key) for key in client.scan_iter("*elsewhere:*")}
    assert 0 < min(ages) <= manners.REST.total_seconds() < max(ages) <= manners.FAILURES_KEPT.total_seconds()


def test_an_answer_that_cannot_be_read_is_no_reason_for_a_rest(target, stranger):
    stranger.says(b"<html/>")
    assert {asked(target) for _time in range(5)} == {Outcome.UNREADABLE}


def test_nobody_asks_more_than_so_often_a_minute(target, stranger, settings):
    """Counted by source over all targets; what is remembered costs nothing, others are not hindered."""
    settings.ELSEWHERE_ASKS_PER_MINUTE = 3
    stranger.says(rss("草枕"))
    words = [Wanted(text=f"第{number}巻") for number in range(4)]
    assert [asked(target, word) for word in words] == [*[Outcome.FOUND] * 3, Outcome.TOO_OFTEN]
    assert asked(target, words[0]) == Outcome.FOUND
    assert asked(target, words[3], source="192.0.2.9") == Outcome.FOUND
    assert len(stranger.asked) == 4


def test_only_some_wait_for_a_target_at_once(target, stranger):
    """So that a slow target does not take all the threads that serve our own pages."""
    for _one in range(manners.MOST_AT_ONCE):
        assert manners.begins(target)
    assert asked(target) == Outcome.BUSY
    assert stranger.asked == []
    manners.ends(target)
    assert asked(target) == Outcome.NOTHING


def test_neither_cache_nor_log_tells_who_looked_for_what(target, stranger, caplog):
    """RET-5: names in the cache are hidden, answers stand beside no source, the log names target and outcome."""
    stranger.says(rss("草枕"))
    with caplog.at_level(logging.DEBUG):
        asked(target, source="192.0.2.77")
    client = cache._cache.get_client()
    names = b" ".join(client.scan_iter("*")).decode()
    assert "elsewhere:" in names
    told = names + caplog.text + json.dumps([str(record.__dict__) for record in caplog.records], ensure_ascii=False)
    assert "草枕" not in told and "%E8%8D%89" not in told and "192.0.2.77" not in told
    assert not any(b"192.0.2.77" in (client.get(key) or b"") for key in client.scan_iter("*elsewhere:*"))


@pytest.mark.parametrize("body", [rss("草枕")[:-20], b"<!DOCTYPE a><a/>"])
def test_whatever_comes_it_is_an_answer(target, stranger, body):
    stranger.says(body)
    assert asked(target) == Outcome.UNREADABLE
