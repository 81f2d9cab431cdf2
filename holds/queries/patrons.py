"""What a patron has reserved, and what counts against the limits."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from catalog.models import Bib, Item
from catalog.rules import material_class as class_of
from holds.models import BasketConfirmation, BasketLine, Hold, HoldQuerySet
from holds.rules import OPEN, HoldState
from okalib import days
from okalib.compiled import compiled
from okalib.models import Patron
from okalib.rules import MaterialClass


def overdue_loans(patron: Patron, today: date) -> int:
    """Return how many items a patron has past their due date, told by the items (LIM-3, RET-3)."""
    return Item.objects.filter(holder=patron, due_on__lt=today, received_on=None).count()


def open_holds(patron: Patron, material_class: MaterialClass) -> int:
    """Return how many open reservations count against a patron's limit for a class (LIM-2)."""
    materials = Hold.objects.open().filter(patron=patron).values_list("bib__material", flat=True)
    return sum(class_of(material) == material_class for material in materials)


def made_on(patron: Patron, day: date) -> int:
    """Return how many reservations a patron made on a day (A15)."""
    return Hold.objects.filter(
        patron=patron, accepted_at__gte=days.midnight(day), accepted_at__lt=days.midnight(days.plus(day, 1))
    ).count()


def of_patron(patron: Patron) -> HoldQuerySet:
    """Return a patron's open reservations with what My Library shows of them."""
    return (
        Hold.objects.open()
        .filter(patron=patron)
        .select_related("bib", "pickup_at", "item", "group")
        .order_by("-state", "accepted_at", "id")
    )


def together(hold: Hold) -> HoldQuerySet:
    """Return the reservations of the group that this one belongs to, itself included, in their order (HLD-9)."""
    if hold.group_id is None:
        return Hold.objects.none()
    return Hold.objects.filter(group=hold.group_id).select_related("bib").order_by("volume_order", "id")


def ended_of_patron(patron: Patron, since: date) -> HoldQuerySet:
    """Return a patron's reservations that ended without a loan since a day, the latest first."""
    return (
        Hold.objects.filter(
            patron=patron, state__in=[HoldState.CANCELLED, HoldState.EXPIRED], ended_at__gte=days.midnight(since)
        )
        .select_related("bib", "pickup_at")
        .order_by("-ended_at")
    )


def of_patron_and_ended(patron: Patron, since: date) -> tuple[list[Hold], list[Hold]]:
    """Return `of_patron` and `ended_of_patron` in one query, for the page that shows both."""
    found = _open_or_ended(patron=patron.pk, since=days.midnight(since))
    standing = [hold for hold in found if hold.is_open]
    gone = sorted((hold for hold in found if not hold.is_open), key=lambda hold: (hold.ended_at, hold.pk), reverse=True)
    return standing, gone


@compiled(patron=int, since=datetime)
def _open_or_ended(*, patron: int, since: datetime) -> QuerySet[Hold]:
    ended = Q(state__in=[HoldState.CANCELLED, HoldState.EXPIRED], ended_at__gte=since)
    found = Hold.objects.filter(patron=patron).filter(Q(state__in=OPEN) | ended)
    return found.select_related("bib", "pickup_at", "item", "group").order_by("accepted_at", "id")


def hold_of(patron: Patron, hold_id: int) -> Hold | None:
    """Return a patron's own reservation, None for anybody else's (A215)."""
    return Hold.objects.filter(patron=patron, pk=hold_id).select_related("bib", "pickup_at", "patron", "group").first()


def holds_of(patron: Patron, hold_ids: Iterable[int]) -> dict[int, Hold]:
    """Return some of a patron's own reservations by id, whatever has become of them."""
    found = Hold.objects.filter(patron=patron, pk__in=list(hold_ids)).select_related("bib", "pickup_at", "group")
    return {hold.pk: hold for hold in found}


def open_hold_for(patron: Patron, bib_id: int) -> Hold | None:
    """Return a patron's open reservation of a bib."""
    return Hold.objects.open().filter(patron=patron, bib_id=bib_id).select_related("bib", "pickup_at").first()


def basket(patron: Patron) -> list[Bib]:
    """Return the titles in a patron's basket in the patron's own order, that of adding at first (HLD-9, HLD-10)."""
    lines = BasketLine.objects.filter(patron=patron).select_related("bib")
    return [line.bib for line in lines]


def confirmation_of(patron: Patron, token: UUID) -> BasketConfirmation | None:
    """Return what became of a basket that a patron sent, None for anybody else's (HLD-11, A215)."""
    return BasketConfirmation.objects.filter(patron=patron, token=token).select_related("pickup_at", "group").first()
