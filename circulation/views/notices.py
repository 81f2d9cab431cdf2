"""What the library has told a patron, and what became of each notice (NTF-4)."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from notifications import queries
from okalib import clock
from okalib.leafing import leaf
from okalib.web import PatronRequest, patron_page

NOTICES_A_PAGE = 20


@require_safe
@patron_page
def notices(request: PatronRequest) -> HttpResponse:
    """Show a patron's own notices, the newest first; what was never mailed can be read here all the same."""
    shown, pages = leaf(queries.of_patron(request.patron), request.GET.get("page", ""), NOTICES_A_PAGE)
    letters = queries.letters_for(shown, today=clock.today())
    rows = [{"notice": notice, "letter": letters.get(notice.pk)} for notice in shown]
    return render(request, "circulation/notices.html", {"rows": rows, "pages": pages})
