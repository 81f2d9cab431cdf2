"""The words that made-up records are made of (`words.tsv`): of each kind the common ones come first."""

from __future__ import annotations

import csv
from pathlib import Path

from okalib.rehearsal.people import FAMILY_NAMES, GIVEN_NAMES

with (Path(__file__).parent / "words.tsv").open(encoding="utf-8", newline="") as lines:
    _ROWS = list(csv.DictReader(lines, delimiter="\t"))


def _pairs(kind: str) -> list[tuple[str, str]]:
    return [(row["word"], row["reading"]) for row in _ROWS if row["kind"] == kind]


def _words(kind: str) -> list[str]:
    return [word for word, _reading in _pairs(kind)]


NOUNS = _pairs("noun")
"""Word and reading; the last ones are in old characters."""

FRAMES = _pairs("frame")
"""Titles and their readings with places for two nouns."""

ENGLISH, ENGLISH_FRAMES = _words("english"), _words("english frame")
SURNAMES = [(name, kana) for name, kana, _latin in FAMILY_NAMES] + _pairs("surname")
FORENAMES = [*GIVEN_NAMES, *_pairs("forename")]
PUBLISHERS, SERIES, FORMS = _words("publisher"), _words("series"), _words("form")
