"""How a race has ended: all that can be seen of the house, without numbers and moments that differ each time."""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterable
from typing import Any

from catalog.models import Item
from circulation.models import Loan
from delivery.models import Bag, RunException, SlipLine
from holds.models import Hold, PullLine
from notifications.models import Notice
from okalib.rehearsal.soak.asking import ask
from okalib.rehearsal.soak.house import House, table_of

End = Hashable
Row = dict[str, Any]
Seen = tuple[object, ...]

LOOKED_AT = (Item, Hold, Loan, Bag, SlipLine, RunException, Notice, PullLine)
QUESTION = "SELECT " + ", ".join(f'(SELECT json_agg(row)::text FROM "{table_of(model)}" row)' for model in LOOKED_AT)


def end_of(house: House) -> End:
    """Return how things stand, in words that two races can have in common; asked in one question."""
    (answer,) = ask(QUESTION)
    items, holds, loans, bags, lines, left, notices, pulled = (json.loads(rows or "[]") for rows in answer)
    sight = _Sight(house, {hold["id"]: hold for hold in holds}, {loan["id"]: loan for loan in loans}, lines)
    in_order = [sight.hold(hold) for hold in sorted(holds, key=lambda hold: (hold["queue_at"], hold["id"]))]
    return (
        ("items", *(sight.item(item) for item in sorted(items, key=lambda item: item["id"]))),
        ("queue", *(hold for hold in in_order if hold[1] == "waiting")),
        ("holds", *_sorted(in_order)),
        ("loans", *_sorted(map(sight.loan, loans))),
        ("bags", *_sorted(map(sight.bag, bags))),
        ("left", *_sorted(map(sight.left_over, left))),
        ("notices", *_sorted(map(sight.notice, notices))),
        ("to fetch", *_sorted(map(sight.pulled, pulled))),
    )


def _sorted(seen: Iterable[Seen]) -> list[Seen]:
    return sorted(seen, key=repr)


class _Sight:
    """Says of rows what they are about, by the places that things have in the house."""

    def __init__(self, house: House, holds: dict[int, Row], loans: dict[int, Row], lines: list[Row]) -> None:
        self.titles = {bib.pk: f"title {number}" for number, bib in enumerate(house.titles)}
        self.copies = {copy.pk: f"copy {number}" for number, copy in enumerate(house.copies)}
        names = ("first", "second", "third", "visitor")
        self.people = {patron.pk: name for patron, name in zip(house.patrons, names, strict=True)}
        self.places = {house.home.pk: "home", house.branch.pk: "branch"}
        self.holds, self.loans, self.lines = holds, loans, lines

    def item(self, item: Row) -> Seen:
        is_to_clear = item["clearance_since"] is not None
        return (
            *(item["whereabouts"], self.people.get(item["holder_id"]), item["due_on"], item["received_on"]),
            *(is_to_clear, item["is_damaged"]),
        )

    def hold(self, hold: Row) -> Seen:
        marks = (hold[name] is not None for name in ("paused_at", "relabel_since", "secured_at"))
        return (
            *(self.titles[hold["bib_id"]], hold["state"], self.people.get(hold["patron_id"])),
            *(self.copies.get(hold["item_id"]), self.places[hold["pickup_at_id"]], *marks),
            *(hold["announced_on"], hold["keep_until"], hold["extensions"], hold["end_reason"]),
        )

    def loan(self, loan: Row) -> Seen:
        return (
            *(self.copies[loan["item_id"]], self.people.get(loan["patron_id"]), loan["channel"], loan["due_on"]),
            *(loan["renewals"], loan["received_on"], loan["returned_on"], loan["is_annulled"]),
        )

    def bag(self, bag: Row) -> Seen:
        lines = [self.loans[line["loan_id"]] for line in self.lines if line["bag_id"] == bag["id"]]
        copies = sorted(self.copies[loan["item_id"]] for loan in lines)
        is_sealed = bag["sealed_at"] is not None
        return self.places[bag["library_id"]], bag["state"], bag["keep_until"], is_sealed, *copies

    def left_over(self, left: Row) -> Seen:
        hold = self.holds[left["hold_id"]]
        return self.titles[hold["bib_id"]], self.people.get(hold["patron_id"]), *left["codes"]

    def notice(self, notice: Row) -> Seen:
        return notice["kind"], self.people.get(notice["patron_id"]), notice["state"]

    def pulled(self, line: Row) -> Seen:
        return self.copies[line["item_id"]], line["outcome"], line["is_addition"]
