"""Help around the search: titles and names while a word is being typed, other spellings where nothing was found."""

from __future__ import annotations

import json
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from catalog.models import SearchName
from catalog.search import find, names, reading, tokens, variants
from catalog.search.fold import PARTICLES
from catalog.search.index import KEY_LENGTH
from catalog.search.plan import VISIBLE, Sql, contains
from catalog.search.query import LONGEST_TEXT

CANDIDATES = 500
"""Titles and names that are compared at most when other spellings are looked for."""

NEIGHBOURS = 300
"""Titles or names with the same beginning that are looked at for a suggestion, so that none costs more than another.

Each may be a page or two from the disk, the first time that somebody types this beginning.
"""

MOST_SPELLINGS = 16
"""Beginnings of a reading that are looked up, for the letters that may be particles."""

LIKENESS = 0.7
"""From 0 to 1: how alike a spelling must be to be offered."""

Kind = Literal["title", "author", "subject"]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What one might be about to type."""

    kind: Kind
    text: str


def suggestions(prefix: str, *, titles: int = 6, of_each_name: int = 3) -> list[Suggestion]:
    """Return what begins like what has been typed: titles, then authors and subjects with most titles first (CAT-6)."""
    folded = variants.folding_of_index()(prefix[:KEY_LENGTH])
    if not folded:
        return []
    found = [Suggestion("title", title) for title in _titles(folded, titles)]
    found += [Suggestion("author", name) for name in _names(folded, SearchName.AUTHOR, of_each_name)]
    return found + [Suggestion("subject", name) for name in _names(folded, SearchName.SUBJECT, of_each_name)]


def suggest(prefix: str, limit: int = 10) -> list[str]:
    """Return titles that begin like what has been typed, or whose reading does, the shorter ones first (CAT-6).

    Of the titles with that beginning the first ones in the order of letters are looked at: a whole title is among them,
    and a single letter costs no more than a rare word.
    """
    folded = variants.folding_of_index()(prefix[:KEY_LENGTH])
    return _titles(folded, limit) if folded else []


def _titles(folded: str, limit: int) -> list[str]:
    neighbours = max(NEIGHBOURS, limit)
    looked_at = [_first_with("title_folded", Sql("e.title_folded LIKE %s", [f"{folded}%"]), neighbours)]
    start = _sure_beginning(folded)
    for spelling in tokens.spellings(start):
        # A pattern with a choice of letters finds no index; a beginning does, and the pattern is held against the rest.
        conditions = [Sql("e.reading_folded LIKE %s", [f"{spelling}%"])]
        if start != folded:
            conditions.append(contains("e.reading_folded", folded, at_start=True))
        looked_at.append(_first_with("reading_folded", Sql.joined("AND", conditions), neighbours))
    candidates = Sql.joined("UNION ALL", looked_at)
    rows = reading.rows(
        f"""
        SELECT b.title FROM catalog_bib b
        WHERE b.id = ANY(ARRAY({candidates.text})) AND {VISIBLE.text}
        GROUP BY b.title ORDER BY length(b.title), b.title LIMIT %s
        """,  # noqa: S608 - made of our own words
        [*candidates.params, max(0, limit)],
    )
    return [title for (title,) in rows]


def _first_with(column: str, condition: Sql, limit: int) -> Sql:
    """The first bibs in the order of the index on the beginnings of a column."""
    return Sql(
        f"SELECT e.bib_id FROM catalog_searchentry e WHERE {condition.text}"  # noqa: S608 - made of our own words
        f" ORDER BY e.{column} USING ~<~ LIMIT %s",
        [*condition.params, limit],
    )


def _sure_beginning(folded: str) -> str:
    """Return as much of a reading as has few enough spellings to look all of them up."""
    start, count = "", 1
    for letter in folded:
        count *= 2 if letter in PARTICLES else 1
        if count > MOST_SPELLINGS:
            break
        start += letter
    return start


def _names(folded: str, kind: str, limit: int) -> list[str]:
    """Return the authors or subjects that begin so, written or read, those with most titles first."""
    folded = folded[: names.KEY_LENGTH]
    if len(folded) <= 2:
        found = Sql(
            "SELECT name, bibs FROM catalog_searchname WHERE kind = %s AND left(key, %s) = %s"
            " ORDER BY bibs DESC LIMIT %s",
            [kind, len(folded), folded, NEIGHBOURS],
        )
    else:
        found = Sql(
            "SELECT name, bibs FROM catalog_searchname WHERE kind = %s AND key LIKE %s ORDER BY key USING ~<~ LIMIT %s",
            [kind, f"{folded}%", NEIGHBOURS],
        )
    rows = reading.rows(
        f"SELECT name FROM ({found.text}) AS names"  # noqa: S608 - made of our own words
        " GROUP BY name ORDER BY max(bibs) DESC, length(name), name LIMIT %s",
        [*found.params, max(0, limit)],
    )
    return [name for (name,) in rows]


def similar_spellings(text: str, limit: int = 5) -> list[str]:
    """Return titles and names in the catalogue that are spelled much like `text`, the likest first.

    Meant for a search that found nothing; each of them finds something. Candidates share pairs of letters with the
    text, and the most alike are kept.
    """
    with find.library() as library:
        folding = library.folding
        wanted = folding(text[:LONGEST_TEXT].replace('"', " "))[:KEY_LENGTH]
        pieces = _pieces(wanted)
        rows = _titles_with(pieces, library) if pieces else []
    spellings: dict[str, float] = {}
    matcher = SequenceMatcher(autojunk=False, b=wanted)
    for title, contributors in rows:
        names = [contributor.get("name") or "" for contributor in json.loads(contributors)]
        for spelling in (title, *names):
            if spelling in spellings:
                continue
            matcher.set_seq1(folding(spelling)[:KEY_LENGTH])
            # The two quick ones are never less than the likeness itself, and leave few candidates to it.
            may_be = matcher.real_quick_ratio() >= LIKENESS and matcher.quick_ratio() >= LIKENESS
            spellings[spelling] = matcher.ratio() if may_be else 0
    alike = [spelling for spelling, likeness in spellings.items() if likeness >= LIKENESS]
    return sorted(alike, key=lambda spelling: (-spellings[spelling], spelling))[:limit]


def _titles_with(pieces: list[str], library: find.Library) -> list[tuple[str, str]]:
    """Return title and contributors, as JSON, of the bibs that share most pieces."""
    documents = library.sharing_most(pieces, CANDIDATES)
    any_piece = " | ".join(tokens.quoted(piece, is_beginning=True) for piece in pieces)
    return reading.rows(
        f"""
        SELECT title, contributors FROM (
            SELECT b.title, b.contributors::text AS contributors, e.titles, e.readings, e.authors
            FROM catalog_searchentry e JOIN catalog_bib b ON b.id = e.bib_id
            WHERE e.bib_id = ANY(ARRAY(
                SELECT bib_id FROM catalog_searchdocument WHERE number = ANY(%s)
                UNION ALL (SELECT bib_id FROM catalog_searchdelta d WHERE d.tokens @@ %s::tsquery
                           LIMIT {20 * CANDIDATES})
            )) AND {VISIBLE.text}
        ) AS found
        ORDER BY (SELECT count(*) FROM unnest(%s::text[]) AS piece
                  WHERE strpos(concat_ws('|', titles, readings, authors), piece) > 0) DESC
        LIMIT {CANDIDATES}
        """,  # noqa: S608 - made of our own words
        [list(documents), any_piece, pieces],
    )


def _pieces(folded: str) -> list[str]:
    """Pairs of letters of CJK runs and the beginnings of words: what two spellings of one thing will share."""
    found = tokens.tokens_of(folded)
    pairs = {token for token in found if len(token) == 2 and not token.isascii()}
    beginnings = {word[:3] for word in tokens.words_of(folded)} | {word[-3:] for word in tokens.words_of(folded)}
    return sorted(pairs | beginnings)[: tokens.MOST_CONDITIONS]
