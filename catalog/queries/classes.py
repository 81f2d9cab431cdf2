"""How many titles stand in the classes, as counted last night."""

from __future__ import annotations

from collections.abc import Iterable

from catalog.classes import NdcClass
from catalog.models import ClassCount


def class_counts(classes: Iterable[NdcClass]) -> dict[str, int]:
    """Return the number of titles of each of some classes by notation; those without any are missing."""
    counted = ClassCount.objects.filter(notation__in=[found.notation for found in classes])
    return dict(counted.values_list("notation", "bibs"))
