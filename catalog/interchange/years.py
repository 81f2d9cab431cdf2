"""The year in a date of publication, in any of the ways Japanese records write it."""

from __future__ import annotations

import re
import unicodedata

# The year of the common era that is counted as the first of each era, from the printed books of the Edo period on.
ERAS = {
    "慶長": 1596, "元和": 1615, "寛永": 1624, "正保": 1644, "慶安": 1648, "承応": 1652, "明暦": 1655, "万治": 1658,
    "寛文": 1661, "延宝": 1673, "天和": 1681, "貞享": 1684, "元禄": 1688, "宝永": 1704, "正徳": 1711, "享保": 1716,
    "元文": 1736, "寛保": 1741, "延享": 1744, "寛延": 1748, "宝暦": 1751, "明和": 1764, "安永": 1772, "天明": 1781,
    "寛政": 1789, "享和": 1801, "文化": 1804, "文政": 1818, "天保": 1830, "弘化": 1844, "嘉永": 1848, "安政": 1854,
    "万延": 1860, "文久": 1861, "元治": 1864, "慶応": 1865, "明治": 1868, "大正": 1912, "昭和": 1926, "平成": 1989,
    "令和": 2019, "明": 1868, "大": 1912, "昭": 1926, "平": 1989, "令": 2019,
    "M": 1868, "T": 1912, "S": 1926, "H": 1989, "R": 2019,
}  # fmt: skip

_DIGITS = {"〇": 0, "一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_COMMON_ERA = re.compile(r"(?<!\d)([12]\d{3})(?!\d|-{2})")
_ERA_YEAR = re.compile(
    "(?<![A-Za-z])("
    + "|".join(sorted(ERAS, key=len, reverse=True))
    + r")\s*(元|\d{1,2}|[一二三四五六七八九十]{1,4})(?!\d)"
)


def year_of(text: str) -> int | None:
    """Return the first year that the text states, or None where it states none exactly.

    A year of the common era goes before one of an era. A decade, a century or a period is no year.

    >>> year_of("1957（昭和32）年5月20日"), year_of("[2004.1]"), year_of("昭和三十二年"), year_of("明39")
    (1957, 2004, 1957, 1906)
    >>> year_of("c2014"), year_of("[江戸後期]"), year_of("[199-]"), year_of("[18--]"), year_of("平成元")
    (2014, None, None, None, 1989)
    """
    plain = unicodedata.normalize("NFKC", text)
    if match := _COMMON_ERA.search(plain):
        return int(match[1])
    if match := _ERA_YEAR.search(plain):
        return ERAS[match[1]] + _number(match[2]) - 1
    return None


def _number(numeral: str) -> int:
    """Read a year of an era: 元, digits or a Chinese numeral below a hundred."""
    if numeral == "元":
        return 1
    if numeral.isdigit():
        return int(numeral)
    tens, ten, ones = numeral.rpartition("十")
    if not ten:
        return int("".join(str(_DIGITS[digit]) for digit in numeral))
    return (_DIGITS[tens] if tens else 1) * 10 + (_DIGITS[ones] if ones else 0)
