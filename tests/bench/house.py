"""A house in the middle of its life, of any size, for what is measured at the desk: its bibs have no search index."""

from __future__ import annotations

import argparse

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.models import Q, QuerySet

from catalog.models import Bib, Item
from circulation.models import Loan
from delivery import actions as delivery
from okalib import clock, days
from okalib.models import Library, Patron, User
from okalib.rehearsal import furnishing
from tests.bench import corpus
from tests.filling import Size, fill


def prepare(options: argparse.Namespace) -> None:
    """Let Django's connection work on a house of so many bibs; made on the day itself, since dates count in it."""
    name = f"house_{options.records}_{clock.today():%m%d}"
    settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = name
    connection.close()
    if options.fresh or not _is_complete(name, options.records):
        corpus._make_anew(name)
        furnish(options.records)


def furnish(bibs: int) -> None:
    """Open the libraries, hire the staff, plan the runs and fill in the rest."""
    now = clock.now()
    furnishing.open_libraries(now=furnishing.opened_on(now.date()))
    furnishing.hire()
    furnishing._category("general", "一般")
    delivery.plan(first=days.plus(now.date(), -10), last=days.plus(now.date(), 90))
    fill(Size.of_prefecture(bibs), now=now, tell=lambda what: print(f"filling in: {what}", flush=True))
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")


def _is_complete(name: str, bibs: int) -> bool:
    with corpus._server() as server:
        if not server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            return False
    call_command("migrate", verbosity=0)
    return Bib.objects.count() == bibs and Loan.objects.exists()


def desk() -> User:
    """Somebody at the counter."""
    return User.objects.get(username="desk")


def home() -> Library:
    """The prefectural library."""
    return Library.objects.home()


def free_patrons() -> QuerySet[Patron]:
    """Patrons with nothing on loan and nothing reserved."""
    return Patron.objects.filter(items_held=None, holds=None, user__isnull=False).select_related("user").order_by("pk")


def free_items() -> QuerySet[Item]:
    """Books on their shelf that nobody has reserved, spread over the house."""
    free = Item.objects.filter(whereabouts="shelf", loanability="lendable", material_class="print", bib__holds=None)
    free = free.filter(bib__is_suppressed=False, bib__is_on_order=False)
    return free.select_related("bib", "location").order_by("arrived_on", "pk")


def renewable_loans() -> QuerySet[Loan]:
    """Loans that are due today or tomorrow and that nobody waits for."""
    due = [clock.today(), days.plus(clock.today(), 1)]
    found = Loan.objects.open().filter(due_on__in=due, renewals=0).exclude(Q(item__bib__holds__state="waiting"))
    late = Item.objects.filter(due_on__lt=clock.today()).values("holder")
    return found.exclude(patron__in=late).select_related("item", "patron__user").order_by("pk")
