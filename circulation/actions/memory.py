"""What a scan has changed, as the desk remembers it for some minutes, so that it can be undone.

A return cuts the link between patron and item at once (RET-5), so nothing in the database could lead back. Whoever
calls the verb gets the memory with its answer, and decides: the desk keeps that of the last scan alone, in the cache,
which forgets it by itself after ten minutes, and erases it with the next scan; jobs throw it away. It is never written
into a table.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from catalog.models import Item
from holds.actions import Forgotten
from holds.models import Hold


@dataclass(frozen=True, slots=True)
class Stand:
    """Where an item is and who has it until when."""

    whereabouts: str
    whereabouts_since: datetime | None
    holder_id: int | None
    due_on: date | None
    received_on: date | None
    is_disputed: bool
    clearance_since: datetime | None

    @classmethod
    def of(cls, item: Item) -> Stand:
        """Take note of where an item is."""
        return cls(*(getattr(item, name) for name in cls.__slots__))

    def restore(self, item: Item) -> None:
        """Let the item be there again; save."""
        for name in self.__slots__:
            setattr(item, name, getattr(self, name))
        item.save()


@dataclass(frozen=True, slots=True)
class Returned:
    """What closing a loan took away: whose it was, and what it led to."""

    loan_id: int
    patron_id: int
    returned_at: datetime
    is_resting: bool
    rested_until: date | None
    reading_line_id: int | None
    forgotten: tuple[Forgotten, ...]


@dataclass(frozen=True, slots=True)
class Claimed:
    """A reservation that a scan bound to an item, or told anew that it has one; `before` and `after` the scan."""

    hold_id: int
    before: tuple[str, datetime | None, datetime | None]
    after: tuple[str, datetime | None, datetime | None]

    @staticmethod
    def state_of(hold: Hold) -> tuple[str, datetime | None, datetime | None]:
        """Take note of what a scan may change of a reservation."""
        return (str(hold.state), hold.secured_at, hold.relabel_since)


@dataclass(frozen=True, slots=True)
class CheckInMemory:
    """Everything that one `check_in` changed."""

    item_id: int
    before: Stand
    after: Stand
    returned: Returned | None
    claimed: Claimed | None

    @property
    def is_empty(self) -> bool:
        """Whether the scan changed nothing."""
        is_claim_new = self.claimed is not None and self.claimed.before != self.claimed.after
        return self.returned is None and self.before == self.after and not is_claim_new


@dataclass(frozen=True, slots=True)
class CheckOutMemory:
    """What one `check_out` changed that the loan does not tell: where the item was, how long it was kept."""

    loan_id: int
    whereabouts: str
    keep_until: date | None
