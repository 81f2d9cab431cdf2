"""How search reads a text: what patrons may write differently becomes alike, on both sides (CAT-6).

Pure: no Django, no database. The table of variant kanji is an argument. Whoever changes what a fold returns raises
FOLD_VERSION, and the index is made anew.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cached_property, lru_cache

FOLD_VERSION = 1
"""Stored with the index, so that an index made by another fold is noticed."""

CJK = "ぁ-ゖゝ-ゟァ-ヺヽ-ヿ々〆〇ㄅ-ㄯㇰ-ㇿ㐀-䶿一-鿿\uf900-\ufaff\U0001b000-\U0001b16f\U00020000-\U000323af"
"""Letters of writing without spaces, as the inside of a character class. All other letters and digits form words."""

FIELD_END = "|"
"""Stands between fields and persons, so that nothing matches across them; no folded text contains it."""

PARTICLES = {"は": "ゎ", "わ": "ゎ", "へ": "ぇ", "え": "ぇ"}
"""A particle written ハ or ワ, ヘ or エ becomes a letter of its own: small kana are free for that once folded."""

_SMALL = str.maketrans(
    "ぁぃぅぇぉっゃゅょゎゕゖㇰㇱㇲㇳㇴㇵㇶㇷㇸㇹㇺㇻㇼㇽㇾㇿ",
    "あいうえおつやゆよわかけくしすとぬはひふへほむらりるれろ",
)
_ALIKE = str.maketrans("ゐゑゔぢづをヷヸヹヺヽヾ", "いえぶじずおばびべぼゝゞ")
_LETTERS_WITHOUT_MARKS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"}
)
_LONG_MARKS = "ーｰ"
_INVISIBLE = re.compile(
    "[\ud800-\udfff\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff\U000e0100-\U000e01ef]"
)
_DIACRITICS = re.compile("[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\u3099\u309a\ufe20-\ufe2f]")
_NEEDLESS_SPACE = re.compile(f"(?<=[{CJK}]) | (?=[{CJK}])")


SHORT, SHORT_ONES = 40, 20_000
"""Characters of a text that is remembered folded, and how many are: names, publishers and subjects come again."""


class Folding:
    """Folds texts with one table of variant kanji (CAT-6).

    >>> fold = Folding({"髙": "高", "國": "国"})
    >>> fold("ハリー・ポッター"), fold("髙橋　國男"), fold("L’été à Paris")
    ('はりぽつた', '高橋国男', 'l ete a paris')
    >>> fold.reading("コレ ハ ペン") == fold.reading("コレ ワ ペン")
    True
    >>> fold.exact("ハリー・ポッター　１")
    'ハリー・ポッター 1'
    """

    def __init__(self, variants: Mapping[str, str]) -> None:
        self.variants = resolved(variants)
        self._short = lru_cache(SHORT_ONES)(self._folded)

    def __call__(self, text: str) -> str:
        """Return `text` as search compares it: letters, digits, and single spaces between words of Latin letters."""
        return self._short(text) if len(text) <= SHORT else self._folded(text)

    def _folded(self, text: str) -> str:
        letters = _plain(text).translate(self._letters)
        # Dropping marks may have brought halves together that Unicode writes as one.
        return _NEEDLESS_SPACE.sub("", " ".join(unicodedata.normalize("NFC", letters).split()))

    def reading(self, text: str) -> str:
        """Fold a kana reading that is spaced by words: there a word ハ is the same as ワ, and ヘ as エ (CAT-6)."""
        words = (self(word) for word in text.split())
        return _NEEDLESS_SPACE.sub("", " ".join(PARTICLES.get(word, word) for word in words if word))

    def exact(self, text: str) -> str:
        """Return `text` almost as it is written, to rank what matches unfolded above what matches folded (CAT-6)."""
        return " ".join(_plain(text).translate(_CONTROLS).split())

    @cached_property
    def _letters(self) -> _Letters:
        return _Letters(self.variants)


def resolved(variants: Mapping[str, str]) -> dict[str, str]:
    """Return each variant with the end of its chain: 邉→邊 and 邊→辺 make 邉→辺; a circle ends at its least member.

    Only single characters outside Latin and kana are taken; the rest of an edited table is left aside.

    >>> resolved({"邉": "邊", "邊": "辺", "斎": "斉", "斉": "斎", "ab": "c", "a": "b"})
    {'邉': '辺', '邊': '辺', '斎': '斉'}
    """
    pairs = {}
    for variant, standard in variants.items():
        variant, standard = unicodedata.normalize("NFKC", variant), unicodedata.normalize("NFKC", standard)
        if variant != standard and _is_kanji(variant) and _is_kanji(standard):
            pairs[variant] = standard
    return {variant: end for variant in pairs if (end := _end(variant, pairs)) != variant}


def _is_kanji(text: str) -> bool:
    return len(text) == 1 and text >= "㐀" and unicodedata.category(text) == "Lo"


def _end(variant: str, pairs: Mapping[str, str]) -> str:
    walked = [variant]
    while (following := pairs.get(walked[-1])) is not None:
        if following in walked:
            return min(walked[walked.index(following) :])
        walked.append(following)
    return walked[-1]


def _plain(text: str) -> str:
    """Width, case and compatibility forms made one; invisible characters gone. No lone surrogate gets through."""
    if text.isascii():
        return text.casefold()
    text = _INVISIBLE.sub("", text).replace("゛", "\u3099").replace("゜", "\u309a")
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


class _Letters(dict[int, str]):
    """The table for `str.translate`: code point → folded letters, filled as letters are met."""

    def __init__(self, variants: Mapping[str, str]) -> None:
        self._variants = variants

    def __missing__(self, code: int) -> str:
        folded = self[code] = self._fold(chr(code))
        return folded

    def _fold(self, letter: str) -> str:
        if letter in _LONG_MARKS or _DIACRITICS.match(letter):
            return ""
        if "ァ" <= letter <= "ヶ":  # katakana and hiragana stand 96 places apart
            letter = chr(ord(letter) - 96)
        letter = letter.translate(_SMALL).translate(_ALIKE)
        if letter in self._variants:
            return self._variants[letter]
        base = unicodedata.normalize("NFD", letter)[0]
        if unicodedata.name(base, "").startswith("LATIN"):
            return base.translate(_LETTERS_WITHOUT_MARKS)
        return letter if unicodedata.category(letter)[0] in "LNM" else " "


_CONTROLS = dict.fromkeys([*range(32), 127], " ")


def joined(fields: Iterable[str]) -> str:
    """Join folded fields, the empty ones left out, so that no match reaches from one into the next."""
    return FIELD_END.join(field for field in fields if field)
