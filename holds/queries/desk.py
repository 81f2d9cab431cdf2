"""The morning's work: what to fetch, what to clear, what cannot be filled, what was asked."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery

from catalog.models import SHELF_KEY, Item
from catalog.rules import Whereabouts
from holds.models import Hold, HoldQuerySet, PullLine, Request
from holds.rules import HoldState, RequestState
from okalib.compiled import compiled
from okalib.days import OpeningDays
from okalib.models import Library, Patron
from okalib.rules import Policy

ADDED_CLOSED_DAYS = {"ja": "休館日の追加", "en": "Additional closed days"}


def to_fetch(day: date) -> QuerySet[PullLine]:
    """Return the lines of a morning's pull list, those already fetched left out (PUL-2, PUL-6)."""
    standing = PullLine.objects.filter(day=day, outcome="", item__whereabouts=Whereabouts.SHELF)
    return standing.filter(Exists(Hold.objects.waiting().filter(bib=OuterRef("item__bib"))))


def pull_list(day: date) -> list[PullLine]:
    """Return what is to be fetched on a morning in walking order (PUL-2)."""
    return list(
        to_fetch(day)
        .select_related("item__bib", "item__location")
        .order_by(
            "item__location__walking_order",
            "item__location__code",
            Subquery(Item.objects.filter(pk=OuterRef("item")).values(key=SHELF_KEY)),
            "item__item_number",
        )
    )


def cannot_be_filled(policy: Policy) -> HoldQuerySet:
    """Return waiting reservations for which no item is left that could fill them (PUL-5)."""
    fitting = Item.objects.for_holds(policy.holds_on_damaged).exclude(whereabouts=Whereabouts.SEARCHED_FOR)
    waiting = Hold.objects.waiting().order_by().values("pk")
    any_copy = waiting.filter(~Exists(fitting.filter(bib=OuterRef("bib"))), only_item=None)
    one_copy = waiting.filter(~Exists(fitting.filter(pk=OuterRef("only_item"))), only_item__isnull=False)
    return (
        Hold.objects.waiting()
        .filter(bib__is_on_order=False)
        .filter(pk__in=any_copy.union(one_copy, all=True))  # with OR the copies of the whole house would be read
        .select_related("bib", "patron", "pickup_at")
        .in_queue_order()
    )


def clearance() -> list[Item]:
    """Return the items to take off the hold shelf, with the reservation that gets each, if any (SHF-4, HLD-7)."""
    return list(
        Item.objects.on_clearance()
        .select_related("bib", "location")
        .prefetch_related("holds__pickup_at")
        .order_by("clearance_since", "id")
    )


def to_relabel() -> HoldQuerySet:
    """Return reservations that took over an item still under another one's slip (HLD-7, A49)."""
    return (
        Hold.objects.bound()
        .filter(relabel_since__isnull=False)
        .select_related("bib", "item", "patron", "pickup_at")
        .order_by("relabel_since")
    )


def on_hold_shelf(library: Library) -> HoldQuerySet:
    """Return the reservations bound and to be collected at a library, by patron."""
    return (
        Hold.objects.bound()
        .filter(pickup_at=library)
        .select_related("bib", "item", "patron", "pickup_at")
        .order_by("patron__name_kana", "id")
    )


def touched_by_calendar(opening: OpeningDays) -> list[int]:
    """Return the ready reservations whose deadline is to be counted anew by the prefectural calendar (SHF-2, A88).

    Those on a closed day, and those in whose period a closure lies; others keep the deadline they were given, whatever
    the policy says since.
    """
    ready = Hold.objects.filter(state=HoldState.READY, pickup_at__is_home=True).order_by("id")
    return [
        pk
        for pk, announced_on, keep_until in ready.values_list("pk", "announced_on", "keep_until")
        if announced_on and keep_until and _is_touched(opening, announced_on, keep_until)
    ]


def _is_touched(opening: OpeningDays, announced_on: date, keep_until: date) -> bool:
    closes_within = any(first <= keep_until and announced_on <= last for first, last in opening.closures)
    return closes_within or not opening.is_open(keep_until)


def why_closed(library: Library, first: date, last: date) -> dict[str, str] | str:
    """Return what the public is told of a closure that touches a period, or plain words where nothing is (CAL-4)."""
    closures = library.closures.filter(first_on__lte=last, last_on__gte=first).exclude(public_note="")
    return closures.values_list("public_note", flat=True).order_by("first_on").first() or ADDED_CLOSED_DAYS


def open_requests() -> list[Request]:
    """Return the requests that staff still have to answer, the longest waiting first (REQ-1)."""
    return list(
        Request.objects.filter(state=RequestState.OPEN)
        .select_related("patron", "hold__bib", "hold__pickup_at", "library")
        .order_by("made_at", "id")
    )


def answered_requests(number: int) -> list[Request]:
    """Return the requests answered last, the latest first (REQ-1)."""
    answered = Request.objects.exclude(state=RequestState.OPEN).select_related("patron", "answered_by")
    return list(answered.order_by("-answered_at", "-id")[:number])


def waiting_by_bib(bib_ids: Iterable[int]) -> dict[int, int]:
    """Return by bib how many reservations wait for an item, nothing of those for which none does (HLD-7)."""
    waiting = Hold.objects.waiting().filter(bib__in=set(bib_ids)).order_by().values_list("bib")
    return dict(waiting.annotate(n=Count("pk")))


def requests_of(patron: Patron) -> list[Request]:
    """Return a patron's own requests with their answers, the latest first."""
    return _requests_of(patron=patron.pk)


@compiled(patron=int)
def _requests_of(*, patron: int) -> QuerySet[Request]:
    made = Request.objects.filter(patron=patron).select_related("hold__bib", "library")
    return made.order_by("-made_at", "-id")[:50]


def requests_about(hold: Hold) -> list[Request]:
    """Return what was asked about a reservation, with the answers, the latest first (REQ-1)."""
    return list(Request.objects.filter(hold=hold).select_related("library").order_by("-made_at", "-id"))
