"""A MARC 21 record, from ISO 2709 or MARCXML, as a description in our terms."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import replace

from pymarc import Field, Record

from catalog.interchange import extents, isbn, statements, titles
from catalog.interchange.classes import CHILDREN, Classes, read_classes
from catalog.interchange.linked_scripts import Linked, linked_fields
from catalog.interchange.record import BibRecord, Contributor, Reason, Reject
from catalog.interchange.text import clean, distinct, reading, without_isbd
from catalog.interchange.years import year_of
from catalog.rules import Material

MATERIALS = {
    "c": Material.SCORE,
    "d": Material.SCORE,
    "e": Material.MAP,
    "f": Material.MAP,
    "g": Material.VIDEO,
    "i": Material.MUSIC,
    "j": Material.MUSIC,
    "k": Material.OTHER,
    "m": Material.OTHER,
    "o": Material.OTHER,
    "p": Material.OTHER,
    "r": Material.OTHER,
    "t": Material.MANUSCRIPT,
}
ROLES = {"aut": "著", "edt": "編", "trl": "訳", "ill": "絵", "cmp": "作曲", "drt": "監督", "pht": "写真"}
NOTES = ("500", "501", "502", "504", "508", "511", "515", "518", "520", "530", "533", "534", "536", "546", "550", "580")
SUBJECTS = ("600", "610", "611", "630", "648", "650", "651", "653", "655")
NAMES = ("100", "110", "111", "700", "710", "711")
COMICS = "Y84"  # the class of the National Diet Library for comics

Fields = dict[str, list[Linked]]


def described(record: Record, position: int, source: str = "") -> BibRecord | Reject:
    """Describe the record; what makes it impossible is a reject, never an error."""
    try:
        return bib_record(record, position, source)
    except Exception as error:  # a file from outside never stops the import
        return Reject.of(Reason.BROKEN, position, str(record.leader), error)


def bib_record(record: Record, position: int, source: str = "") -> BibRecord | Reject:
    """Describe the record, or say why it cannot be; `source` names the file's origin where 003 is not to be used."""
    control = {field.tag: clean(field.data) for field in record.fields if field.control_field}
    excerpt = control.get("001") or str(record.leader)
    if str(record.leader)[5:6] == "d":
        return Reject.of(Reason.DELETED, position, excerpt)
    fields = linked_fields(record)
    title_area = _first(fields, "245")
    title = _title(title_area)
    if title is None or not title.title:
        unimarc = " (UNIMARC)" if "200" in fields else ""
        return Reject.of(Reason.NO_TITLE, position, excerpt, f"245{unimarc}")

    fixed = next((field.data or "" for field in record.get_fields("008")), "")
    place, publisher, date = _publication(fields)
    extent, size = _physical(fields)
    classes = _classes(fields)
    numbers = isbn.read_isbns(_values(fields, "020", "a"))
    cancelled = [isbn.as_typed(number) for number in _values(fields, "020", "z")]
    found = BibRecord(
        source=source or control.get("003", "").strip() or "marc",
        source_id=control.get("001", "").strip(),
        material=_material(record, fields, classes, extent),
        title=title.title,
        title_kana=title.title_kana,
        subtitle=title.subtitle,
        subtitle_kana=title.subtitle_kana,
        volume=_volume(title_area),
        alt_titles=_alternative_titles(fields, title_area, title),
        contributors=_contributors(fields, title_area),
        publisher=publisher,
        place=place,
        year=year_of(date) or year_of(fixed[7:11]),
        date_text=date,
        edition=_joined(_first(fields, "250"), "ab"),
        series=_series(fields),
        ndc=classes.ndc,
        ndc_edition=classes.edition,
        subjects=distinct(_subject(linked.shown) for tag in SUBJECTS for linked in fields.get(tag, [])),
        language=_language(fields, fixed),
        isbns=numbers.right,
        wrong_isbns=distinct([*numbers.wrong, *cancelled]),
        issn=next((isbn.read_issn(number) for number in _values(fields, "022", "a")), ""),
        jpno=next(iter(_values(fields, "015", "a")), ""),
        extent=extent,
        size=size,
        price=next((without_isbd(price) for price in _values(fields, "020", "c")), ""),
        notes=distinct(_joined(linked, "abcnpr") for tag in NOTES for linked in fields.get(tag, [])),
        contents=_contents(fields),
        audience=CHILDREN
        if fixed[22:23] in ("a", "b", "c", "j") or classes.for_children
        else next(iter(_values(fields, "521", "a")), ""),
    )
    return found if found.source_id else _keyed_by_content(found, fields)


def _keyed_by_content(found: BibRecord, fields: Fields) -> BibRecord:
    """Give a record without a number of its own a key that stays the same as long as what identifies it does."""
    number = next(iter(_values(fields, "035", "a")), "")
    identity = [found.title, found.volume, found.publisher, found.date_text, found.edition]
    digest = hashlib.sha256("\n".join([*identity, *found.isbns]).encode()).hexdigest()[:24]
    return replace(found, source_id=number or f"content:{digest}")


def _title(area: Linked | None) -> titles.Titles | None:
    if area is None:
        return None
    parts = titles.title_parts(_raw(area.shown, "a"), _raw(area.shown, "b"), _raw(area.kana, "a"), _raw(area.kana, "b"))
    if area.shown.get("a") is None:  # `$k` or `$n` alone names archives and parts of series
        named = without_isbd(_raw(area.shown, "kgfnp"))
        return parts._replace(title=named)
    return parts


def _volume(area: Linked | None) -> str:
    return _joined(area, "np")


def _alternative_titles(fields: Fields, area: Linked | None, title: titles.Titles) -> tuple[str, ...]:
    """Return variant and parallel titles, and a romaji title that another form is shown for."""
    variants = [*title.parallel]
    for tag, codes in (("130", "a"), ("240", "a"), ("242", "ab"), ("246", "ab"), ("247", "ab"), ("740", "a")):
        variants += [_joined(linked, codes) for linked in fields.get(tag, [])]
    if area is not None and area.shown.tag == "880":
        variants += [without_isbd(_raw(form, "ab")) for form in area.others if form.tag == "245"]
    return distinct(variant for variant in variants if variant != title.title)


def _contributors(fields: Fields, area: Linked | None) -> tuple[Contributor, ...]:
    headings = []
    named = [linked for tag in NAMES for linked in fields.get(tag, [])]
    for linked in sorted(named, key=lambda linked: linked.position):
        codes = "aq" if linked.tag[1:] == "00" else "abn"
        name = statements.heading(_raw(linked.shown, codes))
        kana = statements.heading(reading(_raw(linked.kana, codes)))
        role = without_isbd(_raw(linked.shown, "e")) or ROLES.get(linked.shown.get("4", "")[-3:], "")
        if name:
            headings.append(Contributor(name, kana, role))
    return statements.contributors(headings, _raw(area.shown, "c") if area else "")


def _publication(fields: Fields) -> tuple[str, str, str]:
    """Return place, publisher and date from 260 or from the 264 that names the publisher."""
    areas = fields.get("260", []) + sorted(fields.get("264", []), key=lambda linked: linked.shown.indicator2 != "1")
    place = next((text for linked in areas if (text := _list(linked, "a"))), "")
    publisher = next((text for linked in areas if (text := _list(linked, "b"))), "")
    return place, publisher, next((text for linked in areas if (text := _list(linked, "c"))), "")


def _physical(fields: Fields) -> tuple[str, str]:
    area = _first(fields, "300")
    extent, size = extents.extent_and_size(_joined(area, "ab"))
    accompanying = without_isbd(_raw(area.shown, "e")) if area else ""
    extent = f"{extent} + {accompanying}" if accompanying else extent
    return extent, _joined(area, "c") or size


def _series(fields: Fields) -> tuple[str, ...]:
    found = [_joined(linked, "anpv") for tag in ("490", "440") for linked in fields.get(tag, [])]
    return distinct(
        found or [_joined(linked, "atnpv") for tag in ("800", "810", "830") for linked in fields.get(tag, [])]
    )


def _classes(fields: Fields) -> Classes:
    """Return the NDC classes, those of the newest edition first."""
    by_edition: dict[int, list[str]] = {}
    for linked in fields.get("084", []):
        system, _slash, edition = linked.shown.get("2", "").strip().lower().partition("/")
        if match := re.match(r"(njb|ndc)(\d*)", system):
            number = re.sub(r"\D", "", edition) or match[2] or "0"
            by_edition.setdefault(int(number), []).extend(linked.shown.get_subfields("a"))
    newest = max(by_edition, default=0)
    notations = [notation for edition in sorted(by_edition, reverse=True) for notation in by_edition[edition]]
    return read_classes(notations, str(newest or ""))


def _material(record: Record, fields: Fields, classes: Classes, extent: str) -> Material:
    kind, level = str(record.leader)[6:7], str(record.leader)[7:8]
    if kind in MATERIALS:
        return MATERIALS[kind]
    if level in ("s", "i", "b"):
        return Material.MAGAZINE
    if any(number.startswith(COMICS) for number in _values(fields, "084", "a")):
        return Material.COMIC
    if "E" in classes.ndc:
        return Material.PICTURE_BOOK
    return extents.material_of(extent) or Material.BOOK


def _language(fields: Fields, fixed: str) -> str:
    coded = fixed[35:38].strip(" |\\").lower()
    return coded if re.fullmatch("[a-z]{3}", coded) else next((code[:3] for code in _values(fields, "041", "a")), "")


def _subject(field: Field) -> str:
    parts = [without_isbd(part.value) for part in field.subfields if part.code in "abcntpxyzv"]
    return " -- ".join(part for part in parts if part)


def _contents(fields: Fields) -> tuple[str, ...]:
    """Return the titles of the parts, one a line, whether 505 has them as text or as subfields."""
    lines: list[str] = []
    for linked in fields.get("505", []):
        for part in linked.shown.subfields:
            if part.code in "agt":
                lines += re.split(r"\s+--\s+", clean(part.value))
            elif part.code == "r" and lines:
                lines[-1] = f"{lines[-1].rstrip(' /')} / {clean(part.value)}"
    return tuple(line for line in (without_isbd(line) for line in lines) if line)


def _first(fields: Fields, tag: str) -> Linked | None:
    return next(iter(fields.get(tag, [])), None)


def _raw(field: Field | None, codes: str) -> str:
    """The subfields with one of the codes, in the order of the field, as they are."""
    return " ".join(part.value for part in field.subfields if part.code in codes) if field else ""


def _joined(linked: Linked | None, codes: str) -> str:
    return without_isbd(_raw(linked.shown, codes)) if linked else ""


def _list(linked: Linked, code: str) -> str:
    """The subfields with the code, parted by semicolons."""
    return " ; ".join(distinct(without_isbd(part.value) for part in linked.shown.subfields if part.code == code))


def _values(fields: Fields, tag: str, code: str) -> Iterator[str]:
    for linked in fields.get(tag, []):
        yield from (value for part in linked.shown.get_subfields(code) if (value := clean(part)))
