"""Whether anything in the database still leads from a patron to a title: by keys, by texts, or by both in turns.

Rows are the knots of a net. A foreign key joins two of them, and so does a text that names a row, like the cause
"loan:12" of a notice. Whoever can walk from the patron to the title without passing through something that everybody
shares (a library, a day, a clerk) can tell what the patron has read.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field

from django.apps import apps
from django.db import connection, models

SHARED = {
    "okalib.library",
    "okalib.patroncategory",
    "okalib.jobrun",
    "catalog.location",
    "contenttypes.contenttype",
    "auth.group",
    "auth.permission",
    "delivery.deliveryrun",
}
"""What many patrons have in common leads nowhere."""

NAMED = {
    "loan": "circulation.loan",
    "hold": "holds.hold",
    "item": "catalog.item",
    "bib": "catalog.bib",
    "bag": "delivery.bag",
    "patron": "okalib.patron",
}
CAUSE = re.compile(rf"\b({'|'.join(NAMED)})s?[:=# ](\d+)\b")

Knot = tuple[str, object]


@dataclass
class Net:
    """The rows, what each is tied to, and what it says."""

    ties: dict[Knot, set[Knot]] = field(default_factory=lambda: defaultdict(set))
    words: dict[Knot, str] = field(default_factory=dict)

    def path(self, start: Knot, ends: set[Knot], says: tuple[str, ...] = ()) -> list[Knot]:
        """Return a way from a row to one of some others or to one that says certain words; empty if there is none."""
        came_from: dict[Knot, Knot | None] = {start: None}
        waiting = [start]
        for here in waiting:
            if here in ends or (here != start and any(word in self.words.get(here, "") for word in says)):
                return _way_back(came_from, here)
            for there in sorted(self.ties[here] - came_from.keys(), key=str):
                came_from[there] = here
                waiting.append(there)
        return []


def _way_back(came_from: dict[Knot, Knot | None], end: Knot) -> list[Knot]:
    way: list[Knot] = []
    here: Knot | None = end
    while here is not None:
        way.append(here)
        here = came_from[here]
    return way[::-1]


def net_of_everything(shared_users: set[object]) -> Net:
    """Read the whole database; `shared_users` are clerks, who have to do with everybody."""
    net = Net()
    for model in apps.get_models(include_auto_created=True):
        name = model._meta.label_lower
        if name in SHARED or model._meta.proxy or not model._meta.managed:
            continue
        keys = [each for each in model._meta.concrete_fields if isinstance(each, models.ForeignKey)]
        for row in model._base_manager.values():
            here = (name, row[model._meta.pk.attname])
            if name == "okalib.user" and here[1] in shared_users:
                continue
            net.words[here] = " ".join(str(value) for value in row.values())
            for key in keys:
                there = (key.related_model._meta.label_lower, row[key.attname])
                is_clerk = there[0] == "okalib.user" and there[1] in shared_users
                if there[1] is not None and there[0] not in SHARED and not is_clerk:
                    net.ties[here].add(there)
                    net.ties[there].add(here)
            texts = [str(value) for key, value in row.items() if not key.endswith("_id")]
            for kind, number in CAUSE.findall(" ".join(texts)):
                there = (NAMED[kind], int(number))
                net.ties[here].add(there)
                net.ties[there].add(here)
    return net


def tables_with_all_of(*groups: tuple[str, ...]) -> list[str]:
    """Return the rows of any table, ours or not, that say a word of each group; each as its table and its text."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT t::text FROM {connection.ops.quote_name(table)} t")  # noqa: S608
            rows = [row for (row,) in cursor.fetchall()]
            found += [f"{table}: {row}" for row in rows if all(any(word in row for word in group) for group in groups)]
    return found
