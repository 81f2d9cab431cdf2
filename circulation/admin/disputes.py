"""A loan that its patron says to have returned: said, taken back, or the search given up (A197, A198)."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from circulation import actions
from circulation.desk_forms import DisputeForm
from circulation.models import Loan
from okalib import clock
from okalib.admin_site import desk_context, desk_page
from okalib.desk import carry_out, clerk

CHANGE = "circulation.change_loan"


@desk_page("loans/<int:loan_id>/", gettext_lazy("返却の申し出"), CHANGE, name="loan-dispute", is_listed=False)
@require_safe
def show_dispute(request: HttpRequest, loan_id: int) -> HttpResponse:
    """Show what is said of one loan, and what can be done about it."""
    loan, today = _loan(loan_id), clock.today()
    context = {"loan": loan, "form": DisputeForm(today=today, initial={"said_on": today})}
    return render(request, "admin/circulation/dispute.html", desk_context(request, **context))


@desk_page("loans/<int:loan_id>/dispute/", gettext_lazy("返却の申し出"), CHANGE, is_listed=False)
@require_POST
def dispute(request: HttpRequest, loan_id: int) -> HttpResponse:
    """Note that the patron says to have returned it (A197)."""
    loan, form = _loan(loan_id), DisputeForm(request.POST, today=clock.today())
    if not form.is_valid() or form.cleaned_data["said_on"] is None:
        messages.error(request, _("返したという日を入力してください。"))
        return _to(loan)
    said_on, reason = form.cleaned_data["said_on"], form.cleaned_data["reason"]
    carry_out(
        request,
        lambda: actions.dispute(loan=loan, said_on=said_on, by=clerk(request), now=clock.now(), reason=reason),
        _("返却の申し出を記録しました。資料を探してください。見つかるまで督促は送りません。"),
    )
    return _to(loan)


@desk_page("loans/<int:loan_id>/dispute-end/", gettext_lazy("申し出の取消"), CHANGE, is_listed=False)
@require_POST
def end_dispute(request: HttpRequest, loan_id: int) -> HttpResponse:
    """The patron has it after all."""
    loan = _loan(loan_id)
    carry_out(
        request,
        lambda: actions.end_dispute(loan=loan, by=clerk(request), now=clock.now(), reason=_reason(request)),
        _("申し出を取り消しました。貸出はもとのとおりです。"),
    )
    return _to(loan)


@desk_page("loans/<int:loan_id>/search-end/", gettext_lazy("所在調査中にする"), CHANGE, is_listed=False)
@require_POST
def give_up_search(request: HttpRequest, loan_id: int) -> HttpResponse:
    """Close the loan and search for the item alone, with a reason (A198)."""
    loan = _loan(loan_id)
    carry_out(
        request,
        lambda: actions.give_up_search(loan=loan, by=clerk(request), now=clock.now(), reason=_reason(request)),
        _("貸出を終え、資料を所在調査中にしました。"),
    )
    return _to(loan)


def _reason(request: HttpRequest) -> str:
    return request.POST.get("reason", "").strip()[:400]


def _loan(loan_id: int) -> Loan:
    return get_object_or_404(Loan.objects.select_related("item__bib", "return_to", "received_at"), pk=loan_id)


def _to(loan: Loan) -> HttpResponse:
    return HttpResponseRedirect(reverse("admin:desk-loan-dispute", args=[loan.pk]))
