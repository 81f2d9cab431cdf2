"""The numbers on cards and items: their check digits, and what a scanner makes of them. Pure.

A card number has eight digits and an item number ten, so the desk knows by its length what was scanned; each ends in a
check digit, so a slip of the hand names nobody else.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum

CARD_NUMBER_LENGTH = 8
SMALLEST_CARD_SERIAL, LARGEST_CARD_SERIAL = 1_000_000, 9_999_999

LENGTH_OF_LARGEST_ID = 19
"""Digits of the largest number of a record; shorter ones are smaller than it."""


def scanned(text: str) -> str:
    """Return the number in what a scanner or a hand has entered: NW-7 start and stop letters, blanks, full width off.

    >>> scanned("Ａ１２３４５６７８９０Ａ"), scanned(" a1234567890b "), scanned("12-3456")
    ('1234567890', '1234567890', '123456')
    """
    plain = unicodedata.normalize("NFKC", text).strip().replace(" ", "").replace("-", "")
    if len(plain) > 2 and plain[0].upper() in "ABCD" and plain[-1].upper() in "ABCD":
        plain = plain[1:-1]
    return plain


def is_id(text: str) -> bool:
    """Tell whether this could be the number of a record in the database.

    >>> is_id("42"), is_id("4٢"), is_id("-1"), is_id("9" * 19), is_id("")
    (True, False, False, False, False)
    """
    return text.isascii() and text.isdigit() and len(text) < LENGTH_OF_LARGEST_ID


class CheckDigit(StrEnum):
    """How the last digit of a number is made (CAT-2)."""

    NONE = "none"
    MOD_10_WEIGHT_3 = "mod10w3"
    MOD_11_WEIGHT_2_TO_7 = "mod11"
    SEVEN_CHECK = "7dr"


def check_digit(number: str, scheme: str) -> str:
    """Return the check digit for `number` (digits without it) under `scheme`, "" where the scheme has none (CAT-2).

    >>> check_digit("100000001", "mod10w3"), check_digit("100000001", "7dr"), check_digit("100000001", "none")
    ('4', '3', '')
    """
    digits = [int(digit) for digit in number]
    match scheme:
        case CheckDigit.MOD_10_WEIGHT_3:
            total = sum(digit * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits)))
            return str(-total % 10)
        case CheckDigit.MOD_11_WEIGHT_2_TO_7:
            total = sum(digit * (place % 6 + 2) for place, digit in enumerate(reversed(digits)))
            return str(-total % 11 % 10)
        case CheckDigit.SEVEN_CHECK:
            return str(int(number) % 7)
        case _:
            return ""


def card_number(serial: int) -> str:
    """Return the card number for a serial of seven digits (PAT-2).

    >>> card_number(2000001)
    '20000011'
    """
    return f"{serial}{check_digit(str(serial), CheckDigit.MOD_10_WEIGHT_3)}"


def is_card_number(text: str) -> bool:
    """Tell whether this is a card number of ours by its form and check digit.

    >>> is_card_number("20000011"), is_card_number("20000012"), is_card_number("1000000014")
    (True, False, False)
    """
    if not re.fullmatch(rf"[0-9]{{{CARD_NUMBER_LENGTH}}}", text):
        return False
    return check_digit(text[:-1], CheckDigit.MOD_10_WEIGHT_3) == text[-1]
