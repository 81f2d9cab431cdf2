"""A library with tens of thousands of everything, filled once for the module and rolled back at its end."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time

import pytest
from django.core.cache import cache
from django.db import connection, transaction

from catalog.models import Bib, Item
from catalog.search import index_bibs, merge
from circulation.models import Loan
from delivery import actions as delivery
from holds.models import Hold
from okalib import clock, days
from okalib.models import Library, Patron, User
from okalib.rehearsal import furnishing
from okalib.rehearsal.furnishing import Crew
from tests.filling import Size, fill

TODAY = date(2026, 12, 1)
NOW = days.at(TODAY, time(10))

SIZE = Size(
    bibs=30_000,
    items=40_000,
    patrons=20_000,
    open_loans=2_000,
    past_loans=25_000,
    waiting=600,
    for_delivery=60,
    ready=150,
    past_holds=12_000,
    notices=20_000,
    staff_actions=20_000,
)


@dataclass(frozen=True, slots=True)
class House:
    """The filled house: who works in it, patrons with full and with empty hands, and the moment it is."""

    crew: Crew
    reader: Patron
    others: list[Patron]
    now: datetime

    @property
    def at_pickup(self) -> User:
        """Somebody at a pickup library."""
        return next(iter(self.crew.at_pickup.values()))

    @property
    def home(self) -> Library:
        """The prefectural library."""
        return Library.objects.home()

    def free_item(self, number: int) -> Item:
        """A book on its shelf that nobody waits for; each number another one."""
        free = Item.objects.filter(whereabouts="shelf", material_class="print", bib__holds=None).order_by("pk")
        return free.select_related("bib")[number]


@pytest.fixture(scope="module")
def full_house(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[House]:
    """A prefecture in small: 150 pickup libraries, and so many rows that the planner asks indexes."""
    with django_db_blocker.unblock(), clock.standing_at(NOW), transaction.atomic():  # type: ignore[attr-defined]
        cache.clear()
        furnishing.open_libraries(now=furnishing.opened_on(TODAY))
        crew = furnishing.hire()
        furnishing._category("general", "一般")
        delivery.plan(first=date(2026, 11, 20), last=date(2027, 2, 28))
        fill(SIZE, now=NOW)
        _make_findable()
        others = Patron.objects.filter(items_held=None, holds=None).select_related("user").order_by("pk")
        yield House(crew, _reader(), list(others[:10]), NOW)
        transaction.set_rollback(True)
        cache.clear()


def _make_findable() -> None:
    """Index all bibs, those of a year after the merge, so that a search has both postings and a delta to ask."""
    index_bibs(Bib.objects.exclude(year=2000).order_by("pk"))
    merge.merge(now=NOW)
    index_bibs(Bib.objects.filter(year=2000).order_by("pk"))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # nobody else sees what is here, hence nobody else counts it


def _reader() -> Patron:
    """A patron with ten loans, of which none is overdue, and ten reservations that wait."""
    reader = Patron.objects.order_by("pk").first()
    assert reader is not None
    loans = Loan.objects.open().filter(due_on__gt=TODAY, patron__isnull=False).order_by("pk")[:10]
    for loan in loans.select_related("item"):
        loan.patron = loan.item.holder = reader
        loan.save()
        loan.item.save()
    wanted = Hold.objects.waiting().exclude(patron=reader).order_by("bib", "pk").distinct("bib")[:10]
    Hold.objects.filter(pk__in=[hold.pk for hold in wanted]).update(patron=reader)
    return reader
