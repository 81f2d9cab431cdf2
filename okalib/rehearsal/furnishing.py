"""The house of a rehearsal before it opens: libraries, policy, staff and patrons. SAMPLE DATA."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time

from okalib import days, numbers
from okalib.actions import calendar, information, patrons, roles
from okalib.models import (
    Library,
    News,
    OpeningHours,
    Patron,
    PatronCategory,
    PolicySettings,
    User,
    YearlyDay,
)
from okalib.rehearsal import elsewhere, facts
from okalib.rehearsal.people import PersonFacts, people
from okalib.transactions import verb
from okalib.wording import day_en, day_ja

Progress = Callable[[str, int, int], None]

COUNTER_PHONE, COOPERATION_PHONE = "086-000-1288", "086-000-1287"


@dataclass(frozen=True, slots=True)
class Crew:
    """Those of the staff who act in a rehearsal."""

    desk: User
    cooperation: User
    administrator: User
    at_pickup: dict[int, User]  # by library id; not every library has somebody who logs in


def nobody(_what: str, _done: int, _total: int) -> None:
    """Show no progress."""


# --- libraries -----------------------------------------------------------------------------------------------------


@verb
def open_libraries(*, now: datetime) -> Library:
    """Make the prefectural library, the pickup libraries, their calendars and routes, and the policy (CAL, DLV-8)."""
    year = days.day_of(now).year
    calendar.seed_holidays(first_year=year - 1, last_year=year + 2)
    home = Library.objects.create(
        code="33000",
        name="県立図書館（見本）",
        name_kana="ケンリツ トショカン",
        name_en="Prefectural Library (sample)",
        town="岡山市",
        kind="prefectural",
        telephone=COUNTER_PHONE,
        directions=(
            "（見本）駅の東口を出て、市電の通りをまっすぐ10分ほど歩くと、左手に見える5階建ての建物です。\n"
            "バスは「県立図書館前」で降り、進行方向へ30歩。正面玄関に段差はなく、点字ブロックが続いています。"
        ),
        directions_en=(
            "(Sample) Leave the station by the east exit and follow the tram line for about ten minutes; "
            "the five-storey building is on your left.\n"
            "By bus, get off at “Prefectural Library” and walk thirty steps ahead. The entrance has no steps."
        ),
        is_home=True,
        takes_delivered_returns=True,
        takes_mutual_returns=True,
        is_sample=True,
    )
    calendar.give_prefectural_pattern(library=home)
    by_code: dict[str, Library] = {}
    for each in facts.pickup_libraries():
        by_code[each.code] = _open(each, by_code.get(each.central_code))
    PolicySettings.objects.get_or_create(
        pk=1, defaults={"counter_phone": COUNTER_PHONE, "cooperation_phone": COOPERATION_PHONE}
    )
    information.write_first_questions()
    information.write_first_phone_numbers(counter=COUNTER_PHONE, cooperation=COOPERATION_PHONE)
    _tell_news(days.day_of(now), home)
    elsewhere.name_targets()
    return home


def _tell_news(today: date, home: Library) -> None:
    """Have something to tell on the front page, before and at the year's end as in between."""
    News.objects.create(
        title="インターネット予約の見本サイトです",
        title_en="This is a sample of Internet reservations",
        text="利用者も貸出も、すべて見本として作ったものです。どうぞ自由に、さがして、予約してみてください。",
        text_en="All patrons and loans here are made up. Please search and reserve as you like.",
        first_on=today,
        is_important=True,
    )
    opening = home.opening_days()
    opens_on = opening.on_or_after(date(today.year + (today.month > 1), 1, 1))
    hours = opening.hours_on(opens_on)
    opens = f"{hours.opens.hour}:{hours.opens:%M}" if hours else ""
    News.objects.create(
        title=f"年末年始は休館します。年明けは{day_ja(opens_on)}{opens}から開館します",
        title_en=f"Closed over New Year; open again from {day_en(opens_on)}, {opens}",
        text="この期間に返却期限や取り置きの期限が重なる場合は、次の開館日まで延びます。",
        text_en="Due dates and shelf deadlines that fall within these days move to the next open day.",
        first_on=today,
    )


def _open(each: facts.PickupLibraryFacts, central: Library | None) -> Library:
    library = Library.objects.create(
        code=each.code,
        name=each.name,
        name_kana=each.name_kana,
        name_en=each.name_en,
        town=each.town,
        kind=each.kind,
        central=central,
        arrival_weekday=each.arrival_weekday,
        is_pickup=each.is_pickup,
        takes_delivered_returns=each.takes_delivered_returns,
        takes_mutual_returns=each.takes_mutual_returns,
        accepts_av=each.accepts_av,
        holiday_opens=each.holiday_hours[0] if each.holiday_hours else None,
        holiday_closes=each.holiday_hours[1] if each.holiday_hours else None,
        substitutes_holiday_closing=each.substitutes_holiday_closing,
        is_sample=True,
    )
    OpeningHours.objects.bulk_create(
        OpeningHours(library=library, weekday=weekday, opens=hours[0], closes=hours[1])
        for weekday, hours in enumerate(each.weekly)
        if hours
    )
    YearlyDay.objects.create(library=library, first_month=12, first_day=29, last_month=1, last_day=3, note="年末年始")
    return library


# --- staff ---------------------------------------------------------------------------------------------------------


@verb
def hire(*, passwords: dict[str, str] | None = None) -> Crew:
    """Give the house its staff, with passwords only for those who are to log in (by user name)."""
    groups, passwords = roles.make_roles(), passwords or {}
    home_staff = {
        role: _staff(role, groups[role], passwords, is_staff=True, is_superuser=role == "administrator")
        for role in ("desk", "cooperation", "administrator")
    }
    at_pickup = {}
    for library in Library.objects.filter(is_pickup=True, central=None).order_by("pk"):
        at_pickup[library.pk] = _staff(f"library-{library.code}", groups["pickup"], passwords, library=library)
    return Crew(home_staff["desk"], home_staff["cooperation"], home_staff["administrator"], at_pickup)


def _staff(name: str, group: object, passwords: dict[str, str], **fields: object) -> User:
    user, is_new = User.objects.get_or_create(username=name, defaults=fields)
    if is_new:
        user.set_password(passwords.get(name))  # None: nobody can log in with it
        user.save()
        user.groups.add(group)  # type: ignore[arg-type]
    return user


# --- patrons -------------------------------------------------------------------------------------------------------


def register_patrons(*, count: int, seed: int, now: datetime, by: User, progress: Progress = nobody) -> list[Patron]:
    """Register so many generated people, with cards that the same seed draws again (PAT-1)."""
    general, children = _category("general", "一般"), _category("child", "児童")
    _category("family", "家族", loans_print=30, holds_print=20)
    _category("group", "団体", loans_print=50, loans_av=10, holds_print=30, holds_av=10)
    serials = range(numbers.SMALLEST_CARD_SERIAL, numbers.LARGEST_CARD_SERIAL)
    drawn = random.Random(seed).sample(serials, count)
    year = days.day_of(now).year
    found = []
    for done, (person, serial) in enumerate(zip(people(count, seed), drawn, strict=True), start=1):
        category = children if person.is_child(year) else general
        found.append(_register(person, category, numbers.card_number(serial), now, by))
        if done % 10 == 0 or done == count:
            progress("patrons", done, count)
    return found


def _category(code: str, name: str, **limits: int) -> PatronCategory:
    return PatronCategory.objects.get_or_create(code=code, defaults={"name": name, **limits})[0]


def _register(person: PersonFacts, category: PatronCategory, card_number: str, now: datetime, by: User) -> Patron:
    return patrons.register(
        name=person.name,
        name_kana=person.name_kana,
        category=category,
        by=by,
        now=now,
        email=person.email,
        phone=person.phone,
        contact=person.contact,
        birth_year=person.birth_year,
        area=person.area,
        language=person.language,
        card_number=card_number,
    )


def opened_on(today: date) -> datetime:
    """The moment at which patrons of a rehearsal that begins on `today` were registered: weeks before."""
    return days.at(days.plus(today, -60), time(10))
