"""What is known of documents beside their texts: facet values, places, visibility, and the order of titles (CAT-6).

Each fact is a bitmap of document numbers. There are some hundreds, every search needs most of them, and they change
only with a merge or a refresh: so each process keeps them until their generation is over. They are replaced as a whole
and never changed, so that threads may share them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from pyroaring import BitMap

from catalog.rules import Loanability, Whereabouts
from catalog.search import bits, reading
from catalog.search.variants import State

LIVE, PATRON, STAFF = "live", "patron", "staff"
"""Kinds without a value: the documents that there are, and those that each may find (CAT-5)."""

PLACE, LENDABLE, AVAILABLE = "place", "lendable", "available"
"""Kinds whose value is the number of a location: a copy stands there, may be lent, may be lent and is on the shelf."""

MATERIAL, LANGUAGE, YEAR, NDC1 = "material", "language", "year", "ndc1"
TITLE_ORDER = "title order"
"""The kind of the slices (`bits.places`) of the documents in the order of their readings."""

CHANGING = (PATRON, STAFF, PLACE, LENDABLE, AVAILABLE)
"""Kinds that change without the description."""

Fact = tuple[str, str, int]  # kind, value, number of a document
Kept = dict[str, dict[str, BitMap]]


@dataclass(frozen=True)
class Facts:
    """All facts of a generation; documents from number `ranked` on came later and are in no order.

    `section_of` has the section of each location, by its number.
    """

    generation: int
    ranked: int
    section_of: Mapping[str, str]
    kept: Mapping[str, Mapping[str, BitMap]]

    def all(self, kind: str) -> BitMap:
        """Return the documents of a kind without values."""
        return self.kept.get(kind, {}).get("", BitMap())

    def values(self, kind: str) -> Mapping[str, BitMap]:
        """Return the documents of each value of a kind."""
        return self.kept.get(kind, {})

    def any_of(self, kind: str, values: Iterable[str]) -> BitMap:
        """Return the documents with one of the values."""
        known = self.values(kind)
        found = [known[value] for value in values if value in known]
        return found[0] if len(found) == 1 else bits.union(found)

    @cached_property
    def unranked(self) -> BitMap:
        """The documents that came after the others were put in order."""
        return self.all(LIVE) - BitMap(range(self.ranked))

    @cached_property
    def years(self) -> list[tuple[int, BitMap]]:
        """The documents of each year, the newest first."""
        return sorted(((int(year), found) for year, found in self.values(YEAR).items()), reverse=True)

    @cached_property
    def decades(self) -> dict[str, BitMap]:
        """The documents of each decade."""
        years: dict[str, list[BitMap]] = defaultdict(list)
        for year, found in self.years:
            years[str(year // 10 * 10)].append(found)
        return {decade: bits.union(found) for decade, found in years.items()}

    @cached_property
    def anywhere(self) -> dict[str, BitMap]:
        """The documents that may be lent, and that are available, wherever the copy stands."""
        return {kind: bits.union(self.values(kind).values()) for kind in (LENDABLE, AVAILABLE)}

    @cached_property
    def sections(self) -> dict[str, dict[str, BitMap]]:
        """The documents of each section, of the kinds PLACE, LENDABLE and AVAILABLE."""
        places: dict[str, list[str]] = defaultdict(list)
        for place, section in self.section_of.items():
            places[section].append(place)
        return {
            kind: {section: self.any_of(kind, among) for section, among in places.items()}
            for kind in (PLACE, LENDABLE, AVAILABLE)
        }

    def standing(self, kind: str, sections: Iterable[str]) -> BitMap:
        """Return the documents with a copy of such a kind in one of the sections."""
        known = self.sections[kind]
        return bits.union(known[section] for section in sections if section in known)

    @cached_property
    def title_order(self) -> list[BitMap]:
        """The slices of the order of titles, from the lowest bit on."""
        slices = self.values(TITLE_ORDER)
        return [slices[bit] for bit in sorted(slices, key=int)]


def of(state: State) -> Facts | None:
    """Return the facts of a state of the index; None where nothing has been merged yet."""
    global _latest
    if not state.generation:
        return None
    latest = _latest
    if latest is None or latest.generation != state.generation:
        _latest = latest = Facts(state.generation, state.ranked, state.sections, load())
    elif latest.section_of != state.sections:
        _latest = latest = replace(latest, section_of=state.sections)
    return latest


_latest: Facts | None = None


def load() -> Kept:
    """Read all facts."""
    kept: Kept = defaultdict(dict)
    for kind, value, found in reading.rows_of_bitmaps("SELECT kind, value, bits FROM catalog_searchfact"):
        kept[kind][value] = found
    return kept


# --- gathering -----------------------------------------------------------------------------------------------------

Read = Callable[[str, list], Iterable[tuple]]


def gathered(read: Read, numbers: list[int] | None = None) -> Iterator[Fact]:
    """Yield the facts of all documents, or of those with some numbers, as they are now."""
    some, params = ("WHERE d.number = ANY(%s)", [numbers]) if numbers is not None else ("", [])
    for number, material, language, year, ndc1, is_hidden, awaits_items in read(_OF_BIBS.format(some=some), params):
        yield LIVE, "", number
        if not is_hidden:
            yield STAFF, "", number
            if not awaits_items:
                yield PATRON, "", number
        yield MATERIAL, material, number
        if language:
            yield LANGUAGE, language, number
        if year is not None:
            yield YEAR, str(year), number
        for digit in ndc1:
            yield NDC1, digit, number
    for number, place, is_lendable, is_on_shelf in read(_OF_ITEMS.format(some=some), params):
        yield PLACE, str(place), number
        if is_lendable:
            yield LENDABLE, str(place), number
            if is_on_shelf:
                yield AVAILABLE, str(place), number


_OF_BIBS = """
    SELECT d.number, e.material, e.language, e.year, e.ndc1, b.is_suppressed,
           b.is_on_order AND NOT EXISTS (SELECT FROM catalog_item i WHERE i.bib_id = b.id)
    FROM catalog_searchdocument d
         JOIN catalog_searchentry e ON e.bib_id = d.bib_id JOIN catalog_bib b ON b.id = d.bib_id
    {some}
"""
_OF_ITEMS = f"""
    SELECT d.number, i.location_id, i.loanability = '{Loanability.LENDABLE}', i.whereabouts = '{Whereabouts.SHELF}'
    FROM catalog_searchdocument d
         JOIN catalog_item i ON i.bib_id = d.bib_id AND i.whereabouts <> '{Whereabouts.WITHDRAWN}'
    {{some}}
"""  # noqa: S608 - made of our own words
