"""What counts for or against a patron's next reservation, read in one query."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime

from catalog.models import Item
from catalog.rules import material_class
from holds.models import BasketLine, Hold
from okalib import days
from okalib.facts import Read, count, rows
from okalib.facts import facts as facts_of
from okalib.models import Block, Patron
from okalib.rules import BlockKind, MaterialClass, Refusal, blocked


@dataclass(frozen=True, slots=True)
class PatronFacts:
    """A patron's reservations, loans, blocks and basket, as far as the rules of reserving ask for them.

    `states` of open reservations and `on_loan` go by the id of the bib; `open_holds` count against each limit.
    """

    states: dict[int, str]
    open_holds: Counter[MaterialClass]
    made_today: int
    on_loan: frozenset[int]
    overdue_loans: int
    blocks: tuple[Refusal, ...]
    basket: frozenset[int]


@facts_of(patron=int, since=datetime, before=datetime)
def _read(*, patron: int, since: datetime, before: datetime) -> dict[str, Read]:
    blocks = Block.objects.filter(patron=patron, lifted_at=None, kind__in=[BlockKind.HOLDS, BlockKind.EVERYTHING])
    return {
        "holds": rows(Hold.objects.open().filter(patron=patron).values("bib_id", "state", "bib__material")),
        "loans": rows(Item.objects.filter(holder=patron).values("bib_id", "due_on", "received_on")),
        "blocks": rows(blocks.values("kind", "until_on")),
        "basket": rows(BasketLine.objects.filter(patron=patron).values("bib_id")),
        "made": count(Hold.objects.filter(patron=patron, accepted_at__gte=since, accepted_at__lt=before)),
    }


def facts(patron: Patron, today: date) -> PatronFacts:
    """Return what stands for and against a patron today (HLD-3, LIM-2, LIM-3, A15, A18)."""
    found = _read(patron=patron.pk, since=days.midnight(today), before=days.midnight(days.plus(today, 1)))
    in_force = [(block["kind"], _day(block["until_on"])) for block in found["blocks"]]
    return PatronFacts(
        states={hold["bib_id"]: hold["state"] for hold in found["holds"]},
        open_holds=Counter(material_class(hold["bib__material"]) for hold in found["holds"]),
        made_today=found["made"],
        on_loan=frozenset(loan["bib_id"] for loan in found["loans"]),
        overdue_loans=sum(
            loan["received_on"] is None and loan["due_on"] < today.isoformat() for loan in found["loans"]
        ),
        blocks=tuple(blocked(BlockKind(kind), until) for kind, until in in_force if until is None or today <= until),
        basket=frozenset(line["bib_id"] for line in found["basket"]),
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
