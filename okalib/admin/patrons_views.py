"""Who has looked at whose record: for the auditor, who has a right of their own for it (A227, OPS-5)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy

from okalib import clock, people
from okalib import queries as house
from okalib.admin_site import desk_context, desk_page
from okalib.desk_forms import ViewsForm
from okalib.models import Patron

ON_A_PAGE = 100


@desk_page(
    "patron-views/", gettext_lazy("利用者情報の閲覧記録"), "okalib.view_patronview", name="patron-views", order=910
)
def views(request: HttpRequest) -> HttpResponse:
    """List the latest looks, of one patron or by one clerk where asked; a card number travels in no address."""
    form = ViewsForm(request.POST or None)
    typed = form.cleaned_data if request.method == "POST" and form.is_valid() else {}
    patron, refusals = None, []
    if typed.get("card"):
        card = people.card_at_desk(typed["card"], now=clock.now())
        patron = card.owner
        refusals = [card.refusal] if patron is None and card.refusal else []
    rows = _rows(patron, typed.get("username", ""), typed.get("before")) if not refusals else []
    context = {
        "form": form,
        "refusals": refusals,
        "rows": rows[:ON_A_PAGE],
        "next_before": rows[ON_A_PAGE - 1].pk if len(rows) > ON_A_PAGE else None,
        "kept_days": house.policy().staff_actions_patron_days,
    }
    return render(request, "admin/okalib/patron/views.html", desk_context(request, **context))


def _rows(patron: Patron | None, username: str, before: int | None) -> list:
    return people.views_of_patrons(patron=patron, username=username.strip(), before=before, limit=ON_A_PAGE + 1)
