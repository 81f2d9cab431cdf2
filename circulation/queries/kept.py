"""What is around items that are kept for patrons, for many reservations at once."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date

from django.db.models import Q

from catalog.models import Item
from circulation.models import RestPeriod
from circulation.queries.desk import Around
from holds.models import Hold
from okalib.models import Block
from okalib.rules import BlockKind, Policy, Refusal, blocked


def around_kept(holds: Sequence[Hold], policy: Policy, today: date) -> dict[int, Around]:
    """Read what `around` reads, by the number of the reservation, in three queries however many they are (DLV-3).

    For reservations that hold an item, given with it; nobody who waits is counted, since what is kept is not theirs.
    """
    patrons = {hold.patron_id for hold in holds}
    on_loan: Counter[tuple[int | None, str]] = Counter()
    overdue: Counter[int | None] = Counter()
    held = Item.objects.filter(holder__in=patrons)
    for holder, material_class, due_on, received_on, is_disputed in held.values_list(
        "holder", "material_class", "due_on", "received_on", "is_disputed"
    ):
        on_loan[holder, material_class] += policy.disputed_loans_count or not is_disputed
        overdue[holder] += received_on is None and due_on is not None and due_on < today
    blocks = _blocks(patrons, today)
    rests = RestPeriod.objects.filter(patron__in=patrons, bib__in={hold.bib_id for hold in holds}, until_on__gte=today)
    rests_until: dict[tuple[int | None, int], date] = {
        (patron, bib): until for patron, bib, until in rests.values_list("patron", "bib", "until_on")
    }
    return {
        hold.pk: Around(
            bound={"id": hold.pk, "patron_id": hold.patron_id, "state": hold.state, "keep_until": None},
            own_holds=1,
            rests_until=rests_until.get((hold.patron_id, hold.bib_id)),
            wanted=0,
            free=0,
            overdue=overdue[hold.patron_id],
            on_loan=on_loan[hold.patron_id, hold.item.material_class],
            blocks=tuple(blocks[hold.patron_id]),
        )
        for hold in holds
        if hold.item is not None
    }


def _blocks(patrons: set[int | None], today: date) -> defaultdict[int | None, list[Refusal]]:
    found = Block.objects.filter(
        Q(until_on=None) | Q(until_on__gte=today),
        patron__in=patrons,
        kind__in=[BlockKind.LOANS, BlockKind.EVERYTHING],
        lifted_at=None,
    )
    by_patron: defaultdict[int | None, list[Refusal]] = defaultdict(list)
    for patron, kind, until_on in found.order_by("pk").values_list("patron", "kind", "until_on"):
        by_patron[patron].append(blocked(BlockKind(kind), until_on))
    return by_patron
