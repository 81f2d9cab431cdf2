"""What readers ask a made-up catalogue: 17 kinds of searches, drawn from its own words with a fixed seed."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import islice

from catalog.search import Query
from tests.bench import corpus, words

EACH = 13
"""Searches of each kind."""

VERY_COMMON = ("研究", "日本", "の", "史", "岡山", "ノ", "本", "世")

TYPED = ("に", "日", "日本", "日本の", "けん", "研究", "世界の", "さとう", "夏目", "o", "th", "history", "岡山県")
"""Beginnings of words for which there are suggestions."""


def questions(records: int) -> dict[str, list[tuple[str, Query]]]:
    """Return searches by kind, each with the text that peers are asked for; those with filters have none."""
    lot = random.Random(7)
    drawn = list(islice(corpus.descriptions(), min(records, 5_000)))
    lot.shuffle(drawn)
    bibs = iter(drawn)
    nouns = [word for word, _reading in words.NOUNS]
    texts = {
        "common word": nouns[:EACH],
        "middling word": nouns[60 : 60 + EACH],
        "rare word": _some(_subtitle_end(bib) for bib in bibs if bib["subtitle"]),
        "one character": list("学山人文大一子家心水生火金"),
        "katakana": [
            "コンピューター",
            "データ",
            "ロボット",
            "デザイン",
            "アジア",
            "ドイツ",
            "インド",
            "ロシア",
            "スポーツ",
            "システム",
        ],
        "kana reading": [reading for _word, reading in words.NOUNS[20 : 20 + EACH]],
        "name": _some(bib_author(bib).replace(", ", "") for bib in bibs),
        "name with a space": _some(bib_author(bib).replace(", ", " ") for bib in bibs),
        "two words": [f"{lot.choice(nouns[:60])} {lot.choice(nouns)}" for _ in range(EACH)],
        "three words": [" ".join(lot.choices(nouns[:80], k=3)) for _ in range(EACH)],
        "ISBN": _some(bib["isbns"][0] for bib in bibs if bib["isbns"]),
        "English": words.ENGLISH[:EACH],
        "old kanji": ["國語", "學問", "藝術", "圖說", "經濟學", "變化", "將來", "舊約"],
        "full width": [text.translate({n: n + 0xFEE0 for n in range(33, 127)}) for text in words.ENGLISH[3 : 3 + EACH]],
        "no hit": ["ぬるぽぬるぽ", "量子猫", "zzzzqq", "鬱蒼薔薇", "9784000000009x", "ヴヴヴ", "東京特許許可局"],
        "long title": _some(bib["title"] for bib in bibs if len(bib["title"]) > 7),
        "very common": list(VERY_COMMON),
    }
    found = {kind: [(text, Query.parse(text)) for text in some] for kind, some in texts.items()}
    found["filters and orders"] = [
        ("", Query.parse("研究", year_from=2010, sort="year")),
        ("", Query.parse("日本", material="book", language="jpn", sort="title_kana")),
        ("", Query.parse("歴史 NOT 日本", available_now=True)),
        ("", Query.parse("", author="佐藤", lendable_only=True, sort="year")),
        ("", Query.parse("", title="岡山", ndc="2")),
        ("", Query.parse("の", place="文学", sort="year")),
        ("", Query.parse("", material="video")),
    ]
    return found


def _some(texts: Iterator[str]) -> list[str]:
    return list(islice(dict.fromkeys(islice(texts, 3 * EACH)), EACH))


def _subtitle_end(bib: dict) -> str:
    return bib["subtitle"].split("の")[-1]


def bib_author(bib: dict) -> str:
    """Return the first name of a described bib."""
    return bib["contributors"].split('"name": "')[1].split('"')[0]
