"""Along the shelf: what stands beside what (書架をながめる).

A shelf is a location; its copies stand by SHELF_KEY. Copies of one title with one call number are one place on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.expressions import RawSQL

from catalog.models import SHELF_KEY, Item, Location
from catalog.rules import Whereabouts, scanned, shelf_key
from okalib.compiled import compiled


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The copies to the left and to the right of one, in the order of the shelf."""

    before: list[Item]
    after: list[Item]


def shelf_neighbours(item: Item, before: int = 3, after: int = 3) -> Neighbours:
    """Return what stands left and right of a copy in its location, in one query."""
    in_order = _near(item=item.pk, bib=item.bib_id, location=item.location_id, before=before, after=after)
    return Neighbours(
        [copy for copy in in_order if copy.is_before],
        [copy for copy in in_order if not copy.is_before],
    )


@compiled(item=int, bib=int, location=int)
def _near(*, item: int, bib: int, location: int, before: int, after: int) -> QuerySet[Any]:
    key = _key_of(item)
    sides = _to_the_left(key, bib, location, before), _to_the_right(key, bib, location, after)
    near = _standing().filter(pk__in=_either(*sides))
    return near.annotate(is_before=Q(key__lt=key) | Q(key=key, bib__lt=bib)).order_by("key", "bib_id")


def item_at(text: str, place: str = "") -> Item | None:
    """Return the copy from which to look along the shelf, None where there is none.

    `text` is an item number, or a call number or its beginning; `place`, the code of a location, is where to look for a
    call number: the copy at it or the nearest after it, the last one behind the end. Without a place it is the first
    location in walking order that has such a call number.
    """
    by_number = _standing().filter(item_number=scanned(text)).first() if text else None
    if by_number is not None:
        return by_number
    key = shelf_key(text)
    if place:
        # By id, not by code: with the id known, the index of the shelf gives the first one without sorting the place.
        location = Location.objects.filter(code=place).first()
        if location is None:
            return None
        copies = _standing().filter(location=location)
        return copies.filter(key__gte=key).order_by("key", "bib").first() or copies.order_by("key", "bib").last()
    return _first_place_with(key) if key else None


def places_with_items() -> list[Location]:
    """Return the locations that have copies, in walking order."""
    return list(Location.objects.filter(Exists(Item.objects.filter(location=OuterRef("pk")))))


def _standing() -> QuerySet[Any]:
    """Copies that have a place on a shelf and that patrons may know of (A221), with their key."""
    return (
        Item.objects.exclude(whereabouts=Whereabouts.WITHDRAWN)
        .filter(bib__is_suppressed=False)
        .annotate(key=SHELF_KEY)
        .select_related("bib", "location")
    )


def _either(*sides: QuerySet[Any]) -> RawSQL:
    """The ids of the copies on all sides. Django's own union of them forgets the key by which they are told apart."""
    statements = [side.select_related(None).query.sql_with_params() for side in sides]
    union = " UNION ALL ".join(f"({text})" for text, _params in statements)
    return RawSQL(f"SELECT id FROM ({union}) near", [one for _text, params in statements for one in params])  # noqa: S608, S611


def _to_the_right(key: Subquery, bib: int, location: int, count: int) -> QuerySet[Any]:
    beyond = Q(key__gt=key) | Q(bib__gt=bib)
    copies = _standing().filter(beyond, location=location, key__gte=key)
    return copies.order_by("key", "bib_id").distinct("key", "bib_id")[:count]


def _to_the_left(key: Subquery, bib: int, location: int, count: int) -> QuerySet[Any]:
    beyond = Q(key__lt=key) | Q(bib__lt=bib)
    copies = _standing().filter(beyond, location=location, key__lte=key)
    return copies.order_by("-key", "-bib_id").distinct("key", "bib_id")[:count]


def _key_of(item: int) -> Subquery:
    """The key of a copy, asked for in the same statement, so that it is the database's own."""
    return Subquery(Item.objects.filter(pk=item).values(own_key=SHELF_KEY))


def _first_place_with(key: str) -> Item | None:
    """Return the first copy whose call number begins so, of the first location that has one: a look into each."""
    copies = Item.objects.exclude(whereabouts=Whereabouts.WITHDRAWN).filter(location=OuterRef("pk"))
    copies = copies.annotate(key=SHELF_KEY).filter(key__gte=key, bib__is_suppressed=False).order_by("key", "bib")
    firsts = Location.objects.annotate(first=Subquery(copies.values("pk")[:1])).values("first")
    found = _standing().filter(pk__in=firsts, key__startswith=key)
    return found.order_by("location__walking_order", "location__code").first()
