"""What every floor of the house needs to decide: refusals, the library's policy, the patron's card.

CAL-1  A library is open by a weekly pattern of hours; weekends and holidays have hours of their own (`okalib.days`).
CAL-2  A holiday on a weekly closed day is open, and the next day that is no holiday is closed in its place.
CAL-3  Some days of every year are closed, or have hours of their own.
CAL-4  An exception of one library's calendar beats its pattern and touches no other library.
CAL-5  An open day is one of the library that a rule is about.
CAL-6  A calendar without an open day within 400 days says so; nothing looks for one for ever, or gives up in silence.
CAL-7  National holidays come from a maintained package and may be edited by staff.
PAT-1  A card that was not used for two years lapses; using it keeps it alive.
PAT-2  A lost card dies at once; loans and reservations stay with the patron.
PAT-3  The first password comes by an activation code of the counter that expires.
PAT-4  A notice without a working address goes on the phone list, never nowhere.
PAT-5  Limits come from the patron's category.
REQ-2  Opening hours, pickup libraries, questions with answers and telephone numbers stand on pages of their own.
OPS-1  The timetable asks the calendar whether there is work today.
OPS-2  A job may run again, late, twice or be killed: the end is the same.
OPS-3  Every job can be run by hand for a given day.
OPS-5  What staff decide is written down: who, when, what and why.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from okalib import days
from okalib.numbers import CheckDigit


class Severity(StrEnum):
    """How much a refusal weighs at the desk."""

    WARNING = "warning"  # done, but look
    OVERRIDABLE = "overridable"  # not done; staff with the right may go on, with a reason
    STOP = "stop"  # not done


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason why something is not done: a code for machines, a sentence for people in two languages."""

    code: str
    text: str
    text_en: str
    severity: Severity = Severity.STOP

    def in_language(self, language: str) -> str:
        """Return the sentence for a reader of `language` ("ja", "en", …)."""
        return self.text_en if language.startswith("en") else self.text


def in_the_way(refusals: Iterable[Refusal]) -> list[Refusal]:
    """Return the refusals that stop a verb; warnings do not."""
    return [refusal for refusal in refusals if refusal.severity is not Severity.WARNING]


class Refused(Exception):  # noqa: N818 - a refusal is an answer, not an error
    """A verb did nothing, for the reasons it carries; all of them at once (HLD-3)."""

    def __init__(self, refusals: Iterable[Refusal]) -> None:
        self.refusals = list(refusals)
        super().__init__("; ".join(refusal.code for refusal in self.refusals))

    @property
    def codes(self) -> set[str]:
        """The reasons as codes."""
        return {refusal.code for refusal in self.refusals}


@dataclass(frozen=True, slots=True)
class Override:
    """A staff member's decision to go on in spite of overridable refusals (LIM-4): by whom is the verb's `by`."""

    reason: str
    codes: frozenset[str] | None = None  # None: whatever stands in the way and can be overridden

    def covers(self, refusal: Refusal) -> bool:
        """Tell whether this decision goes over that refusal."""
        return refusal.severity is Severity.OVERRIDABLE and (self.codes is None or refusal.code in self.codes)


class MaterialClass(StrEnum):
    """What the limits count apart (CAT-4)."""

    PRINT = "print"
    AV = "av"


class Channel(StrEnum):
    """Where a loan is made (LON-2)."""

    COUNTER = "counter"
    PICKUP = "pickup"
    POST = "post"


class RenewalBase(StrEnum):
    """From which day a renewed loan counts (REN-1)."""

    RENEWAL_DAY = "renewal_day"
    DUE_DATE = "due_date"


@dataclass(frozen=True, slots=True)
class Policy:
    """The numbers of the library's policy, edited in the admin; in days unless the name says otherwise."""

    loan_days: int = 15
    renewal_days: int = 15
    max_renewals: int = 1
    renewal_opens_days_before: int = 1
    renewal_base: str = RenewalBase.RENEWAL_DAY
    renewal_counts_free_copies: bool = False
    renewal_refused_when_overdue: bool = True
    due_on_open_day: bool = True
    disputed_loans_count: bool = True  # against the limit of loans
    rest_days: int = 7
    shelf_days: int = 7
    shelf_extensions: int = 1
    card_lapse_years: int = 2
    card_lapse_warning_days: int = 30
    activation_code_days: int = 14
    password_link_hours: int = 24
    password_links_per_day: int = 3
    shared_idle_minutes: int = 10
    own_device_days: int = 14
    staff_idle_hours: int = 8
    delivered_due_days: int = 14
    due_soon_days: int = 3
    overdue_days: tuple[int, ...] = (7, 14, 30)
    holds_on_damaged: bool = False
    item_check_digit: str = CheckDigit.MOD_10_WEIGHT_3
    holds_ended_kept_days: int = 35
    notices_kept_days: int = 60
    saved_searches_most: int = 30  # of one patron
    saved_searches_kept_days: int = 90  # after the card has lapsed
    new_titles_listed: int = 10  # of one search in one mail
    staff_actions_kept_days: int = 1095
    staff_actions_patron_days: int = 90
    staff_second_factor: bool = False
    counter_phone: str = ""
    cooperation_phone: str = ""


@dataclass(frozen=True, slots=True)
class Limits:
    """How many a patron of a category may have on loan and reserved at once (LIM-1, LIM-2, PAT-5)."""

    loans_print: int = 10
    loans_av: int = 5
    holds_print: int = 10
    holds_av: int = 5
    holds_per_day: int | None = None  # None: unlimited, 0: none (A15)

    def loans(self, material_class: str) -> int:
        """The limit of loans for "print" or "av"."""
        return self.loans_av if material_class == MaterialClass.AV else self.loans_print

    def holds(self, material_class: str) -> int:
        """The limit of open reservations for "print" or "av"."""
        return self.holds_av if material_class == MaterialClass.AV else self.holds_print


MATERIAL_CLASS_JA = {MaterialClass.PRINT: "図書・雑誌", MaterialClass.AV: "視聴覚資料"}
MATERIAL_CLASS_EN = {MaterialClass.PRINT: "books and magazines", MaterialClass.AV: "audio-visual items"}


def not_for_category(code: str, deed: str, deed_en: str, material_class: MaterialClass) -> Refusal:
    """The refusal where a patron's category may have none of a class at all, a limit of nought (A11, PAT-5)."""
    return Refusal(
        code,
        f"お使いの利用者区分では、{MATERIAL_CLASS_JA[material_class]}の{deed}はできません。",
        f"{MATERIAL_CLASS_EN[material_class].capitalize()} cannot be {deed_en} with your kind of card.",
        Severity.OVERRIDABLE,
    )


def card_lapses_on(last_used_on: date, policy: Policy) -> date:
    """Return the first day on which a card last used on `last_used_on` can no longer log in (PAT-1)."""
    return days.plus(days.years_after(last_used_on, policy.card_lapse_years), 1)


def is_lapsed(last_used_on: date, today: date, policy: Policy) -> bool:
    """Tell whether the card has lapsed by `today` (PAT-1)."""
    return today >= card_lapses_on(last_used_on, policy)


def card_lapsed(policy: Policy) -> Refusal:
    """The refusal for a lapsed card: it says whom to call (PAT-1)."""
    phone, phone_en = (
        (f"（電話 {policy.counter_phone}）", f" ({policy.counter_phone})") if policy.counter_phone else ("", "")
    )
    return Refusal(
        "card_lapsed",
        f"利用者カードの有効期限が切れています。総合カウンター{phone}で更新の手続きをお願いします。",
        f"The library card has lapsed. Please have it renewed at the general counter{phone_en}.",
        Severity.OVERRIDABLE,
    )


class BlockKind(StrEnum):
    """What a block of a patron stops (A18)."""

    HOLDS = "holds"
    LOANS = "loans"
    EVERYTHING = "everything"


def blocked(kind: BlockKind, until_on: date | None) -> Refusal:
    """The refusal for a manual block; the reason itself is told at the counter only (A18, A19)."""
    until = f"（{until_on:%Y年%-m月%-d日}まで）" if until_on else ""
    until_en = f" (until {until_on:%Y-%m-%d})" if until_on else ""
    what = {"holds": "予約", "loans": "貸出", "everything": "予約と貸出"}[kind]
    what_en = {"holds": "Reserving", "loans": "Borrowing", "everything": "Reserving and borrowing"}[kind]
    return Refusal(
        f"blocked_{kind}",
        f"現在、{what}を停止しています{until}。総合カウンターにお問い合わせください。",
        f"{what_en} is suspended at present{until_en}. Please ask at the general counter.",
        Severity.OVERRIDABLE,
    )


class FigureName(StrEnum):
    """What is counted day by day (RET-5)."""

    LOANS = "loans"
    RESERVATIONS = "reservations"
    DELIVERIES = "deliveries"
    WAITED = "waited"
    ITEMS = "items"


class JobState(StrEnum):
    """How a run of a job ended."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


def activation_expires_at(issued_at: datetime, policy: Policy) -> datetime:
    """Return the moment at which an activation code dies (PAT-3)."""
    return issued_at + timedelta(days=policy.activation_code_days)


def password_link_expires_at(asked_at: datetime, policy: Policy) -> datetime:
    """Return the moment at which a mailed link to a new password dies (PAT-3)."""
    return asked_at + timedelta(hours=policy.password_link_hours)


def age_band(birth_year: int | None, today: date) -> str:
    """Return the ten-year band that statistics keep instead of a person (RET-5): "", "0-9", …, "90+"."""
    if birth_year is None:
        return ""
    tens = min(max(today.year - birth_year, 0) // 10 * 10, 90)
    return "90+" if tens == 90 else f"{tens}-{tens + 9}"
