"""Taking copies into the catalogue from a table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from enum import StrEnum

from django.utils.translation import gettext_lazy as _

from catalog.actions.appearances import note_appearances
from catalog.interchange import isbn
from catalog.interchange.item_table import ItemRow
from catalog.models import Bib, Item, Location
from catalog.rules import ITEM_NUMBER_LENGTH, CheckDigit, Whereabouts, check_digit
from okalib import days
from okalib.transactions import verb

_MARKS = ("shelf_mark", "class_mark", "book_mark", "volume_mark")


class ItemOutcome(StrEnum):
    """What became of a row."""

    NEW = "new"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


class ItemFault(Exception):  # noqa: N818 - a refusal by data, with a sentence for staff
    """A row that makes no item, and why."""

    NUMBER = _("資料番号が10桁の数字ではありません")
    CHECK_DIGIT = _("資料番号のチェックディジットが合いません")
    NO_BIB = _("該当する書誌がありません")
    SEVERAL_BIBS = _("該当する書誌が複数あります")
    LOCATION = _("配置場所が登録されていません")
    ARRIVED_ON = _("受入日を判別できません")
    LOANABILITY = _("貸出区分を判別できません")
    WHEREABOUTS = _("所在を判別できません")
    IN_USE = _("貸出中または予約棚にあるため書誌や所在を変更できません")
    TOO_LONG = _("請求記号が長すぎます")


def import_items(
    *, rows: Iterable[ItemRow], now: datetime, scheme: str = CheckDigit.MOD_10_WEIGHT_3
) -> Iterator[tuple[ItemRow, ItemOutcome | ItemFault]]:
    """Make or change the items that the rows describe, each in a transaction of its own; a bad row stops no other."""
    for row in rows:
        try:
            yield row, import_item(row=row, now=now, scheme=scheme)
        except ItemFault as fault:
            yield row, fault


@verb
def import_item(*, row: ItemRow, now: datetime, scheme: str = CheckDigit.MOD_10_WEIGHT_3) -> ItemOutcome:
    """Make the copy with the row's item number, or change what differs (CAT-2, CAT-3).

    A new copy arrives today unless the row names another day. Where a copy is and who has it is not changed by a table
    while it is on loan or bound to a reservation. Raises ItemFault.
    """
    _check(row, scheme)
    location = Location.objects.filter(code=row.location).first()
    if location is None:
        raise ItemFault(ItemFault.LOCATION, row.location)
    bib = Bib.objects.lock(_bib_id(row))
    item = Item.objects.select_for_update(of=("self",), no_key=True).filter(item_number=row.item_number).first()
    wanted = {
        "bib_id": bib.pk,
        "location_id": location.pk,
        "material_class": bib.material_class.value,
        "loanability": row.loanability.value if row.loanability else "",
        **{mark: getattr(row, mark) for mark in _MARKS},
    }
    if row.whereabouts:
        wanted["whereabouts"] = row.whereabouts
    if row.arrived_on:
        wanted["arrived_on"] = row.arrived_on
    if item is None:
        Item.objects.create(
            **{"item_number": row.item_number, "whereabouts_since": now, "arrived_on": days.day_of(now)} | wanted
        )
        note_appearances(bib_ids=[bib.pk], now=now)  # what was on order is found from now on (CAT-5)
        return ItemOutcome.NEW
    changes = {name: value for name, value in wanted.items() if getattr(item, name) != value}
    if not changes:
        return ItemOutcome.UNCHANGED
    if item.whereabouts in (Whereabouts.ON_LOAN, Whereabouts.SET_ASIDE) and changes.keys() & {"bib_id", "whereabouts"}:
        raise ItemFault(ItemFault.IN_USE, row.item_number)
    if "whereabouts" in changes:
        changes["whereabouts_since"] = now
    for name, value in changes.items():
        setattr(item, name, value)
    item.save(update_fields=list(changes))
    return ItemOutcome.UPDATED


def _check(row: ItemRow, scheme: str) -> None:
    number = row.item_number
    if not (number.isascii() and number.isdigit() and len(number) == ITEM_NUMBER_LENGTH):
        raise ItemFault(ItemFault.NUMBER, number)
    if scheme != CheckDigit.NONE and check_digit(number[:-1], scheme) != number[-1]:
        raise ItemFault(ItemFault.CHECK_DIGIT, number)
    if row.arrived_on is None:
        raise ItemFault(ItemFault.ARRIVED_ON)
    if row.loanability is None:
        raise ItemFault(ItemFault.LOANABILITY)
    if row.whereabouts is None:
        raise ItemFault(ItemFault.WHEREABOUTS)
    for field in Item._meta.concrete_fields:
        if field.name in _MARKS and len(getattr(row, field.name)) > (field.max_length or 0):
            raise ItemFault(ItemFault.TOO_LONG, getattr(row, field.name))


def _bib_id(row: ItemRow) -> int:
    """Return the bib that the row names by its source's number, else by ISBN, which may belong to several (CAT-1)."""
    if row.source_id:
        bibs = Bib.objects.filter(source_id=row.source_id)
        if row.source:
            bibs = bibs.filter(source=row.source)
    elif row.isbn:
        bibs = Bib.objects.filter(isbns__contains=[isbn.isbn13(row.isbn) or isbn.as_typed(row.isbn)])
    else:
        raise ItemFault(ItemFault.NO_BIB)
    found = list(bibs.order_by("pk").values_list("pk", flat=True)[:2])
    if not found:
        raise ItemFault(ItemFault.NO_BIB, row.source_id or row.isbn)
    if len(found) > 1:
        raise ItemFault(ItemFault.SEVERAL_BIBS, row.source_id or row.isbn)
    return found[0]
