"""What is asked for in the address of a search, and the form with all its fields."""

from catalog.forms.asked import FIELDS, PER_PAGE, SEVERAL, Asked, Chip
from catalog.forms.detailed import DetailedSearch

__all__ = ["FIELDS", "PER_PAGE", "SEVERAL", "Asked", "Chip", "DetailedSearch"]
