"""What pages, lists and verbs ask of the bags (DLV-4, DLV-9, DLV-10)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db.models import CharField, Exists, OuterRef, Prefetch, QuerySet, Value
from django.db.models.functions import Cast, Concat

from delivery.models import Bag, DeliveryRun, SlipLine
from delivery.rules import BagState
from notifications.models import Notice
from okalib import days
from okalib.models import Library, Patron


def lines_of_run(run: DeliveryRun) -> QuerySet[SlipLine]:
    """Return every slip line of a run with its loan, patron and bag."""
    return SlipLine.objects.filter(bag__run=run).select_related("bag", "loan__item__bib", "loan__patron").order_by("id")


def bags_of(run: DeliveryRun, library: Library | None = None) -> list[Bag]:
    """Return the bags of a run, of one library or of all, with their slips."""
    bags = Bag.objects.filter(run=run)
    return _with_slips(bags.filter(library=library) if library else bags)


def bags_at(library: Library) -> list[Bag]:
    """Return a pickup library's own bags that are not closed: all that its staff see (A170)."""
    return _with_slips(Bag.objects.filter(library=library).with_open_loans())


def bag_of(bag_id: int) -> Bag | None:
    """Return a bag with its slip by its id."""
    return next(iter(_with_slips(Bag.objects.filter(pk=bag_id))), None)


def to_send_back(library: Library, today: date) -> list[Bag]:
    """Return the bags at a library whose window has ended without their being collected (DLV-10, A169)."""
    return left_over(bags_at(library), today)


def left_over(bags: Iterable[Bag], today: date) -> list[Bag]:
    """Return those of some bags that nobody has collected in time (DLV-10)."""
    return [bag for bag in bags if (bag.is_coming or bag.is_here) and bag.last_day < today]


def cannot_be_collected(bags: Iterable[Bag], today: date) -> set[int]:
    """Return the ids of the bags whose library is shut on every day that is left to collect them (CAL-8, A175)."""
    bags = list(bags)
    calendars = {
        library.pk: library.opening_days()
        for library in Library.objects.with_calendar().filter(pk__in={bag.library_id for bag in bags})
    }
    return {bag.pk for bag in bags if _is_shut(bag, calendars[bag.library_id], today)}


def _is_shut(bag: Bag, opening: days.OpeningDays, today: date) -> bool:
    first = max(today, bag.run.window_from)
    return first <= bag.last_day and not opening.open_days(first, bag.last_day)


def untold() -> list[SlipLine]:
    """Return what is on its way with a run that has been announced, though not to its patron (DLV-7)."""
    parts = [Cast(OuterRef(name), CharField()) for name in ("bag__run_id", "bag__library_id", "loan__patron_id")]
    key = Concat(Value("delivery_ready:"), parts[0], Value(":"), parts[1], Value(":"), parts[2])
    out = SlipLine.objects.filter(loan__returned_at=None, bag__run__announced_at__isnull=False)
    return list(out.exclude(Exists(Notice.objects.filter(key=key))).select_related("bag__run").order_by("pk"))


def to_tell(today: date) -> list[SlipLine]:
    """Return those of the untold that can be collected today or later, as they could not when the others were told."""
    return not_held_back((line for line in untold() if line.bag.last_day >= today), today)


def not_held_back(lines: Iterable[SlipLine], today: date) -> list[SlipLine]:
    """Return those of some slip lines whose library is not shut on every day that is left to collect them."""
    lines = list(lines)
    held_back = cannot_be_collected((line.bag for line in lines), today)
    return [line for line in lines if line.bag_id not in held_back]


def under_way() -> list[Bag]:
    """Return every bag that is not closed, the oldest first (A173)."""
    return list(bags_under_way())


def bags_under_way() -> QuerySet[Bag]:
    """The same, asked for page by page."""
    return _slips(Bag.objects.with_open_loans().order_by("packed_at", "id"))


def bags_of_patrons(patron_ids: Iterable[int]) -> dict[int, list[Bag]]:
    """Return by patron the bags with an open loan of theirs, in one query; one may be kept longer (DLV-10)."""
    lines = SlipLine.objects.filter(loan__patron__in=set(patron_ids), loan__returned_at=None)
    found: dict[int, dict[int, Bag]] = {}
    for line in lines.select_related("bag__run", "bag__library", "loan").order_by("bag__run__lend_on", "bag_id"):
        if line.loan.patron_id is not None:
            found.setdefault(line.loan.patron_id, {})[line.bag_id] = line.bag
    return {patron_id: list(own.values()) for patron_id, own in found.items()}


def bags_of_patron_at(library: Library, card_number: str) -> list[Bag]:
    """Return the bags that a pickup library has or expects for the holder of a card that is in use (DLV-7, A170)."""
    to_hand_over = (BagState.SENT, BagState.AT_CENTRAL, BagState.ARRIVED)
    patron = Patron.objects.filter(cards__number=card_number, cards__ended_at=None).first() if card_number else None
    return _with_slips(Bag.objects.of_patron(patron).filter(library=library, state__in=to_hand_over)) if patron else []


def bag_with(library: Library, number: str) -> Bag | None:
    """Return the bag of a pickup library with this number, or with this item still on loan from it (A170, DLV-11)."""
    bags = Bag.objects.filter(library=library).with_open_loans()
    bag = bags.by_number(number)
    if bag is None and number:
        bag = bags.filter(lines__loan__item__item_number=number, lines__loan__returned_at=None).first()
    return bag_of(bag.pk) if bag else None


def bags_passing(central: Library) -> list[Bag]:
    """Return the bags on their way to the branches of a central library, by branch (DLV-8)."""
    passing = Bag.objects.with_open_loans().filter(
        library__central=central, state__in=(BagState.SENT, BagState.AT_CENTRAL)
    )
    return _with_slips(passing.order_by("library__name_kana", "id"))


def _with_slips(bags: QuerySet[Bag]) -> list[Bag]:
    return list(_slips(bags))


def _slips(bags: QuerySet[Bag]) -> QuerySet[Bag]:
    lines = SlipLine.objects.select_related("loan__item__bib", "loan__patron")
    return bags.select_related("run", "library__central").prefetch_related(
        Prefetch("lines", lines), "lines__loan__patron__cards"
    )
