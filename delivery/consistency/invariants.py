"""What an invariant is and how all of them are asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from string import Formatter

from django.db.models import QuerySet
from django.utils.functional import Promise

EXAMPLES = 5

Found = QuerySet | Sequence[str]
Find = Callable[[datetime], Found]


@dataclass(frozen=True, slots=True)
class Finding:
    """How often one invariant is broken, some examples without names or card numbers, and what to do about it."""

    name: str
    title: str
    count: int
    examples: tuple[str, ...]
    what_to_do: str

    @property
    def is_broken(self) -> bool:
        """Whether anything breaks it."""
        return self.count > 0


@dataclass(frozen=True, slots=True)
class Invariant:
    """Something that must be true; `find` returns what breaks it: rows that `example` names, or names."""

    name: str
    title: str | Promise
    what_to_do: str | Promise
    example: str
    find: Find

    def check(self, now: datetime) -> Finding:
        """Ask the database."""
        found = self.find(now)
        if isinstance(found, QuerySet):
            count = found.count()
            examples = self._examples(found) if count else ()
        else:
            count, examples = len(found), tuple(found[:EXAMPLES])
        return Finding(self.name, str(self.title), count, examples, str(self.what_to_do))

    def _examples(self, found: QuerySet) -> tuple[str, ...]:
        fields = [name for _text, name, _format, _conversion in Formatter().parse(self.example) if name]
        return tuple(self.example.format(**row) for row in found.values(*fields)[:EXAMPLES])


INVARIANTS: dict[str, Invariant] = {}


def invariant(*, title: str | Promise, what_to_do: str | Promise, example: str = "") -> Callable[[Find], Find]:
    """Enter a function as an invariant under its own name; `example` is a format over the fields of its rows."""

    def enter(find: Find) -> Find:
        INVARIANTS[find.__name__] = Invariant(find.__name__, title, what_to_do, example, find)
        return find

    return enter


def check(*, now: datetime) -> list[Finding]:
    """Ask every invariant, in the order in which they are written down."""
    return [each.check(now) for each in INVARIANTS.values()]
