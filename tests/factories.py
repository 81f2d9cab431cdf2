"""Makes libraries, patrons, staff, bibs and items for tests; the named cast is in tests/cast.py.

Say only what the test is about: `ItemFactory(bib=kusamakura, loanability="reference")`.
"""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import factory
from factory.django import DjangoModelFactory

from catalog import rules as catalog_rules
from catalog.models import Bib, Item, Location
from okalib import numbers
from okalib.actions import calendar
from okalib.models import Card, Library, Patron, PatronCategory, User

TOKYO = ZoneInfo("Asia/Tokyo")
REGISTERED_ON = date(2026, 4, 1)


class LibraryFactory(DjangoModelFactory):
    """A pickup library with the calendar of the prefectural library, which takes back what was delivered."""

    class Meta:
        model = Library
        skip_postgeneration_save = True

    code = factory.Sequence(lambda n: f"library-{n}")
    name = factory.Sequence(lambda n: f"第{n}市立図書館")
    is_pickup = True
    takes_delivered_returns = True

    @factory.post_generation
    def pattern(self, create, extracted, **_others):
        """Give the prefectural pattern; `pattern=False` leaves it without any open day."""
        if create and extracted is not False:
            calendar.give_prefectural_pattern(library=self)


class HomeLibraryFactory(LibraryFactory):
    """The prefectural library."""

    class Meta:
        django_get_or_create = ("code",)
        skip_postgeneration_save = True

    code = "home"
    name = "県立図書館"
    name_en = "Prefectural Library"
    telephone = "086-000-0001"
    is_home = True
    is_pickup = False
    takes_delivered_returns = True


class CategoryFactory(DjangoModelFactory):
    """The general category with the limits of LIM-1 and LIM-2; another code is another category."""

    class Meta:
        model = PatronCategory
        django_get_or_create = ("code",)

    code = "general"
    name = "一般"


class UserFactory(DjangoModelFactory):
    """Somebody who can log in with the password "sesame"."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"user-{n}")
    password = factory.django.Password("sesame")


class StaffFactory(UserFactory):
    """A staff member; `rights=["okalib.override_refusal"]` gives permissions."""

    is_staff = True

    @factory.post_generation
    def rights(self, create, extracted, **_others):
        """Give permissions by "app.codename"."""
        if create and extracted:
            from django.contrib.auth.models import Permission

            for right in extracted:
                app, codename = right.split(".")
                self.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))


class PatronFactory(DjangoModelFactory):
    """A patron with a user, a live card and an address; `card="…"` names its number, `card=False` leaves it out."""

    class Meta:
        model = Patron
        skip_postgeneration_save = True

    user = factory.SubFactory(UserFactory, username=factory.Sequence(lambda n: f"patron-test-{n}"))
    category = factory.SubFactory(CategoryFactory)
    name = factory.Sequence(lambda n: f"利用者{n}")
    name_kana = factory.Sequence(lambda n: f"リヨウシャ{n}")
    email = factory.Sequence(lambda n: f"patron{n}@example.com")
    phone = factory.Sequence(lambda n: f"090-0000-{n:04}")
    registered_on = REGISTERED_ON
    last_used_on = date(2026, 11, 1)

    @factory.post_generation
    def card(self, create, extracted, **_others):
        """Give a card, with a number of its own unless one is named."""
        if create and extracted is not False:
            issued_at = datetime(2026, 4, 1, 10, tzinfo=TOKYO)
            Card.objects.create(
                patron=self, number=extracted or numbers.card_number(3_000_000 + self.pk), issued_at=issued_at
            )


class LocationFactory(DjangoModelFactory):
    """The open shelves of the first floor."""

    class Meta:
        model = Location
        django_get_or_create = ("code",)

    code = "1F"
    floor = "1階"
    section = "一般開架"
    walking_order = 10
    return_desk = "1階総合カウンター"


class BibFactory(DjangoModelFactory):
    """A book; `items=2` gives it that many lendable copies on the shelf."""

    class Meta:
        model = Bib
        skip_postgeneration_save = True

    source_id = factory.Sequence(lambda n: f"bib-{n}")
    title = factory.Sequence(lambda n: f"書名{n}")
    title_kana = factory.Sequence(lambda n: f"ショメイ {n}")

    @factory.post_generation
    def items(self, create, extracted, **fields):
        """Give copies; `items__location=…` says more about each of them."""
        if create and extracted:
            ItemFactory.create_batch(extracted, bib=self, **fields)


class ItemFactory(DjangoModelFactory):
    """A lendable copy on its shelf."""

    class Meta:
        model = Item

    bib = factory.SubFactory(BibFactory)
    item_number = factory.Sequence(lambda n: catalog_rules.item_number(100_000_000 + n))
    location = factory.SubFactory(LocationFactory)
    class_mark = "913.6"
    book_mark = factory.Sequence(lambda n: f"ナ{n}")
    material_class = factory.LazyAttribute(lambda item: item.bib.material_class)
    arrived_on = REGISTERED_ON
