"""Other records of the same work, of which a copy can be lent: what may serve where a title cannot be had (PUL-5)."""

from __future__ import annotations

from collections.abc import Sequence

from catalog.models import Bib
from catalog.queries.related import first_author, phrase
from catalog.search import Query, variants
from catalog.search.alike import LOOKED_AT, alike


def other_editions(bibs: Sequence[Bib], most: int) -> dict[int, list[Bib]]:
    """Return for each title up to `most` others of the same name, volume and author, the newest first, by id.

    Only such of which the house has a copy to lend; all titles are looked up in one statement.
    """
    queries = {
        str(bib.pk): Query.parse(title=phrase(bib.title), author=phrase(first_author(bib)), lendable_only="1")
        for bib in bibs
    }
    found, fold = alike(queries, other_than=0, most=LOOKED_AT), variants.folding_of_index()

    def is_edition(one: Bib, bib: Bib) -> bool:
        return one.pk != bib.pk and (fold(one.title), fold(one.volume)) == (fold(bib.title), fold(bib.volume))

    return {bib.pk: [one for one in found[str(bib.pk)] if is_edition(one, bib)][:most] for bib in bibs}
