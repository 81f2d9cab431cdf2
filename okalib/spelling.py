"""How names and numbers of people are compared: what the desk types, and what stands in the record. Pure.

The same table folds both sides: Python what is typed, PostgreSQL's TRANSLATE what is kept, in an index.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

import jaconv


@dataclass(frozen=True, slots=True)
class Letters:
    """Letters and what each becomes; those at the end of `all` that have no partner in `one` are left out."""

    all: str
    one: str

    def fold(self, text: str) -> str:
        """Return a text as it is compared.

        >>> Letters("ャー", "ヤ").fold("キャー")
        'キヤ'
        """
        return text.translate(str.maketrans(self.all[: len(self.one)], self.one, self.all[len(self.one) :]))


BLANKS = " \u3000"

KANA = Letters("ァィゥェォッャュョヮヂヅヲヰヱ" + BLANKS + "・ー－-", "アイウエオツヤユヨワジズオイエ")
"""Old cards were typed in capitals (キヨウコ), new ones as spoken (キョウコ)."""

NAMES = Letters("髙﨑齋斎齊邊邉濱濵澤廣眞嶋嶌國惠德瀨桒曻" + BLANKS, "高崎斉斉斉辺辺浜浜沢広真島島国恵徳瀬桑昇")
"""Forms of one letter in names, which a keyboard seldom tells apart; the catalogue has a longer table of its own."""

PHONES = Letters("（）()-－‐" + BLANKS, "")


def kana(typed: str) -> str:
    """Return a reading as it is compared, typed as hiragana, narrow or wide.

    >>> kana("おおば　きょうこ"), kana("ｱｵｷ")
    ('オオバキヨウコ', 'アオキ')
    """
    return KANA.fold(jaconv.hira2kata(unicodedata.normalize("NFKC", typed)))


def name(typed: str) -> str:
    """Return a name as it is compared.

    >>> name("髙橋 真"), name("山﨑")
    ('高橋真', '山崎')
    """
    return NAMES.fold(unicodedata.normalize("NFKC", typed))


def phone(typed: str) -> str:
    """Return a telephone number as it is compared.

    >>> phone("０８６（２２３）０００１")
    '0862230001'
    """
    return PHONES.fold(unicodedata.normalize("NFKC", typed))
