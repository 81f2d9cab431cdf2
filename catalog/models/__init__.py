"""Bibs, their items, and where these are."""

from catalog.models.bib import MATERIALS, Bib, BibQuerySet
from catalog.models.classes import ClassCount
from catalog.models.index import (
    KanjiVariant,
    SearchDelta,
    SearchDocument,
    SearchEntry,
    SearchFact,
    SearchName,
    SearchPosting,
    SearchState,
    SearchTouch,
)
from catalog.models.item import (
    CALL_NUMBER_KEY,
    LOANABILITIES,
    SHELF_KEY,
    STATUS_LABELS,
    WHEREABOUTS,
    Item,
    ItemQuerySet,
    Location,
)
from catalog.models.saved import OPEN_BATCH, Appearance, SavedSearch
from catalog.models.targets import REGIONS, SearchTarget

__all__ = [
    "CALL_NUMBER_KEY",
    "LOANABILITIES",
    "MATERIALS",
    "OPEN_BATCH",
    "REGIONS",
    "SHELF_KEY",
    "STATUS_LABELS",
    "WHEREABOUTS",
    "Appearance",
    "Bib",
    "BibQuerySet",
    "ClassCount",
    "Item",
    "ItemQuerySet",
    "KanjiVariant",
    "Location",
    "SavedSearch",
    "SearchDelta",
    "SearchDocument",
    "SearchEntry",
    "SearchFact",
    "SearchName",
    "SearchPosting",
    "SearchState",
    "SearchTarget",
    "SearchTouch",
]
