"""Counting the titles of each class."""

from __future__ import annotations

from django.db import connection

from catalog.classes import LEVELS
from catalog.models import Bib, ClassCount
from okalib.transactions import verb


@verb
def count_classes() -> int:
    """Count anew how many titles patrons find under each class; returns how many classes have any (CAT-5).

    A title counts once in each class that one of its notations begins with, as the search by `ndc` finds it: K933.7
    counts in 9, 93 and 933. One pass over the catalogue; the same again changes nothing.
    """
    bibs = Bib.objects.visible().filter(ndc__len__gt=0).values("id", "ndc")
    text, params = bibs.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(_COUNT.format(bibs=text, table=ClassCount._meta.db_table), [*params, list(range(1, LEVELS + 1))])
        counted = [notation for (notation,) in cursor.fetchall()]
    ClassCount.objects.exclude(notation__in=counted).delete()
    return len(counted)


# The notation is read as `catalog.search.index.notation` reads it; marks before the number are left aside. Classes are
# made distinct title by title: three million rows made distinct at once would go through the disk.
_COUNT = r"""
INSERT INTO {table} (notation, bibs)
SELECT notation, count(*)
FROM ({bibs}) AS bibs (id, ndc), LATERAL (
    SELECT DISTINCT left(plain, level) AS notation
    FROM unnest(bibs.ndc) AS written,
         ltrim(
             CASE WHEN written ~ '^[0-9.]+$' THEN written
                  ELSE regexp_replace(upper(normalize(written, NFKC)), '[^0-9A-Z.]', '', 'g') END,
             '.ABCDEFGHIJKLMNOPQRSTUVWXYZ'
         ) AS plain,
         unnest(%s::int[]) AS level
    WHERE left(plain, level) ~ '^[0-9]+$' AND length(plain) >= level
) AS classes
GROUP BY notation ORDER BY notation
ON CONFLICT (notation) DO UPDATE SET bibs = excluded.bibs
RETURNING notation
"""
