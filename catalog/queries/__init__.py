"""What pages ask of bibs and their items."""

from catalog.queries.arrivals import Arrival, Arrivals, arrivals, new_arrivals
from catalog.queries.availability import Availability, availabilities, availability
from catalog.queries.classes import class_counts
from catalog.queries.copies import Copies, copies
from catalog.queries.editions import other_editions
from catalog.queries.elsewhere import bibs_with_isbns, search_target, search_targets
from catalog.queries.records import (
    bibs_at_desk,
    bibs_in_order,
    item_with_number,
    items_of,
    items_of_bibs,
    items_with_numbers,
    record,
    sections,
)
from catalog.queries.related import Related, first_author, related, series_name
from catalog.queries.saved import (
    SearchNews,
    has_news,
    mailed_searches,
    numbers_of_saved_searches,
    patrons_to_tell,
    saved_search,
    saved_search_at,
    saved_searches,
    still_visible,
    unseen,
    untold,
    untold_searches,
)
from catalog.queries.shelf import Neighbours, item_at, places_with_items, shelf_neighbours

__all__ = [
    "Arrival",
    "Arrivals",
    "Availability",
    "Copies",
    "Neighbours",
    "Related",
    "SearchNews",
    "arrivals",
    "availabilities",
    "availability",
    "bibs_at_desk",
    "bibs_in_order",
    "bibs_with_isbns",
    "class_counts",
    "copies",
    "first_author",
    "has_news",
    "item_at",
    "item_with_number",
    "items_of",
    "items_of_bibs",
    "items_with_numbers",
    "mailed_searches",
    "new_arrivals",
    "numbers_of_saved_searches",
    "other_editions",
    "patrons_to_tell",
    "places_with_items",
    "record",
    "related",
    "saved_search",
    "saved_search_at",
    "saved_searches",
    "search_target",
    "search_targets",
    "sections",
    "series_name",
    "shelf_neighbours",
    "still_visible",
    "unseen",
    "untold",
    "untold_searches",
]
