"""ISBN and ISSN: right ones in one form, wrong ones as they were typed, because readers search for what is printed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import NamedTuple

_HYPHENS = re.compile("[-\u2010-\u2015\u2212\u30fc\uff0d\uff70\u00ad]")
_ISBN = re.compile(r"^ISBN(?:[-\s]?1[03](?=\D))?[:\s]*", re.I)
_QUALIFIER = re.compile(r"[(\[{:;（［].*$", re.S)
_NUMBER = re.compile(r"[0-9][0-9Xx]*")


class Isbns(NamedTuple):
    """Right numbers as 13 digits, wrong ones as typed without hyphens, each once."""

    right: tuple[str, ...]
    wrong: tuple[str, ...]


def ean_digit(first_twelve: str) -> str:
    """Return the check digit that makes an ISBN-13 of twelve digits.

    >>> ean_digit("978410353422")
    '8'
    """
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(first_twelve))
    return str(-total % 10)


def isbn13(text: str) -> str | None:
    """Return the ISBN-13 that the text means, or None.

    Ten digits are an ISBN-10, or an ISBN-13 whose 978 was cut off: both make the same thirteen.

    >>> isbn13("978-4-7949-7075-6 :"), isbn13("4-03-131020-X"), isbn13("4-10-353422-8"), isbn13("4-10-353422-9")
    ('9784794970756', '9784031310208', '9784103534228', None)
    """
    digits = as_typed(text)
    if re.fullmatch(r"97[89]\d{10}", digits):
        return digits if ean_digit(digits[:12]) == digits[12] else None
    if re.fullmatch(r"\d{9}[\dX]", digits):
        thirteen = "978" + digits[:9] + ean_digit("978" + digits[:9])
        return thirteen if _isbn10_digit(digits[:9]) == digits[9] or thirteen[12] == digits[9] else None
    return None


def as_typed(text: str) -> str:
    """Return the number without its hyphens, blanks, qualifier and the letters ISBN.

    >>> as_typed("ISBN４−１０−３５３４２２−Ｘ (上巻)")
    '410353422X'
    """
    plain = _HYPHENS.sub("", unicodedata.normalize("NFKC", text)).strip()
    return "".join(_QUALIFIER.sub("", _ISBN.sub("", plain)).split()).upper()


def read_isbns(texts: Iterable[str]) -> Isbns:
    """Sort the numbers in the texts into right and wrong ones; one text may hold several (CAT-1).

    >>> read_isbns(["4-10-353422-8", "4101010013 4-00-000000-1", "ISBN不明"])
    Isbns(right=('9784103534228', '9784101010014'), wrong=('4000000001',))
    """
    right: dict[str, None] = {}
    wrong: dict[str, None] = {}
    for text in texts:
        whole = isbn13(text)
        pieces = [text] if whole else re.split(r"[;,、／/\s]+", unicodedata.normalize("NFKC", text))
        if not whole and not any(isbn13(piece) for piece in pieces):
            pieces = [text]  # blanks may stand for hyphens: a wrong number stays in one piece
        for piece in pieces:
            if thirteen := isbn13(piece):
                right[thirteen] = None
            elif (typed := as_typed(piece)) and _NUMBER.search(typed):
                wrong[typed] = None
    return Isbns(tuple(right), tuple(wrong))


def read_issn(text: str) -> str:
    """Return the first right ISSN in the text with its hyphen, else the text as typed.

    >>> read_issn("03876675　／　01473"), read_issn("1347300x"), read_issn("08851")
    ('0387-6675', '1347-300X', '08851')
    """
    plain = _HYPHENS.sub("", unicodedata.normalize("NFKC", text)).upper()
    for candidate in re.findall(r"(?<!\d)\d{7}[\dX](?!\d)", plain):
        total = sum(int(digit) * (8 - place) for place, digit in enumerate(candidate[:7]))
        if "0123456789X"[-total % 11] == candidate[7]:
            return f"{candidate[:4]}-{candidate[4:]}"
    return unicodedata.normalize("NFKC", text).strip()


def _isbn10_digit(first_nine: str) -> str:
    """Return the check digit that makes an ISBN-10 of nine digits."""
    total = sum(int(digit) * (10 - place) for place, digit in enumerate(first_nine))
    return "0123456789X"[-total % 11]
