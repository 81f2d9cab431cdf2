"""What the search does with sets of document numbers, beyond what Roaring bitmaps can do themselves. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from pyroaring import BitMap


def union(bitmaps: Iterable[BitMap]) -> BitMap:
    """Return what is in any of the bitmaps."""
    found = list(bitmaps)
    return BitMap.union(*found) if len(found) > 1 else found[0].copy() if found else BitMap()


def common(bitmaps: Iterable[BitMap]) -> BitMap:
    """Return what is in all of the bitmaps, at least one, the smallest looked at first."""
    in_order = sorted(bitmaps, key=len)
    found = in_order[0].copy()
    for other in in_order[1:]:
        found &= other
    return found


def first(bitmap: BitMap, most: int) -> list[int]:
    """Return the smallest numbers, `most` of them."""
    return list(islice(bitmap, most))


def last(bitmap: BitMap, most: int) -> list[int]:
    """Return the greatest numbers, `most` of them."""
    return list(bitmap[-most:]) if most and len(bitmap) > most else list(bitmap) if most else []


def as_array(numbers: Iterable[int]) -> str:
    """Write numbers as PostgreSQL writes an array; psycopg would look for the type of each of them.

    >>> as_array(BitMap([3, 1]))
    '{1,3}'
    """
    return f"{{{','.join(map(str, numbers))}}}"


def places(numbers: Iterable[int]) -> Iterator[tuple[int, list[int]]]:
    """Write an order down as slices: slice n has the numbers at whose place in the order bit n is set.

    >>> slices = [BitMap(numbers) for _, numbers in places([30, 10, 20])]
    >>> lowest(BitMap([10, 20, 30]), slices, 2)
    BitMap([10, 30])
    """
    slices: list[list[int]] = []
    for place, number in enumerate(numbers):
        for bit in range(place.bit_length()):
            if place >> bit & 1:
                while len(slices) <= bit:
                    slices.append([])
                slices[bit].append(number)
    return iter(enumerate(slices))


def lowest(among: BitMap, slices: Sequence[BitMap], most: int) -> BitMap:
    """Return those of `among`, `most` of them, that come first in the order written down in slices.

    From the highest bit on: where enough have it unset, the others are out; else these are all in, and the rest of them
    is looked for among the others. Twenty steps for a million.
    """
    chosen = BitMap()
    for having in reversed(slices):
        without = among - having
        if len(chosen) + len(without) >= most:
            among = without
        else:
            chosen |= without
            among = among & having
    return chosen | BitMap(first(among, most - len(chosen)))
