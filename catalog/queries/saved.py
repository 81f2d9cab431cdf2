"""The searches that patrons keep, and what is new for them. Each is for its patron alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from catalog.models import Bib, SavedSearch
from catalog.queries.records import bibs_in_order
from catalog.search.news import News, Watch, news
from catalog.search.query import Query
from okalib import days
from okalib.models import Patron, PolicySettings
from okalib.models.patron import Contact

Read = Callable[[str], Query]
"""Reads the address of a search; the forms know how, and they stand above."""


def saved_searches(patron: Patron) -> list[SavedSearch]:
    """Return the searches that a patron keeps, the latest first."""
    return list(SavedSearch.objects.filter(patron=patron))


def saved_search(patron: Patron, search_id: int) -> SavedSearch | None:
    """Return a search that this patron keeps, None for any other (A215)."""
    return SavedSearch.objects.filter(patron=patron, pk=search_id).first()


def saved_search_at(patron: Patron, address: str) -> SavedSearch | None:
    """Return the search that this patron keeps under an address, None if it is not saved."""
    return SavedSearch.objects.filter(patron=patron, address=address).first()


def numbers_of_saved_searches(patron: Patron) -> tuple[int, int]:
    """Return how many searches a patron keeps and how many of them by mail: all that staff are told."""
    wishes = list(SavedSearch.objects.filter(patron=patron).values_list("wants_mail", flat=True))
    return len(wishes), sum(wishes)


@dataclass(frozen=True, slots=True)
class SearchNews:
    """What is new for a saved search: how many titles, and the latest of them."""

    search: SavedSearch
    total: int
    bibs: list[Bib]


def unseen(searches: Sequence[SavedSearch], *, read: Read, most: int) -> list[SearchNews]:
    """Return what has appeared since the patron looked at each search, with `most` titles of each."""
    return _with_bibs(searches, [Watch(read(each.address), each.looked_batch) for each in searches], most)


def untold(searches: Sequence[SavedSearch], *, up_to: int, read: Read, most: int) -> list[SearchNews]:
    """Return what has appeared up to a batch and was not mailed yet, with `most` titles of each search."""
    return _with_bibs(searches, _watches(searches, up_to, read), most)


def _watches(searches: Sequence[SavedSearch], up_to: int, read: Read) -> list[Watch]:
    return [Watch(read(each.address), each.told_batch, up_to) for each in searches]


def _with_bibs(searches: Sequence[SavedSearch], watches: Sequence[Watch], most: int) -> list[SearchNews]:
    found: list[News] = news(watches, most=most)
    listed = {bib_id for one in found for bib_id in one.bib_ids}
    bibs = {bib.pk: bib for bib in bibs_in_order(listed)} if listed else {}
    return [
        SearchNews(search, one.total, [bibs[bib_id] for bib_id in one.bib_ids if bib_id in bibs])
        for search, one in zip(searches, found, strict=True)
    ]


def patrons_to_tell(batch: int, *, after: int, number: int, today: date) -> list[int]:
    """Return the next patrons who may have to be told of titles up to a batch: ids above `after`, in order.

    Only those whom a mail reaches and whose cards have not lapsed (PAT-1, PAT-4); the others' searches wait for them.
    """
    alive = days.years_before(today, PolicySettings.current().card_lapse_years)
    searches = SavedSearch.objects.filter(
        wants_mail=True,
        told_batch__lt=batch,
        patron__gt=after,
        patron__contact=Contact.EMAIL,
        patron__email_failed_at=None,
        patron__last_used_on__gte=alive,
    ).exclude(patron__email="")
    return list(searches.order_by("patron").values_list("patron", flat=True).distinct()[:number])


def untold_searches(patron_ids: Sequence[int], batch: int, *, locked: bool = False) -> list[SavedSearch]:
    """Return the searches of some patrons who may have to be told of titles up to a batch.

    `locked`: until the caller commits.
    """
    searches = SavedSearch.objects.filter(patron__in=patron_ids, wants_mail=True, told_batch__lt=batch).order_by("pk")
    return list(searches.select_for_update(no_key=True) if locked else searches)


def has_news(searches: Sequence[SavedSearch], *, up_to: int, read: Read) -> list[bool]:
    """Tell for each search whether anything has appeared up to a batch that was not mailed yet."""
    return [bool(one.total) for one in news(_watches(searches, up_to, read), most=1)]


def mailed_searches(patron_id: int) -> set[int]:
    """Return the ids of the searches that a patron still wants by mail."""
    return set(SavedSearch.objects.filter(patron=patron_id, wants_mail=True).values_list("pk", flat=True))


def still_visible(bib_ids: Sequence[int]) -> set[int]:
    """Return those of some bibs that patrons can still find (CAT-5)."""
    return set(Bib.objects.visible().filter(pk__in=bib_ids).values_list("pk", flat=True))
