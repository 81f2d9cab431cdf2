"""What the index knows of a folded text, and what that proves about a phrase (CAT-6).

A run of CJK gives all its characters and all its pairs of neighbours. A word of Latin letters or digits gives all its
endings, so that any part of the word is the beginning of one of them. Hence no phrase that a text contains is missed,
single characters included; where the tokens of a phrase do not prove it, the folded text is looked at again.

Three kinds of tokens carry a mark that no folded text contains: `=word` is a whole word, `no=…` a number such as an
ISBN, `ndc=…` a class.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from catalog.search.fold import CJK, FIELD_END, PARTICLES

ENDING = 16
"""Characters that are kept of each ending: a word of n letters costs at most 16 n."""

MOST_CONDITIONS = 40
"""Tokens asked for at once; more would not narrow the search of a long phrase any further."""

_RUN = re.compile(f"(?P<cjk>[{CJK}{''.join(PARTICLES.values())}]+)|(?P<word>[^{CJK} {re.escape(FIELD_END)}]+)")


def tokens_of(folded: str) -> set[str]:
    """Return the tokens of a folded text of one or more fields.

    >>> sorted(tokens_of("世界史|ab"))
    ['=ab', 'ab', 'b', '世', '世界', '史', '界', '界史']
    """
    tokens: set[str] = set()
    for run in _RUN.finditer(folded):
        if letters := run["cjk"]:
            tokens.update(letters)
            tokens.update(map(str.__add__, letters, letters[1:]))
        else:
            word = run["word"]
            tokens.update(word[start : start + ENDING] for start in range(len(word)))
            tokens.add(whole(word))
    return tokens


def whole(word: str) -> str:
    """Return the token that says that `word` stands in the text as a whole word."""
    return f"={word[:ENDING]}"


def number(digits: str) -> str:
    """Return the token of an ISBN or the like, for a number of capital letters and digits only."""
    return f"no={digits}"


def ndc(notation: str) -> str:
    """Return the token of a class of the Nippon Decimal Classification."""
    return f"ndc={notation}"


@dataclass(frozen=True)
class Proof:
    """What the tokens say about a folded phrase.

    `condition` is the text of a tsquery that every record with the phrase meets ("" if there is nothing to ask for);
    `is_sure` says that every record that meets it has the phrase.
    """

    condition: str
    is_sure: bool


def proof(phrase: str) -> Proof:
    """Return what the tokens prove about a folded phrase; ハ and ワ, ヘ and エ also stand for the particle (CAT-6).

    >>> proof("世界"), proof("pot")
    (Proof(condition="'世界'", is_sure=True), Proof(condition="'pot':*", is_sure=True))
    >>> proof("世界史").condition, proof("old man").condition
    ("'世界' & '界史'", "'old' & 'man':*")
    >>> proof("は").condition
    "('は' | 'ゎ')"
    """
    conditions: list[str] = []
    runs = list(_RUN.finditer(phrase))
    for run in runs:
        if letters := run["cjk"]:
            pairs = map(str.__add__, letters, letters[1:]) if len(letters) > 1 else [letters]
            conditions += [any_of(spellings(pair)) for pair in pairs]
        else:
            ends_here = run.end() < len(phrase) and len(run["word"]) <= ENDING
            conditions.append(quoted(run["word"][:ENDING], is_beginning=not ends_here))
    is_sure = len(runs) == 1 and len(phrase) <= (2 if runs[0]["cjk"] else ENDING)
    return Proof(" & ".join(dict.fromkeys(conditions[:MOST_CONDITIONS])), is_sure)


def words_of(phrase: str) -> Iterator[str]:
    """Yield the words of Latin letters and digits in a folded phrase."""
    return (run["word"] for run in _RUN.finditer(phrase) if run["word"])


def spellings(phrase: str) -> list[str]:
    """Return a short phrase as it is, and with each letter that a reading may hold as a particle."""
    found = [""]
    for letter in phrase:
        letters = [letter, PARTICLES[letter]] if letter in PARTICLES else [letter]
        found = [start + end for start in found for end in letters]
    return found


def any_of(tokens: Iterable[str]) -> str:
    """Return the tsquery that asks for one of the tokens."""
    choices = [quoted(token) for token in tokens]
    return choices[0] if len(choices) == 1 else f"({' | '.join(choices)})"


def quoted(token: str, *, is_beginning: bool = False) -> str:
    """Return the tsquery that asks for a token, or for any token that begins so, whatever characters it has."""
    escaped = token.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'{':*' if is_beginning else ''}"
