"""A bib of ours as the description that it came in as: what the writers take (CAT-1)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol

from catalog.interchange import isbn
from catalog.interchange.record import BibRecord, Contributor
from catalog.rules import Material

SAME = (
    "source source_id title title_kana subtitle subtitle_kana volume publisher place year date_text edition ndc_edition"
    " language issn jpno extent size price audience"
)


class Stored(Protocol):
    """A bib as the catalogue keeps it; nothing here knows the database."""

    pk: Any
    material: str
    alt_titles: list[str]
    contributors: Any
    series: list[str]
    ndc: list[str]
    subjects: list[str]
    isbns: list[str]
    notes: str
    contents: str
    updated_at: datetime


def description(bib: Stored) -> BibRecord:
    """Return the description that a stored bib carries; what was one text of several lines is several again."""
    numbers = isbn.read_isbns(bib.isbns)
    return BibRecord(
        **{name: getattr(bib, name) for name in SAME.split()},
        material=Material(bib.material),
        alt_titles=tuple(bib.alt_titles),
        contributors=tuple(
            Contributor(person.get("name", ""), person.get("kana", ""), person.get("role", ""))
            for person in bib.contributors
        ),
        series=tuple(bib.series),
        ndc=tuple(bib.ndc),
        subjects=tuple(bib.subjects),
        isbns=numbers.right,
        wrong_isbns=numbers.wrong,
        notes=tuple(bib.notes.splitlines()),
        contents=tuple(bib.contents.splitlines()),
    )
