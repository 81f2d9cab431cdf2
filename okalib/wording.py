"""How days are written for people, known and forecast ones: the same on page, slip and mail, in Japanese and English.

Pure, so that letters and print-outs need no web around them; templates use the filter `day` of `okalib_days`.
"""

from datetime import date

NEAR_DAYS = 14  # so far ahead a day is named
FAR_DAYS = 210  # so far ahead the third of a month is; beyond, the month
WEEKDAYS_JA = "月火水木金土日"
WEEKDAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS_EN = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def day_ja(day: date, today: date | None = None) -> str:
    """Write `day` in Japanese, with its year if that is not the year of `today`.

    >>> day_ja(date(2026, 12, 8)), day_ja(date(2027, 1, 4), today=date(2026, 12, 8))
    ('12月8日（火）', '2027年1月4日（月）')
    """
    year = f"{day.year}年" if _is_in_another_year(day, today) else ""
    return f"{year}{day.month}月{day.day}日（{WEEKDAYS_JA[day.weekday()]}）"


def day_en(day: date, today: date | None = None) -> str:
    """Write `day` in English, with its year if that is not the year of `today`.

    >>> day_en(date(2026, 12, 8)), day_en(date(2027, 1, 4), today=date(2026, 12, 8))
    ('Tue 8 December', 'Mon 4 January 2027')
    """
    year = f" {day.year}" if _is_in_another_year(day, today) else ""
    return f"{WEEKDAYS_EN[day.weekday()]} {day.day} {MONTHS_EN[day.month - 1]}{year}"


def about_ja(earliest: date, latest: date, today: date) -> str:
    """Write a range of days that is no promise, the vaguer the further it is (HLD-12).

    >>> today = date(2026, 12, 1)
    >>> about_ja(date(2026, 12, 3), date(2026, 12, 3), today), about_ja(date(2026, 12, 3), date(2026, 12, 8), today)
    ('12月3日（木）ごろ', '12月3日（木）〜12月8日（火）ごろ')
    >>> about_ja(date(2026, 12, 10), date(2026, 12, 26), today), about_ja(date(2026, 12, 16), date(2026, 12, 19), today)
    ('12月10日（木）ごろ〜12月下旬', '12月中旬')
    >>> about_ja(date(2026, 12, 24), date(2027, 1, 8), today), about_ja(date(2027, 2, 11), date(2027, 8, 2), today)
    ('12月下旬〜2027年1月上旬', '2027年2月中旬〜8月')
    """
    if _is_near(latest, today):
        days = [day_ja(earliest, today), day_ja(latest, latest if latest.year == earliest.year else today)]
        return f"{days[0]}ごろ" if earliest == latest else f"{days[0]}〜{days[1]}ごろ"
    first = f"{day_ja(earliest, today)}ごろ" if _is_near(earliest, today) else _vague_ja(earliest, today, today)
    base = earliest if earliest.year == latest.year else today  # the year stands once, before the first
    return first if _vague_ja(latest, today, today) == first else f"{first}〜{_vague_ja(latest, base, today)}"


def about_en(earliest: date, latest: date, today: date) -> str:
    """Write a range of days that is no promise, the vaguer the further it is (HLD-12).

    >>> today = date(2026, 12, 1)
    >>> about_en(date(2026, 12, 3), date(2026, 12, 3), today)
    'around Thu 3 December'
    >>> about_en(date(2026, 12, 10), date(2026, 12, 26), today), about_en(date(2026, 12, 16), date(2026, 12, 19), today)
    ('around Thu 10 December – late December', 'mid-December')
    >>> about_en(date(2026, 12, 24), date(2027, 1, 8), today), about_en(date(2027, 2, 11), date(2027, 8, 2), today)
    ('late December – early January 2027', 'mid-February – August 2027')
    """
    if _is_near(latest, today):
        first, last = f"around {day_en(earliest, today)}", day_en(latest, today)
        return first if earliest == latest else f"{first} – {last}"
    base = latest if earliest.year == latest.year else today  # the year stands once, behind the last
    last = _vague_en(latest, today, today)
    if not _is_near(earliest, today) and _vague_en(earliest, today, today) == last:
        return last
    first = f"around {day_en(earliest, base)}" if _is_near(earliest, today) else _vague_en(earliest, base, today)
    return f"{first} – {last}"


def _is_near(day: date, today: date) -> bool:
    return (day - today).days <= NEAR_DAYS


def _third(day: date) -> int:
    """Return 0, 1 or 2 for the first ten days of a month, the next ten and the rest."""
    return min((day.day - 1) // 10, 2)


def _vague_ja(day: date, base: date, today: date) -> str:
    year = f"{day.year}年" if _is_in_another_year(day, base) else ""
    third = "" if (day - today).days > FAR_DAYS else ("上旬", "中旬", "下旬")[_third(day)]
    return f"{year}{day.month}月{third}"


def _vague_en(day: date, base: date, today: date) -> str:
    year = f" {day.year}" if _is_in_another_year(day, base) else ""
    third = "" if (day - today).days > FAR_DAYS else ("early ", "mid-", "late ")[_third(day)]
    return f"{third}{MONTHS_EN[day.month - 1]}{year}"


def _is_in_another_year(day: date, today: date | None) -> bool:
    return today is not None and day.year != today.year
