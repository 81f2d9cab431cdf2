"""Questions of any size are answered from what fits: a hundred kilobytes of words, ten thousand conditions."""

import tracemalloc

import pytest
from django.test import Client

from tests.input.asking import ask, judged

A_HUNDRED_KILOBYTES = 100_000
NEARLY_TOO_LONG = 7_000
"""Letters that fit into an address, each of nine bytes there."""

MOST_MEMORY = 64_000_000
"""Bytes that one answer may need in Python; they need less than a tenth of it."""

MANY = {
    "one word": [("q", "猫" * (A_HUNDRED_KILOBYTES // 3))],
    "many words": [("q", "猫 犬 " * (A_HUNDRED_KILOBYTES // 8))],
    "alternatives": [("q", "猫 OR " * (A_HUNDRED_KILOBYTES // 7))],
    "exclusions": [("q", "猫" + " NOT 犬" * (A_HUNDRED_KILOBYTES // 8))],
    "open quotes": [("q", '"' * A_HUNDRED_KILOBYTES)],
    "wildcards": [("q", "*%_" * (A_HUNDRED_KILOBYTES // 3))],
    "two long fields": [("title", "あ" * (NEARLY_TOO_LONG // 2)), ("author", "い" * (NEARLY_TOO_LONG // 2))],
    "words that fit": [("q", "猫 犬 " * (NEARLY_TOO_LONG // 4))],
    "conditions that fit": [("place", f"{number}") for number in range(NEARLY_TOO_LONG)],
    "quotes that fit": [("q", '"' * NEARLY_TOO_LONG * 3)],
    "ten thousand conditions": [("material", f"m{number}") for number in range(10_000)],
    "ten thousand places": [("place", f"場所{number}") for number in range(10_000)],
    "the last page of all": [("q", "猫"), ("page", "99999999"), ("per", "100")],
    "a page before the first": [("q", "猫"), ("page", "-1")],
}


@pytest.mark.slow
def test_a_search_of_any_size_is_answered_in_bounded_memory(lively):
    """What is longer than any address of ours is told so; what is not is searched for as far as words are read."""
    tracemalloc.start()
    try:
        for what, pairs in MANY.items():
            tracemalloc.reset_peak()
            for at in ("/search/", "/search/export.ris"):
                assert ask(Client(), "GET", at, pairs) == "", (at, what)
            assert tracemalloc.get_traced_memory()[1] < MOST_MEMORY, what
    finally:
        tracemalloc.stop()


def test_an_address_without_end_is_answered_in_plain_words(home):
    answer = Client().get("/search/", {"q": "猫" * A_HUNDRED_KILOBYTES})
    assert (answer.status_code, judged(answer)) == (400, "")
    assert "送信された内容を読み取れません" in answer.content.decode()
    assert len(answer.content) < 20_000


def test_ten_thousand_names_are_too_many_and_said_to_be(home):
    """Django reads a thousand parameters and no more; the answer is in plain words."""
    answer = Client(raise_request_exception=False).get(
        "/search/?" + "&".join(f"x{number}=1" for number in range(10_000))
    )
    assert (answer.status_code, judged(answer)) == (400, "")
    assert "送信された内容を読み取れません" in answer.content.decode()


def test_a_number_that_is_none_leads_to_the_nearest_page(lively):
    for name in ("page", "per", "year_from", "decade"):
        for value in ("-1", "1.5", "²", "9" * 30, "1" * 5000):
            answer = Client().get("/search/", {"q": "こころ", name: value}, follow=True)
            assert (answer.status_code, judged(answer)) == (200, ""), (name, value)
            assert "こころ" in answer.content.decode()
