"""What the desk and the verbs ask of loans."""

from __future__ import annotations

from datetime import date, datetime

from catalog.models import Item
from circulation import rules
from circulation.models import Loan, LoanPeriod, LoanQuerySet, RestPeriod
from holds import queries as holds
from okalib import days
from okalib.models import Patron
from okalib.rules import BlockKind, MaterialClass, Policy, Refusal, blocked


def open_loan_of(item: Item) -> Loan | None:
    """Return the open loan of an item, by its number alone (DLV-11, A153)."""
    return Loan.objects.open().filter(item=item).select_related("patron", "return_to").first()


def on_loan(patron: Patron, material_class: str, policy: Policy) -> int:
    """Return how many items count against a patron's limit for a class, told by the items (LIM-1).

    The policy says whether one counts that the patron says to have returned (A104).
    """
    found = Item.objects.filter(holder=patron, material_class=material_class)
    return (found if policy.disputed_loans_count else found.filter(is_disputed=False)).count()


def overdue(today: date) -> LoanQuerySet:
    """Return the overdue loans (LON-6)."""
    return Loan.objects.overdue(today).select_related("item__bib", "patron")


def period_for(item: Item, patron: Patron, channel: str, day: date) -> rules.Period | None:
    """Return the override of the loan period that fits, None for the ordinary one (LON-2)."""
    periods = [period.as_period() for period in LoanPeriod.objects.filter(first_on__lte=day, last_on__gte=day)]
    return rules.period_for(
        periods,
        day=day,
        channel=channel,
        material_class=item.material_class,
        category_id=patron.category_id,
        interlibrary=item.is_interlibrary,
    )


def lending(item: Item, patron: Patron, channel: str, policy: Policy, today: date) -> rules.Lending:
    """Gather all that decides whether an item is lent to a patron (A110)."""
    bound = holds.bound_to(item)
    rest = RestPeriod.objects.filter(patron=patron, bib_id=item.bib_id, until_on__gte=today).first()
    wanted = holds.is_wanted(item, today, other_than=patron) if bound is None else 0
    return rules.Lending(
        loanability=item.loanability,
        is_lendable=item.is_lendable,
        whereabouts=item.whereabouts,
        held_by_patron=item.holder_id == patron.pk,
        kept_for_patron=bound is not None and bound.patron_id == patron.pk,
        kept_for_another=bound is not None and bound.patron_id != patron.pk,
        is_announced=bound is not None and bound.is_ready,
        channel=channel,
        overdue_loans=holds.overdue_loans(patron, today),
        material_class=MaterialClass(item.material_class),
        on_loan=on_loan(patron, item.material_class, policy),
        limits=patron.category.limits(),
        card_lapsed=patron.is_lapsed(today, policy),
        blocks=blocks(patron, BlockKind.LOANS, today),
        rests_until=rest.until_on if rest else None,
        wanted_by_others=wanted if wanted > holds.free_copies(item, policy) else 0,
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
    return rules.Renewal(
        due_on=loan.due_on,
        renewals=loan.renewals,
        received_on=loan.received_on,
        wanted_by_others=holds.is_wanted(loan.item, today, other_than=patron),
        free_copies=holds.free_copies(loan.item, policy),
        overdue_loans=holds.overdue_loans(patron, today),
        card_lapsed=patron.is_lapsed(today, policy),
        today=today,
    )


def postcard_list(today: date, policy: Policy) -> LoanQuerySet:
    """Return the loans overdue for longer than the last overdue notice: somebody writes a postcard (NTF-1)."""
    last = max(policy.overdue_days, default=0)
    return overdue(today).filter(due_on__lt=days.plus(today, -last)).order_by("patron__name_kana", "due_on")
