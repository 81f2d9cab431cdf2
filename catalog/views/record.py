"""One record: whether I can have it, where its copies are, what it is, and what stands near it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from catalog import queries
from catalog.interchange.citation import citation
from catalog.interchange.stored import description
from catalog.views.exports import permanent_address
from holds import queries as holds
from okalib import clock
from okalib import queries as house
from okalib.web import found_or_404, patron_of, public_page


@require_safe
@public_page
def record(request: HttpRequest, bib_id: int) -> HttpResponse:
    """Show a title, its copies, how many wait, and whether this patron can reserve it (CAT-7, CAT-8)."""
    return record_page(request, bib_id)


def record_page(request: HttpRequest, bib_id: int, *, status: int = 200, **more: object) -> HttpResponse:
    """Render the page of a record; `more` is what a refused reservation adds to it."""
    bib = found_or_404(queries.record(bib_id))
    items, policy, today, patron = queries.items_of(bib), house.policy(), clock.today(), patron_of(request)
    availability = queries.availability(items)
    queue = holds.title_queue(bib, items, policy, today)
    facts = holds.facts(patron, today) if patron else None
    context = {
        "bib": bib,
        "availability": availability,
        "copies": queries.copies(
            bib, items, all_of_them=request.GET.get("items") == "all", part=_number(request.GET.get("part", ""))
        ),
        "queue": queue,
        "waiting": len(queue.holds),
        "facts": facts,
        "related": queries.related(bib, availability.best if availability else None),
        "citation": citation(description(bib)),
        "permanent_address": permanent_address(request, bib.pk),
        "policy": policy,
        "page_address": reverse("record", args=[bib.pk]),
    }
    if facts is not None:
        context["basket_size"] = len(facts.basket)
    return render(request, "catalog/record.html", context | more, status=status)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 1
