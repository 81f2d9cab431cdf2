"""Many titles in one go (HLD-9, HLD-10)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid4, uuid5

from django.db.models import Max

from catalog.models import Bib
from holds import queries
from holds.actions.queue import reserve
from holds.models import BasketConfirmation, BasketLine, Hold, HoldGroup
from holds.rules import GroupKind, basket_objections
from okalib.models import Library, Patron, User
from okalib.rules import Refusal, Refused
from okalib.transactions import verb


@dataclass(frozen=True, slots=True)
class BasketResult:
    """What became of one title of the basket: a reservation, or every reason why not."""

    bib: Bib
    hold: Hold | None
    refusals: tuple[Refusal, ...] = ()


def add_to_basket(*, patron: Patron, bib: Bib, now: datetime) -> None:
    """Put a title into the basket, behind the others; one that is there already stays where it is."""
    last = BasketLine.objects.filter(patron=patron).aggregate(last=Max("place"))["last"] or 0
    BasketLine.objects.get_or_create(patron=patron, bib=bib, defaults={"added_at": now, "place": last + 1})


def remove_from_basket(*, patron: Patron, bib: Bib) -> None:
    """Take a title out of the basket."""
    BasketLine.objects.filter(patron=patron, bib=bib).delete()


@verb
def move_in_basket(*, patron: Patron, bib: Bib, up: bool) -> int:
    """Move a title one place up or down, as far as there is one; return the place where it is, from 1 (HLD-9)."""
    lines = list(BasketLine.objects.select_for_update().filter(patron=patron))
    here = next(place for place, line in enumerate(lines) if line.bib_id == bib.pk)
    there = max(here - 1, 0) if up else min(here + 1, len(lines) - 1)
    lines.insert(there, lines.pop(here))
    for place, line in enumerate(lines, start=1):
        line.place = place
    BasketLine.objects.bulk_update(lines, ["place"])
    return there + 1


def reserve_basket(
    *,
    patron: Patron,
    pickup_at: Library | None,
    by: User | None,
    now: datetime,
    order: str = "normal",
    wanted: int | None = None,
    need_by: date | None = None,
    token: UUID | None = None,
) -> list[BasketResult]:
    """Reserve what is in the basket, to be collected at one library; what was refused stays in it (HLD-10).

    `order`: "normal", "in_order" (the order of the basket) or "any_of" with `wanted` of them (HLD-9). Each title is a
    transaction of its own. `token` makes one reservation a title of a form that was sent twice, also at the same
    moment, and is the address of the confirmation (HLD-11). Raises Refused where the basket as a whole is none.
    """
    confirmation = _begin(
        patron=patron, pickup_at=pickup_at, order=order, wanted=wanted, token=token or uuid4(), now=now
    )
    group, results = confirmation.group, []
    titles = Bib.objects.in_bulk(confirmation.bibs)
    for place, bib in enumerate((titles[pk] for pk in confirmation.bibs if pk in titles), start=1):
        try:
            hold = reserve(
                patron=patron,
                bib=bib,
                pickup_at=pickup_at,
                by=by,
                now=now,
                need_by=need_by,
                token=uuid5(confirmation.token, str(bib.pk)),
                group=group,
                volume_order=place if group else None,
            )
        except Refused as refused:
            results.append(BasketResult(bib, None, tuple(refused.refusals)))
        else:
            remove_from_basket(patron=patron, bib=bib)
            results.append(BasketResult(bib, hold))
    confirmation.results = _as_data(results)
    confirmation.save(update_fields=["results"])
    return results


@verb
def _begin(
    *, patron: Patron, pickup_at: Library | None, order: str, wanted: int | None, token: UUID, now: datetime
) -> BasketConfirmation:
    """Write down which titles were sent under this token, the first time; sent again it is these, in one group."""
    Patron.objects.lock(patron.pk)
    known = BasketConfirmation.objects.filter(patron=patron, token=token).select_related("group").first()
    if known is not None:
        return known
    bibs = [bib.pk for bib in queries.basket(patron)]
    refusals = basket_objections(order, wanted, len(bibs))
    if refusals:
        raise Refused(refusals)
    group = None
    if order != "normal":
        kind = GroupKind(order)
        wanted = wanted if kind is GroupKind.ANY_OF else None
        group = HoldGroup.objects.create(patron=patron, kind=kind, wanted=wanted, made_at=now)
    return BasketConfirmation.objects.create(
        patron=patron, pickup_at=pickup_at, group=group, token=token, bibs=bibs, made_at=now
    )


def _as_data(results: Iterable[BasketResult]) -> list[dict[str, object]]:
    return [
        {
            "bib": result.bib.pk,
            "hold": result.hold.pk if result.hold else None,
            "refusals": [{"ja": refusal.text, "en": refusal.text_en} for refusal in result.refusals],
        }
        for result in results
    ]
