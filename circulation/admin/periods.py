"""Loan periods of their own, each in one sentence; what a new one does, and which rules where two meet (LON-2)."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from circulation import actions, queries, rules
from circulation.desk_forms import LoanPeriodForm
from circulation.queries import LoanPeriod, PeriodEffect
from okalib import clock
from okalib import queries as house
from okalib.admin_site import desk_context, desk_page
from okalib.calendar_forms import RemovalForm
from okalib.desk import clerk
from okalib.previews import look_then_save, show_then_remove
from okalib.rules import Refusal
from okalib.web import found_or_404

SEE, CHANGE = "circulation.view_loanperiod", "circulation.change_loanperiod"


@dataclass(frozen=True, slots=True)
class Looked:
    """A period that is not entered yet: what it does, and why it cannot be."""

    row: LoanPeriod
    effect: PeriodEffect
    refusals: list[Refusal]


@desk_page("loan-periods/", gettext_lazy("貸出期間の特例"), SEE, order=74)
@require_safe
def periods(request: HttpRequest) -> HttpResponse:
    """List the loan periods, the latest first, each with what it does."""
    rows = queries.all_loan_periods()
    effects = queries.period_effects([row.as_period() for row in rows], house.policy())
    context = {
        "rows": list(zip(rows, effects, strict=True)),
        "today": clock.today(),
        "policy": house.policy(),
        "changes": queries.changes_of_periods(),
        "may_change": request.user.has_perm(CHANGE),
    }
    return render(request, "admin/circulation/periods.html", desk_context(request, **context))


@desk_page("loan-periods/new/", gettext_lazy("特例の追加"), CHANGE, name="loan-period-new", is_listed=False)
def add_period(request: HttpRequest) -> HttpResponse:
    """Enter a loan period."""
    return _period(request, None)


@desk_page("loan-periods/<int:period_id>/", gettext_lazy("特例の変更"), CHANGE, name="loan-period", is_listed=False)
def change_period(request: HttpRequest, period_id: int) -> HttpResponse:
    """Change a loan period; what is on loan keeps its due date."""
    return _period(request, found_or_404(queries.loan_period(period_id)))


def _period(request: HttpRequest, row: LoanPeriod | None) -> HttpResponse:
    number = row.pk if row else queries.NOT_YET_ENTERED
    names = ("name", "first_on", "last_on", "days", "channel", "material_class", "category")

    def save(form: LoanPeriodForm) -> HttpResponse:
        data = form.cleaned_data
        actions.set_loan_period(
            name=data["name"],
            period=form.period(number),
            reason=data["reason"],
            in_place_of=row,
            by=clerk(request),
            now=clock.now(),
        )
        messages.success(request, _("特例「%(name)s」を保存しました。") % {"name": data["name"]})
        return redirect("admin:desk-loan-periods")

    return look_then_save(
        request,
        LoanPeriodForm(request.POST or None, initial={name: getattr(row, name) for name in names} if row else {}),
        template="admin/circulation/period.html",
        effect=lambda form: _look(form, number),
        save=save,
        row=row,
        policy=house.policy(),
        back=reverse("admin:desk-loan-periods"),
    )


def _look(form: LoanPeriodForm, number: int) -> Looked:
    period, data = form.period(number), form.cleaned_data
    row = LoanPeriod(
        name=data["name"],
        first_on=period.first_on,
        last_on=period.last_on,
        days=period.days,
        channel=period.channel,
        material_class=period.material_class,
        category=data["category"],
    )
    others = [each.as_period() for each in queries.all_loan_periods() if each.pk != number]
    [effect] = queries.period_effects([period], house.policy())
    return Looked(row, effect, rules.period_objections(period, others))


@desk_page(
    "loan-periods/<int:period_id>/removal/",
    gettext_lazy("特例の削除"),
    CHANGE,
    name="loan-period-removal",
    is_listed=False,
)
def remove_period(request: HttpRequest, period_id: int) -> HttpResponse:
    """Take a loan period back; what was lent under it keeps its due date."""
    row = found_or_404(queries.loan_period(period_id))
    [effect] = queries.period_effects([row.as_period()], house.policy())

    def done(form: RemovalForm) -> HttpResponse:
        reason = form.cleaned_data["reason"]
        actions.remove_loan_period(row=row, reason=reason, by=clerk(request), now=clock.now())
        messages.success(request, _("特例を削除しました。"))
        return redirect("admin:desk-loan-periods")

    return show_then_remove(
        request,
        RemovalForm(request.POST or None),
        template="admin/circulation/period_removal.html",
        effect=effect,
        remove=done,
        row=row,
        policy=house.policy(),
        back=reverse("admin:desk-loan-periods"),
    )
