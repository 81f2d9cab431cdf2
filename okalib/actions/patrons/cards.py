"""Registering a patron, and the cards: the first one, a lost one, a lapsed one (PAT-1, PAT-2)."""

from __future__ import annotations

import re
import secrets
from datetime import date, datetime

from django.db import IntegrityError, transaction

from okalib import days, numbers
from okalib.actions import staff
from okalib.models import Card, Patron, PatronCategory, User
from okalib.rules import Refusal, Refused
from okalib.transactions import verb

DRAWS = 20
"""Numbers drawn at random before giving up; with a million cards even the third is hardly ever needed."""

LOST = "紛失"

NUMBER_TAKEN = Refusal(
    "card_number_taken",
    "このカード番号はすでに使われています。",
    "This card number is already in use.",
)
NUMBER_MALFORMED = Refusal(
    "card_number_malformed",
    "カード番号として使えない番号です。英数字20文字以内で、資料番号と同じ10桁の数字は使えません。",
    "This cannot be a card number. Use up to 20 letters and digits, but not ten digits, which is an item number.",
)
CARD_IN_FORCE = Refusal(
    "card_in_force",
    "有効なカードがすでにあります。紛失の場合は「紛失による再発行」を使ってください。",
    "There is a card in force. If it was lost, replace it as lost.",
)
NO_CARD_IN_FORCE = Refusal(
    "no_card_in_force",
    "有効なカードがありません。新しいカードを発行してください。",
    "There is no card in force. Please issue a new one.",
)


@verb
def register(
    *,
    name: str,
    name_kana: str,
    category: PatronCategory,
    by: User | None,
    now: datetime,
    email: str = "",
    phone: str = "",
    contact: str | None = None,
    birth_year: int | None = None,
    area: str = "",
    contact_person: str = "",
    language: str = "ja",
    card_number: str | None = None,
    valid_until: date | None = None,
) -> Patron:
    """Register a patron with a card; the log-in has no password until it is activated (PAT-3).

    Without `contact` the patron is told by mail if there is an address, else by telephone (PAT-4). Without
    `card_number` a number is drawn. Raises Refused (card_number_taken, card_number_malformed).
    """
    today = days.day_of(now)
    patron = Patron.objects.create(
        category=category,
        name=name.strip(),
        name_kana=name_kana.strip(),
        email=email.strip(),
        phone=phone.strip(),
        contact=contact or ("email" if email.strip() else "phone"),
        birth_year=birth_year,
        area=area,
        contact_person=contact_person.strip(),
        language=language,
        registered_on=today,
        last_used_on=today,
        valid_until=valid_until,
    )
    give_user(patron)
    _issue(patron, card_number, now)
    staff.record(verb="register", by=by, now=now, patron=patron)
    return patron


@verb
def issue_card(*, patron: Patron, by: User | None, now: datetime, card_number: str | None = None) -> Card:
    """Issue a card to a patron who has none in force, e.g. one taken over from another system.

    Raises Refused (card_in_force, card_number_taken, card_number_malformed).
    """
    patron = Patron.objects.lock(patron.pk)
    if _live_card(patron) is not None:
        raise Refused([CARD_IN_FORCE])
    card = _issue(patron, card_number, now)
    staff.record(verb="issue_card", by=by, now=now, patron=patron)
    return card


@verb
def replace_lost_card(*, patron: Patron, by: User | None, now: datetime, card_number: str | None = None) -> Card:
    """End the lost card at once and issue another; loans, reservations and the password stay (PAT-2).

    Whoever is logged in as this patron is logged out. The dead number stays known, so that the desk is warned when it
    is scanned. Raises Refused (no_card_in_force, card_number_taken, card_number_malformed).
    """
    patron = Patron.objects.lock(patron.pk)
    lost = _live_card(patron)
    if lost is None:
        raise Refused([NO_CARD_IN_FORCE])
    lost.ended_at, lost.ended_reason = now, LOST
    lost.save(update_fields=["ended_at", "ended_reason"])
    card = _issue(patron, card_number, now)
    if patron.user is not None:
        patron.user.end_sessions()
    staff.record(verb="replace_lost_card", by=by, now=now, patron=patron)
    return card


@verb
def renew_card(*, patron: Patron, by: User | None, now: datetime, valid_until: date | None = None) -> None:
    """Revive a lapsed card, or begin its two years anew; `valid_until` sets a new end of entitlement (PAT-1)."""
    patron.touch(days.day_of(now))
    if valid_until is not None:
        patron.valid_until = valid_until
        patron.save(update_fields=["valid_until"])
    staff.record(verb="renew_card", by=by, now=now, patron=patron)


def give_user(patron: Patron) -> User:
    """Return the user as whom the patron logs in; make one without a usable password where there is none."""
    if patron.user is None:
        user = User(username=f"patron-{patron.pk}")
        user.set_unusable_password()
        user.save()
        patron.user = user
        patron.save(update_fields=["user"])
    return patron.user


def _live_card(patron: Patron) -> Card | None:
    return patron.cards.filter(ended_at=None).first()


def _issue(patron: Patron, number: str | None, now: datetime) -> Card:
    if number is not None:
        number = numbers.scanned(number)
        if not re.fullmatch(r"[0-9A-Za-z]{1,20}", number) or re.fullmatch(r"[0-9]{10}", number):
            raise Refused([NUMBER_MALFORMED])
        card = _try_number(patron, number, now)
        if card is None:
            raise Refused([NUMBER_TAKEN])
        return card
    for _draw in range(DRAWS):
        # Drawn and not counted up: from one's own card nobody can tell the numbers of others (PAT-3).
        serials = numbers.LARGEST_CARD_SERIAL - numbers.SMALLEST_CARD_SERIAL + 1
        drawn = numbers.card_number(numbers.SMALLEST_CARD_SERIAL + secrets.randbelow(serials))
        card = _try_number(patron, drawn, now)
        if card is not None:
            return card
    raise RuntimeError("Hardly any card number is free; lengthen the numbers in okalib.numbers.")


def _try_number(patron: Patron, number: str, now: datetime) -> Card | None:
    try:
        with transaction.atomic():
            return Card.objects.create(patron=patron, number=number, issued_at=now)
    except IntegrityError:
        if not Card.objects.filter(number=number).exists():
            raise
        return None
