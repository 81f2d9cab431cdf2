"""What staff edit of the catalogue: bibs and their items, and the other catalogues that the cross search asks."""

from catalog.admin import records, targets

__all__ = ["records", "targets"]
