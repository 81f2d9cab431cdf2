"""What a search asks for in words, as chips that take it off, and as facets that narrow it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from catalog import classes, queries
from catalog.forms import Asked, Chip
from catalog.search import Query, Results
from catalog.templatetags.catalog_words import (
    LANGUAGES,
    MATERIAL_NAMES,
    NDC_CLASSES,
    language_word,
    material_name,
    ndc_class,
)

SHOWN_VALUES = 8
MOST_VALUES = 40

SOURCES = {"material": "material", "place": "place", "ndc": "ndc1", "decade": "decade", "language": "language"}
"""The facet of the search in which the values of a field are counted."""


@dataclass(frozen=True, slots=True)
class FacetLink:
    """A value by which the results can be narrowed, or that narrows them and can be taken off.

    `count` is None where it would take too long to count.
    """

    words: str
    count: int | None
    address: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Facet:
    """A heading with its values: those to show, and those to show on demand."""

    name: str
    links: list[FacetLink]

    @property
    def shown(self) -> list[FacetLink]:
        """The first values, and every chosen one."""
        return [link for place, link in enumerate(self.links) if place < SHOWN_VALUES or link.is_chosen]

    @property
    def others(self) -> list[FacetLink]:
        """The rest."""
        return [link for place, link in enumerate(self.links) if place >= SHOWN_VALUES and not link.is_chosen]


class Narrowing:
    """A search as the reader sees it: in words, as chips that take a condition off, as facets that narrow it."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self._written: dict[str, Callable[[str], str]] = {
            "material": material_name,
            "place": self._section,
            "ndc": _class,
            "decade": _decade,
            "language": language_word,
            "available": lambda _value: _("今すぐ借りられる"),
            "lendable": lambda _value: _("貸出可のみ（貸出中も含む）"),
        }

    def in_words(self) -> str:
        """Write the search in one line, as titles of pages have it."""
        conditions = [self._condition(name, value) for name, value in self.asked.filters]
        return pgettext("between", "・").join([*([self.asked.text] if self.asked.text else []), *conditions])

    def chips(self) -> list[Chip]:
        """Return everything that is asked for besides the search box, each with the address that asks it no more."""
        asked = self.asked
        return [
            Chip(self._condition(name, value), asked.without(name, value).address()) for name, value in asked.filters
        ]

    @property
    def in_use(self) -> list[str]:
        """The fields with a facet by which the search is narrowed."""
        return [name for name in SOURCES if self.asked.value(name)]

    def beside(self) -> dict[str, Query]:
        """Return for the facets in use the search without it, so that their other values can be counted."""
        return {SOURCES[name]: self.asked.without(name).query() for name in self.in_use}

    def facets(self, found: Results) -> list[Facet]:
        """Return the facets of the results; one that is in use keeps its values, so that one can change one's mind."""
        asked = self.asked
        headings = {
            "material": _("資料種別"),
            "place": _("所蔵場所"),
            "ndc": _("分類"),
            "decade": _("出版年"),
            "language": _("言語"),
        }
        shown = [Facet(_("利用のしかた"), list(self._uses(found)))]
        for name, heading in headings.items():
            values = found.beside.get(SOURCES[name]) or found.facets[SOURCES[name]]
            counts: dict[str, int | None] = {one.value: one.count for one in values[:MOST_VALUES]}
            counts |= {value: None for value in asked.values.get(name, ()) if value not in counts}
            if name in self.in_use and not found.beside[SOURCES[name]]:
                # Without this condition it is the whole catalogue, which no page counts.
                counts |= {value: None for value in _known(name) if value not in counts}
            if len(counts) > 1 or name in self.in_use:
                shown.append(Facet(heading, [self._link(name, value, count) for value, count in counts.items()]))
        return [facet for facet in shown if facet.links]

    def _uses(self, found: Results) -> Iterator[FacetLink]:
        for name in ("available", "lendable"):
            count = next((one.count for one in found.facets[name]), 0)
            if count or self.asked.value(name):
                yield self._link(name, "1", count)

    def _link(self, name: str, value: str, count: int | None) -> FacetLink:
        is_chosen = value in self.asked.values.get(name, ())
        other = self.asked.without(name, value) if is_chosen else self.asked.with_value(name, value)
        return FacetLink(self._value(name, value), count, other.address(), is_chosen)

    def _condition(self, name: str, value: str) -> str:
        """Write one condition so that it is understood alone."""
        labels = {
            "title": _("書名：%(value)s"),
            "author": _("著者：%(value)s"),
            "publisher": _("出版者：%(value)s"),
            "subject": _("件名：%(value)s"),
            "series": _("シリーズ：%(value)s"),
            "isbn": _("ISBN：%(value)s"),
            "item_number": _("資料番号：%(value)s"),
            "call_number": _("請求記号：%(value)s"),
            "year_from": _("%(value)s年から"),
            "year_to": _("%(value)s年まで"),
        }
        return labels.get(name, "%(value)s") % {"value": self._value(name, value)}

    def _value(self, name: str, value: str) -> str:
        return self._written.get(name, str)(value)

    def _section(self, section: str) -> str:
        return self._sections_in_english.get(section) or section

    @cached_property
    def _sections_in_english(self) -> dict[str, str]:
        sections = queries.sections() if _is_english() else {}
        return {section: location.section_en for section, location in sections.items()}


def _is_english() -> bool:
    return (get_language() or "ja").startswith("en")


def _known(name: str) -> list[str]:
    if name == "place":
        return list(queries.sections())
    return {"material": list(MATERIAL_NAMES), "language": list(LANGUAGES), "ndc": list(NDC_CLASSES)}.get(name, [])


def _decade(decade: str) -> str:
    return _("%(first)s–%(last)d年") % {"first": decade, "last": int(decade) + 9}


def _class(notation: str) -> str:
    if len(notation) == 1:
        return ndc_class(notation)
    known = classes.find(notation)
    name = (known.en if _is_english() else known.ja) if known else ""
    return _("分類：%(value)s") % {"value": f"{notation} {name}".strip()}
