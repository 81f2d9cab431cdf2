"""NDC classes as libraries write them: editions mixed, several in one field, K for children, E for picture books."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import NamedTuple

CHILDREN = "児童"
PICTURE_BOOK = "E"
_LABEL = re.compile(r"^NDC\s*(\d{1,2})?\s*[版]?\s*[::]", re.I)
_NOTATION = re.compile(r"^([A-Z]{0,2})(\d{1,3})(?:\.?(\d+))?$")


class Classes(NamedTuple):
    """Notations in their order, the edition where one was said, and whether a mark said it is for children."""

    ndc: tuple[str, ...]
    edition: str
    for_children: bool


def read_classes(texts: Iterable[str], edition: str = "") -> Classes:
    """Read NDC notations; what is no NDC is left out, `E` stays as it is.

    >>> read_classes(["K933"])
    Classes(ndc=('933',), edition='', for_children=True)
    >>> read_classes(["913.6;914.6", "９１３６"], "09")
    Classes(ndc=('913.6', '914.6'), edition='9', for_children=False)
    >>> read_classes(["NDC8:369.31"]), read_classes(["E"])
    (Classes(ndc=('369.31',), edition='8', for_children=False), Classes(ndc=('E',), edition='', for_children=True))
    """
    notations: dict[str, None] = {}
    for_children = False
    for text in texts:
        plain = unicodedata.normalize("NFKC", str(text)).strip()
        if label := _LABEL.match(plain):
            edition = edition or label[1] or ""
            plain = plain[label.end() :]
        for piece in re.split(r"[;,、/\s|]+", plain.upper()):
            mark, notation = _read(piece)
            if notation:
                for_children |= mark in ("K", "E", "J")
                notations[notation] = None
    return Classes(tuple(notations), re.sub(r"\D", "", edition).lstrip("0"), for_children)


def _read(piece: str) -> tuple[str, str]:
    """Return the shelf mark and the notation of one class."""
    if piece == PICTURE_BOOK:
        return piece, PICTURE_BOOK
    match = _NOTATION.match(piece)
    if not match or match[1] not in ("", "K", "E", "J", "R", "L", "B", "P"):
        return "", ""
    mark, division, detail = match.groups()
    if detail and len(division) < 3:
        return "", ""  # a Dewey or Universal number, or none
    return mark, f"{division}.{detail}" if detail else division
