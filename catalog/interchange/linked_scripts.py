"""Which of the linked fields of a MARC record is shown, and which is its reading.

JAPAN/MARC writes Japanese in the field itself and puts two 880 fields beside it, katakana and romaji; LC and OCLC write
romaji in the field and Japanese in the 880. Both mark their 880 with the same `/$1`. So the writing of the content
decides, and where that leaves two answers (`iPad` with `アイパッド`), what the rest of the record does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from pymarc import Field, Record

from catalog.interchange.text import Script, script

_NOT_CONTENT = "0124568uwxd"  # links, sources, numbers and dates say nothing about the writing


@dataclass(frozen=True, slots=True)
class Linked:
    """A field as readers see it, its reading in kana, the other forms of it, and where in the record it stands."""

    tag: str
    shown: Field
    kana: Field | None = None
    others: tuple[Field, ...] = ()
    position: int = 0


@dataclass(frozen=True, slots=True)
class _Form:
    """A field with its writing, which is asked for often."""

    field: Field
    script: Script


Group = tuple[str, list[_Form]]


def linked_fields(record: Record) -> dict[str, list[Linked]]:
    """Return the data fields of a record by tag, each with its reading; an 880 without its field stands for it."""
    groups = list(_groups(record))
    readings_beside = _puts_readings_beside(groups)
    by_tag: dict[str, list[Linked]] = {}
    for position, (tag, group) in enumerate(groups):
        by_tag.setdefault(tag, []).append(replace(_arranged(tag, group, readings_beside), position=position))
    return by_tag


def _groups(record: Record) -> Iterator[Group]:
    """Yield each field followed by the 880 fields that link to it."""
    beside: dict[tuple[str, str], list[_Form]] = {}
    for field in record.get_fields("880"):
        tag, occurrence = _link(field)
        if tag:
            beside.setdefault((tag, occurrence), []).append(_form(field))
    for field in record.fields:
        if field.control_field or field.tag == "880" or not field.subfields:
            continue
        _tag, occurrence = _link(field)
        alternates = beside.pop((field.tag, occurrence), []) if occurrence.strip("0") else []
        yield field.tag, [_form(field), *alternates]
    for (tag, _occurrence), alternates in beside.items():
        for alternate in alternates:
            yield tag, [alternate]


def _link(field: Field) -> tuple[str, str]:
    """Return the tag and the occurrence number that `$6` names, `("880", "01")` or `("245", "01")`."""
    link = next((part.value for part in field.subfields if part.code == "6"), "")
    tag, _hyphen, rest = link.strip().partition("-")
    return tag, rest[:2]


def _form(field: Field) -> _Form:
    return _Form(field, script("".join([part.value for part in field.subfields if part.code not in _NOT_CONTENT])))


def _puts_readings_beside(groups: list[Group]) -> bool:
    """Whether this record has readings in its 880 fields rather than the original script."""
    readings = originals = pairs = 0
    for _tag, (form, *alternates) in groups:
        if not alternates:
            continue
        scripts = {alternate.script for alternate in alternates}
        if form.script in (Script.HAN, Script.KANA):
            readings += 1
        elif scripts & {Script.HAN, Script.OTHER}:
            originals += 1
        elif scripts >= {Script.KANA, Script.LATIN}:
            pairs += 1
    return readings > originals or (readings == originals and pairs > 0)


def _arranged(tag: str, group: list[_Form], readings_beside: bool) -> Linked:
    shown = _shown(group, readings_beside)
    rest = [form for form in group if form is not shown]
    kana = next((form for form in rest if form.script is Script.KANA), None)
    if kana is None and readings_beside:  # a reading of `eBook` may be all Latin: then only its mark tells
        kana = next((form for form in rest if form.field.get("6", "").rstrip().endswith("/$1")), None)
    if kana is None and shown.script is Script.KANA:
        kana = shown
    others = tuple(form.field for form in rest if form is not kana)
    return Linked(tag, shown.field, kana.field if kana else None, others)


def _shown(group: list[_Form], readings_beside: bool) -> _Form:
    """Return the form that is written as the publication itself is."""
    form, *alternates = group
    wanted = [] if form.script is Script.HAN else [Script.HAN]
    if form.script is Script.LATIN:
        wanted += [Script.OTHER] if readings_beside else [Script.OTHER, Script.KANA]
    return next((alternate for writing in wanted for alternate in alternates if alternate.script is writing), form)
