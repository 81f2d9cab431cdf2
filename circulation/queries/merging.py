"""What becomes of everything that hangs on a patron, when two records turn out to be one person.

Every table that points at a patron is asked, also those of apps above and those that are yet to be written: without a
word here its rows move. So the preview names everything, and the verb does what the preview says.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import Any

from django.db.models import QuerySet

from circulation.models import Loan
from holds import queries as holds
from holds.models import Hold
from okalib.models import Patron
from okalib.rules import MaterialClass

LEFT_BEHIND = {"okalib.Activation", "okalib.PasswordLink", "circulation.CalendarFeed"}
"""What belongs to a log-in that ends, and would open a door to the one that stays."""

ONE_OF_EACH = {"catalog.SavedSearch": "address", "holds.BasketLine": "bib_id", "circulation.RestPeriod": "bib_id"}
"""What a patron has once for each …: what the record that stays has already is not moved."""

READING_RECORD = "circulation.ReadingRecord"
RESERVATIONS = "holds.Hold"
UNSAID = {"catalog.Item", "circulation.ReadingRecord"}
"""Items move with their loans; how much somebody reads is nobody's business (RET-5)."""


@dataclass(frozen=True, slots=True)
class Part:
    """The rows of one table that hang on the record that ends."""

    label: str
    words: Any
    link: str
    moved: QuerySet[Any]
    dropped: QuerySet[Any]


@dataclass(frozen=True, slots=True)
class Line:
    """What the preview says of one table."""

    words: Any
    moved: int
    dropped: int


@dataclass(frozen=True, slots=True)
class Merging:
    """Everything that is shown before two records become one; `mark` changes with any of it."""

    stays: Patron
    ends: Patron
    lines: list[Line]
    loans: list[Loan]
    holds: list[Hold]
    ended_holds: list[tuple[Hold, Hold]]
    over_limits: list[tuple[str, str, int, int]] = field(default_factory=list)
    reading_record_moves: bool = False
    reading_record_ends: bool = False
    filled_in: list[str] = field(default_factory=list)
    mark: str = ""


def parts(stays: Patron, ends: Patron) -> list[Part]:
    """Return the rows to be moved and to be dropped, table by table; reservations ended before count as ended."""
    found = []
    for relation in Patron._meta.get_fields(include_hidden=True):
        if not (relation.auto_created and (relation.one_to_many or relation.one_to_one)):
            continue
        model, link = relation.related_model, relation.field.name  # type: ignore[union-attr]
        rows = model._base_manager.filter(**{link: ends})  # type: ignore[union-attr]
        label, nothing = model._meta.label, rows.none()  # type: ignore[union-attr]
        moved, dropped = rows, nothing
        if label in LEFT_BEHIND or (label == READING_RECORD and not _both_keep(stays, ends)):
            moved, dropped = nothing, rows
        elif label in ONE_OF_EACH:
            key = ONE_OF_EACH[label]
            there = model._base_manager.filter(**{link: stays}).values(key)  # type: ignore[union-attr]
            moved, dropped = rows.exclude(**{f"{key}__in": there}), rows.filter(**{f"{key}__in": there})
        found.append(Part(label, model._meta.verbose_name, link, moved, dropped))  # type: ignore[union-attr]
    return found


def merging(stays: Patron, ends: Patron) -> Merging:
    """Return what becoming one means, for the preview: what moves, what ends, which limits are exceeded."""
    lines = [
        Line(part.words, part.moved.count(), part.dropped.count())
        for part in parts(stays, ends)
        if part.label not in UNSAID
    ]
    loans = list(Loan.objects.open().filter(patron=ends).select_related("item__bib").order_by("due_on", "id"))
    pairs = holds.reserved_by_both(stays, ends)
    ending = {gone.pk for _kept, gone in pairs}
    reserved = [hold for hold in holds.of_patron(ends) if hold.pk not in ending]
    shown = Merging(
        stays=stays,
        ends=ends,
        lines=[line for line in lines if line.moved or line.dropped],
        loans=loans,
        holds=reserved,
        ended_holds=pairs,
        over_limits=_over_limits(stays, loans, [*reserved, *holds.of_patron(stays)], ending),
        reading_record_moves=ends.keeps_reading_record and stays.keeps_reading_record,
        reading_record_ends=ends.keeps_reading_record and not stays.keeps_reading_record,
        filled_in=[str(Patron._meta.get_field(name).verbose_name) for name in blank_fields(stays, ends)],  # type: ignore[union-attr]
    )
    return replace(shown, mark=_mark(shown))


def blank_fields(stays: Patron, ends: Patron) -> list[str]:
    """Return the fields that only the record that ends has filled in."""
    names = ("birth_year", "area", "contact_person", "email", "phone", "valid_until")
    return [name for name in names if getattr(ends, name) and not getattr(stays, name)]


def _both_keep(stays: Patron, ends: Patron) -> bool:
    """Whether both have asked for a reading record; else nobody has asked for the one of both (RET-5)."""
    return stays.keeps_reading_record and ends.keeps_reading_record


def _over_limits(
    stays: Patron, loans: list[Loan], holds_of_both: list[Hold], ending: set[int]
) -> list[tuple[str, str, int, int]]:
    limits, own = stays.category.limits(), list(Loan.objects.open().filter(patron=stays))
    reserved = [hold for hold in holds_of_both if hold.pk not in ending]
    found = []
    for name in MaterialClass:
        lent = sum(loan.material_class == name for loan in [*own, *loans])
        waiting = sum(hold.material_class == name for hold in reserved)
        found += [("loans", str(name), lent, limits.loans(name))] if lent > limits.loans(name) else []
        found += [("holds", str(name), waiting, limits.holds(name))] if waiting > limits.holds(name) else []
    return found


def _mark(shown: Merging) -> str:
    said = [
        shown.stays.pk,
        shown.ends.pk,
        *((str(line.words), line.moved, line.dropped) for line in shown.lines),
        *(loan.pk for loan in shown.loans),
        *((hold.pk, hold.state) for hold in shown.holds),
        *((kept.pk, gone.pk) for kept, gone in shown.ended_holds),
        shown.reading_record_moves,
        shown.reading_record_ends,
    ]
    return hashlib.sha256(repr(said).encode()).hexdigest()[:16]
