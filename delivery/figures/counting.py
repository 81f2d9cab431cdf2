"""The night's counting, from the facts to the counts that are kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime

from django.db.models import Case, Count, F, QuerySet, Value, When
from django.db.models.functions import TruncDate

from catalog.models import Item
from circulation.models import Loan
from delivery.models import Bag, SlipLine
from holds.models import Hold
from holds.rules import HoldState
from okalib import days
from okalib.models import Figure
from okalib.rules import FigureName
from okalib.transactions import verb

COUNTED_AGAIN = 7
"""Days before a night that are counted anew, because a loan of yesterday may be annulled today."""

LONGEST_PAST = 53 * 7
"""Days that the first night of all looks back on: what a page shows, and a week."""

Counted = Iterable[tuple[date, str, int]]


@verb
def count(*, day: date, now: datetime) -> dict[str, int]:
    """Count what was done on the days before `day`, and where the items are now; returns how many numbers there are.

    All that is counted here outlives the patrons in it: loans and reservations lose their patron in time and stay, so
    that counting late gives the same (OPS-2). Where the items are can only be known of today; a missed day is left out.
    """
    last = days.plus(day, -1)
    back = COUNTED_AGAIN if Figure.objects.exclude(name=FigureName.ITEMS).exists() else LONGEST_PAST
    first = days.plus(day, -back)
    counts = {
        FigureName.LOANS: _loans(first, last),
        FigureName.RESERVATIONS: _reservations(first, last),
        FigureName.DELIVERIES: _deliveries(first, last),
        FigureName.WAITED: _waited(first, last),
    }
    written = {str(name): _replace(name, first, last, rows) for name, rows in counts.items()}
    if days.day_of(now) == day:
        written[FigureName.ITEMS] = _replace(FigureName.ITEMS, day, day, _items(day))
    return written


def _replace(name: FigureName, first: date, last: date, rows: Counted) -> int:
    Figure.objects.filter(name=name, day__range=(first, last)).delete()
    figures = [Figure(name=name, day=day, part=part, number=number) for day, part, number in rows]
    return len(Figure.objects.bulk_create(figures, batch_size=2000))


def _loans(first: date, last: date) -> Counted:
    """What was lent, by the counter or channel; a loan that was undone was none."""
    lent = Loan.objects.filter(lent_on__range=(first, last), is_annulled=False).order_by()
    return lent.values_list("lent_on", "channel").annotate(n=Count("pk"))


def _reservations(first: date, last: date) -> Counted:
    """What was reserved, to be collected here or at a pickup library."""
    accepted = Hold.objects.filter(accepted_at__gte=days.midnight(first), accepted_at__lt=_end(last)).order_by()
    where = Case(When(pickup_at__is_home=True, then=Value("home")), default=Value("pickup"))
    return accepted.values_list(_day("accepted_at"), where).annotate(n=Count("pk"))


def _deliveries(first: date, last: date) -> Counted:
    """What was sent to pickup libraries: items, and the bags that they went in, on the run's day of lending."""
    runs = (first, last)
    lines = SlipLine.objects.filter(bag__run__lend_on__range=runs, loan__is_annulled=False).order_by()
    bags = Bag.objects.filter(run__lend_on__range=runs, lines__loan__is_annulled=False).order_by()
    items = lines.values_list("bag__run__lend_on").annotate(n=Count("pk"))
    packed = bags.values_list("run__lend_on").annotate(n=Count("pk", distinct=True))
    return [
        *((day, "items", number) for day, number in items),
        *((day, "bags", number) for day, number in packed),
    ]


def _waited(first: date, last: date) -> Counted:
    """Over how many days those waited whose items became ready: here by the mail, elsewhere by that of their run."""
    here = Hold.objects.filter(announced_on__range=(first, last))
    mailed = {"item__loans__slip_line__bag__run__announced_at__gte": days.midnight(first)}
    mailed |= {"item__loans__slip_line__bag__run__announced_at__lt": _end(last)}
    sent = Hold.objects.filter(
        state=HoldState.FULFILLED, ended_at=F("item__loans__lent_at"), item__loans__is_annulled=False, **mailed
    )
    counted: Counter[tuple[date, int]] = Counter()
    for reservations, ready_on in (
        (here, F("announced_on")),
        (sent, TruncDate("item__loans__slip_line__bag__run__announced_at", tzinfo=days.TOKYO)),
    ):
        for ready, accepted, number in _pairs(reservations, ready_on):
            counted[ready, max(0, days.days_between(accepted, ready))] += number
    return [(day, str(waited), number) for (day, waited), number in counted.items()]


def _pairs(reservations: QuerySet[Hold], ready_on: F | TruncDate) -> Iterable[tuple[date, date, int]]:
    return reservations.order_by().values_list(ready_on, _day("accepted_at")).annotate(n=Count("pk"))


def _items(day: date) -> Counted:
    """Where the items are now."""
    rows = Item.objects.order_by().values_list("whereabouts").annotate(n=Count("pk"))
    return [(day, state, number) for state, number in rows]


def _day(moment: str) -> TruncDate:
    return TruncDate(moment, tzinfo=days.TOKYO)


def _end(last: date) -> datetime:
    return days.midnight(days.plus(last, 1))
