"""Looking around without a word to search for: what is new, what is reserved most, by class, along the shelf."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from catalog import classes as ndc
from catalog import queries
from catalog.classes import NdcClass
from holds import queries as holds
from okalib.web import found_or_404, public_page

ARRIVALS_PER_PAGE = 20
MOST_RESERVED_SHOWN = 30
MOST_RESERVED_ASKED = 60  # some of them patrons may not see any more
MOST_RESERVED_KEPT = 60 * 60  # seconds
SHELF_SHOWN = 20  # to each side


@require_safe
@public_page
def browse(request: HttpRequest) -> HttpResponse:
    """Offer the ways to look around."""
    return render(request, "catalog/browse.html", {"main_classes": _counted(ndc.main_classes())})


@require_safe
@public_page
def new_arrivals(request: HttpRequest) -> HttpResponse:
    """Show the titles that came last, by the day on which they came, all or those of one kind."""
    asked = request.GET.get("material", "").replace("\x00", "")
    cursor = _cursor(request.GET.get("after", ""))
    found = queries.arrivals(ARRIVALS_PER_PAGE, material=asked, after=cursor)
    rows = _rows(queries.bibs_in_order(one.bib_id for one in found.shown))
    shown = [(one.day, rows[one.bib_id]) for one in found.shown if one.bib_id in rows]
    last = found.shown[-1] if found.has_more else None
    context = {
        "days": [(day, [row for _day, row in each]) for day, each in groupby(shown, key=lambda pair: pair[0])],
        "materials": sorted(found.by_material.items(), key=lambda pair: (-pair[1], pair[0])),
        "total": sum(found.by_material.values()),
        "material": asked,
        "is_first_page": cursor is None,
        "next_after": f"{last.day:%Y%m%d}-{last.item_id}" if last else "",
    }
    return render(request, "catalog/new_arrivals.html", context)


def _cursor(text: str) -> tuple[date, int] | None:
    """Read the day and the item of the last arrival shown; what cannot be read is the beginning (A219)."""
    found = re.fullmatch(r"(\d{4})(\d{2})(\d{2})-(\d{1,18})", text, re.ASCII)
    try:
        return (date(*map(int, found.groups()[:3])), int(found[4])) if found else None
    except ValueError:
        return None


@require_safe
@public_page
def most_reserved(request: HttpRequest) -> HttpResponse:
    """Show the titles with the most open reservations, how many copies they have and how many wait (CAT-7)."""
    demands = cache.get_or_set("most_reserved", lambda: holds.most_reserved(MOST_RESERVED_ASKED), MOST_RESERVED_KEPT)
    rows = _rows(queries.bibs_in_order(one.bib_id for one in demands or []))
    shown = [rows[one.bib_id] | {"demand": one} for one in demands or [] if one.bib_id in rows]
    return render(request, "catalog/most_reserved.html", {"rows": shown[:MOST_RESERVED_SHOWN]})


@require_safe
@public_page
def classes(request: HttpRequest, notation: str = "") -> HttpResponse:
    """Show a class with those under it and the way up; without a notation the ten main classes."""
    chosen = found_or_404(ndc.find(notation)) if notation else None
    before, after = ndc.beside(notation) if chosen else (None, None)
    narrower = _counted(ndc.narrower(notation))
    context = {
        "chosen": chosen,
        "count": _counted([chosen])[0].count if chosen else None,
        "broader": ndc.broader(notation),
        "narrower": narrower,
        "is_counted": any(one.count for one in narrower),
        "before": before,
        "after": after,
    }
    return render(request, "catalog/classes.html", context)


@dataclass(frozen=True, slots=True)
class CountedClass:
    """A class and the number of its titles as counted last night."""

    ndc: NdcClass
    count: int


def _counted(found: Sequence[NdcClass]) -> list[CountedClass]:
    counts = queries.class_counts(found)
    return [CountedClass(one, counts.get(one.notation, 0)) for one in found]


@require_safe
@public_page
def shelf(request: HttpRequest) -> HttpResponse:
    """Show what stands around a copy in its location, in the order of the shelf (書架をながめる)."""
    asked = request.GET.get("at", "").replace("\x00", "").strip()[:100]
    place = request.GET.get("place", "").replace("\x00", "")
    here = queries.item_at(asked, place) if asked or place else None
    context: dict[str, Any] = {"asked": asked, "place": place, "places": queries.places_with_items(), "here": here}
    if here is not None:
        around = queries.shelf_neighbours(here, SHELF_SHOWN, SHELF_SHOWN)
        copies = [*around.before, here, *around.after]
        rows = _rows([copy.bib for copy in copies])
        context |= {
            "rows": [rows[copy.bib_id] | {"item": copy} for copy in copies if copy.bib_id in rows],
            "first": around.before[0] if len(around.before) == SHELF_SHOWN else None,
            "last": around.after[-1] if len(around.after) == SHELF_SHOWN else None,
        }
    return render(request, "catalog/shelf.html", context)


def _rows(bibs: Sequence[Any]) -> dict[int, dict[str, object]]:
    """Return by id for those of some titles that patrons may see what a list says of each, in two queries (A221)."""
    bib_ids = [bib.pk for bib in bibs]
    availabilities = queries.availabilities(bib_ids)
    waiting = holds.number_of_holds(bib_ids)
    return {
        bib.pk: {"bib": bib, "availability": availabilities.get(bib.pk), "waiting": waiting.get(bib.pk, 0)}
        for bib in bibs
        if not bib.is_suppressed and (bib.pk in availabilities or not bib.is_on_order)
    }
