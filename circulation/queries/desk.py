"""What the desk and the verbs ask of loans."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Q

from catalog.models import Item
from circulation import rules
from circulation.models import Loan, LoanPeriod, LoanQuerySet, RestPeriod
from holds.models import Hold
from holds.rules import HoldState
from okalib import days
from okalib.compiled import compiled
from okalib.facts import Read, count, facts, first, rows
from okalib.models import Block, Kept, Patron
from okalib.rules import BlockKind, MaterialClass, Policy, Refusal, blocked


def open_loan_of(item: Item) -> Loan | None:
    """Return the open loan of an item, by its number alone (DLV-11, A153)."""
    return next(iter(_open_loan(item=item.pk)), None)


@compiled(item=int)
def _open_loan(*, item: int) -> LoanQuerySet:
    return Loan.objects.open().filter(item=item).select_related("patron", "return_to")


def on_loan(patron: Patron, material_class: str, policy: Policy) -> int:
    """Return how many items count against a patron's limit for a class, told by the items (LIM-1).

    The policy says whether one counts that the patron says to have returned (A104).
    """
    found = Item.objects.filter(holder=patron, material_class=material_class)
    return (found if policy.disputed_loans_count else found.filter(is_disputed=False)).count()


def overdue(today: date) -> LoanQuerySet:
    """Return the overdue loans (LON-6)."""
    return Loan.objects.overdue(today).select_related("item__bib", "patron")


PERIODS: Kept[list[rules.Period]] = Kept()


def period_for(item: Item, patron: Patron, channel: str, day: date) -> rules.Period | None:
    """Return the override of the loan period that fits, None for the ordinary one (LON-2)."""
    return rules.period_for(
        PERIODS.get("all", lambda: [period.as_period() for period in LoanPeriod.objects.all()]),
        day=day,
        channel=channel,
        material_class=item.material_class,
        category_id=patron.category_id,
        interlibrary=item.is_interlibrary,
    )


@facts(item=int, bib=int, patron=int, today=date)
def _around(
    *, item: int, bib: int, patron: int, today: date, material_class: str, damaged_too: bool, disputed_too: bool
) -> dict[str, Read]:
    this = Item(pk=item, bib_id=bib, material_class=material_class)
    held = Item.objects.filter(holder=patron, material_class=material_class)
    blocks = Block.objects.filter(patron=patron, kind__in=[BlockKind.LOANS, BlockKind.EVERYTHING], lifted_at=None)
    return {
        "bound": first(Hold.objects.bound().filter(item=item).values("id", "patron_id", "state", "keep_until")),
        "own_holds": count(Hold.objects.open().filter(patron=patron, bib=bib)),
        "rest": first(RestPeriod.objects.filter(patron=patron, bib=bib, until_on__gte=today).values("until_on")),
        "wanted": count(Hold.objects.eligible(today).for_item(this).exclude(patron=patron)),
        "free": count(Item.objects.for_holds(damaged_too).on_shelf().filter(bib=bib).exclude(pk=item)),
        "overdue": count(Item.objects.filter(holder=patron, due_on__lt=today, received_on=None)),
        "on_loan": count(held if disputed_too else held.filter(is_disputed=False)),
        "blocks": rows(blocks.filter(Q(until_on=None) | Q(until_on__gte=today)).values("kind", "until_on")),
    }


@dataclass(frozen=True, slots=True)
class Around:
    """What is around an item and a patron: reservations, loans, blocks, copies; read in one query.

    `bound` is the reservation that holds the item, by its columns; `wanted` counts those of others that it could fill,
    `own_holds` the open ones of this patron for the title.
    """

    bound: dict[str, Any] | None
    own_holds: int
    rests_until: date | None
    wanted: int
    free: int
    overdue: int
    on_loan: int
    blocks: tuple[Refusal, ...]

    @property
    def kept_until(self) -> date | None:
        """Until when the reservation that holds the item is kept, if it is ready."""
        return _day(self.bound["keep_until"]) if self.bound else None


def around(item: Item, patron: Patron, policy: Policy, today: date) -> Around:
    """Read what decides whether an item is lent to a patron, under the locks of both (A110)."""
    found = _around(
        item=item.pk,
        bib=item.bib_id,
        patron=patron.pk,
        today=today,
        material_class=item.material_class,
        damaged_too=policy.holds_on_damaged,
        disputed_too=policy.disputed_loans_count,
    )
    return Around(
        bound=found["bound"],
        own_holds=found["own_holds"],
        rests_until=_day(found["rest"]["until_on"]) if found["rest"] else None,
        wanted=found["wanted"],
        free=found["free"],
        overdue=found["overdue"],
        on_loan=found["on_loan"],
        blocks=tuple(blocked(BlockKind(block["kind"]), _day(block["until_on"])) for block in found["blocks"]),
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def lending(
    item: Item, patron: Patron, channel: str, policy: Policy, today: date, known: Around | None = None
) -> rules.Lending:
    """Gather all that decides whether an item is lent to a patron (A110); who has read what is around gives it."""
    known = known or around(item, patron, policy, today)
    bound, wanted = known.bound, known.wanted if known.bound is None else 0
    return rules.Lending(
        loanability=item.loanability,
        is_lendable=item.is_lendable,
        whereabouts=item.whereabouts,
        held_by_patron=item.holder_id == patron.pk,
        kept_for_patron=bound is not None and bound["patron_id"] == patron.pk,
        kept_for_another=bound is not None and bound["patron_id"] != patron.pk,
        is_announced=bound is not None and bound["state"] == HoldState.READY,
        channel=channel,
        overdue_loans=known.overdue,
        material_class=MaterialClass(item.material_class),
        on_loan=known.on_loan,
        limits=patron.category.limits(),
        card_lapsed=patron.is_lapsed(today, policy),
        blocks=known.blocks,
        rests_until=known.rests_until,
        wanted_by_others=wanted if wanted > known.free else 0,
        today=today,
    )


def blocks(patron: Patron, kind: BlockKind, today: date) -> tuple[Refusal, ...]:
    """Return the refusals of a patron's manual blocks (A18, A19)."""
    return tuple(blocked(BlockKind(block.kind), block.until_on) for block in patron.blocks_in_force(kind, today))


def check_out_objections(
    *, item: Item, patron: Patron, now: datetime, policy: Policy, channel: str = rules.Channel.COUNTER
) -> list[Refusal]:
    """Return what would stand in the way of lending, changing nothing (A110)."""
    return rules.check_out_objections(lending(item, patron, channel, policy, days.day_of(now)), policy)


def renewal(loan: Loan, policy: Policy, today: date) -> rules.Renewal:
    """Gather all that decides whether a loan is renewed."""
    patron = loan.patron
    assert patron is not None  # noqa: S101 - an open loan has its patron: a constraint says so
    known = around(loan.item, patron, policy, today)
    return rules.Renewal(
        due_on=loan.due_on,
        renewals=loan.renewals,
        received_on=loan.received_on,
        wanted_by_others=known.wanted,
        free_copies=known.free,
        overdue_loans=known.overdue,
        card_lapsed=patron.is_lapsed(today, policy),
        today=today,
    )


def postcard_list(today: date, policy: Policy) -> LoanQuerySet:
    """Return the loans overdue for longer than the last overdue notice: somebody writes a postcard (NTF-1)."""
    last = max(policy.overdue_days, default=0)
    return overdue(today).filter(due_on__lt=days.plus(today, -last)).order_by("patron__name_kana", "due_on")
