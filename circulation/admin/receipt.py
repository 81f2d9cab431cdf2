"""What a patron takes home: the loans of this sitting with their due dates (A186)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext_lazy

from circulation import queries
from circulation.admin import sitting
from okalib import clock
from okalib import queries as house
from okalib.admin_site import desk_context, desk_page
from okalib.models import Patron


@desk_page(
    "check-out/receipt/<int:patron_id>/",
    gettext_lazy("貸出票"),
    "circulation.add_loan",
    name="receipt",
    is_listed=False,
)
def receipt(request: HttpRequest, patron_id: int) -> HttpResponse:
    """Print the loans that this desk has made for a patron just now; neither name nor other loans are on it."""
    patron = get_object_or_404(Patron.objects.select_related("category"), pk=patron_id)
    lent = {row.loan_id for row in sitting.rows(request, patron) if row.loan_id}
    context = {
        "patron": patron,
        "loans": [loan for loan in queries.of_patron(patron) if loan.pk in lent],
        "library": house.home_library(),
        "now": clock.now(),
    }
    return render(request, "admin/circulation/receipt.html", desk_context(request, **context))
