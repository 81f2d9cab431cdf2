"""A patron's place in the queue of a bib, and what belongs to it."""

from holds.models.basket import BasketConfirmation, BasketLine
from holds.models.hold import END_REASONS, STATES, Hold, HoldGroup, HoldQuerySet
from holds.models.tasks_of_staff import PullLine, Request

__all__ = [
    "END_REASONS",
    "STATES",
    "BasketConfirmation",
    "BasketLine",
    "Hold",
    "HoldGroup",
    "HoldQuerySet",
    "PullLine",
    "Request",
]
