"""What counts for or against a patron's next reservation, read in one query."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, F, OuterRef, QuerySet, Subquery
from django.db.models.functions import JSONObject

from catalog.models import Item
from catalog.rules import material_class
from holds.models import BasketLine, Hold
from okalib import days
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


def facts(patron: Patron, today: date) -> PatronFacts:
    """Return what stands for and against a patron today (HLD-3, LIM-2, LIM-3, A15, A18)."""
    holds = Hold.objects.open().filter(patron=OuterRef("pk"))
    loans = Item.objects.filter(holder=OuterRef("pk"))
    blocks = Block.objects.filter(
        patron=OuterRef("pk"), lifted_at=None, kind__in=[BlockKind.HOLDS, BlockKind.EVERYTHING]
    )
    made = Hold.objects.filter(
        patron=OuterRef("pk"), accepted_at__gte=days.midnight(today), accepted_at__lt=days.midnight(days.plus(today, 1))
    )
    row = Patron.objects.values(
        holds_read=_rows(holds, bib="bib_id", state="state", material="bib__material"),
        loans_read=_rows(loans, bib="bib_id", due_on="due_on", received_on="received_on"),
        blocks_read=_rows(blocks, kind="kind", until_on="until_on"),
        basket_read=ArraySubquery(BasketLine.objects.filter(patron=OuterRef("pk")).values("bib_id")),
        made_read=Subquery(made.order_by().values("patron").annotate(n=Count("pk")).values("n")),
    ).get(pk=patron.pk)
    in_force = [(block["kind"], _day(block["until_on"])) for block in row["blocks_read"]]
    return PatronFacts(
        states={hold["bib"]: hold["state"] for hold in row["holds_read"]},
        open_holds=Counter(material_class(hold["material"]) for hold in row["holds_read"]),
        made_today=row["made_read"] or 0,
        on_loan=frozenset(loan["bib"] for loan in row["loans_read"]),
        overdue_loans=sum(
            loan["received_on"] is None and loan["due_on"] < today.isoformat() for loan in row["loans_read"]
        ),
        blocks=tuple(blocked(BlockKind(kind), until) for kind, until in in_force if until is None or today <= until),
        basket=frozenset(row["basket_read"]),
    )


def _rows(found: QuerySet[Any], **columns: str) -> ArraySubquery:
    return ArraySubquery(found.values(row=JSONObject(**{name: F(column) for name, column in columns.items()})))


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
