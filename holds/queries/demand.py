"""What is reserved most."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q

from holds.queries.queue import demand
from holds.rules import HoldState


@dataclass(frozen=True, slots=True)
class Demand:
    """How much a title is asked for: open reservations, and those of them that have no item yet."""

    bib_id: int
    holds: int
    waiting: int


def most_reserved(count: int) -> list[Demand]:
    """Return the most reserved titles, the first of them first, in one query over the open reservations."""
    counted = demand().annotate(waiting=Count("pk", filter=Q(state=HoldState.WAITING))).order_by("-n", "bib_id")
    return [Demand(*row) for row in counted[:count]]
