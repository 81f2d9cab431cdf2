"""What patrons can find since when: the batches of new titles that saved searches are told of (SDI).

1. Whoever makes bibs findable calls `note_appearances` in the same transaction.
2. `note_missed` finds, once a day, what came into the database by any other way.
3. `close_batch` ends the open batch: all that can be found by now is in it or in one before.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import connection
from django.db.models import Max

from catalog.models import OPEN_BATCH, Appearance
from okalib.transactions import verb

LOCK = (0x0CA7, 1)  # of those who close batches: our half of PostgreSQL's two-part advisory lock numbers

_IS_FINDABLE = """
    NOT b.is_suppressed AND (NOT b.is_on_order OR EXISTS (SELECT FROM catalog_item i WHERE i.bib_id = b.id))
"""
_NOTE = f"""
    INSERT INTO catalog_appearance (bib_id, appeared_at, batch)
    SELECT b.id, %s, {OPEN_BATCH} FROM catalog_bib b WHERE {_IS_FINDABLE} AND {{which}} ORDER BY b.id
    ON CONFLICT (bib_id) DO NOTHING
"""  # noqa: S608 - made of our own words
_FORGET_ORDERED = """
    DELETE FROM catalog_appearance a USING catalog_bib b WHERE b.id = a.bib_id AND b.id = ANY(%s)
      AND b.is_on_order AND NOT EXISTS (SELECT FROM catalog_item i WHERE i.bib_id = b.id)
"""
_FORGET_HIDDEN = f"""
    DELETE FROM catalog_appearance a USING catalog_bib b
    WHERE b.id = a.bib_id AND a.batch = {OPEN_BATCH} AND NOT ({_IS_FINDABLE})
"""  # noqa: S608


@verb
def note_appearances(*, bib_ids: Iterable[int], now: datetime) -> int:
    """Note those of some bibs that patrons can find now for the first time (CAT-5); returns how many.

    Call it in the transaction that makes or changes them, or gives them their first item. What turns out to be on
    order only is forgotten, and appears with its first item.
    """
    bib_ids = list(bib_ids)
    with connection.cursor() as cursor:
        cursor.execute(_FORGET_ORDERED, [bib_ids])
        cursor.execute(_NOTE.format(which="b.id = ANY(%s)"), [now, bib_ids])
        return cursor.rowcount


@verb
def note_missed(*, now: datetime) -> int:
    """Note the findable bibs that nobody has noted; returns how many. Reads the keys of all bibs, a second or so."""
    missing = "NOT EXISTS (SELECT FROM catalog_appearance a WHERE a.bib_id = b.id)"
    with connection.cursor() as cursor:
        cursor.execute(_NOTE.format(which=missing), [now])
        return cursor.rowcount


@verb
def close_batch() -> int:
    """Close the open batch and return its number; with nothing in it, that of the one before.

    What staff have hidden again meanwhile is left out and appears when they show it. Whoever closes waits for the one
    before to commit, so that numbers become known in their order.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", LOCK)
        cursor.execute(_FORGET_HIDDEN)
    last = Appearance.objects.filter(batch__lt=OPEN_BATCH).aggregate(last=Max("batch"))["last"] or 0
    return last + 1 if Appearance.objects.filter(batch=OPEN_BATCH).update(batch=last + 1) else last
