"""What a patron asks for, from the search box and the detailed fields, before the database is asked.

In every text field, blanks stand between words that must all be there; "quotes" keep words together; OR stands between
alternatives and binds less than blanks or AND; NOT excludes the word after it. The three operators are in capitals. An
operator that has nothing to connect is a word like any other, so that no input is an error.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext as _

LONGEST_TEXT = 500
"""Characters of a field that are read; the rest is left aside, and the patron is told."""

MOST_WORDS = 20
"""Words of a field that are searched for, likewise."""


class Sort(StrEnum):
    """Orders of the results."""

    RELEVANCE = "relevance"
    YEAR = "year"  # newest first
    TITLE_KANA = "title_kana"
    HOLDS = "holds"  # most reserved first


@dataclass(frozen=True, slots=True)
class Term:
    """A word or a quoted phrase, as typed."""

    text: str
    is_excluded: bool = False


@dataclass(frozen=True, slots=True)
class Wish:
    """What one text field asks for: one of the alternatives, and of that all terms."""

    alternatives: tuple[tuple[Term, ...], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.alternatives)

    @property
    def wanted(self) -> Iterator[Term]:
        """The terms that are not excluded."""
        return (term for alternative in self.alternatives for term in alternative if not term.is_excluded)


@dataclass(frozen=True, slots=True)
class Query:
    """A search as asked; make it with `Query.parse`. `notices` are sentences about what was left aside."""

    text: str = ""
    words: Wish = Wish()
    title: Wish = Wish()
    author: Wish = Wish()
    publisher: Wish = Wish()
    subject: Wish = Wish()
    series: Wish = Wish()
    ndc: str = ""
    isbn: str = ""
    item_number: str = ""
    call_number: str = ""
    year_from: int | None = None
    year_to: int | None = None
    material: tuple[str, ...] = ()
    language: tuple[str, ...] = ()
    place: tuple[str, ...] = ()
    lendable_only: bool = False
    available_now: bool = False
    sort: Sort = Sort.RELEVANCE
    for_staff: bool = False
    notices: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str = "", *, for_staff: bool = False, **fields: object) -> Query:
        """Read a search from the box and from detailed fields, as they come from a form or from code.

        Fields: title, author, publisher, subject, series (texts like the box); ndc and call_number (beginnings); isbn;
        item_number; year_from, year_to; material, language, place (one value or several; a place is the section of a
        location); lendable_only, available_now; sort. `for_staff` finds bibs on order without items too (CAT-5).
        An unknown field is a TypeError, an unusable value is left aside with a notice.
        """
        notices: list[str] = []
        read: dict[str, object] = {"text": text[:LONGEST_TEXT], "words": wish(text, notices), "for_staff": for_staff}
        for name, value in fields.items():
            if name not in _READERS:
                raise TypeError(f"A search has no field {name!r}.")
            if value is not None and value != "":
                read[name] = _READERS[name](value, notices)
        return cls(**read, notices=tuple(dict.fromkeys(notices)))  # type: ignore[arg-type]

    @property
    def is_empty(self) -> bool:
        """Whether nothing is asked for; filters alone are a search, an order is none."""
        return not (self._wishes_anything or self._limits_anything)

    @property
    def wishes(self) -> dict[str, Wish]:
        """The text fields by their names, `words` for the search box."""
        return {name: getattr(self, name) for name in ("words", "title", "author", "publisher", "subject", "series")}

    @property
    def _wishes_anything(self) -> bool:
        return any(self.wishes.values())

    @property
    def _limits_anything(self) -> bool:
        values = (self.ndc, self.isbn, self.item_number, self.call_number, self.material, self.language, self.place)
        return any(values) or self.lendable_only or self.available_now or (self.year_from, self.year_to) != (None, None)


def wish(text: str, notices: list[str]) -> Wish:
    """Read the text of a field; what is too long is cut, with a notice.

    >>> wish('猫　犬 OR "赤い 鳥" NOT 青', []).alternatives  # doctest: +NORMALIZE_WHITESPACE
    ((Term(text='猫', is_excluded=False), Term(text='犬', is_excluded=False)),
     (Term(text='赤い 鳥', is_excluded=False), Term(text='青', is_excluded=True)))
    """
    if len(text) > LONGEST_TEXT:
        notices.append(_("検索語が長すぎるため、はじめの%(length)d文字で検索しました。") % {"length": LONGEST_TEXT})
    parts = [
        (quoted or plain, bool(quoted)) for quoted, plain in _PARTS.findall(text[:LONGEST_TEXT].translate(_QUOTES))
    ]
    if len(parts) > MOST_WORDS:
        notices.append(_("検索語が多すぎるため、はじめの%(count)d語で検索しました。") % {"count": MOST_WORDS})
    parts = parts[:MOST_WORDS]
    alternatives = _connected(parts)
    if any(all(term.is_excluded for term in alternative) for alternative in alternatives):
        alternatives = [[Term(part) for part, _quoted in parts]] if parts else []
    return Wish(tuple(tuple(dict.fromkeys(terms)) for terms in alternatives))


_QUOTES = str.maketrans(dict.fromkeys("“”„‟＂", '"'))
_PARTS = re.compile(r'"([^"]*[^"\s][^"]*)"|([^\s"]+)')


def _connected(parts: list[tuple[str, bool]]) -> list[list[Term]]:
    """Connect the parts, quoted or not, by the operators among them."""
    alternatives: list[list[Term]] = [[]]
    is_excluded = may_connect = False
    for place, (part, is_quoted) in enumerate(parts):
        operator = "" if is_quoted or place == len(parts) - 1 else unicodedata.normalize("NFKC", part)
        if operator == "NOT" and not is_excluded:
            is_excluded, may_connect = True, False
        elif operator in ("AND", "OR") and may_connect:
            may_connect = False
            if operator == "OR":
                alternatives.append([])
        else:
            alternatives[-1].append(Term(part, is_excluded))
            is_excluded, may_connect = False, True
    return alternatives if alternatives[0] else []


def _text(value: object, notices: list[str]) -> str:
    return str(value)[:LONGEST_TEXT].strip()


def _values(value: object, notices: list[str]) -> tuple[str, ...]:
    values = [value] if isinstance(value, str) or not isinstance(value, Iterable) else value
    return tuple(dict.fromkeys(text for one in values if (text := _text(one, notices))))[:MOST_WORDS]


def _year(value: object, notices: list[str]) -> int | None:
    text = unicodedata.normalize("NFKC", _text(value, notices))
    if re.fullmatch(r"\d{1,4}", text, re.ASCII):
        return int(text)
    notices.append(_("出版年は西暦の数字で入力してください。「%(year)s」は条件から外しました。") % {"year": text[:20]})
    return None


def _yes(value: object, notices: list[str]) -> bool:
    return str(value).lower() not in ("", "0", "false", "off", "no")


def _sort(value: object, notices: list[str]) -> Sort:
    return next((sort for sort in Sort if sort == value), Sort.RELEVANCE)


def _wish(value: object, notices: list[str]) -> Wish:
    return wish(str(value), notices)


_READERS = {
    **dict.fromkeys(("title", "author", "publisher", "subject", "series"), _wish),
    **dict.fromkeys(("ndc", "isbn", "item_number", "call_number"), _text),
    **dict.fromkeys(("year_from", "year_to"), _year),
    **dict.fromkeys(("material", "language", "place"), _values),
    **dict.fromkeys(("lendable_only", "available_now"), _yes),
    "sort": _sort,
}
