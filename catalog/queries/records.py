"""One record with its items, and what the desk scans or types."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from django.db.models import QuerySet

from catalog.models import Bib, Item, Location
from catalog.rules import Whereabouts, scanned
from okalib.compiled import compiled


def record(bib_id: int) -> Bib | None:
    """Return a bib that patrons may see, None for any other (CAT-5, A221)."""
    return next(iter(_visible(bib=bib_id)), None)


@compiled(bib=int)
def _visible(*, bib: int) -> QuerySet[Bib]:
    return Bib.objects.visible().filter(pk=bib)


def bibs_in_order(bib_ids: Iterable[int]) -> list[Bib]:
    """Return bibs in the order of their ids as given, in one query; those gone meanwhile are left out."""
    bib_ids = list(bib_ids)
    found = {bib.pk: bib for bib in _bibs(bibs=bib_ids)} if bib_ids else {}
    return [found[bib_id] for bib_id in bib_ids if bib_id in found]


@compiled(bibs=list)
def _bibs(*, bibs: list[int]) -> QuerySet[Bib]:
    return Bib.objects.filter(pk__among=bibs)


def items_of(bib: Bib) -> list[Item]:
    """Return every item of a bib that has not been withdrawn, in walking order (CAT-7, A210)."""
    return _items(bibs=[bib.pk])


def items_of_bibs(bib_ids: Iterable[int]) -> dict[int, list[Item]]:
    """Return every item of some bibs by bib, as `items_of` does, in one query; nothing of bibs without items."""
    items: dict[int, list[Item]] = defaultdict(list)
    wanted = list(bib_ids)
    for item in _items(bibs=wanted) if wanted else ():
        items[item.bib_id].append(item)
    return dict(items)


@compiled(bibs=list)
def _items(*, bibs: list[int]) -> QuerySet[Item]:
    found = Item.objects.filter(bib__among=bibs).exclude(whereabouts=Whereabouts.WITHDRAWN)
    return found.select_related("location").by_call_number()


def item_with_number(text: str) -> Item | None:
    """Return the item whose number was scanned or typed at the desk, None if there is none (A109)."""
    return Item.objects.filter(item_number=scanned(text)).select_related("bib", "location").first()


def items_with_numbers(texts: Iterable[str]) -> dict[str, Item]:
    """Return by number as it was typed the items that there are, in one query."""
    typed = {text: scanned(text) for text in texts}
    items = Item.objects.filter(item_number__in=typed.values()).select_related("bib")
    by_number = {item.item_number: item for item in items}
    return {text: by_number[number] for text, number in typed.items() if number in by_number}


def bibs_at_desk(text: str) -> list[Bib]:
    """Return the bibs that staff name by an item number, an ISBN or the number of the bib, on order ones too (CAT-5).

    Exact and by index; several where an ISBN belongs to several (CAT-1).
    """
    plain = scanned(text)
    if not plain:
        return []
    item = item_with_number(plain)
    if item is not None:
        return [item.bib]
    by_isbn = list(Bib.objects.filter(isbns__contains=[plain])[:20])
    if by_isbn or not (plain.isascii() and plain.isdigit() and len(plain) < 19):
        return by_isbn
    return list(Bib.objects.filter(pk=int(plain)))


def sections() -> dict[str, Location]:
    """Return a location for each name of a section, so that pages can write it in the reader's language."""
    return {location.section: location for location in Location.objects.all()}
