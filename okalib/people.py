"""Finding people: at the desk by card, name or telephone, and at night by what their card is about to do."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from axes.conf import settings as axes_settings
from axes.models import AccessAttempt
from django.db.models import Prefetch, Q, QuerySet, Sum
from django.db.models.functions import Now

from okalib import days, guessing, numbers, rules, spelling
from okalib.models import Block, Card, Patron, PatronView, PolicySettings, StaffAction
from okalib.models.patron import folded
from okalib.rules import Refusal, Severity
from okalib.wording import day_en, day_ja

MOST_FOUND = 50

CARD_UNKNOWN = Refusal(
    "card_unknown",
    "このカード番号は登録されていません。",
    "This card number is not known.",
)


# --- at the desk ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CardAtDesk:
    """What the desk learns from a card: whose it is, and what is to be said before going on.

    A dead card opens nobody's account, so `patron` is None; whose it was stands in `owner`, for the alarm.
    """

    number: str
    patron: Patron | None = None
    owner: Patron | None = None
    refusal: Refusal | None = None


def card_at_desk(number: str, *, now: datetime) -> CardAtDesk:
    """Return whose card was scanned or typed at the desk (PAT-1, PAT-2).

    A lapsed card comes with its patron and an overridable refusal, so that the desk can renew it; a dead or unknown
    one comes without.
    """
    number = numbers.scanned(number)
    card = Card.objects.filter(number=number).select_related("patron__category", "patron__user").first()
    if card is None:
        return CardAtDesk(number, refusal=CARD_UNKNOWN)
    if card.ended_at is not None:
        return CardAtDesk(number, owner=card.patron, refusal=card_dead(days.day_of(card.ended_at), card.ended_reason))
    policy, today = PolicySettings.current(), days.day_of(now)
    is_lapsed = card.patron.is_lapsed(today, policy)
    return CardAtDesk(number, card.patron, card.patron, rules.card_lapsed(policy) if is_lapsed else None)


def card_dead(ended_on: date, reason: str) -> Refusal:
    """The refusal that warns the desk of a card that is no longer in force (PAT-2)."""
    why = f"（{reason}）" if reason else ""
    on, on_en = f"{ended_on.year}年{day_ja(ended_on)}", f"{day_en(ended_on)} {ended_on.year}"
    return Refusal(
        "card_dead",
        f"{on}に無効になったカードです{why}。このカードでは貸出・予約ができません。ご本人か確認してください。",
        f"This card ended on {on_en} and can no longer be used. Please check who is presenting it.",
        Severity.STOP,
    )


def find_patrons(text: str, *, limit: int = MOST_FOUND) -> list[Patron]:
    """Return the patrons whom the desk may mean: by card number, by telephone, or by the beginning of the name.

    Kana may be typed as hiragana, narrow, and without the blank between the names; numbers with or without hyphens.
    """
    typed = unicodedata.normalize("NFKC", text).strip()
    compact = numbers.scanned(typed)
    if not compact:
        return []
    everybody = Patron.objects.select_related("category").prefetch_related(
        Prefetch("cards", Card.objects.order_by("-issued_at"))
    )
    if any(letter.isdigit() for letter in compact):
        by_card = everybody.filter(cards__number=compact).distinct()
        by_phone = everybody.alias(folded=folded("phone", spelling.PHONES)).filter(folded=spelling.phone(typed))
        return list(by_card) or list(by_phone[:limit])
    for field, letters, wanted in (
        ("name_kana", spelling.KANA, spelling.kana(typed)),
        ("name", spelling.NAMES, spelling.name(typed)),
    ):
        # in the order of the index: sorted otherwise, a common name would have PostgreSQL walk through everybody
        found = (
            everybody.alias(folded=folded(field, letters)).filter(folded__startswith=wanted).order_by("folded", "id")
        )
        if wanted and (patrons := list(found[:limit])):
            return patrons
    return []


def patron(patron_id: int) -> Patron | None:
    """Return a patron with everything that the page of the desk shows of the person."""
    found = Patron.objects.select_related("category", "user", "last_pickup").prefetch_related(
        Prefetch("cards", Card.objects.order_by("-issued_at")), Prefetch("blocks", Block.objects.order_by("-placed_at"))
    )
    return found.filter(pk=patron_id).first()


def alike(*, name_kana: str, birth_year: int | None, phone: str, limit: int = MOST_FOUND) -> list[Patron]:
    """Return who may be the same person as one about to be registered: the same reading and year, or telephone.

    Without a year on one side the reading alone is enough: to look costs less than a second card.
    """
    found = Patron.objects.alias(
        kana=folded("name_kana", spelling.KANA), number=folded("phone", spelling.PHONES)
    ).select_related("category")
    same_name = found.filter(kana=spelling.kana(name_kana))
    if birth_year is not None:
        same_name = same_name.filter(Q(birth_year=birth_year) | Q(birth_year=None))
    everybody = {each.pk: each for each in same_name.prefetch_related("cards")[:limit]}
    if plain := spelling.phone(phone):
        everybody |= {each.pk: each for each in found.filter(number=plain).prefetch_related("cards")[:limit]}
    return list(everybody.values())[:limit]


def history(patron: Patron, limit: int = 30) -> list[StaffAction]:
    """Return what staff did for a patron, the latest first, as long as the link is kept (OPS-5)."""
    return list(StaffAction.objects.filter(patron=patron).select_related("by").order_by("-at", "-id")[:limit])


def views_of_patrons(
    *, patron: Patron | None = None, username: str = "", before: int | None = None, limit: int = 100
) -> list[PatronView]:
    """Return who looked at whose record, the latest first: of one patron, by one clerk, or all (A227).

    `before` is the id of the last row of the page before.
    """
    found = PatronView.objects.select_related("by", "patron").order_by("-id")
    if patron is not None:
        found = found.filter(patron=patron)
    if username:
        found = found.filter(by__username=username)
    if before is not None:
        found = found.filter(pk__lt=before)
    return list(found[:limit])


def is_locked_out(patron: Patron) -> bool:
    """Tell the desk whether too many wrong passwords or codes keep this patron out at present (A223)."""
    number = patron.card_number
    if guessing.is_slowed(number) or guessing.is_slowed(guessing.code_of(number)):
        return True
    # The guard of log-in counts on the real clock, which is the database's, whatever day a rehearsal plays.
    failures = (
        AccessAttempt.objects.filter(username=number, attempt_time__gte=Now() - axes_settings.AXES_COOLOFF_TIME)
        .values("ip_address")
        .annotate(failures=Sum("failures_since_start"))
    )
    return any(source["failures"] >= axes_settings.AXES_FAILURE_LIMIT for source in failures)


# --- at night ------------------------------------------------------------------------------------------------------


def cards_lapsing_on(day: date) -> QuerySet[Patron]:
    """Return the patrons with a card in force that can no longer log in from `day` on, if it is not used (PAT-1)."""
    policy = PolicySettings.current()
    about = days.years_before(day, policy.card_lapse_years)
    # A leap day has neighbours that lapse with it, so ask the rule about each day around.
    last_uses = [
        last_use
        for last_use in days.each_day(about - timedelta(days=3), about + timedelta(days=3))
        if rules.card_lapses_on(last_use, policy) == day
    ]
    return Patron.objects.filter(last_used_on__in=last_uses, cards__ended_at=None, cards__isnull=False)
