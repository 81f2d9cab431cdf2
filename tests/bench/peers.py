"""Other search engines on the same folded texts: page one of twenty and the exact total, no facets, no orders."""

from __future__ import annotations

import importlib.util
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from catalog.search import reading
from catalog.search.variants import folding_of_index

Ask = Callable[[str], "int | None"]
"""Asks for a folded text; returns the total, None where the engine cannot be asked this."""


@dataclass(frozen=True, slots=True)
class Peer:
    """An engine with its index made: how to ask, its size in megabytes, records a second while it was made."""

    name: str
    ask: Ask
    megabytes: float
    rate: float


def peers(folder: str) -> Iterator[Peer]:
    """Make the index of each engine that is there, in a folder."""
    yield _made("SQLite FTS5 trigram", _sqlite, folder)
    if importlib.util.find_spec("tantivy"):
        yield _made("tantivy, pairs of letters", _tantivy, folder)


def folder() -> TemporaryDirectory:
    """Return a folder for their files, removed at the end."""
    return TemporaryDirectory(prefix="okalib-bench-")


def _made(name: str, make: Callable[[Path], Ask], folder: str) -> Peer:
    place = Path(folder) / name.split()[0]
    place.mkdir()
    start = perf_counter()
    ask = make(place)
    seconds = perf_counter() - start
    [(records,)] = reading.rows("SELECT count(*) FROM catalog_searchentry")
    size = sum(file.stat().st_size for file in place.rglob("*") if file.is_file())
    return Peer(name, ask, size / 1e6, records / seconds)


def _texts() -> Iterator[tuple[int, str]]:
    last = 0
    while rows := reading.rows(
        "SELECT bib_id, folded || '|' || replace(marks, 'no=', '') FROM catalog_searchentry"
        " JOIN catalog_bib b ON b.id = bib_id AND NOT b.is_suppressed"
        " WHERE bib_id > %s ORDER BY bib_id LIMIT 20000",
        [last],
    ):
        yield from rows
        last = rows[-1][0]


def _sqlite(place: Path) -> Ask:
    database = sqlite3.connect(place / "index.sqlite", check_same_thread=False)
    database.execute("CREATE VIRTUAL TABLE texts USING fts5(text, tokenize='trigram', detail='full')")
    database.executemany("INSERT INTO texts (rowid, text) VALUES (?, ?)", _texts())
    database.commit()
    fold = folding_of_index()

    def ask(text: str) -> int | None:
        terms = [fold(word) for word in text.split()]
        if any(len(term) < 3 for term in terms):
            return None  # three letters are the least that this index knows
        wanted = " AND ".join('"' + term.replace('"', '""') + '"' for term in terms)
        [(total,)] = database.execute("SELECT count(*) FROM texts WHERE texts MATCH ?", [wanted])
        database.execute("SELECT rowid FROM texts WHERE texts MATCH ? ORDER BY rank LIMIT 20", [wanted]).fetchall()
        return total

    return ask


def _tantivy(place: Path) -> Ask:
    import tantivy  # type: ignore[import-not-found]

    schema = tantivy.SchemaBuilder()
    schema.add_text_field("pairs", tokenizer_name="whitespace")
    schema.add_unsigned_field("bib_id", stored=True)
    index = tantivy.Index(schema.build(), path=str(place))
    writer: Any = index.writer(200_000_000)
    for bib_id, text in _texts():
        document = tantivy.Document()
        document.add_text("pairs", _pairs(text))
        document.add_unsigned("bib_id", bib_id)
        writer.add_document(document)
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    searcher, fold = index.searcher(), folding_of_index()

    def ask(text: str) -> int | None:
        terms = [_pairs(fold(word)) for word in text.split()]
        if any(len(term) < 2 for term in terms):
            return None
        wanted = " AND ".join('"' + term + '"' for term in terms)
        found = searcher.search(index.parse_query(wanted, ["pairs"]), limit=20, count=True)
        for _score, address in found.hits:
            searcher.doc(address)
        return found.count

    return ask


def _pairs(folded: str) -> str:
    """Pairs of neighbouring letters as words, so that a phrase of them is a part of the text."""
    letters = folded.replace(" ", "_").replace('"', "")
    return " ".join(map(str.__add__, letters, letters[1:]))
