"""The table of variant kanji: as it ships, as staff edit it, and as the index was last made with (CAT-6).

An edit of the table takes effect when the index is made anew (`manage.py search_index rebuild`). Until then queries go
on folding as the index was folded; otherwise they would miss what they used to find.
"""

from __future__ import annotations

import csv
import hashlib
import json
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from django.db import connection

from catalog.models import KanjiVariant, SearchState
from catalog.search import reading
from catalog.search.fold import FOLD_VERSION, Folding, resolved

SHIPPED = Path(__file__).parent / "kanji_variants.tsv"
_THE_ONE = 1
_LOCK = 0x5EA6C  # any number that no other advisory lock of ours has


def shipped() -> dict[str, str]:
    """Return the table that the project ships: variant → standard."""
    with SHIPPED.open(encoding="utf-8", newline="") as lines:
        return {row["variant"]: row["standard"] for row in csv.DictReader(lines, delimiter="\t")}


def edited() -> dict[str, str]:
    """Return the table as staff have it now, chains followed; an empty one stands for the table that ships."""
    return resolved(dict(KanjiVariant.objects.values_list("variant", "standard")) or shipped())


class State(NamedTuple):
    """What a search must know first: how the index is folded, which postings there are, and what they do not know.

    `stamps` and `ids` are sums over the rows of the delta and the touches. No number is ever given twice, so the same
    sums are the same rows. `sections` has the section of each location, by its number.
    """

    folding: Folding
    generation: int
    ranked: int
    deltas: int
    stamps: int
    touches: int
    ids: int
    sections: dict[str, str]


def state_of_index() -> State:
    """Return the state of the index, in one query."""
    return state_in(reading.rows(STATE))


def state_in(rows: list[tuple]) -> State:
    """Return the state that the row of STATE tells."""
    [(fingerprint, generation, ranked, deltas, stamps, touches, ids, sections)] = rows
    return State(_folding(fingerprint), generation or 0, ranked or 0, deltas, stamps, touches, ids, sections or {})


STATE = """
    SELECT fingerprint, generation, ranked, deltas, stamps, touches, ids,
           (SELECT json_object_agg(id, section) FROM catalog_location)
    FROM (SELECT count(*) AS deltas, coalesce(sum(stamp), 0) AS stamps FROM catalog_searchdelta) d
         CROSS JOIN (SELECT count(*) AS touches, coalesce(sum(id), 0) AS ids FROM catalog_searchtouch) t
         LEFT JOIN catalog_searchstate ON true
"""


def folding_of_index() -> Folding:
    """Return the folding that the index was made with, so that both sides fold alike (CAT-6)."""
    return state_of_index().folding


def _folding(fingerprint: str | None) -> Folding:
    if fingerprint is None:
        return Folding(edited())
    if fingerprint not in _foldings:
        state = SearchState.objects.get()
        _foldings.clear()  # the one before is of no more use
        _foldings[state.fingerprint] = Folding(state.variants)
        return _foldings[state.fingerprint]
    return _foldings[fingerprint]


def folding_for_writing() -> Folding:
    """Return the folding of the index for a writer, who waits for a rebuild to end and holds off the next one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [_LOCK])
    if not SearchState.objects.exists():
        # Two first writers make the same row, and one of them is ignored.
        SearchState.objects.bulk_create([_state_of(edited(), None)], ignore_conflicts=True)
    return folding_of_index()


def take_over_edits(now: datetime) -> None:
    """Let the index fold by the table as it is now; the caller makes it anew in the same transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    state = _state_of(edited(), now)
    values = {name: getattr(state, name) for name in ("fold_version", "variants", "fingerprint", "rebuilt_at")}
    SearchState.objects.update_or_create(pk=_THE_ONE, defaults=values)


def is_up_to_date() -> bool:
    """Whether the index was made by this fold and by the table as it is now."""
    state = SearchState.objects.first()
    return state is None or (state.fold_version == FOLD_VERSION and state.fingerprint == _fingerprint(edited()))


def _state_of(variants: dict[str, str], now: datetime | None) -> SearchState:
    return SearchState(
        pk=_THE_ONE,
        fold_version=FOLD_VERSION,
        variants=variants,
        fingerprint=_fingerprint(variants),
        rebuilt_at=now,
    )


def _fingerprint(variants: dict[str, str]) -> str:
    return hashlib.sha256(json.dumps(variants, sort_keys=True).encode()).hexdigest()


_foldings: dict[str, Folding] = {}
