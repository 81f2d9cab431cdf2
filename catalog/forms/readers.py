"""How what was typed into a field of a search is read: as an address carries it, or with a sentence why not.

Each reader takes what was typed, never empty, and raises ValidationError with a sentence for the patron.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from catalog.interchange import isbn as numbers
from catalog.models import MATERIALS
from catalog.rules import scanned
from catalog.search.index import notation

Reader = Callable[[str], str]

LONGEST_NUMBER = 20


def text(typed: str) -> str:
    """Words, with single blanks between them.

    >>> text("　猫  と 犬 ")
    '猫 と 犬'
    """
    return " ".join(typed.split())


def year(typed: str) -> str:
    """A year of the common era.

    >>> year("２００１年")
    '2001'
    """
    digits = unicodedata.normalize("NFKC", typed).strip().removesuffix("年")
    if not re.fullmatch(r"\d{1,4}", digits, re.ASCII):
        raise ValidationError(_("出版年は西暦の数字で入力してください（例：2001）。"))
    return str(int(digits))


def check_range(first: str, last: str) -> None:
    """Raise ValidationError for years that end before they begin."""
    if first and last and int(first) > int(last):
        raise ValidationError(_("出版年の範囲が逆です。「まで」には「から」以降の年を入力してください。"))


def ndc(typed: str) -> str:
    """The beginning of a class of the NDC.

    >>> ndc("９１３．"), ndc("913.6"), ndc("k933")
    ('913', '913.6', 'K933')
    """
    plain = notation(typed)
    if not re.fullmatch(r"[A-Z]{0,2}\d{1,3}(\.\d{1,8})?", plain):
        raise ValidationError(_("分類（NDC）は数字で入力してください（例：9、913、913.6）。"))
    return plain


def isbn(typed: str) -> str:
    """An ISBN or ISSN; one with a wrong check digit is printed in some books, and stays one (CAT-1).

    >>> isbn("ISBN 978-4-10-101010-6"), isbn("４１０１０１０１０x"), isbn("0385-1230")
    ('9784101010106', '410101010X', '03851230')
    """
    plain = numbers.as_typed(typed)
    if not re.fullmatch(r"\d{13}|\d{9}[\dX]|\d{7}[\dX]", plain, re.ASCII):
        raise ValidationError(_("ISBNは10けたか13けたの番号です。本の裏表紙などでご確認ください。"))
    return plain


def item_number(typed: str) -> str:
    """The number on the barcode of an item, start and stop letters left aside.

    >>> item_number("a1234567890a")
    '1234567890'
    """
    plain = re.sub(r"\W", "", scanned(unicodedata.normalize("NFKC", typed)))
    if not (plain.isascii() and plain.isdigit() and len(plain) <= LONGEST_NUMBER):
        raise ValidationError(_("資料番号は、資料のバーコードの下にある10けたの数字です。"))
    return plain


def material(typed: str) -> str:
    """The code of a kind of publication."""
    if typed not in {value for value, _words in MATERIALS}:
        raise ValidationError(_("この資料種別はありません。"))
    return typed


def language(typed: str) -> str:
    """The code of a language, of three letters."""
    if not re.fullmatch(r"[a-z]{2,3}", typed):
        raise ValidationError(_("この言語はありません。"))
    return typed


def decade(typed: str) -> str:
    """The first year of ten."""
    if not re.fullmatch(r"\d{1,3}0", typed, re.ASCII):
        raise ValidationError(_("この年代はありません。"))
    return str(int(typed))


def yes(typed: str) -> str:
    """A box that is ticked, whatever its value."""
    return "1"
