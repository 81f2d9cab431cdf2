"""Text as it comes in records: cleaned of what cannot be stored or read, otherwise left as it was."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from enum import Enum

import jaconv

# Controls, lone surrogates, the byte-order mark, and the marks that bound subfields in Hebrew and Arabic records.
_UNSTORABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufeff\ufffe\uffff\u200e\u200f\u202a-\u202e]"
)
_WANTS_CARE = re.compile(f"{_UNSTORABLE.pattern}|[\u0300-\u036f\u3099\u309a\t\r\n]|  |\\s{{3}}")
_COMBINED = re.compile("[^\\s][\u0300-\u036f\u3099\u309a]+")
_HAN = re.compile("[\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_KANA = re.compile("[\u3041-\u3096\u30a1-\u30fa\u31f0-\u31ff\uff66-\uff6f\uff71-\uff9d]")
_OTHER_LETTER = re.compile("[^\\W\\d_\u0000-\u02ff\u1e00-\u1eff]")  # neither a Latin letter nor a modifier
_ABBREVIATION_END = re.compile(r"(?:\b[A-Za-z]|\b(?:Inc|Ltd|Co|Jr|Sr|St|Dr|ed|vol|no|etc|et al))\.\s*$", re.I)


class Script(Enum):
    """The writing that decides which of several forms is the title and which its reading."""

    HAN = "han"  # has Chinese characters
    KANA = "kana"  # hiragana or katakana, no Chinese characters
    OTHER = "other"  # Hangul, Cyrillic, Arabic, Hebrew…
    LATIN = "latin"  # Latin letters, or none at all


def clean(text: object) -> str:
    r"""Return the text without controls and with composed accents; 髙, 﨑 and full width stay as they are.

    Only base letters followed by a combining mark are composed: NFC on the whole would also replace compatibility
    ideographs, which a name keeps.

    >>> clean(" カ\u3099ラス\x00 の\n 﨑 ") == "ガラス の 﨑", clean(None)
    (True, '')
    """
    if text is None or text == "":
        return ""
    if not _WANTS_CARE.search(text := str(text)):
        return text.strip()
    stored = _UNSTORABLE.sub("", text)
    composed = _COMBINED.sub(lambda match: unicodedata.normalize("NFC", match[0]), stored)
    return re.sub(r"[ \t\r\n]+|\s{3,}", " ", composed).strip()


def without_isbd(text: object) -> str:
    """Return the text without the punctuation that ends an ISBD area; the dot of an abbreviation stays.

    >>> without_isbd("今日の話 /"), without_isbd("2019.2."), without_isbd("Apple Computer, Inc.")
    ('今日の話', '2019.2', 'Apple Computer, Inc.')
    >>> without_isbd("C++ :"), without_isbd("武井, 一巳,"), without_isbd("Re:"), without_isbd("1+2=")
    ('C++', '武井, 一巳', 'Re:', '1+2=')
    """
    cleaned = clean(text)
    if cleaned[-1:].isalnum():  # as nearly all end
        return cleaned
    while (shorter := _without_last_mark(cleaned)) != cleaned:
        cleaned = shorter
    return cleaned


def _without_last_mark(text: str) -> str:
    """Cut off the marks at the end; one that is glued to a word, as in `C++` or `Re:`, belongs to the word."""
    bare = text.rstrip(" /:;=+\u3000")
    marks = text[len(bare) :].lstrip("/:;=+")
    bare = text[: len(text) - len(marks)].rstrip(" ,;\u3000")
    if bare.endswith(".") and not _ABBREVIATION_END.search(bare[-12:]):
        before = bare[:-1].rstrip()
        if before and before[-1].isalnum():
            return before
    return bare


def reading(text: object) -> str:
    """Return a reading in full-width katakana with plain digits and single blanks, as written otherwise.

    >>> reading("せかい　４ジ　：　ｱｲ")
    'セカイ 4ジ : アイ'
    """
    plain = unicodedata.normalize("NFKC", clean(text))
    return re.sub(r"\s+", " ", jaconv.hira2kata(plain)).strip()


def script(text: str) -> Script:
    """Return the writing of the text.

    >>> script("紙の本").name, script("カミ ノ ホン").name, script("Kami no hon").name, script("책").name
    ('HAN', 'KANA', 'LATIN', 'OTHER')
    """
    if text.isascii():
        return Script.LATIN
    if _HAN.search(text):
        return Script.HAN
    if _KANA.search(text):
        return Script.KANA
    return Script.OTHER if _OTHER_LETTER.search(text) else Script.LATIN


def is_japanese(text: str) -> bool:
    """Whether the text has Chinese characters or kana."""
    return script(text) in (Script.HAN, Script.KANA)


def distinct(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the non-empty texts once each, in their order."""
    return tuple(dict.fromkeys(text for text in texts if text))
