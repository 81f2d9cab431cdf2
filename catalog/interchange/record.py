"""What every reader of catalogue data hands on: a description, or the reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from django.utils.translation import gettext_lazy as _

from catalog.rules import Material

EXCERPT_LENGTH = 120


@dataclass(frozen=True, slots=True)
class Contributor:
    """A person or body with its reading and what it did, each as the record writes it."""

    name: str
    kana: str = ""
    role: str = ""


@dataclass(frozen=True, slots=True)
class BibRecord:
    """A publication described in our terms (CAT-1), keyed for re-import by `source` and `source_id`.

    `isbns` holds right numbers as 13 digits, `wrong_isbns` what was typed without its hyphens. `year` is a year of
    the common era or None where the record states none; `date_text` keeps what it says.
    """

    source: str
    source_id: str
    title: str
    material: Material = Material.BOOK
    title_kana: str = ""
    subtitle: str = ""
    subtitle_kana: str = ""
    volume: str = ""
    alt_titles: tuple[str, ...] = ()
    contributors: tuple[Contributor, ...] = ()
    publisher: str = ""
    place: str = ""
    year: int | None = None
    date_text: str = ""
    edition: str = ""
    series: tuple[str, ...] = ()
    ndc: tuple[str, ...] = ()
    ndc_edition: str = ""
    subjects: tuple[str, ...] = ()
    language: str = ""
    isbns: tuple[str, ...] = ()
    wrong_isbns: tuple[str, ...] = ()
    issn: str = ""
    jpno: str = ""
    extent: str = ""
    size: str = ""
    price: str = ""
    notes: tuple[str, ...] = ()
    contents: tuple[str, ...] = ()
    audience: str = ""


class Reason(StrEnum):
    """Why a piece of a file gave no description."""

    ENCODING = "encoding"
    BROKEN = "broken"
    TRUNCATED = "truncated"
    TOO_LONG = "too_long"
    NO_TITLE = "no_title"
    DELETED = "deleted"
    NOT_JSON = "not_json"
    NOT_XML = "not_xml"
    BAD_ROW = "bad_row"
    UNWRITABLE = "unwritable"


REASON_TEXTS = {
    Reason.ENCODING: _("文字コードを判別できません"),
    Reason.BROKEN: _("レコードの構造が壊れています"),
    Reason.TRUNCATED: _("ファイルが途中で切れています"),
    Reason.TOO_LONG: _("レコードが長すぎます"),
    Reason.NO_TITLE: _("書名がありません"),
    Reason.DELETED: _("削除の指示のあるレコードです"),
    Reason.NOT_JSON: _("JSONとして読めません"),
    Reason.NOT_XML: _("XMLとして読めません"),
    Reason.BAD_ROW: _("表の行が壊れています"),
    Reason.UNWRITABLE: _("登録できない内容です"),
}


@dataclass(frozen=True, slots=True)
class Reject:
    """A piece that gave no description. `position` is the number of the line or record, from 1."""

    reason: Reason
    position: int
    excerpt: str = ""
    detail: str = ""
    offset: int | None = field(default=None)  # bytes from the start of the unpacked file, where it is known

    @classmethod
    def of(
        cls, reason: Reason, position: int, piece: bytes | str, detail: object = "", offset: int | None = None
    ) -> Reject:
        """Make a reject whose excerpt is one short printable line of the `piece`."""
        text = piece[: EXCERPT_LENGTH * 4].decode("utf-8", "replace") if isinstance(piece, bytes) else piece
        printable = "".join(character if character.isprintable() else " " for character in text[:EXCERPT_LENGTH])
        return cls(reason, position, " ".join(printable.split()), str(detail), offset)
