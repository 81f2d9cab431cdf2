"""A search as the address of its results says it: fields, order, page.

One search has one address. Parameters stand in the order of FIELDS, values of a field that takes several in their own
order, as they are read and not as they were typed; empty, unknown and unusable ones are left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _

from catalog.forms import readers
from catalog.search import Query, Sort

FIELDS: dict[str, readers.Reader] = {
    "q": readers.text,
    "title": readers.text,
    "author": readers.text,
    "publisher": readers.text,
    "subject": readers.text,
    "series": readers.text,
    "ndc": readers.ndc,
    "isbn": readers.isbn,
    "item_number": readers.item_number,
    "call_number": readers.text,
    "year_from": readers.year,
    "year_to": readers.year,
    "material": readers.material,
    "language": readers.language,
    "place": readers.text,
    "available": readers.yes,
    "lendable": readers.yes,
    "decade": readers.decade,
}
"""What can be asked for, in the order of the address."""

SEVERAL = ("material", "language", "place")
"""Fields that take several values, of which a title must have one."""

TYPED = ("ndc", "isbn", "item_number", "year_from", "year_to")
"""Fields in which people type what may not be usable; they are told, instead of finding something else."""

SORTS = (Sort.RELEVANCE, Sort.YEAR, Sort.TITLE_KANA, Sort.HOLDS)
PER_PAGE = (20, 50, 100)
LAST_PAGE = 1_000
LONGEST_VALUE = 600
MOST_VALUES = 20


@dataclass(frozen=True, slots=True)
class Chip:
    """A condition that is on, and the address without it."""

    text: str
    address: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A search as its address says it; every value is one of ours or left aside (A219).

    `values`: what is asked for, of FIELDS. `problems`: by field, why what was typed cannot be used. `is_untidy` says
    that the address has parameters that say nothing, as the form of a browser makes them.
    """

    values: dict[str, tuple[str, ...]] = field(default_factory=dict)
    sort: Sort = Sort.RELEVANCE
    per_page: int = PER_PAGE[0]
    page: int = 1
    problems: dict[str, str] = field(default_factory=dict)
    is_untidy: bool = False

    @classmethod
    def read(cls, data: QueryDict) -> Asked:
        """Read the parameters of an address; what cannot be read is left aside."""
        values: dict[str, tuple[str, ...]] = {}
        problems: dict[str, str] = {}
        for name, reader in FIELDS.items():
            usable: set[str] = set()
            typed = data.getlist(name) if name in SEVERAL else data.getlist(name)[-1:]
            for one in typed[:MOST_VALUES]:
                plain = one.replace("\0", "").strip()[:LONGEST_VALUE]
                try:
                    usable |= {reader(plain)} if plain else set()
                except ValidationError as error:
                    if name in TYPED:
                        problems[name] = error.messages[0]
            if usable:
                values[name] = tuple(sorted(usable))
        if not problems:
            try:
                readers.check_range(*(next(iter(values.get(name, ())), "") for name in ("year_from", "year_to")))
            except ValidationError as error:
                problems["year_to"] = error.messages[0]
        sort, per, page = data.get("sort", ""), data.get("per", ""), data.get("page", "")
        return cls(
            values=values,
            sort=Sort(sort) if sort in SORTS else Sort.RELEVANCE,
            per_page=int(per) if per in map(str, PER_PAGE) else PER_PAGE[0],
            page=min(int(page), LAST_PAGE) if page.isascii() and page.isdigit() and len(page) < 9 else 1,
            problems=problems,
            is_untidy=sort == Sort.RELEVANCE
            or per == str(PER_PAGE[0])
            or any(not one.strip() for name in data for one in data.getlist(name)),
        )

    @property
    def text(self) -> str:
        """What stands in the search box."""
        return self.value("q")

    @property
    def filters(self) -> list[tuple[str, str]]:
        """All that is asked for besides the search box: name and value, several of them where several are asked for."""
        return [(name, value) for name, values in self.values.items() if name != "q" for value in values]

    @property
    def is_empty(self) -> bool:
        """Whether nothing is asked for."""
        return not self.values

    def value(self, name: str) -> str:
        """Return the value of a field, "" where nothing is asked of it."""
        return next(iter(self.values.get(name, ())), "")

    def query(self) -> Query:
        """Return the search that the catalogue understands."""
        fields: dict[str, Any] = dict(self.values)
        for name, values in self.values.items():
            if name not in SEVERAL:
                fields[name] = values[0]
        text, decade = fields.pop("q", ""), fields.pop("decade", "")
        if decade:
            fields["year_from"] = str(max(int(fields.get("year_from", decade)), int(decade)))
            fields["year_to"] = str(min(int(fields.get("year_to", 9999)), int(decade) + 9))
        fields["available_now"] = fields.pop("available", "")
        fields["lendable_only"] = fields.pop("lendable", "")
        return Query.parse(text, sort=self.sort, **fields)

    def changed(self, **changes: str | tuple[str, ...] | None) -> Asked:
        """Return this search with some fields asked for otherwise or (None) no more, from page one."""
        asked = {name: self.values.get(name, ()) for name in FIELDS}
        for name, value in changes.items():
            asked[name] = (value,) if isinstance(value, str) else tuple(sorted(value or ()))
        return Asked({name: values for name, values in asked.items() if any(values)}, self.sort, self.per_page)

    def with_value(self, name: str, value: str) -> Asked:
        """Return this search narrowed by a value, or widened where the field takes several and has some already."""
        return self.changed(**{name: (*self.values.get(name, ()), value) if name in SEVERAL else value})

    def without(self, name: str, value: str | None = None) -> Asked:
        """Return this search without a value of a field, or without all of them."""
        return self.changed(**{name: tuple(one for one in self.values.get(name, ()) if value not in (None, one))})

    @property
    def conditions(self) -> str:
        """The query string of what is asked for, without order and page: two searches that ask alike have the same."""
        return urlencode([(name, value) for name, values in self.values.items() for value in values])

    @property
    def query_string(self) -> str:
        """The query string of this very page."""
        return urlencode(list(self._pairs()))

    def _pairs(self) -> Iterator[tuple[str, str]]:
        yield from ((name, value) for name, values in self.values.items() for value in values)
        if self.sort != Sort.RELEVANCE:
            yield "sort", self.sort.value
        if self.per_page != PER_PAGE[0]:
            yield "per", str(self.per_page)
        if self.page > 1:
            yield "page", str(self.page)

    def address(self, **changes: str | tuple[str, ...] | None) -> str:
        """Return the address, from the results page, of this search with some changes, from page one."""
        return f"?{self.changed(**changes).query_string}"

    def sorts(self) -> list[tuple[str, str, bool]]:
        """Return the orders to choose from: value, words, and whether it is the present one."""
        words = {
            Sort.RELEVANCE: _("関連の高い順"),
            Sort.YEAR: _("出版年の新しい順"),
            Sort.TITLE_KANA: _("書名の五十音順"),
            Sort.HOLDS: _("予約の多い順"),
        }
        return [(sort.value, words[sort], sort == self.sort) for sort in SORTS]

    def numbers_per_page(self) -> list[tuple[int, bool]]:
        """Return how many titles a page may have, and whether it is the present number."""
        return [(number, number == self.per_page) for number in PER_PAGE]
