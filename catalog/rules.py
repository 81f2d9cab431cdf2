"""What we own and what a copy may be used for.

CAT-1  A bib is the description of a publication; one ISBN may belong to several, a wrong one stays searchable.
CAT-2  An item is one copy with a number of ten digits; the scheme of its check digit is a setting.
CAT-3  Only lendable items can be reserved or lent.
CAT-4  The material class, print or audio-visual, decides which limit counts.
CAT-5  A bib on order without items is not found by patrons.
CAT-6  Search folds both sides alike and finds all that contains the query.
CAT-7  The record page says how many wait and what each item is doing.
CAT-8  One enumeration of item states serves all pages and interfaces.
REQ-3  Before reserving, a patron is offered a look into other libraries' catalogues.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum

from okalib.numbers import CheckDigit, check_digit, scanned
from okalib.rules import MaterialClass, Refusal, Severity

__all__ = ["CheckDigit", "MaterialClass", "check_digit", "scanned"]


class Material(StrEnum):
    """What kind of publication a bib describes."""

    BOOK = "book"
    MAGAZINE = "magazine"
    COMIC = "comic"
    PICTURE_BOOK = "picture_book"
    VIDEO = "video"
    MUSIC = "music"
    MAP = "map"
    MANUSCRIPT = "manuscript"
    SCORE = "score"
    OTHER = "other"


def material_class(material: str) -> MaterialClass:
    """Return the class that limits count a kind of material under (CAT-4).

    >>> material_class("video"), material_class("magazine")
    (<MaterialClass.AV: 'av'>, <MaterialClass.PRINT: 'print'>)
    """
    return MaterialClass.AV if material in (Material.VIDEO, Material.MUSIC) else MaterialClass.PRINT


class Loanability(StrEnum):
    """Whether a copy may leave the house (CAT-3)."""

    LENDABLE = "lendable"  # 貸出可
    REFERENCE = "reference"  # 禁帯出
    RESEARCH = "research"  # 研究用
    VIDEO_STAYS = "video_stays"  # 禁帯動画有


class Whereabouts(StrEnum):
    """Where a copy is. The fact that holds, desk and delivery share, stored once, on the item."""

    SHELF = "shelf"  # 書架
    ON_LOAN = "on_loan"  # 貸出中, from the shelf of another library on its way back included
    SET_ASIDE = "set_aside"  # 予約棚・発送棚, bound to a reservation or waiting for clearance
    SEARCHED_FOR = "searched_for"  # 所在調査中
    PROCESSING = "processing"  # 整理中
    WITHDRAWN = "withdrawn"  # 除籍


class ItemStatus(StrEnum):
    """What a reader is told of a copy, on every page and in every interface (CAT-8)."""

    AVAILABLE = "available"  # 在庫・貸出可
    ON_LOAN = "on_loan"  # 貸出中
    BEING_PREPARED = "being_prepared"  # 準備中
    ON_ITS_WAY = "on_its_way"  # 搬送中
    IN_LIBRARY_ONLY = "in_library_only"  # 館内のみ
    SEARCHED_FOR = "searched_for"  # 所在調査中
    PROCESSING = "processing"  # 整理中


def status(whereabouts: str, loanability: str, is_on_its_way: bool = False, is_disputed: bool = False) -> ItemStatus:
    """Return what a reader is told of a copy (CAT-8); one whose return is disputed is being searched for.

    >>> status("shelf", "lendable"), status("shelf", "research")
    (<ItemStatus.AVAILABLE: 'available'>, <ItemStatus.IN_LIBRARY_ONLY: 'in_library_only'>)
    >>> status("on_loan", "lendable"), status("on_loan", "lendable", is_on_its_way=True)
    (<ItemStatus.ON_LOAN: 'on_loan'>, <ItemStatus.ON_ITS_WAY: 'on_its_way'>)
    """
    match whereabouts:
        case Whereabouts.ON_LOAN if is_disputed:
            return ItemStatus.SEARCHED_FOR
        case Whereabouts.ON_LOAN:
            return ItemStatus.ON_ITS_WAY if is_on_its_way else ItemStatus.ON_LOAN
        case Whereabouts.SET_ASIDE:
            return ItemStatus.BEING_PREPARED
        case Whereabouts.SEARCHED_FOR:
            return ItemStatus.SEARCHED_FOR
        case Whereabouts.PROCESSING | Whereabouts.WITHDRAWN:
            return ItemStatus.PROCESSING
        case _:
            return ItemStatus.AVAILABLE if loanability == Loanability.LENDABLE else ItemStatus.IN_LIBRARY_ONLY


class Protocol(StrEnum):
    """How another catalogue can be asked (REQ-3)."""

    SRU = "sru"
    OPENSEARCH = "opensearch"
    LINK = "link"  # not at all: only a link to its own pages


class RecordSchema(StrEnum):
    """The schemas of an SRU answer that are read (REQ-3)."""

    DCNDL = "dcndl"
    DCNDL_SIMPLE = "dcndl_simple"
    DC = "dc"
    MARCXML = "marcxml"


class Region(StrEnum):
    """Where another catalogue is, as the page of the cross search groups them (REQ-3)."""

    PREFECTURE = "prefecture"
    COUNTRY = "country"


ITEM_NUMBER_LENGTH = 10


def item_number(serial: int, scheme: str = CheckDigit.MOD_10_WEIGHT_3) -> str:
    """Return the item number for a running number, ten digits with its check digit (CAT-2)."""
    body = str(serial).zfill(ITEM_NUMBER_LENGTH - (0 if scheme == CheckDigit.NONE else 1))
    return body + check_digit(body, scheme)


def shelf_key(call_number: str) -> str:
    """Return the letters by which a call number, or its beginning, stands on the shelf: as `models.SHELF_KEY` does.

    Marks are parted by "/"; in the third one, the volume, numbers count as numbers.

    >>> shelf_key("９１３.６/ナツ/10")
    '913.6 ナツ 000000010'
    >>> shelf_key("913/ア") < shelf_key("913.6/ア/2") < shelf_key("913.6/ア/10") < shelf_key("K913/ア")
    True
    """
    marks = unicodedata.normalize("NFKC", call_number).strip().upper().split("/", 2)
    if len(marks) > 2:
        marks[2] = re.sub(r"\d+", lambda number: number.group().zfill(9)[-9:], marks[2])
    return " ".join(marks)


def not_lendable(loanability: str) -> Refusal:
    """The refusal for a copy that must stay in the house (CAT-3)."""
    name, name_en = {
        Loanability.REFERENCE: ("禁帯出", "not to be taken out"),
        Loanability.RESEARCH: ("研究用", "for research use"),
        Loanability.VIDEO_STAYS: ("禁帯動画有", "has a video part that must stay"),
        Loanability.LENDABLE: ("貸出可", "lendable"),
    }[Loanability(loanability)]
    return Refusal(
        "not_lendable",
        f"この資料は「{name}」のため貸出できません。館内でご利用ください。",
        f"This item is {name_en} and cannot be borrowed. Please use it in the library.",
        Severity.OVERRIDABLE,
    )
