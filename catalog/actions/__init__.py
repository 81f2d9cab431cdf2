"""The verbs of the catalogue: take descriptions in, take copies in, keep patrons' searches.

A description is known by `(source, source_id)`, a copy by its item number; whoever brings the same again changes what
differs and doubles nothing. A bib and its search entry are written in one transaction, and with them that it appeared:
saved searches are told of what appeared since.
"""

from catalog.actions.appearances import close_batch, note_appearances, note_missed
from catalog.actions.bibs import ImportedBatch, Unstorable, import_records, unstorable
from catalog.actions.classes import count_classes
from catalog.actions.items import ItemFault, ItemOutcome, import_item, import_items
from catalog.actions.saved import (
    forget_searches,
    note_look,
    note_told,
    remove_search,
    rename_search,
    save_search,
    set_search_mail,
    stop_search_mails,
)
from catalog.actions.trial_items import give_trial_items

__all__ = [
    "ImportedBatch",
    "ItemFault",
    "ItemOutcome",
    "Unstorable",
    "close_batch",
    "count_classes",
    "forget_searches",
    "give_trial_items",
    "import_item",
    "import_items",
    "import_records",
    "note_appearances",
    "note_look",
    "note_missed",
    "note_told",
    "remove_search",
    "rename_search",
    "save_search",
    "set_search_mail",
    "stop_search_mails",
    "unstorable",
]
