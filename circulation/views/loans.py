"""Renewing a loan."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from circulation import actions, queries
from okalib import clock
from okalib.rules import Refused
from okalib.templatetags.okalib_days import day
from okalib.web import PatronRequest, found_or_404, patron_page, say_refusals


@require_POST
@patron_page
def renew(request: PatronRequest, loan_id: int) -> HttpResponse:
    """Renew a loan of the patron's own; refused, every reason is said (REN-1, REN-2, A137)."""
    loan = found_or_404(queries.loan_of(request.patron, loan_id))
    try:
        loan = actions.renew(loan=loan, by=request.user, now=clock.now())
    except Refused as refused:
        say_refusals(request, refused.refusals)
    else:
        words = {"title": loan.item.bib.full_title, "due": day(loan.due_on)}
        messages.success(request, _("「%(title)s」を延長しました。新しい返却期限は%(due)sです。") % words)
    return redirect("my")
