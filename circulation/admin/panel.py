"""What the desk sees of the patron in front of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from catalog.models import Item
from circulation import queries
from circulation.models import Loan
from holds import queries as holds
from holds.models import Hold
from okalib import days
from okalib import queries as house
from okalib.models import Patron
from okalib.rules import BlockKind, Limits, MaterialClass, Refusal, card_lapsed


@dataclass(frozen=True, slots=True)
class Panel:
    """Name with kana, loans against the limit, what is overdue, what waits, and every warning."""

    patron: Patron
    loans: list[Loan]
    limits: Limits
    today: date
    shelf: list[Hold]
    warnings: tuple[Refusal, ...]
    is_lapsed: bool

    @property
    def counted(self) -> list[tuple[str, int, int]]:
        """Loans and limit for each material class (LIM-1)."""
        numbers = {name: sum(loan.material_class == name for loan in self.loans) for name in MaterialClass}
        return [(name, number, self.limits.loans(name)) for name, number in numbers.items()]

    @property
    def lent_today(self) -> list[Loan]:
        """This visit's loans, the latest first."""
        return sorted((loan for loan in self.loans if loan.lent_on == self.today), key=lambda loan: -loan.pk)

    @property
    def overdue(self) -> list[Loan]:
        """What should have come back (LIM-3)."""
        return [loan for loan in self.loans if loan.is_overdue(self.today)]


def panel(patron: Patron, now: datetime) -> Panel:
    """Gather the panel, in a fixed number of queries."""
    policy, today = house.policy(), days.day_of(now)
    lapsed = patron.is_lapsed(today, policy)
    warnings = [*([card_lapsed(policy)] if lapsed else []), *queries.blocks(patron, BlockKind.LOANS, today)]
    return Panel(
        patron=patron,
        loans=list(queries.of_patron(patron)),
        limits=patron.category.limits(),
        today=today,
        shelf=[hold for hold in holds.of_patron(patron) if hold.is_bound],
        warnings=tuple(warnings),
        is_lapsed=lapsed,
    )


def named(item: Item) -> str:
    """Name an item as the desk reads it out: title and number."""
    return f"{item.bib.full_title}（{item.item_number}）"
