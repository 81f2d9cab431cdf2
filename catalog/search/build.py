"""The postings of documents, made of their entries: all of them at once, or some added to what there is.

Memory holds the tokens of AT_ONCE documents: these parts go into a table beside, and then all parts of a token become
one bitmap. Long grams of CJK letters are kept where they are common; which of them are kept is free, as long as those
are complete, and from one renumbering to the next it stays so.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

from django.db import connection
from django.db.backends.utils import CursorWrapper
from pyroaring import BitMap

from catalog.search import bits, tokens
from catalog.search.bulk import copy_into, streamed
from catalog.search.postings import AUTHOR, DOCUMENTS, OTHER, PUBLISHER, SERIES, SUBJECT, TITLE

COMMON, LONG_COMMON = 50, 200
"""Documents from which on three neighbouring CJK letters are kept, and more than three, by a sample."""

SAMPLED = 20
"""Every so-manieth document is sampled for that, and looked at by `faults`."""

AT_ONCE = 50_000
TOKENS_AT_ONCE = 5_000

Advance = Callable[[int], None]
Numbers = dict[str, dict[str, list[int]]]
"""By field and token, the numbers of the documents."""


def write_all(cursor: CursorWrapper, advance: Advance) -> None:
    """Make the postings of all documents anew; `advance` is told how many documents are done."""
    kept = _common_grams()
    cursor.execute('CREATE TEMPORARY TABLE parts (token text COLLATE "C", field text, bits bytea) ON COMMIT DROP')
    texts = streamed(_TEXTS.format(some=""), [])
    while batch := list(islice(texts, AT_ONCE)):
        copy_into(cursor, "parts (token, field, bits)", _packed(_postings(batch, kept.__contains__)))
        advance(len(batch))
    by_token = streamed(
        "SELECT token, field, array_agg(bits) FROM parts GROUP BY token, field ORDER BY token, field", []
    )
    whole = (
        (token, field, parts[0] if len(parts) == 1 else bits.union(map(_bitmap, parts)).serialize())
        for token, field, parts in by_token
    )
    while rows := list(islice(whole, 20 * TOKENS_AT_ONCE)):
        copy_into(cursor, "catalog_searchposting (token, field, bits)", rows)
    cursor.execute("DROP TABLE parts")


def _common_grams() -> set[str]:
    """Runs of CJK letters that a sample has so often that all documents have them about COMMON times.

    With a gram all that begin it are kept: they are looked for one letter after the other.
    """
    kept: set[str] = set()
    longest: Callable[[str], bool] = lambda gram: True  # noqa: E731 - of two letters all are kept
    for length in range(3, tokens.LONGEST + 1):
        counted: Counter[str] = Counter()
        for row in streamed(_TEXTS.format(some=f"WHERE mod(d.number, {SAMPLED}) = 0"), []):
            counted.update(tokens.long_grams(row[1], length, longest))
        least = COMMON if length == 3 else LONG_COMMON
        common = {gram for gram, count in counted.items() if count * SAMPLED >= least}
        kept |= common
        longest = common.__contains__
        if not common:
            break
    return kept


_TEXTS = f"""
    SELECT d.number, e.folded, e.marks, e.title_folded, length(e.titles), length(e.readings), length(e.authors),
           length(e.publishers), length(e.subjects), length(e.series)
    FROM {DOCUMENTS} {{some}} ORDER BY d.number
"""  # noqa: S608 - made of our own words
_FIELDS = (TITLE, TITLE, AUTHOR, PUBLISHER, SUBJECT, SERIES)


def _postings(rows: Iterable[tuple], is_kept: Callable[[str], bool]) -> Numbers:
    """Return the numbers of documents; of long grams only those that are kept."""
    found: Numbers = defaultdict(lambda: defaultdict(list))
    for number, folded, marks, title, *lengths in rows:
        for field, text in _texts_by_field(folded, lengths).items():
            having = found[field]
            for token in tokens.grams_of(text, is_kept):
                having[token].append(number)
        for token, field in _marked(marks, title):
            found[field][token].append(number)
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


def add(cursor: CursorWrapper, numbers: list[int], advance: Advance) -> None:
    """Add documents; long grams are added to where the last renumbering has kept them."""
    cursor.execute(_TEXTS.format(some="WHERE d.number = ANY(%s)"), [numbers])
    rows = cursor.fetchall()
    cursor.execute(_KEPT)
    kept = {token for (token,) in cursor.fetchall()}
    found = _postings(rows, kept.__contains__)
    by_token: dict[str, dict[str, list[int]]] = defaultdict(dict)
    for field, of_field in found.items():
        for token, numbers_of_it in of_field.items():
            by_token[token][field] = numbers_of_it
    waiting = iter(sorted(by_token))
    while batch := list(islice(waiting, TOKENS_AT_ONCE)):
        cursor.execute("SELECT token, field, bits FROM catalog_searchposting WHERE token = ANY(%s)", [batch])
        stored = {(token, field): packed for token, field, packed in cursor.fetchall()}
        changed: dict[tuple[str, str], BitMap] = {}
        for token in batch:
            for field, having in by_token[token].items():
                packed = stored.get((token, field))
                changed[token, field] = BitMap(having) | (_bitmap(packed) if packed else BitMap())
        keys = list(changed)
        cursor.execute(
            _UPSERT, [[key[0] for key in keys], [key[1] for key in keys], [changed[key].serialize() for key in keys]]
        )
    advance(len(numbers))


_KEPT = f"""
    SELECT DISTINCT token FROM catalog_searchposting
    WHERE char_length(token) BETWEEN 3 AND {tokens.LONGEST} AND token >= U&'\\3005'
"""  # noqa: S608 - made of our own words
_UPSERT = """
    INSERT INTO catalog_searchposting (token, field, bits)
    SELECT token, field, bits FROM unnest(%s::text[], %s::text[], %s::bytea[]) AS new (token, field, bits)
    ON CONFLICT (token, field) DO UPDATE SET bits = excluded.bits
"""


def _packed(found: Numbers) -> Iterator[tuple[str, str, bytes]]:
    for field, having in found.items():
        for token, numbers in having.items():
            yield token, field, BitMap(numbers).serialize()


def _bitmap(packed: bytes | memoryview) -> BitMap:
    return BitMap.deserialize(bytes(packed))


def faults(bib_ids: Sequence[int]) -> Iterator[tuple[int, str]]:
    """Yield those of some bibs that no search would find or not wholly; of the postings a sample is looked at."""
    with connection.cursor() as cursor:
        cursor.execute(_UNMERGED, [list(bib_ids)])
        yield from ((bib_id, "unmerged") for (bib_id,) in cursor.fetchall())
        cursor.execute(_TEXTS.format(some=_SAMPLED_OF), [list(bib_ids[::SAMPLED])])
        for row in cursor.fetchall():
            number, found = row[0], _postings([row], lambda token: True)
            expected = [(token, field) for field, having in found.items() for token in having]
            cursor.execute(
                "SELECT token, field, bits FROM catalog_searchposting WHERE token = ANY(%s)",
                [list({token for token, _field in expected})],
            )
            stored = {(token, field): _bitmap(packed) for token, field, packed in cursor.fetchall()}
            known = {token for token, _field in stored}
            if any(
                number not in stored.get((token, field), ())
                for token, field in expected
                if token in known or not tokens.is_long(token)
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
