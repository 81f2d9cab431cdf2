"""Other search engines on the same folded texts: page one of twenty and the exact total, no facets, no orders.

Each indexes Japanese in the way that is natural to it, and is used where it is installed: SQLite is in Python; tantivy
is a package; Groonga is the program `groonga`, which is asked through a pipe; Xapian is Debian's `python3-xapian`, made
for Debian's Python, and found by any Python of the same version.
"""

from __future__ import annotations

import importlib.util
import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any

import psutil

from catalog.search import reading
from catalog.search.variants import folding_of_index

Ask = Callable[[str], "int | None"]
"""Asks for a text as typed; returns the total, None where the engine cannot be asked this."""

OF_DEBIAN = "/usr/lib/python3/dist-packages"
"""Where Debian keeps what it packs for Python; looked at last, for Xapian alone."""


@dataclass(frozen=True, slots=True)
class Peer:
    """An engine with its index made: how to ask, its size in megabytes, records a second while it was made."""

    name: str
    ask: Ask
    megabytes: float
    rate: float

    def work(self) -> float:
        """Return the processor's seconds that this process and the engine, where it is one of its own, have spent."""
        times = [child.cpu_times() for child in psutil.Process().children() if child.name() == "groonga"]
        return process_time() + sum(each.user + each.system for each in times)


def peers(folder: str) -> Iterator[Peer]:
    """Make the index of each engine that is there, in a folder; it is gone when the next one is asked for."""
    if OF_DEBIAN not in sys.path:
        sys.path.append(OF_DEBIAN)
    yield _made("SQLite FTS5, triples of letters", _sqlite, folder)
    if importlib.util.find_spec("tantivy"):
        yield _made("tantivy, pairs of letters", _tantivy, folder)
    if shutil.which("groonga"):
        place = Path(folder) / "Groonga"
        place.mkdir()
        with subprocess.Popen(
            ["groonga", "-n", str(place / "index")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process:
            yield _made("Groonga, pairs of letters", lambda _place: _groonga(process), folder)
            process.stdin.close()
    if _has_xapian():
        yield _made("Xapian, pairs of letters, no order among them", _xapian, folder)


def folder() -> TemporaryDirectory:
    """Return a folder for their files, removed at the end."""
    return TemporaryDirectory(prefix="okalib-bench-")


def _made(name: str, make: Callable[[Path], Ask], folder: str) -> Peer:
    place = Path(folder) / name.split(",")[0]
    place.mkdir(exist_ok=True)
    start = perf_counter()
    ask = make(place)
    seconds = perf_counter() - start
    [(records,)] = reading.rows("SELECT count(*) FROM catalog_searchentry")
    blocks = sum(file.stat().st_blocks for file in place.rglob("*") if file.is_file())
    return Peer(name, ask, blocks * 512 / 1e6, records / seconds)


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


def _groonga(process: subprocess.Popen[str]) -> Ask:
    """The index is made after the texts are in, which is its quick way; pairs of all letters, Latin ones too."""
    assert process.stdin and process.stdout

    def say(command: str) -> Any:
        process.stdin.write(command + "\n")
        process.stdin.flush()
        [[status, *problem], answer] = json.loads(process.stdout.readline())
        assert status == 0, problem
        return answer

    say("table_create Texts TABLE_NO_KEY")
    say("column_create Texts bib_id COLUMN_SCALAR UInt32")
    say("column_create Texts text COLUMN_SCALAR Text")
    process.stdin.write("load --table Texts --columns bib_id,text\n[\n")
    process.stdin.writelines(json.dumps(row, ensure_ascii=False) + ",\n" for row in _texts())
    say("]")
    say("table_create Pairs TABLE_PAT_KEY ShortText --default_tokenizer TokenBigramSplitSymbolAlphaDigit")
    say("column_create Pairs texts COLUMN_INDEX|WITH_POSITION Texts text")
    fold = folding_of_index()

    def ask(text: str) -> int | None:
        wanted = " && ".join(f"text @ {json.dumps(fold(word), ensure_ascii=False)}" for word in text.split())
        [[[total], *_page]] = say(
            f"select Texts --filter '{wanted}' --output_columns bib_id --sort_keys -_score --limit 20 --cache no"
        )
        return total

    return ask


def _has_xapian() -> bool:
    try:
        importlib.import_module("xapian")
    except ImportError:  # not installed, or made for another version of Python
        return False
    return True


def _xapian(place: Path) -> Ask:
    """Its own way with Japanese: letters and pairs anywhere in the text, which may be too many; Latin words whole."""
    import xapian  # type: ignore[import-not-found]

    database = xapian.WritableDatabase(str(place), xapian.DB_CREATE)
    reader = xapian.TermGenerator()
    reader.set_flags(xapian.TermGenerator.FLAG_CJK_NGRAM)
    for bib_id, text in _texts():
        document = xapian.Document()
        reader.set_document(document)
        reader.index_text_without_positions(text)
        database.replace_document(bib_id, document)
    database.commit()
    parser = xapian.QueryParser()
    parser.set_default_op(xapian.Query.OP_AND)
    fold = folding_of_index()

    def ask(text: str) -> int | None:
        enquiry = xapian.Enquire(database)
        words = " ".join(map(fold, text.split()))
        enquiry.set_query(parser.parse_query(words, xapian.QueryParser.FLAG_CJK_NGRAM))
        found = enquiry.get_mset(0, 20, database.get_doccount())  # looks at all, for the exact total
        for match in found:
            _bib_id = match.docid
        return found.get_matches_estimated()

    return ask
