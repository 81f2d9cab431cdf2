"""Whether two databases hold the same: a hash over all tables, and which of them differ.

    exact()      every row of every table as it is, counted and hashed by PostgreSQL itself: a restored backup has this
    outcome()    what the library would call the same: no numbers of rows, no records of the machinery: what a job that
                 was killed and run again must have in common with one that ran through

Both return a `State`; `State.hash` is one line for the whole, `differences(one, other)` names tables and rows.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.apps import apps
from django.db import connection, models

from catalog.models import SearchDelta, SearchState
from circulation.models import Loan
from holds.models import Hold, Request
from notifications.models import Notice
from okalib.models import JobRun, Patron, RulesMark

OURS = ("okalib", "catalog", "notifications", "holds", "circulation", "delivery")

NOT_COMPARED = {
    # made anew at each attempt to send a letter; the letters themselves are compared where they arrive
    (Notice, "message_id"), (Notice, "text"), (Notice, "html"),
    # another one after each change of the rules, so that who remembers them asks again
    (RulesMark, "mark"),
    # counters of changes and merges, of which a killed transaction uses up some
    (SearchDelta, "stamp"), (SearchState, "generation"),
}  # fmt: skip

MENTIONED: dict[str, type[models.Model]] = {"hold": Hold, "loan": Loan, "patron": Patron, "request": Request}
"""Whose numbers stand in texts and in JSON, by the word before them."""

ROWS_SHOWN = 3


@dataclass(frozen=True)
class Rows:
    """What is in one table: how many rows, a hash over them in no order, and the rows where they were read."""

    number: int
    digest: str
    lines: Counter[str] | None = None


@dataclass(frozen=True)
class State:
    """What is in a database, table by table."""

    tables: dict[str, Rows]

    @cached_property
    def hash(self) -> str:
        """One hash for the whole."""
        return _digest(f"{name} {rows.number} {rows.digest}" for name, rows in sorted(self.tables.items()))


def differences(one: State, other: State) -> list[str]:
    """Name the tables in which two states differ, with the numbers of rows, and some rows where they are known."""
    found = []
    for name in sorted(one.tables.keys() | other.tables.keys()):
        mine, theirs = one.tables.get(name), other.tables.get(name)
        if mine is None or theirs is None:
            found.append(f"{name}: only in {'the second' if mine is None else 'the first'}")
        elif (mine.number, mine.digest) != (theirs.number, theirs.digest):
            found.append(f"{name}: {mine.number} and {theirs.number} rows{_examples(mine, theirs)}")
    return found


def _examples(mine: Rows, theirs: Rows) -> str:
    if mine.lines is None or theirs.lines is None:
        return ""
    missing, more = mine.lines - theirs.lines, theirs.lines - mine.lines
    signed = [("-", line) for line in missing.elements()][:ROWS_SHOWN]
    signed += [("+", line) for line in more.elements()][:ROWS_SHOWN]
    return "".join(f"\n  {sign} {line}" for sign, line in signed)


# --- every row as it is ----------------------------------------------------------------------------------------------


def exact() -> State:
    """Count and hash every table of the database, in one pass over each; of a transaction, what that one sees.

    The hash of a table is the sum of the 64-bit hashes of its rows: no order, no memory, no help against forgers.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename")
        names = [name for (name,) in cursor.fetchall()]
        tables = {}
        for name in names:
            cursor.execute(
                f"SELECT count(*), coalesce(sum(hashtextextended(row_::text, 0)::numeric), 0)"  # noqa: S608 - its name
                f" FROM {connection.ops.quote_name(name)} row_"
            )
            number, digest = cursor.fetchone()
            tables[name] = Rows(number, str(digest))
    return State(tables)


# --- what the library would call the same ----------------------------------------------------------------------------


def outcome(*, instants: bool = True, leaving_out: Collection[type[models.Model]] = ()) -> State:
    """Read every table of ours and say each row by what it means: a row it points to stands there by its meaning.

    Left out are the numbers of rows, since a killed transaction uses some up, and the records of jobs but for which of
    them have ended well for which day. Without `instants` a moment counts only as being there or not.
    For small libraries: all rows are read into memory.
    """
    reader = _Reader(instants=instants)
    ours = [model for label in OURS for model in apps.get_app_config(label).get_models(include_auto_created=True)]
    tables = {
        model._meta.db_table: reader.rows(model) for model in ours if model not in leaving_out and model is not JobRun
    }
    if JobRun not in leaving_out:
        done = JobRun.objects.filter(state="done").order_by().values_list("job", "day").distinct()
        tables[JobRun._meta.db_table] = _as_rows(f"{job} {day}" for job, day in done)
    return State(tables)


class _Reader:
    """Says rows by their meaning; each row is read once."""

    def __init__(self, *, instants: bool) -> None:
        self.instants = instants
        self._raw: dict[type[models.Model], dict[Any, dict[str, Any]]] = {}
        self._names: dict[tuple[type[models.Model], Any], str] = {}

    def rows(self, model: type[models.Model]) -> Rows:
        return _as_rows(self._line(model, row) for row in self._read(model).values())

    def _read(self, model: type[models.Model]) -> dict[Any, dict[str, Any]]:
        if model not in self._raw:
            fields = [field.attname for field in model._meta.concrete_fields]
            rows = model._base_manager.order_by().values(*fields)
            self._raw[model] = {_pk(model, row): row for row in rows}
        return self._raw[model]

    def _line(self, model: type[models.Model], row: dict[str, Any]) -> str:
        said = {
            field.name: self._said(field, row[field.attname])
            for field in model._meta.concrete_fields
            if not isinstance(field, models.AutoField) and (model, field.name) not in NOT_COMPARED
        }
        return json.dumps(said, ensure_ascii=False, sort_keys=True, default=_written)

    def _said(self, field: models.Field, value: Any) -> Any:
        if value is None:
            return None
        if isinstance(field, models.ForeignKey):
            return self._name(field.related_model, value)
        if isinstance(field, models.DateTimeField) and not self.instants:
            return "then"
        if isinstance(field, models.JSONField):
            return self._json(value)
        if isinstance(field, models.CharField) and field.name in ("key", "cause", "subject"):
            return self._text(value)
        return value

    def _name(self, model: Any, pk: Any) -> str:
        """A short name of a row of a model, made of what is in it; "gone" for one that is not there any more."""
        key = (model, pk)
        if key not in self._names:
            row = self._read(model).get(pk)
            self._names[key] = f"{model.__name__} {_digest([self._line(model, row)])[:12]}" if row else "gone"
        return self._names[key]

    def _json(self, value: Any, word: str = "") -> Any:
        if isinstance(value, dict):
            return {name: self._json(each, name) for name, each in value.items()}
        if isinstance(value, list):
            return [self._json(each, word) for each in value]
        model = MENTIONED.get(word.removesuffix("s"))
        return self._name(model, value) if model and isinstance(value, int) else value

    def _text(self, value: str) -> str:
        """`hold:5` and `ready:5:7:2026-12-03` with the meaning of the row, or without the number."""
        parts = value.split(":")
        for place, part in enumerate(parts):
            if re.fullmatch(r"\d+", part):
                model = MENTIONED.get(parts[place - 1]) if place else None
                parts[place] = self._name(model, int(part)) if model else "#"
        return ":".join(parts)


def _written(value: Any) -> str:
    return bytes(value).hex() if isinstance(value, (bytes, memoryview)) else str(value)


def _pk(model: type[models.Model], row: dict[str, Any]) -> Any:
    names = [field.attname for field in model._meta.pk_fields]
    return row[names[0]] if len(names) == 1 else tuple(row[name] for name in names)


def _as_rows(lines: Iterable[str]) -> Rows:
    counted = Counter(lines)
    return Rows(counted.total(), _digest(sorted(counted.elements())), counted)


def _digest(lines: Iterable[str]) -> str:
    mark = hashlib.sha256()
    for line in lines:
        mark.update(line.encode() + b"\n")
    return mark.hexdigest()
