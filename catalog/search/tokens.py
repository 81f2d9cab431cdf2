"""What the index knows of a folded text, and what that proves about a phrase (CAT-6).

The delta asks for `tokens_of` a text: of a run of CJK all characters and all pairs of neighbours; of a word of Latin
letters or digits all endings, so that any part of the word is the beginning of one of them. The postings ask for
`grams_of` it: one, two and three neighbours of either, longer runs of CJK that are common, and the endings of long
words. Hence no phrase that a text contains is missed, single characters included; where the tokens of a phrase do not
prove it, the folded text is looked at again.

Some kinds of tokens carry a mark that no folded text contains: `=word` is a whole word, `^…` the beginning of a title,
`no=…` a number such as an ISBN, `ndc=…` a class.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from catalog.search.fold import CJK, FIELD_END, PARTICLES

ENDING = 16
"""Characters that are kept of each ending: a word of n letters costs at most 16 n."""

LONG = 4
"""Letters from which on a Latin word is found by its endings, a shorter one as it is."""

LONGEST = 8
"""CJK letters of the longest gram that is kept, where it is common."""

MOST_CONDITIONS = 40
"""Tokens asked for at once; more would not narrow the search of a long phrase any further."""

_RUN = re.compile(f"(?P<cjk>[{CJK}{''.join(PARTICLES.values())}]+)|(?P<word>[^{CJK} {re.escape(FIELD_END)}]+)")


def tokens_of(folded: str) -> set[str]:
    """Return the tokens of a folded text of one or more fields.

    >>> sorted(tokens_of("世界史|ab"))
    ['ab', 'b', '世', '世界', '史', '界', '界史']
    """
    tokens: set[str] = set()
    for run in _RUN.finditer(folded):
        if letters := run["cjk"]:
            tokens.update(letters)
            tokens.update(map(str.__add__, letters, letters[1:]))
        else:
            word = run["word"]
            tokens.update(word[start : start + ENDING] for start in range(len(word)))
    return tokens


def grams_of(folded: str, is_kept: Callable[[str], bool]) -> set[str]:
    """Return the tokens under which postings keep a folded text; of long CJK grams those that are kept.

    >>> sorted(grams_of("世界史|poet", {"世界史"}.__contains__))
    ['e', 'et', 'o', 'oe', 'oet', 'p', 'po', 'poe', 'poet', 't', '世', '世界', '世界史', '史', '界', '界史']
    """
    grams: set[str] = set()
    for run in _RUN.finditer(folded):
        letters = run[0]
        grams.update(letters)
        grams.update(map(str.__add__, letters, letters[1:]))
        if run["cjk"]:
            grams.update(_long_grams(letters, is_kept))
        else:
            grams.update(letters[start : start + 3] for start in range(len(letters) - 2))
            grams.update(letters[start : start + ENDING] for start in range(len(letters) - LONG + 1))
    return grams


def long_grams(folded: str, length: int, is_kept: Callable[[str], bool]) -> set[str]:
    """Return the runs of so many CJK letters in a folded text whose beginning, one letter shorter, is kept."""
    found: set[str] = set()
    for run in _RUN.finditer(folded):
        if letters := run["cjk"]:
            grams = (letters[start : start + length] for start in range(len(letters) - length + 1))
            found.update(gram for gram in grams if is_kept(gram[:-1]))
    return found


def _long_grams(letters: str, is_kept: Callable[[str], bool]) -> Iterator[str]:
    """Whatever begins with a gram that is not kept is not kept either."""
    for start in range(len(letters) - 2):
        for end in range(start + 3, min(start + LONGEST, len(letters)) + 1):
            gram = letters[start:end]
            if not is_kept(gram):
                break
            yield gram


@dataclass(frozen=True, slots=True)
class Grams:
    """What a text with a folded phrase has among its grams.

    `pieces`: of each, at least one spelling; `beginnings`: of each, a token that begins so; `is_sure`: whether a text
    that has all this has the phrase. `whole`: the phrase in all spellings; where all are kept, they say it alone.
    """

    pieces: tuple[tuple[str, ...], ...]
    beginnings: tuple[str, ...]
    is_sure: bool
    whole: tuple[str, ...] = ()


def grams(phrase: str) -> Grams:
    """Say what to ask the postings for, to find a folded phrase.

    >>> grams("世界史学").pieces, grams("old poet")
    ((('世界史',), ('界史学',)), Grams(pieces=(('old',),), beginnings=('poet',), is_sure=False, whole=()))
    >>> grams("は")
    Grams(pieces=(('は', 'ゎ'),), beginnings=(), is_sure=True, whole=())
    """
    pieces: list[str] = []
    beginnings: list[str] = []
    runs = list(_RUN.finditer(phrase))
    for run in runs:
        letters = run[0]
        if run["word"] and len(letters) >= LONG:
            beginnings.append(letters[:ENDING])
        else:
            pieces += [letters[start : start + 3] for start in range(max(1, len(letters) - 2))]
    asked = list(dict.fromkeys(pieces))[:MOST_CONDITIONS]
    is_sure = len(runs) == 1 and len(phrase) <= (3 if pieces else ENDING)
    whole = spellings(phrase) if len(runs) == 1 and runs[0]["cjk"] and 3 < len(phrase) <= LONGEST else []
    return Grams(
        tuple(tuple(spellings(piece)) for piece in asked), tuple(dict.fromkeys(beginnings)), is_sure, tuple(whole)
    )


def pairs_in(triple: str) -> tuple[str, str]:
    """Return what stands for a piece of three letters that is too rare to be kept."""
    return triple[:2], triple[1:]


def is_triple(token: str) -> bool:
    """Whether a token has three CJK letters."""
    return len(token) == 3 and is_long(token)


def is_long(token: str) -> bool:
    """Whether a token is one of those that are kept only where they are common."""
    return 3 <= len(token) <= LONGEST and bool((run := _RUN.fullmatch(token)) and run["cjk"])


def marks(words: Iterable[str], numbers: Iterable[str], classes: Iterable[str]) -> str:
    """Return the marked tokens of a text between blanks, so that ` one ` is found by LIKE."""
    found = {*map(whole, words), *map(number, numbers), *map(ndc, classes)}
    return f" {' '.join(sorted(found))} " if found else ""


def classes_above(token: str) -> list[str]:
    """Return the token of a class and of all classes that it belongs to, by which the postings keep it.

    >>> classes_above(ndc("913.6"))
    ['ndc=9', 'ndc=91', 'ndc=913', 'ndc=913.', 'ndc=913.6']
    """
    start = len(ndc("")) + 1
    return [token[:end] for end in range(start, len(token) + 1)]


def whole(word: str) -> str:
    """Return the token that says that `word` stands in the text as a whole word."""
    return f"={word[:ENDING]}"


def at_start(letters: str) -> str:
    """Return the token of the postings that says that a title begins with these letters, three at most."""
    return f"^{letters}"


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
    """Yield the words of Latin letters and digits in a folded text."""
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
