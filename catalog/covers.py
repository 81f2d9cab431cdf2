"""A cover made of title, author and class, as an SVG without style or script. No picture comes from outside.

Lengths are units of a sheet of 120 × 170. A full-width letter is as wide as its size, a Latin one a little more than
half of it; the browser's own font may differ by some hundredths, for which the margin has room.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

LEFT, WIDTH = 19, 90
TOP, LEADING = 20, 1.32
AUTHOR_AT, LINE_AT, MARK_AT = 138, 145, 158
SIZES = ((14.0, 4), (12.5, 5), (11.0, 6), (9.5, 7))
"""Sizes of letters and how many lines of each the sheet has room for."""

AUTHOR_SIZE, MARK_SIZE = 9.5, 8.5
LATIN = 0.58
MOST_KEPT = 1_000

MOTIFS = (
    '<circle cx="104" cy="118" r="38" fill="#fff" opacity=".1"/>',
    '<path d="M120 70v100H30z" fill="#fff" opacity=".09"/>',
    '<path d="M8 132q28-16 56 0t56 0v38H8z" fill="#fff" opacity=".1"/>',
    '<path d="M60 170 120 92v26l-40 52zM96 170l24-31v26l-4 5z" fill="#fff" opacity=".1"/>',
)

COLOURS = {
    # sheet and spine for each class of the NDC, dark enough for white letters in light and in dark mode
    "0": ("#475569", "#334155"),
    "1": ("#6d4a94", "#523570"),
    "2": ("#85552a", "#653e1b"),
    "3": ("#2a5f8f", "#1c456b"),
    "4": ("#1f6f54", "#13513c"),
    "5": ("#3d4f85", "#2b3963"),
    "6": ("#5a6e1d", "#425212"),
    "7": ("#a23b66", "#7b284a"),
    "8": ("#0f6c78", "#0a4f58"),
    "9": ("#a33f2c", "#7b2c1e"),
    # and for what has no class
    "picture_book": ("#99541a", "#743d10"),
    "comic": ("#36687a", "#234b5a"),
    "video": ("#4c4470", "#373152"),
    "music": ("#7a4450", "#5a3039"),
    "": ("#585e68", "#40454d"),
}

_PIECES = re.compile(r"[!-~À-ɏ’]+|[ァ-ヺー]+|\s+|.", re.S)  # words that have no blanks between them: katakana
_NARROW = re.compile("[\0-\u2e7f]")
_NEVER_FIRST = "、。，．・：；？！ー々ゝゞっゃゅょァィゥェォッャュョヮ）」』】〉》〕］”’,.:;!?)]"
_NEVER_LAST = "（「『【〈《〔［“‘(["


@dataclass(frozen=True, slots=True)
class Line:
    """A line of letters and the height on which it stands."""

    text: str
    y: float


@dataclass(frozen=True, slots=True)
class Text:
    """Lines of one size."""

    lines: list[Line]
    size: float


@lru_cache(MOST_KEPT)
def drawing(title_text: str, author: str, mark: str, colours: tuple[str, str], motif: int) -> SafeString:
    """Draw a cover; a page has up to fifty, and the same ones come again and again.

    Written out here and not as a template, which would take five times as long.
    """
    back, spine = colours
    parts = [
        '<svg class="cover" viewBox="0 0 120 170" width="120" height="170" aria-hidden="true" focusable="false">'
        f'<rect width="120" height="170" rx="3" fill="{back}"/>{MOTIFS[motif]}'
        f'<path d="M3 0h5v170H3a3 3 0 0 1-3-3V3a3 3 0 0 1 3-3z" fill="{spine}"/>'
    ]
    set_in = title(title_text)
    if set_in.lines:
        spans = "".join(f'<tspan x="{LEFT}" y="{line.y}">{escape(line.text)}</tspan>' for line in set_in.lines)
        parts.append(f'<text x="{LEFT}" font-size="{set_in.size}" font-weight="700" fill="#fff">{spans}</text>')
    if author:
        author = escape(cut(author, WIDTH / AUTHOR_SIZE))
        parts.append(f'<text x="{LEFT}" y="{AUTHOR_AT}" font-size="{AUTHOR_SIZE}" fill="#fff">{author}</text>')
    parts.append(
        f'<path d="M{LEFT} {LINE_AT}h{WIDTH}" stroke="#fff" stroke-width="1" opacity=".6"/>'
        f'<text x="{LEFT}" y="{MARK_AT}" font-size="{shrunk(mark, MARK_SIZE)}" fill="#fff">{escape(mark)}</text></svg>'
    )
    return mark_safe("".join(parts))  # noqa: S308 - every word is escaped


def width(text: str) -> float:
    """Return the width of a text in letters of full width."""
    narrow = len(text) if text.isascii() else len(_NARROW.findall(text))
    return len(text) - narrow * (1 - LATIN)


def title(text: str) -> Text:
    """Set a title as large as it fits, in lines of like length; what does not fit ends in an ellipsis.

    >>> [line.text for line in title("銀河鉄道の夜").lines], title("銀河鉄道の夜").size
    (['銀河鉄道の夜'], 14.0)
    >>> [line.text for line in title("The Hitchhiker's Guide to the Galaxy").lines]
    ['The', "Hitchhiker's", 'Guide to', 'the Galaxy']
    """
    text = " ".join(text.split())
    narrowest = WIDTH / SIZES[-1][0]
    longest_word = max((width(word.strip()) for word in _unbroken(text, narrowest)), default=0)
    for size, most in SIZES:
        lines = _balanced(text, WIDTH / size)
        if len(lines) <= most and longest_word * size <= WIDTH:
            return _set(lines, size)
    size, most = SIZES[-1]
    lines = _filled([_Piece.of(piece) for piece in _unbroken(text, WIDTH / size)], WIDTH / size)
    return _set([*lines[: most - 1], cut(f"{lines[most - 1]}…", WIDTH / size)], size)


def cut(text: str, most: float) -> str:
    """Return a text that is no wider than `most`, with an ellipsis where something is missing."""
    if width(text) <= most:
        return text
    text = text.rstrip("…")
    while text and width(text) + 1 > most:
        text = text[:-1]
    return f"{text.rstrip()}…"


def shrunk(text: str, size: float) -> float:
    """Return the size at which a text of one line fits the sheet, at most `size`."""
    return round(min(size, WIDTH / max(width(text), 1)), 1)


def _set(lines: list[str], size: float) -> Text:
    return Text([Line(line, round(TOP + size * (1 + LEADING * place), 1)) for place, line in enumerate(lines)], size)


def _balanced(text: str, room: float) -> list[str]:
    """Break a text into as few lines as fit, and these as even as they get."""
    pieces = [_Piece.of(piece) for piece in _unbroken(text, room)]
    lines = _filled(pieces, room)
    narrower = room - 0.5
    while narrower > 1 and len(tried := _filled(pieces, narrower)) == len(lines):
        lines, narrower = tried, narrower - 0.5
    return lines


class _Piece(NamedTuple):
    """What is not divided, and how wide it is inside a line, at its beginning and at its end."""

    text: str
    width: float
    width_first: float
    width_last: float

    @classmethod
    def of(cls, text: str) -> _Piece:
        """Measure a piece, once for all the lines that are tried."""
        whole = width(text)
        if text[0].isspace() or text[-1].isspace():
            return cls(text, whole, width(text.lstrip()), width(text.rstrip()))
        return cls(text, whole, whole, whole)


def _filled(pieces: Sequence[_Piece], wanted: float) -> list[str]:
    """Fill line by line up to a wanted width."""
    lines, line, so_far = [], "", 0.0
    for piece in pieces:
        if line and so_far + piece.width_last > wanted:
            lines.append(line.rstrip())
            line = ""
        if line:
            line, so_far = line + piece.text, so_far + piece.width
        else:
            line, so_far = piece.text.lstrip(), piece.width_first
    return [line for line in (*lines, line.rstrip()) if line]


def _unbroken(text: str, room: float) -> Iterator[str]:
    """Yield what is not divided: a word, or a letter with the marks that cling to it."""
    clinging = ""
    pieces = [part for piece in _PIECES.findall(text) for part in _parts(piece, room)]
    for piece, following in zip(pieces, [*pieces[1:], ""], strict=False):
        clinging += piece
        is_bound = piece[-1] in _NEVER_LAST or (following and following[0] in _NEVER_FIRST)
        if not is_bound or width(clinging + following) > room:
            yield clinging
            clinging = ""
    if clinging:
        yield clinging


def _parts(word: str, room: float) -> Iterator[str]:
    """Divide a word that is longer than a line."""
    part = ""
    for letter in word:
        if part and width(part + letter) > room:
            yield part
            part = ""
        part += letter
    yield part
