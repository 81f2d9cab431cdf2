"""CAT-6: recall is complete. Pure, no database: the tokens of a text meet the condition of each of its parts."""

import doctest
import importlib
import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from catalog.search.fold import Folding
from catalog.search.tokens import ENDING, proof, tokens_of

fold = Folding({})
LETTERS = "吾輩は猫であるへわえコーヒーっ々〇𠮷 　ABcé1２9・-한국"


def meets(tokens: set[str], condition: str) -> bool:
    """Evaluate a tsquery of ours the slow way."""

    def one(lexeme: re.Match) -> str:
        word, is_beginning = lexeme[1], lexeme[2]
        return str(any(token.startswith(word) for token in tokens) if is_beginning else word in tokens)

    expression = re.sub(r"'([^']*)'(:\*)?", one, condition).replace("&", " and ").replace("|", " or ")
    return eval(expression)  # noqa: S307 - made of True, False, and, or, brackets


@given(st.text(alphabet=LETTERS, max_size=40), st.data())
def test_any_part_of_a_title_finds_the_title(title, data):
    """CAT-6."""
    start = data.draw(st.integers(0, len(title)))
    end = data.draw(st.integers(start, len(title)))
    part = fold(title[start:end])
    assume(part)
    assert part in fold(title)
    assert meets(tokens_of(fold(title)), proof(part).condition)


@given(st.lists(st.text(alphabet="コレハワヘエホンa", min_size=1, max_size=4), max_size=6), st.data())
def test_any_part_of_a_reading_finds_it_however_its_particles_are_written(words, data):
    """CAT-6."""
    spoken = [{"ハ": "ワ", "ヘ": "エ"}.get(word, word) for word in words]
    tokens = tokens_of(fold.reading(" ".join(spoken)))
    for written in ("".join(words), "".join(spoken)):
        start = data.draw(st.integers(0, len(written)))
        part = fold(written[start:])
        assume(part and "a" not in part)
        assert meets(tokens, proof(part).condition)


@given(st.text(alphabet="あいa", min_size=1, max_size=4), st.text(alphabet="あいうab ", max_size=12))
def test_a_sure_proof_never_errs(part, title):
    """CAT-6: precision."""
    part, title = fold(part), fold(title)
    found = proof(part)
    if found.is_sure:
        assert meets(tokens_of(title), found.condition) == (part in title)


def test_nothing_matches_across_fields():
    """CAT-6."""
    assert not meets(tokens_of("夏目|漱石"), proof("目漱").condition)
    assert not meets(tokens_of("ab|cd"), proof("bc").condition)


def test_a_very_long_word_costs_little():
    """A hundred thousand letters without a blank stay under the limits of the database."""
    tokens = tokens_of("".join(f"{number:x}" for number in range(20_000)))
    assert sum(map(len, tokens)) < 20_000 * 5 * (ENDING + 1)
    assert max(map(len, tokens)) <= ENDING + 1


@pytest.mark.parametrize("name", ["fold", "tokens", "query"])
def test_the_examples_in_the_docstrings_are_true(name):
    """What a reader of the code is shown happens."""
    result = doctest.testmod(importlib.import_module(f"catalog.search.{name}"))
    assert result.attempted and not result.failed
