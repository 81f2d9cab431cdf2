"""The results of a search: a page of titles, and a way on where nothing was found."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from catalog import queries
from catalog.forms import Asked, Chip
from catalog.search import Results, search, similar_spellings
from catalog.views.narrowing import Narrowing
from circulation import queries as loans
from holds import queries as holds
from okalib import queries as house
from okalib.leafing import Pages
from okalib.web import patron_of, public_page

MOST_WORDS_TO_DROP = 6


@dataclass(frozen=True, slots=True)
class WaysOn:
    """Where to go from a search that found nothing: each a text and an address.

    `spellings` find something; `shorter` leave out one word, `wider` one condition; `elsewhere` is what to ask other
    libraries.
    """

    spellings: list[Chip] = field(default_factory=list)
    shorter: list[Chip] = field(default_factory=list)
    wider: list[Chip] = field(default_factory=list)
    elsewhere: str = ""


@require_safe
@public_page
def results(request: HttpRequest) -> HttpResponse:
    """Show what a search finds, each title with one line on whether it can be had (CAT-5, CAT-6).

    What cannot be used is said in the form with all fields; an address with parameters that say nothing leads to the
    one without them.
    """
    asked = Asked.read(request.GET)
    if asked.problems:
        return redirect(f"{reverse('detailed_search')}?{request.GET.urlencode()}")
    if asked.is_untidy:
        return redirect(f"{reverse('search')}?{asked.query_string}".removesuffix("?"))
    narrowing = Narrowing(asked)
    found = search(
        asked.query(),
        page=asked.page,
        per_page=asked.per_page,
        demand=holds.demand(),
        beside=narrowing.beside(),
    )
    nothing_found = not (found.total or asked.is_empty)
    context = {
        "asked": asked,
        "found": found,
        "canonical": replace(asked, page=found.page).query_string,  # beyond the last page, the last one is shown
        "asked_in_words": narrowing.in_words(),
        "rows": _rows(request, found),
        "first_number": (found.page - 1) * asked.per_page + 1,
        "pages": Pages(found.page, found.pages),
        "facets": narrowing.facets(found) if found.total else [],
        "chips": narrowing.chips(),
        "nothing_found": nothing_found,
        "ways_on": _ways_on(asked, narrowing.chips()) if nothing_found else None,
        "policy": house.policy() if nothing_found else None,
    }
    return render(request, "catalog/results.html", context)


def _rows(request: HttpRequest, found: Results) -> list[dict[str, Any]]:
    availabilities = queries.availabilities(found.bib_ids)
    waiting = holds.number_of_holds(found.bib_ids)
    standing = _standing(request) if found.bib_ids else {}
    return [
        {
            "bib": bib,
            "availability": availabilities.get(bib.pk),
            "waiting": waiting.get(bib.pk, 0),
            "standing": standing.get(bib.pk),
        }
        for bib in queries.bibs_in_order(found.bib_ids)
    ]


def _standing(request: HttpRequest) -> dict[int, str]:
    """Return for the titles that the patron has to do with already, what that is."""
    patron = patron_of(request)
    if patron is None:
        return {}
    in_basket = {bib.pk: _("予約かごに入っています") for bib in holds.basket(patron)}
    reserved = {hold.bib_id: _("予約済みです") for hold in holds.of_patron(patron)}
    on_loan = {loan.item.bib_id: _("借りています") for loan in loans.of_patron(patron)}
    return in_basket | reserved | on_loan


def _ways_on(asked: Asked, conditions: list[Chip]) -> WaysOn:
    spelled = next((name for name in ("q", "title", "author") if asked.value(name)), "")
    text = asked.value(spelled)
    spellings = similar_spellings(text) if text else []
    words = text.split()
    shorter = []
    if 1 < len(words) <= MOST_WORDS_TO_DROP:
        shorter = [" ".join([*words[:place], *words[place + 1 :]]) for place in range(len(words))]
    return WaysOn(
        # A spelling is looked for without the other conditions, so that it finds something.
        [Chip(spelling, Asked({spelled: (spelling,)}).address()) for spelling in spellings],
        [Chip(fewer, asked.address(**{spelled: fewer})) for fewer in dict.fromkeys(shorter)],
        conditions if len(asked.filters) + bool(asked.text) > 1 else [],
        " ".join(value for name in ("q", "title", "author") if (value := asked.value(name))) or asked.value("isbn"),
    )
