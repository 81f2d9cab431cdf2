"""Titles that carry their subtitle, parallel title and statement of responsibility in ISBD punctuation."""

from __future__ import annotations

import re
from typing import NamedTuple

from catalog.interchange.text import clean, is_japanese, reading, without_isbd

_SEPARATOR = re.compile(r"\s+([:=])(?:\s+|$)")
_STATEMENT = re.compile(r"\s+/\s+")


class Titles(NamedTuple):
    """The parts of a title area, and the readings of the first two."""

    title: str
    subtitle: str
    title_kana: str
    subtitle_kana: str
    parallel: tuple[str, ...]
    statement: str


def title_parts(title: str, subtitle: str = "", title_kana: str = "", subtitle_kana: str = "") -> Titles:
    """Take a title area apart: ` : ` begins a subtitle, ` = ` a parallel title, ` / ` a statement in Latin titles.

    What follows a parallel title is its own subtitle, unless it is written like the title.

    >>> title_parts("図書館と電子書籍 =", "Library & ebook : ハイブリッド図書館へ", "トショカン ト デンシ =")[:5]
    ('図書館と電子書籍', 'ハイブリッド図書館へ', 'トショカン ト デンシ', '', ('Library & ebook',))
    >>> title_parts("A single shard / Linda Sue Park.")[5], title_parts("1+2=パラダイス").title
    ('Linda Sue Park', '1+2=パラダイス')
    """
    area = clean(title)
    if subtitle := clean(subtitle):
        area += f" {subtitle}" if re.search(r"\s[:=]$", area) else f" : {subtitle}"
    head, slash, statement = area.partition(" / ")
    if not slash or is_japanese(area):
        head, statement = area, ""

    pieces = _SEPARATOR.split(head)
    own, others, parallel = without_isbd(pieces[0]) or clean(pieces[0]), [], []
    for mark, piece in zip(pieces[1::2], pieces[2::2], strict=True):
        if not (part := without_isbd(piece)):
            continue
        if mark == "=":
            parallel.append(part)
        elif parallel and is_japanese(part) != is_japanese(own):
            parallel[-1] += f" : {part}"
        else:
            others.append(part)

    kana, kana_of_subtitle = _readings(title_kana, subtitle_kana, set(pieces[1::2]))
    return Titles(own, " : ".join(others), kana, kana_of_subtitle, tuple(parallel), without_isbd(statement))


def _readings(title_kana: str, subtitle_kana: str, marks: set[str]) -> tuple[str, str]:
    """Cut the reading where the title was cut; a mark that the title does not have belongs to the reading itself."""
    pieces = _SEPARATOR.split(reading(title_kana))
    kana, following = pieces[0], []
    for mark, piece in zip(pieces[1::2], pieces[2::2], strict=True):
        if mark not in marks:
            kana += f" {mark} {piece}"
        elif mark == ":":
            following.append(piece)
        else:
            break
    return without_isbd(kana), without_isbd(reading(subtitle_kana)) or " : ".join(following)
