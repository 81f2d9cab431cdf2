"""Descriptions from JSON lines: one object a line, with the field names of `bib_ja.jsonl`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import IO, Any

from catalog.interchange import extents, isbn, statements, titles
from catalog.interchange.classes import CHILDREN, PICTURE_BOOK, read_classes
from catalog.interchange.record import BibRecord, Contributor, Reason, Reject
from catalog.interchange.text import clean, distinct, reading, without_isbd
from catalog.interchange.years import year_of
from catalog.rules import Material

MATERIALS = {
    "book": Material.BOOK,
    "work": Material.BOOK,
    "serial": Material.MAGAZINE,
    "journal": Material.MAGAZINE,
    "comic": Material.COMIC,
    "video": Material.VIDEO,
    "movingimage": Material.VIDEO,
    "sound": Material.MUSIC,
    "map": Material.MAP,
    "musicscore": Material.SCORE,
    "rarebook": Material.MANUSCRIPT,
    "stillimage": Material.OTHER,
}
# What has no field of its own is kept as a note under these words. The number of loans and addresses are left out.
NOTED = {
    "host": "底本",
    "orthography": "文字遣い",
    "frequency": "刊行頻度",
    "format": "記録形式",
    "product_no": "商品番号",
    "distributor": "販売",
    "genre": "ジャンル",
}
LONGEST_LINE = 1 << 22
_PUBLISHER_LABEL = re.compile(r"\[[^\]]*(?:発売|販売|発行|配給|製作|制作|編集|営業|提供|企画|出版)[^\]]*\](?=[^\]\[])")
_NO_PUBLISHER = re.compile(r"^\[(?:出版者|出版社|発行所|書写者)不[明詳]\]$")


def read(stream: IO[bytes], source: str = "") -> Iterator[BibRecord | Reject]:
    """Yield a description or a reject for every line that is not blank."""
    position = 0
    while line := stream.readline(LONGEST_LINE):
        position += 1
        if not line.endswith(b"\n") and len(line) == LONGEST_LINE:
            while (rest := stream.readline(LONGEST_LINE)) and not rest.endswith(b"\n"):
                pass
            yield Reject.of(Reason.TOO_LONG, position, line)
        elif line.strip(b" \t\r\n,[]\xef\xbb\xbf"):
            yield _line(line, position, source)


def _line(line: bytes, position: int, source: str) -> BibRecord | Reject:
    try:
        entry = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        return Reject.of(Reason.ENCODING, position, line, error.reason)
    except (ValueError, RecursionError) as error:
        return Reject.of(Reason.NOT_JSON, position, line, error)
    if not isinstance(entry, dict):
        return Reject.of(Reason.NOT_JSON, position, line, "not an object")
    try:
        return bib_record(entry, source) or Reject.of(Reason.NO_TITLE, position, line)
    except (TypeError, ValueError, AttributeError, KeyError) as error:  # a value of an unexpected shape
        return Reject.of(Reason.NOT_JSON, position, line, error)


def bib_record(entry: dict[str, Any], source: str = "") -> BibRecord | None:
    """Describe the object, or return None where it has no title or no id."""
    title = titles.title_parts(
        clean(entry.get("title")),
        clean(entry.get("subtitle")),
        clean(entry.get("title_kana")),
        clean(entry.get("subtitle_kana")),
    )
    source_id = clean(entry.get("id"))
    if not title.title or not source_id:
        return None
    extent, size = extents.extent_and_size(clean(entry.get("extent")))
    classes = read_classes(_texts(entry, "ndc"), clean(entry.get("ndc_ed")))
    numbers = isbn.read_isbns([*_texts(entry, "isbn"), *_texts(entry, "isbn_raw"), *_texts(entry, "isbn_bad")])
    date = clean(entry.get("date"))
    return BibRecord(
        source=source or clean(entry.get("src")) or "json",
        source_id=source_id,
        material=_material(entry, classes.ndc, extent),
        title=title.title,
        title_kana=title.title_kana,
        subtitle=title.subtitle,
        subtitle_kana=title.subtitle_kana,
        volume=without_isbd(entry.get("volume")),
        alt_titles=distinct([*title.parallel, *re.split(r";\s+", clean(entry.get("alt_title")).rstrip("."))]),
        contributors=_contributors(entry, title.statement),
        publisher=_publisher(entry),
        place=clean(entry.get("place")),
        year=year_of(date) if date else _year(entry.get("year")),
        date_text=date,
        edition=without_isbd(entry.get("edition")),
        series=distinct(_texts(entry, "series")),
        ndc=classes.ndc,
        ndc_edition=classes.edition,
        subjects=distinct(_subject(text) for text in _texts(entry, "subjects")),
        language=_language(clean(entry.get("lang"))),
        isbns=numbers.right,
        wrong_isbns=numbers.wrong,
        issn=next((isbn.read_issn(text) for text in _texts(entry, "issn")), ""),
        jpno=clean(entry.get("jpno")),
        extent=extent,
        size=clean(entry.get("size")) or size,
        price=clean(entry.get("price")),
        notes=_notes(entry),
        contents=tuple(_content(part) for part in entry.get("contents") or []),
        audience=CHILDREN if classes.for_children else clean(entry.get("audience")),
    )


def _texts(entry: dict[str, Any], name: str) -> list[str]:
    """The values under a name that holds one text or a list of them."""
    value = entry.get(name) or []
    return [text for each in (value if isinstance(value, list) else [value]) if (text := clean(each))]


def _year(value: object) -> int | None:
    return value if isinstance(value, int) and 1000 <= value < 3000 else None


def _language(codes: str) -> str:
    """Return the first of codes written one after another.

    >>> _language("jpneng"), _language("ja"), _language("日本語")
    ('jpn', 'ja', '日本語')
    """
    return codes[:3] if re.fullmatch(r"(?:[a-z]{3})+", codes) else codes


def _material(entry: dict[str, Any], ndc: tuple[str, ...], extent: str) -> Material:
    material = MATERIALS.get(clean(entry.get("material")), Material.BOOK)
    if material is not Material.BOOK:
        return material
    if PICTURE_BOOK in ndc:
        return Material.PICTURE_BOOK
    return extents.material_of(extent) or material


def _contributors(entry: dict[str, Any], statement: str) -> tuple[Contributor, ...]:
    creators = entry.get("creators") or []
    readings = _texts(entry, "creator_kana")
    beside = readings if len(readings) == len(creators) else []
    headings: list[Contributor] = []
    for place, creator in enumerate(creators):
        kana = clean(creator.get("kana")) or (beside[place] if beside else "")
        headings += statements.read_heading(clean(creator.get("name")), kana, clean(creator.get("role")))
    return statements.contributors(headings, clean(entry.get("resp")) or statement)


def _publisher(entry: dict[str, Any]) -> str:
    """Return the publisher without the labels of what it did; one said to be unknown is none."""
    publisher = clean(_PUBLISHER_LABEL.sub("", clean(entry.get("publisher"))))
    return "" if _NO_PUBLISHER.match(publisher) else publisher


def _subject(text: str) -> str:
    """Return a subject heading without the reading that some sources put behind it.

    >>> _subject("月明文庫 ゲツメイブンコ"), _subject("宮城県--地図")
    ('月明文庫', '宮城県 -- 地図')
    """
    heading, _blank, kana = text.partition(" ")
    bare = heading if kana and reading(kana) == kana and re.fullmatch(r"[ァ-ヶー∥ ]+", kana) else text
    return re.sub(r"\s*--\s*", " -- ", bare.rstrip("."))


def _notes(entry: dict[str, Any]) -> tuple[str, ...]:
    noted = [f"{label}: {text}" for name, label in NOTED.items() if (text := clean(entry.get(name)))]
    return distinct([*_texts(entry, "note"), *noted])


def _content(part: Any) -> str:
    """One line of the contents: a title, with its author where there is one."""
    if not isinstance(part, dict):
        return clean(part)
    return " / ".join(text for text in (clean(part.get("title")), clean(part.get("author"))) if text)
