"""One title as a reference at the end of a Japanese paper, by SIST 02.

著者. 書名：副書名. 訳者. 版表示, 出版者, 出版年, 数量, （シリーズ）. ISBN
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from catalog.interchange.people import in_order, people
from catalog.interchange.record import BibRecord, Contributor
from catalog.rules import Material

MOST_NAMES = 3
MEDIA = {
    Material.VIDEO: "映像資料",
    Material.MUSIC: "録音資料",
    Material.MAP: "地図",
    Material.SCORE: "楽譜",
}
PAGES = re.compile(r"(?<![\d.])(\d+)\s*(?:p|ページ|頁)(?![a-z])")


def citation(bib: BibRecord) -> str:
    """Return the reference in one line.

    >>> citation(BibRecord("own", "1", "これからの本の話をしよう", contributors=(Contributor("萩野, 正昭", "", "著"),),
    ...     publisher="晶文社", year=2019, extent="301p", isbns=("9784794970756",)))
    '萩野正昭. これからの本の話をしよう. 晶文社, 2019, 301p. ISBN 978-4-7949-7075-6.'
    """
    who = people(bib.contributors)
    first, role = (who.authors, "") if who.authors else (who.editors, "編")
    after_title = [*(() if not who.authors else [_named(who.editors, "編")]), _named(who.translators, "訳")]
    series = [f"（{one}）" for one in bib.series[:1]]
    published = [bib.edition, bib.publisher, _year(bib), _quantity(bib.extent), *series]
    sentences = [_named(first, role), _title(bib), *after_title, _joined(", ", published), *_numbers(bib)]
    return " ".join(f"{sentence.rstrip('.')}." for sentence in sentences if sentence)


def _title(bib: BibRecord) -> str:
    medium = f"［{MEDIA[bib.material]}］" if bib.material in MEDIA else ""
    return _joined("：", [_joined(" ", [bib.title, bib.volume]), bib.subtitle]) + medium


def _joined(by: str, parts: Iterable[str]) -> str:
    return by.join(part for part in parts if part)


def _named(contributors: Sequence[Contributor], role: str) -> str:
    """Up to three names, or the first and ほか."""
    names = list(dict.fromkeys(in_order(person.name) for person in contributors))
    shown = names if len(names) <= MOST_NAMES else [f"{names[0]}ほか"]
    return ", ".join(shown) + role if shown else ""


def _year(bib: BibRecord) -> str:
    if bib.material is Material.MAGAZINE:
        return bib.date_text or (f"{bib.year}-" if bib.year else "")
    return str(bib.year) if bib.year else bib.date_text


def _quantity(extent: str) -> str:
    """The number of pages, if the extent says it: `xii, 301p` is 301p."""
    pages = PAGES.findall(extent.partition("+")[0])
    return f"{pages[-1]}p" if pages else ""


def _numbers(bib: BibRecord) -> list[str]:
    if bib.isbns:
        return [f"ISBN {hyphenated(bib.isbns[0])}"]
    return [f"ISSN {bib.issn}"] if bib.issn else []


def hyphenated(isbn: str) -> str:
    """Write a Japanese ISBN with its hyphens; the ranges of other countries are not ours to know.

    >>> [hyphenated(isbn) for isbn in ("9784794970756", "9784003101018", "9780141439518", "9784990000011")]
    ['978-4-7949-7075-6', '978-4-00-310101-8', '9780141439518', '978-4-9900000-1-1']
    """
    if not isbn.startswith("9784"):
        return isbn
    rest = isbn[4:12]
    length = next(length for below, length in _PUBLISHERS if rest[:7] < below)
    return f"978-4-{rest[:length]}-{rest[length:]}-{isbn[12]}"


_PUBLISHERS = (
    # up to which beginning, and how many digits the publisher of group 978-4 has
    ("2000000", 2),
    ("7000000", 3),
    ("8500000", 4),
    ("9000000", 5),
    ("9500000", 6),
    (":", 7),
)
