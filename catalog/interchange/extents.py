"""Extent and size, which some records give in one text and in either order."""

from __future__ import annotations

import re

from catalog.interchange.text import clean, without_isbd
from catalog.rules import Material

_LENGTH = r"\d{1,4}(?:\.\d{1,2})?\s?"
_SIZE = re.compile(rf"(?<![\d.]){_LENGTH}(?:[×x-]\s?{_LENGTH})?(?:cm|mm)\b\.?(?:\s?\([^)]{{1,60}}cm\))?")
_KINDS = (
    (Material.VIDEO, re.compile(r"ビデオ|DVD|ブルーレイ|Blu-ray|VHS|videodisc|videocassette", re.I)),
    (Material.MUSIC, re.compile(r"録音|コンパクトディスク|CD(?!-ROM)|レコード|sound disc|カセットテープ", re.I)),
    (Material.MAP, re.compile(r"^地図")),
    (Material.SCORE, re.compile(r"^楽譜")),
)


def extent_and_size(text: str) -> tuple[str, str]:
    """Split a physical description into its extent and its size.

    >>> extent_and_size("301p ; 19cm"), extent_and_size("20cm 554p"), extent_and_size("23×16cm; 38丁")
    (('301p', '19cm'), ('554p', '20cm'), ('38丁', '23×16cm'))
    """
    whole = without_isbd(text)
    sizes = list(_SIZE.finditer(whole))
    if not sizes:
        return whole, ""
    size = sizes[-1]
    rest = whole[: size.start()].rstrip(" ;:") + " " + whole[size.end() :].lstrip(" ;:")
    return clean(rest).strip(" ;"), clean(size[0])


def material_of(extent: str) -> Material | None:
    """Return the material that the main carrier says, None where it says print or nothing.

    An accompanying disc (`94p + CD 1枚`) does not make a book a recording.

    >>> material_of("ビデオディスク 1枚 (48分) : DVD"), material_of("127p + CD 1枚")
    (<Material.VIDEO: 'video'>, None)
    """
    carrier = extent.partition("+")[0]
    return next((material for material, pattern in _KINDS if pattern.search(carrier)), None)
