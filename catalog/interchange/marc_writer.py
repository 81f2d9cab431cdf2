"""A description as a MARC 21 record, the way JAPAN/MARC writes them: Japanese in the field, its readings in 880.

What our own reader (`marc`) makes of the record is the description again. Two things it says more plainly: a year
without a date of publication becomes that date, and a title all in kana is its own reading.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import count

import jaconv
from pymarc import Field, Indicators, Record, Subfield, record_to_xml

from catalog.interchange.classes import CHILDREN
from catalog.interchange.marc import COMICS
from catalog.interchange.record import BibRecord, Contributor
from catalog.interchange.text import clean, is_japanese
from catalog.rules import Material

MEDIA_TYPE = "application/marc"
XML_MEDIA_TYPE = "application/marcxml+xml"

KINDS = {
    # leader/06 and 07: type of record and bibliographic level
    Material.MAGAZINE: "as",
    Material.VIDEO: "gm",
    Material.MUSIC: "jm",
    Material.MAP: "em",
    Material.MANUSCRIPT: "tm",
    Material.SCORE: "cm",
    Material.OTHER: "pm",
}
BODIES = re.compile(
    "(会|社|部|局|省|庁|館|院|校|室|課|所|署|団|協会|連盟|機構|財団|大学|学部|センター|グループ|プロダクション|新聞"
    r"|編集部|製作委員会|県|市|町|村|Inc\.?|Ltd\.?|Co\.?|University|Society|Association)$"
)
LONGEST_FIELD = 9_000  # bytes; the format allows 9,999 with indicators and delimiters
LONGEST_RECORD = 99_999
NO_DATE = "n" + "uuuu"


def marc(bib: BibRecord, changed_at: datetime) -> bytes:
    """Return the record in ISO 2709, in UTF-8; tables of contents that do not fit into it are left out."""
    record = marc_record(bib, changed_at)
    written = record.as_marc()
    while len(written) > LONGEST_RECORD and (left_out := record.get_fields("505", "500")):
        record.remove_field(left_out[-1])
        written = record.as_marc()
    return written


def marcxml(bib: BibRecord, changed_at: datetime) -> bytes:
    """Return the record in MARCXML."""
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + record_to_xml(marc_record(bib, changed_at), namespace=True)


def marc_record(bib: BibRecord, changed_at: datetime) -> Record:
    """Return the record; `changed_at` is when the bib was last changed."""
    kind = KINDS.get(bib.material, "am")
    record = Record(force_utf8=True, leader=f"00000n{kind} a2200000zc 4500")
    record.add_field(
        Field("001", data=_clean(bib.source_id)),
        Field("003", data=_clean(bib.source)),
        Field("005", data=f"{changed_at:%Y%m%d%H%M%S}.0"),
        Field("008", data=_fixed(bib, changed_at)),
    )
    numbers = count(1)
    beside: list[Field] = []
    for field, readings in _fields(bib):
        field = _cut(field)
        if any(reading for _code, reading in readings):
            link = f"{next(numbers):02}"
            field.subfields.insert(0, Subfield("6", f"880-{link}"))
            beside += _readings(field, link, readings)
        record.add_field(field)
    record.add_field(*beside)
    return record


Readings = list[tuple[str, str]]
Pairs = Iterable[tuple[str, str]]


def _fields(bib: BibRecord) -> Iterator[tuple[Field, Readings]]:
    """Yield every data field that says something, in the order of tags, with its readings by subfield."""
    for field in _numbers(bib):
        yield field, []
    for field in _classes(bib):
        yield field, []
    title = [("a", bib.title), ("b", bib.subtitle), ("n", bib.volume), ("c", _statement(bib.contributors))]
    yield _field("245", "00", title), [("a", bib.title_kana), ("b", bib.subtitle_kana)]
    for alternative in bib.alt_titles:
        yield _field("246", "1 ", [("a", alternative)]), []
    plain = [
        _field("250", "  ", [("a", bib.edition)]),
        _field("260", "  ", [*_each("a", bib.place), *_each("b", bib.publisher), ("c", bib.date_text or _year(bib))]),
        _field("300", "  ", _physical(bib)),
        *(_field("490", "0 ", [("a", series)]) for series in bib.series),
        *(_field("500", "  ", [("a", note)]) for note in bib.notes),
        *(_field("505", "00", pairs) for pairs in _contents(bib.contents)),
        _field("521", "  ", [("a", "" if bib.audience == CHILDREN else bib.audience)]),
        *(_field("650", " 4", _subject(subject)) for subject in bib.subjects),
    ]
    for field in plain:
        if field.subfields:
            yield field, []
    for person in bib.contributors:
        yield _heading(person), [("a", person.kana)]


def _numbers(bib: BibRecord) -> Iterator[Field]:
    if bib.jpno:
        yield _field("015", "  ", [("a", bib.jpno), ("2", "jnb")])
    price = bib.price
    for number in bib.isbns:
        yield _field("020", "  ", [("a", number), ("c", price)])
        price = ""
    if price:
        yield _field("020", "  ", [("c", price)])
    for number in bib.wrong_isbns:
        yield _field("020", "  ", [("z", number)])
    if bib.issn:
        yield _field("022", "  ", [("a", bib.issn)])


def _classes(bib: BibRecord) -> Iterator[Field]:
    if bib.language and not _is_coded(bib.language):
        yield _field("041", "07", [("a", bib.language), ("2", "iso639-1")])
    if bib.material is Material.COMIC:
        yield _field("084", "  ", [("a", COMICS), ("2", "kktb")])
    edition = f"njb/{bib.ndc_edition:0>2}" if bib.ndc_edition else "njb"
    for notation in bib.ndc:
        yield _field("084", "  ", [("a", notation), ("2", edition)])


def _heading(person: Contributor) -> Field:
    """A body where the name ends like one; the first indicator says whether a name begins with the family name."""
    pairs = [("a", person.name), ("e", person.role)]
    if BODIES.search(person.name):
        return _field("710", "2 ", pairs)
    family_name_first = "," in person.name or is_japanese(person.name)
    return _field("700", "1 " if family_name_first else "0 ", pairs)


def _statement(contributors: Iterable[Contributor]) -> str:
    """Who did what in one line: 萩野正昭 著 ; 田中花子 訳."""
    return " ; ".join(
        f"{_in_order(person.name)} {person.role}".strip()
        for person in contributors
        if person.role or "," in person.name
    )


def _in_order(name: str) -> str:
    return name.replace(", ", "") if is_japanese(name) else name


def _physical(bib: BibRecord) -> Pairs:
    extent, _plus, accompanying = bib.extent.partition(" + ")
    return [("a", extent), ("c", bib.size), ("e", accompanying)]


def _subject(subject: str) -> Pairs:
    first, *more = subject.split(" -- ")
    return [("a", first), *(("x", part) for part in more)]


def _contents(lines: Iterable[str]) -> Iterator[Pairs]:
    """Yield the table of contents in as many fields as its length asks for."""
    pairs: list[tuple[str, str]] = []
    length = 0
    for line in lines:
        title, _slash, author = line.partition(" / ")
        more = len(line.encode()) + 8
        if pairs and length + more > LONGEST_FIELD:
            yield pairs
            pairs, length = [], 0
        pairs += [("t", title), ("r", author)]
        length += more
    if pairs:
        yield pairs


def _fixed(bib: BibRecord, changed_at: datetime) -> str:
    """008: date of entry, year, unknown country, children, language."""
    is_serial = bib.material is Material.MAGAZINE
    date = (
        f"{'c' if is_serial else 's'}{bib.year:04}{'9999' if is_serial else '    '}" if bib.year else f"{NO_DATE}    "
    )
    audience = "j" if bib.audience == CHILDREN else " "
    language = bib.language if _is_coded(bib.language) else "   "
    return f"{changed_at:%y%m%d}{date}xx {'':4}{audience}{'':12}{language}  "


def _is_coded(language: str) -> bool:
    return re.fullmatch("[a-z]{3}", language) is not None


def _year(bib: BibRecord) -> str:
    return str(bib.year) if bib.year else ""


def _each(code: str, text: str) -> Pairs:
    return [(code, part) for part in text.split(" ; ")]


def _field(tag: str, marks: str, pairs: Pairs) -> Field:
    subfields = [Subfield(code, text) for code, value in pairs if (text := _clean(value))]
    return Field(tag, indicators=Indicators(marks[0], marks[1]), subfields=subfields)


def _readings(field: Field, link: str, readings: Readings) -> Iterator[Field]:
    """Yield the 880 fields of a field: katakana, and romaji, which together tell that these are readings."""
    marks = f"{field.indicator1}{field.indicator2}"
    for script, write in (("$1", str), ("(B", romaji)):
        pairs = [(code, write(_clean(reading))) for code, reading in readings]
        yield _field("880", marks, [("6", f"{field.tag}-{link}/{script}"), *pairs])


def romaji(kana: str) -> str:
    """Write a reading in Latin letters, as far as letters alone tell.

    >>> romaji("コレカラ ノ ホン"), romaji("ハギノ, マサアキ"), romaji("キョー")
    ('Korekara no hon', 'Hagino, masaaki', 'Kyo')
    """
    letters = jaconv.kana2alphabet(jaconv.kata2hira(kana.replace("ー", ""))).replace("　", " ")
    return letters[:1].upper() + letters[1:]


def _clean(text: str) -> str:
    """Text without the controls that bound subfields, and without lines."""
    return clean(text)


def _cut(field: Field) -> Field:
    """Cut what is too long for the format; no title is, but a note may be."""
    for place, part in enumerate(field.subfields):
        encoded = part.value.encode()
        if len(encoded) > LONGEST_FIELD:
            field.subfields[place] = Subfield(part.code, encoded[: LONGEST_FIELD - 3].decode(errors="ignore") + "…")
    return field
