"""A small library for rivals: two libraries, four patrons with room for two, and a copy of each of five titles."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time

from django.db import connection, models, transaction

from catalog.models import Bib, Item, Location
from catalog.rules import Material
from circulation.models import Loan, RestPeriod
from delivery import actions as delivery
from delivery.models import Bag, DeliveryRun, RunException, SlipLine
from holds.models import BasketConfirmation, BasketLine, Hold, HoldGroup, PullLine
from notifications.models import Notice
from okalib import days
from okalib.actions import calendar, patrons
from okalib.models import (
    Block,
    Closure,
    EmergencyClosure,
    EmergencyMove,
    JobRun,
    Library,
    Patron,
    PatronCategory,
    PolicySettings,
    StaffAction,
    User,
)

TUESDAY = date(2026, 12, 1)
SUNDAY = date(2026, 12, 6)
OPENED_AT = days.at(date(2026, 10, 1), time(10))
FILM = 4
"""The title that counts apart (CAT-4); the others are books."""

MOST = 2
"""Loans and reservations that each patron may have at once, so that a limit is near."""

FLEETING = (
    *(SlipLine, RunException, Bag, PullLine, Notice, RestPeriod, JobRun, StaffAction),
    *(EmergencyMove, Closure, EmergencyClosure, Block),
    *(Loan, Hold, BasketConfirmation, BasketLine, HoldGroup),
)
"""What each race begins without, in an order in which it can be deleted."""


@dataclass(frozen=True, slots=True)
class House:
    """What stays from race to race. Titles: two to race for, and three that patrons may have besides."""

    home: Library
    branch: Library
    desk: User
    run: DeliveryRun
    titles: tuple[Bib, ...]
    copies: tuple[Item, ...]
    patrons: tuple[Patron, ...]

    @property
    def first(self) -> Patron:
        """The patron who stands first in the queue."""
        return self.patrons[0]

    @property
    def second(self) -> Patron:
        """The patron who stands behind the first."""
        return self.patrons[1]

    @property
    def third(self) -> Patron:
        """A patron who comes later."""
        return self.patrons[2]

    @property
    def visitor(self) -> Patron:
        """A patron who takes things from the shelf."""
        return self.patrons[3]


def furnish() -> House:
    """Make the house in an empty database."""
    calendar.seed_holidays(first_year=TUESDAY.year - 1, last_year=TUESDAY.year + 1)
    PolicySettings.objects.get_or_create(pk=1)
    home = Library.objects.create(
        code="home", name="県立図書館", name_en="Prefectural Library", is_home=True, takes_delivered_returns=True
    )
    branch = Library.objects.create(
        code="branch",
        name="備前市立図書館",
        is_pickup=True,
        takes_delivered_returns=True,
        takes_mutual_returns=True,
        arrival_weekday=4,
    )
    for library in (home, branch):
        calendar.give_prefectural_pattern(library=library)
    narrow = PatronCategory.objects.create(
        code="narrow", name="一般", loans_print=MOST, loans_av=MOST, holds_print=MOST, holds_av=MOST
    )
    people = tuple(
        patrons.register(
            name=f"利用者{number}",
            name_kana=f"リヨウシャ{number}",
            category=narrow,
            by=None,
            now=OPENED_AT,
            email=f"patron{number}@example.com",
        )
        for number in range(4)
    )
    shelf = Location.objects.create(code="1F", floor="1階", section="一般開架")
    titles = tuple(
        Bib.objects.create(
            source_id=f"title-{number}",
            title=f"書名{number}",
            material=Material.VIDEO if number == FILM else Material.BOOK,
        )
        for number in range(5)
    )
    copies = tuple(
        Item.objects.create(
            bib=bib, item_number=f"{100_000_000 + number}0", location=shelf, material_class=bib.material_class
        )
        for number, bib in enumerate(titles)
    )
    desk = User.objects.create(username="desk", is_staff=True)
    delivery.plan(first=SUNDAY, last=SUNDAY)
    return House(home, branch, desk, DeliveryRun.objects.get(), titles, copies, people)


KEPT = (Item, Patron, DeliveryRun)
"""What races change but do not make."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The rows of a house at one moment: the statements that put them back, in one go."""

    statements: str
    rows: tuple[str, ...]

    @classmethod
    def take(cls) -> Snapshot:
        """Remember all that races can change."""
        statements, rows = [f'DELETE FROM "{table_of(model)}"' for model in FLEETING], []
        with connection.cursor() as cursor:
            for model in (*KEPT, *reversed(FLEETING)):
                table = table_of(model)
                cursor.execute(f'SELECT json_agg(row)::text FROM "{table}" row')
                (found,) = cursor.fetchone() or (None,)
                if found is not None:
                    statements.append(_update(model) if model in KEPT else _insert(table))
                    rows.append(found)
        return cls("; ".join(statements), tuple(rows))

    def restore(self) -> None:
        """Put the rows back, with their numbers."""
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(self.statements, self.rows)


def table_of(model: type[models.Model]) -> str:
    """The name of a model's table."""
    return model._meta.db_table


def _insert(table: str) -> str:
    return f'INSERT INTO "{table}" SELECT * FROM json_populate_recordset(NULL::"{table}", %s)'


def _update(model: type[models.Model]) -> str:
    table = table_of(model)
    changes = ", ".join(f'"{each.column}" = was."{each.column}"' for each in model._meta.local_concrete_fields[1:])
    were = f'json_populate_recordset(NULL::"{table}", %s) was'
    return f'UPDATE "{table}" SET {changes} FROM {were} WHERE "{table}".id = was.id AND ("{table}".*) <> (was.*)'


def moment(day: date, hour: int = 10, minute: int = 0) -> datetime:
    """Some time of a day, as the library's clocks show it."""
    return days.at(day, time(hour, minute))
