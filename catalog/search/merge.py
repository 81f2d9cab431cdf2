"""Bringing the delta into the postings, in the background (CAT-6).

Three works, each in one transaction and under one lock; a rival finds nothing to do. A search sees all of a work or
nothing of it, and a work that is killed has not happened.

`refresh`   works touches into the facts: copies went out and came back.
`merge`     gives the bibs of the delta the next numbers and adds these to the postings. Old numbers of theirs leave the
            facts, LIVE above all; in the postings they stay and mean nothing.
`renumber`  makes everything anew in the order of rank, when the numbers have grown old or much has changed.

Writers wait for none of these: what they change meanwhile has a stamp that the work has not seen, and stays in the
delta.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import islice

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from pyroaring import BitMap

from catalog.models import SearchDelta, SearchDocument, SearchFact, SearchPosting, SearchState, SearchTouch
from catalog.search import bits, facts, ranking, tokens
from catalog.search.facts import TITLE_ORDER, Kept
from catalog.search.postings import AUTHOR, DOCUMENTS, OTHER, PUBLISHER, SERIES, SUBJECT, TITLE

MERGE_AT = 1_000
"""Bibs in the delta from which on it is merged without waiting for the night: so many cost a common word some
milliseconds, and a merge costs some seconds, whether of a thousand bibs or of five."""

RENUMBER_SHARE = 0.2
"""Where so many of all bibs wait in the delta or are unranked, making everything anew is quicker or better."""

COMMON = 50
"""Documents from which on three neighbouring CJK letters are kept, by a sample."""

SAMPLED = 20
"""Every so-manieth document is sampled for that."""

AT_ONCE = 50_000
"""Documents whose tokens are held in memory, some kilobytes each, before they are put down in a table beside."""

TOKENS_AT_ONCE = 5_000

Advance = Callable[[int], None]
_LOCK = 0x5EA6D  # any number that no other advisory lock of ours has


def refresh() -> int:
    """Bring the facts up to date with the copies that changed; return how many documents that were."""
    with _alone() as (is_free, cursor):
        if not is_free or not SearchTouch.objects.exists() or not _generation():
            return 0
        numbers = _take_touches(cursor)
        _restate(cursor, numbers, gone=[])
        _next_generation(cursor)
        return len(numbers)


def merge(*, now: datetime, advance: Advance = lambda bibs: None) -> int:
    """Merge the delta; return how many bibs that were. Makes everything anew where that is better."""
    with _alone() as (is_free, cursor):
        if not is_free:
            return 0
        delta, documents = SearchDelta.objects.count(), SearchDocument.objects.count()
        state = SearchState.objects.first()
        unranked = state.next_number - state.ranked if state else 0
        if not delta and not SearchTouch.objects.exists():
            return 0
        if not documents or delta + unranked > RENUMBER_SHARE * documents:
            _renumber(cursor, now, advance)
            return delta
        _note_delta(cursor)
        touched = _take_touches(cursor)
        gone = _column(
            cursor,
            "DELETE FROM catalog_searchdocument WHERE bib_id IN (SELECT bib_id FROM merged) RETURNING number",
        )
        new = _column(cursor, _NUMBER_DELTA, [state.next_number if state else 0])
        _add_to_postings(cursor, new, advance)
        _restate(cursor, sorted({*touched, *new} - set(gone)), gone)
        SearchState.objects.update(next_number=(state.next_number if state else 0) + len(new), merged_at=now)
        _forget_delta(cursor)
        _next_generation(cursor)
        return delta


def renumber(*, now: datetime, advance: Advance = lambda bibs: None) -> int:
    """Make postings and facts anew, documents in the order of their rank; return how many there are."""
    with _alone() as (is_free, cursor):
        return _renumber(cursor, now, advance) if is_free else 0


def wait_for_others() -> None:
    """Wait until no other work is under way, and let none begin before the end of this transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def vacuum() -> None:
    """Give back the room of rows that a work has replaced; outside of a transaction, or nothing happens."""
    if connection.in_atomic_block:
        return
    with connection.cursor() as cursor:
        for model in (SearchPosting, SearchFact, SearchDocument, SearchDelta, SearchTouch):
            cursor.execute(f"VACUUM (ANALYZE) {model._meta.db_table}")


def faults(bib_ids: Sequence[int]) -> Iterator[tuple[int, str]]:
    """Yield those of some bibs that no search would find or not wholly; of the postings a sample is looked at."""
    with connection.cursor() as cursor:
        cursor.execute(_UNMERGED, [list(bib_ids)])
        yield from ((bib_id, "unmerged") for (bib_id,) in cursor.fetchall())
        cursor.execute(_TEXTS.format(some=_SAMPLED_OF), [list(bib_ids[::SAMPLED])])
        for row in cursor.fetchall():
            number, expected = row[0], _postings([row], lambda token: True)
            cursor.execute(
                "SELECT token, field, bits FROM catalog_searchposting WHERE token = ANY(%s)",
                [list({token for token, _field in expected})],
            )
            stored = {(token, field): _bitmap(packed) for token, field, packed in cursor.fetchall()}
            known = {token for token, _field in stored}
            if any(
                number not in stored.get((token, field), ())
                for token, field in expected
                if token in known or not tokens.is_triple(token)
            ):
                cursor.execute("SELECT bib_id FROM catalog_searchdocument WHERE number = %s", [number])
                yield from ((bib_id, "misfiled") for (bib_id,) in cursor.fetchall())


_UNMERGED = """
    SELECT e.bib_id FROM catalog_searchentry e
    WHERE e.bib_id = ANY(%s) AND NOT EXISTS (SELECT FROM catalog_searchdocument d WHERE d.bib_id = e.bib_id)
      AND NOT EXISTS (SELECT FROM catalog_searchdelta d WHERE d.bib_id = e.bib_id)
"""
_SAMPLED_OF = (
    "WHERE d.bib_id = ANY(%s) AND NOT EXISTS (SELECT FROM catalog_searchdelta delta WHERE delta.bib_id = d.bib_id)"
)


# --- everything anew -----------------------------------------------------------------------------------------------


def _renumber(cursor: CursorWrapper, now: datetime, advance: Advance) -> int:
    _note_delta(cursor)
    SearchTouch.objects.all().delete()
    for model in (SearchDocument, SearchPosting, SearchFact):
        cursor.execute(f"DELETE FROM {model._meta.db_table}")  # noqa: S608 - a table of ours
    cursor.execute(_NUMBER_ALL)
    number = cursor.rowcount
    _write_postings(cursor, advance)
    kept: Kept = defaultdict(dict)
    for (kind, value), numbers in _grouped(facts.gathered(_streamed)).items():
        kept[kind][value] = BitMap(numbers)
    in_order = (number for (number,) in _streamed(_BY_TITLE, []))
    for bit, numbers in bits.places(in_order):
        kept[TITLE_ORDER][str(bit)] = BitMap(numbers)
    _write_facts(cursor, kept)
    SearchState.objects.update(ranked=number, next_number=number, merged_at=now, ranked_at=now)
    _forget_delta(cursor)
    _next_generation(cursor)
    return number


_NUMBER_ALL = f"""
    INSERT INTO catalog_searchdocument (number, bib_id, rank)
    SELECT row_number() OVER (ORDER BY rank DESC, bib_id) - 1, bib_id, rank
    FROM (SELECT e.bib_id, {ranking.RANK} AS rank FROM catalog_searchentry e) ranked
"""  # noqa: S608 - made of our own words
_BY_TITLE = f"""
    SELECT d.number FROM {DOCUMENTS}
    ORDER BY coalesce(nullif(e.reading_folded, ''), e.title_folded) COLLATE "C", e.bib_id
"""  # noqa: S608 - made of our own words


def _write_postings(cursor: CursorWrapper, advance: Advance) -> None:
    """Make the postings in two steps, so that memory holds no more than a part: parts into a table, then all parts of
    a token into one bitmap."""
    kept = _common_triples()
    cursor.execute('CREATE TEMPORARY TABLE parts (token text COLLATE "C", field text, bits bytea) ON COMMIT DROP')
    texts = _streamed(_TEXTS.format(some=""), [])
    while batch := list(islice(texts, AT_ONCE)):
        _copy(cursor, "parts (token, field, bits)", _packed(_postings(batch, kept.__contains__)))
        advance(len(batch))
    by_token = _streamed(
        "SELECT token, field, array_agg(bits) FROM parts GROUP BY token, field ORDER BY token, field", []
    )
    whole = (
        (token, field, parts[0] if len(parts) == 1 else bits.union(map(_bitmap, parts)).serialize())
        for token, field, parts in by_token
    )
    while rows := list(islice(whole, 20 * TOKENS_AT_ONCE)):
        _copy(cursor, "catalog_searchposting (token, field, bits)", rows)
    cursor.execute("DROP TABLE parts")


def _common_triples() -> set[str]:
    """Three neighbouring letters that a sample has so often that all documents have them about COMMON times.

    Which of them are kept is free, as long as those are complete.
    """
    counted: Counter[str] = Counter()
    for row in _streamed(_TEXTS.format(some=f"WHERE mod(d.number, {SAMPLED}) = 0"), []):
        counted.update(tokens.grams_of(row[1])[1])
    return {token for token, count in counted.items() if count * SAMPLED >= COMMON}


_TEXTS = f"""
    SELECT d.number, e.folded, e.marks, e.title_folded, length(e.titles), length(e.readings), length(e.authors),
           length(e.publishers), length(e.subjects), length(e.series)
    FROM {DOCUMENTS} {{some}} ORDER BY d.number
"""  # noqa: S608 - made of our own words
_FIELDS = (TITLE, TITLE, AUTHOR, PUBLISHER, SUBJECT, SERIES)


def _postings(rows: Iterable[tuple], is_kept: Callable[[str], bool]) -> dict[tuple[str, str], list[int]]:
    """Return the numbers by token and field; of three CJK letters only those that are kept."""
    found: dict[tuple[str, str], list[int]] = defaultdict(list)
    for number, folded, marks, title, *lengths in rows:
        for field, text in _texts_by_field(folded, lengths).items():
            grams, triples = tokens.grams_of(text)
            for token in grams:
                found[token, field].append(number)
            for token in triples:
                if is_kept(token):
                    found[token, field].append(number)
        for marked in _marked(marks, title):
            found[marked].append(number)
    return found


def _texts_by_field(folded: str, lengths: Sequence[int]) -> dict[str, str]:
    """Cut the whole text of an entry into its fields again; what follows after them are the others."""
    texts: dict[str, str] = {}
    start = 0
    for field, length in zip(_FIELDS, lengths, strict=True):
        if length:
            text = folded[start : start + length]
            texts[field] = f"{texts[field]}|{text}" if field in texts else text
            start += length + 1
    texts[OTHER] = folded[start:]
    return texts


def _marked(marks: str, title: str) -> set[tuple[str, str]]:
    found = {(tokens.at_start(title[:length]), TITLE) for length in (1, 2, 3) if title}
    for token in marks.split():
        if token.startswith(tokens.ndc("")):
            found.update((above, OTHER) for above in tokens.classes_above(token))
        elif not token.startswith(tokens.whole("")):
            found.add((token, OTHER))
    return found


# --- the delta -----------------------------------------------------------------------------------------------------

_NUMBER_DELTA = f"""
    INSERT INTO catalog_searchdocument (number, bib_id, rank)
    SELECT %s + row_number() OVER (ORDER BY e.bib_id) - 1, e.bib_id, {ranking.RANK}
    FROM merged JOIN catalog_searchentry e ON e.bib_id = merged.bib_id
    RETURNING number
"""  # noqa: S608 - made of our own words


def _note_delta(cursor: CursorWrapper) -> None:
    """Note what this work has seen of the delta."""
    cursor.execute("CREATE TEMPORARY TABLE merged ON COMMIT DROP AS SELECT bib_id, stamp FROM catalog_searchdelta")


def _forget_delta(cursor: CursorWrapper) -> None:
    """Remove what this work has seen; a row that was changed meanwhile has another stamp and stays."""
    cursor.execute(
        "DELETE FROM catalog_searchdelta d USING merged WHERE d.bib_id = merged.bib_id AND d.stamp = merged.stamp"
    )
    cursor.execute("DROP TABLE merged")


def _take_touches(cursor: CursorWrapper) -> list[int]:
    """Remove the touches that are committed; return the documents they touch. What they tell is read after that."""
    cursor.execute("DELETE FROM catalog_searchtouch RETURNING bib_id")
    bib_ids = list({bib_id for (bib_id,) in cursor.fetchall()})
    return _column(cursor, "SELECT number FROM catalog_searchdocument WHERE bib_id = ANY(%s)", [bib_ids])


def _add_to_postings(cursor: CursorWrapper, numbers: list[int], advance: Advance) -> None:
    """Add documents; three letters are added to where the last renumbering has kept them."""
    cursor.execute(_TEXTS.format(some="WHERE d.number = ANY(%s)"), [numbers])
    found = _postings(cursor.fetchall(), lambda token: True)
    by_token: dict[str, dict[str, list[int]]] = defaultdict(dict)
    for (token, field), having in found.items():
        by_token[token][field] = having
    waiting = iter(sorted(by_token))
    while batch := list(islice(waiting, TOKENS_AT_ONCE)):
        cursor.execute("SELECT token, field, bits FROM catalog_searchposting WHERE token = ANY(%s)", [batch])
        stored = {(token, field): packed for token, field, packed in cursor.fetchall()}
        known = {token for token, _field in stored}
        changed: dict[tuple[str, str], BitMap] = {}
        for token in batch:
            if token in known or not tokens.is_triple(token):
                for field, having in by_token[token].items():
                    packed = stored.get((token, field))
                    changed[token, field] = BitMap(having) | (_bitmap(packed) if packed else BitMap())
        keys = list(changed)
        cursor.execute(
            _UPSERT, [[key[0] for key in keys], [key[1] for key in keys], [changed[key].serialize() for key in keys]]
        )
    advance(len(numbers))


_UPSERT = """
    INSERT INTO catalog_searchposting (token, field, bits)
    SELECT token, field, bits FROM unnest(%s::text[], %s::text[], %s::bytea[]) AS new (token, field, bits)
    ON CONFLICT (token, field) DO UPDATE SET bits = excluded.bits
"""


# --- facts ---------------------------------------------------------------------------------------------------------


def _restate(cursor: CursorWrapper, numbers: list[int], gone: list[int]) -> None:
    """State the facts of some documents anew, and none of those that are gone."""

    def read(text: str, params: list) -> list[tuple]:
        cursor.execute(text, params)
        return cursor.fetchall()

    kept = facts.load()
    leaving, restated = BitMap(gone), BitMap(numbers)
    for kind, values in kept.items():
        for bitmap in values.values():
            bitmap -= leaving
            if kind != TITLE_ORDER:
                bitmap -= restated
    for (kind, value), having in _grouped(facts.gathered(read, numbers)).items():
        kept[kind].setdefault(value, BitMap()).update(having)
    cursor.execute("DELETE FROM catalog_searchfact")
    _write_facts(cursor, kept)


def _write_facts(cursor: CursorWrapper, kept: Kept) -> None:
    rows = (
        (kind, value, bitmap.serialize()) for kind, values in kept.items() for value, bitmap in values.items() if bitmap
    )
    _copy(cursor, "catalog_searchfact (kind, value, bits)", rows)


def _grouped(gathered: Iterable[facts.Fact]) -> dict[tuple[str, str], list[int]]:
    found: dict[tuple[str, str], list[int]] = defaultdict(list)
    for kind, value, number in gathered:
        found[kind, value].append(number)
    return found


# --- the database --------------------------------------------------------------------------------------------------


@contextmanager
def _alone() -> Iterator[tuple[bool, CursorWrapper]]:
    """A transaction that is the only one to work on the postings, or that is told that it is not."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        ((is_free,),) = cursor.fetchall()
        yield is_free, cursor


def _generation() -> int:
    return SearchState.objects.values_list("generation", flat=True).first() or 0


def _next_generation(cursor: CursorWrapper) -> None:
    cursor.execute("UPDATE catalog_searchstate SET generation = nextval('catalog_search_stamp')")


def _column(cursor: CursorWrapper, text: str, params: list | None = None) -> list:
    cursor.execute(text, params)
    return [value for (value,) in cursor.fetchall()]


def _streamed(text: str, params: list) -> Iterator[tuple]:
    """Yield the rows of a statement without holding all of them."""
    with connection.cursor() as ordinary, ordinary.connection.cursor(name="search_merge", scrollable=False) as cursor:
        cursor.itersize = 10_000
        cursor.execute(text, params)
        yield from cursor


def _copy(cursor: CursorWrapper, into: str, rows: Iterable[tuple]) -> None:
    with cursor.copy(f"COPY {into} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _packed(found: dict[tuple[str, str], list[int]]) -> Iterator[tuple[str, str, bytes]]:
    return ((token, field, BitMap(numbers).serialize()) for (token, field), numbers in found.items())


def _bitmap(packed: bytes | memoryview) -> BitMap:
    return BitMap.deserialize(bytes(packed))
