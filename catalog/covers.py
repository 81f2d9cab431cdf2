"""A cover made of title, author and class: what `ui/cover.html` draws. No picture comes from outside.

Lengths are units of a sheet of 120 × 170. A full-width letter is as wide as its size, a Latin one a little more than
half of it; the browser's own font may differ by some hundredths, for which the margin has room.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

LEFT, WIDTH = 19, 90
TOP, LEADING = 20, 1.32
SIZES = ((14.0, 4), (12.5, 5), (11.0, 6), (9.5, 7))
"""Sizes of letters and how many lines of each the sheet has room for."""

AUTHOR_SIZE, MARK_SIZE = 9.5, 8.5
LATIN = 0.58
MOTIFS = 4

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


def width(text: str) -> float:
    """Return the width of a text in letters of full width."""
    return sum(LATIN if ord(letter) < 0x2E80 else 1 for letter in text)


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
    lines = _broken(text, WIDTH / size)
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
    lines = _broken(text, room)
    narrower = room - 0.5
    while narrower > 1 and len(tried := _broken(text, room, narrower)) == len(lines):
        lines, narrower = tried, narrower - 0.5
    return lines


def _broken(text: str, room: float, wanted: float | None = None) -> list[str]:
    """Fill line by line up to a wanted width; nothing is wider than the room there is."""
    lines, line = [], ""
    for piece in _unbroken(text, room):
        if line and width(line + piece.rstrip()) > (wanted or room):
            lines.append(line.rstrip())
            line = ""
        line += piece if line else piece.lstrip()
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
