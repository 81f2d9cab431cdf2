"""Before the results: the form with all the fields, and what one might be about to type."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from catalog import queries
from catalog.forms import SEVERAL, Asked, DetailedSearch
from catalog.search import suggestions as suggest
from okalib.web import public_page

REMEMBERED = 300
"""Seconds for which a browser need not ask for the same beginning again."""

LONGEST_BEGINNING = 100

PARAMETERS = {"title": "q", "author": "author", "subject": "subject"}
"""The field of a search in which a suggestion of each kind is asked for."""


@require_safe
@public_page
def detailed(request: HttpRequest) -> HttpResponse:
    """Show the form with all the fields, filled in with the search of the address; unusable ones say why."""
    data = request.GET.copy()
    asked = Asked.read(request.GET)
    if (decade := asked.value("decade")) and not (data.get("year_from") or data.get("year_to")):
        data["year_from"], data["year_to"] = decade, str(int(decade) + 9)
    for name in SEVERAL:
        data.setlist(name, list(asked.values.get(name, ())))
    form = DetailedSearch(data, places=_places())
    form.is_valid()
    return render(request, "catalog/detailed.html", {"asked": asked, "form": form})


def _places() -> list[tuple[str, str]]:
    is_english = (get_language() or "ja").startswith("en")
    return [
        (section, location.section_en if is_english and location.section_en else section)
        for section, location in queries.sections().items()
    ]


@require_safe
@public_page
def suggestions(request: HttpRequest) -> HttpResponse:
    """Say what begins like `q`: as a page of links, or as JSON for the search box while one types.

    JSON: `{"suggestions": [{"kind": "title", "text": …, "address": …}, …]}`, kinds title, author and subject. The
    words for the kinds are on the page that asks, so that the answer is the same in every language.
    """
    text = request.GET.get("q", "").replace("\0", "").strip()[:LONGEST_BEGINNING]
    found = [
        {
            "kind": one.kind,
            "text": one.text,
            "address": f"{reverse('search')}?{urlencode({PARAMETERS[one.kind]: one.text})}",
        }
        for one in (suggest(text) if text else [])
    ]
    response: HttpResponse
    if request.get_preferred_type(["text/html", "application/json"]) == "application/json":
        response = JsonResponse({"suggestions": found})
        patch_cache_control(response, public=True, max_age=REMEMBERED)
    else:
        kinds = {"title": _("書名"), "author": _("著者"), "subject": _("件名")}
        groups = [(words, [one for one in found if one["kind"] == kind]) for kind, words in kinds.items()]
        context = {"asked": Asked.read(request.GET), "text": text, "groups": [group for group in groups if group[1]]}
        response = render(request, "catalog/suggestions.html", context)
    patch_vary_headers(response, ["Accept"])
    return response
