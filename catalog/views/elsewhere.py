"""The cross search: the same words in other libraries' catalogues, each target in a section of its own (REQ-3)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from catalog import queries
from catalog.elsewhere import Answer, Wanted, ask
from okalib import guessing
from okalib.web import found_or_404, public_page

WAIT = 429


@require_safe
@public_page
def cross_search(request: HttpRequest) -> HttpResponse:
    """Show a section for each target; none is asked here, so that a dead one delays nothing.

    Without JavaScript a section is a link to `target`, with it the section loads itself from there.
    """
    wanted = Wanted.read(request.GET)
    sections = [
        (region, [{"target": target, "own_page": target.page_for(wanted.plain)} for target in targets])
        for region, targets in queries.search_targets()
    ]
    return render(request, "catalog/elsewhere.html", {"wanted": wanted, "sections": sections})


@require_safe
@public_page
@vary_on_headers("HX-Request")
@never_cache
def target(request: HttpRequest, code: str) -> HttpResponse:
    """Ask one target and show what it says: a whole page, or for htmx only the section."""
    asked = found_or_404(queries.search_target(code))
    wanted = Wanted.read(request.GET)
    answer = ask(asked, wanted, source=guessing.source(request) or "nowhere") if wanted else None
    context = {
        "target": asked,
        "wanted": wanted,
        "answer": answer,
        "rows": _rows(answer) if answer else [],
        "own_page": asked.page_for(wanted.plain),
        "is_part": bool(request.htmx),  # type: ignore[attr-defined]
    }
    template = "catalog/elsewhere_answer.html" if context["is_part"] else "catalog/elsewhere_target.html"
    return render(request, template, context, status=WAIT if answer and answer.is_too_often else 200)


def _rows(answer: Answer) -> list[dict[str, object]]:
    """Put beside each title the record of our own, if we have it."""
    ours = queries.bibs_with_isbns(isbn for hit in answer.hits for isbn in hit.isbns)
    return [{"hit": hit, "own": next((ours[isbn] for isbn in hit.isbns if isbn in ours), None)} for hit in answer.hits]
