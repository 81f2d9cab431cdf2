"""The policy by topic, each with what it does in words and dates, before and after a change (OPS-5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from delivery import queries as delivery
from okalib import clock, objections, policy_topics
from okalib import queries as house
from okalib.actions import policy as verbs
from okalib.admin_site import desk_context, desk_page
from okalib.desk import clerk
from okalib.models import PatronCategory
from okalib.policy_topics import CategoryForm
from okalib.previews import look_then_save
from okalib.rules import Limits, Policy, Refusal
from okalib.web import found_or_404

SEE, CHANGE = "okalib.view_policysettings", "okalib.change_policysettings"
SEE_CATEGORIES, CHANGE_CATEGORIES = "okalib.view_patroncategory", "okalib.change_patroncategory"


@dataclass(frozen=True, slots=True)
class PolicyEffect:
    """What a policy does, for the templates that say it; and why it cannot be."""

    policy: Policy
    dates: delivery.PolicyEffect | None
    refusals: list[Refusal]


def _effect(policy: Policy) -> PolicyEffect:
    refusals = objections.to_policy(policy)
    return PolicyEffect(policy, None if refusals else delivery.policy_effect(policy, clock.today()), refusals)


@desk_page("policy/", gettext_lazy("運用方針"), SEE, order=73)
@require_safe
def policy(request: HttpRequest) -> HttpResponse:
    """Show every topic of the policy with its settings and what they do."""
    row = policy_topics.row()
    context = {
        "topics": [(topic, policy_topics.settings_of(topic, row)) for topic in policy_topics.TOPICS],
        "now": _effect(row.as_policy()),
        "limits": house.usual_limits(),
        "changes": policy_topics.changes(),
        "may_change": request.user.has_perm(CHANGE),
    }
    return render(request, "admin/okalib/policy/policy.html", desk_context(request, **context))


@desk_page("policy/<slug:name>/", gettext_lazy("運用方針の変更"), CHANGE, name="policy-topic", is_listed=False)
def topic(request: HttpRequest, name: str) -> HttpResponse:
    """Edit one topic: what it does now stands beside what it would do."""
    topic, row = found_or_404(policy_topics.topic(name)), policy_topics.row()
    now = _effect(row.as_policy())

    def save(form: Any) -> HttpResponse:
        reason = form.cleaned_data["reason"]
        verbs.change_policy(changes=form.changes(), reason=reason, by=clerk(request), now=clock.now())
        messages.success(request, _("%(topic)sの設定を変更しました。") % {"topic": topic.title})
        return redirect("admin:desk-policy")

    return look_then_save(
        request,
        policy_topics.form_of(topic)(request.POST or None, instance=row),
        template="admin/okalib/policy/topic.html",
        effect=lambda form: _effect(form.instance.as_policy()),
        save=save,
        title=topic.title,
        topic=topic,
        now=now,
        back=reverse("admin:desk-policy"),
    )


# --- categories of patrons -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LimitsEffect:
    """The limits of a category, and why they cannot be."""

    limits: Limits
    refusals: list[Refusal]


@desk_page("patron-categories/", gettext_lazy("利用者区分"), SEE_CATEGORIES, order=75)
@require_safe
def categories(request: HttpRequest) -> HttpResponse:
    """List the categories of patrons, each with its limits in a sentence."""
    context = {
        "rows": [(row, row.limits()) for row in policy_topics.categories()],
        "changes": policy_topics.category_changes(),
        "may_change": request.user.has_perm(CHANGE_CATEGORIES),
    }
    return render(request, "admin/okalib/policy/categories.html", desk_context(request, **context))


@desk_page(
    "patron-categories/new/",
    gettext_lazy("利用者区分の追加"),
    CHANGE_CATEGORIES,
    name="patron-category-new",
    is_listed=False,
)
def add_category(request: HttpRequest) -> HttpResponse:
    """Make a category of patrons."""
    return _category(request, None)


@desk_page(
    "patron-categories/<int:category_id>/",
    gettext_lazy("利用者区分の変更"),
    CHANGE_CATEGORIES,
    name="patron-category",
    is_listed=False,
)
def change_category(request: HttpRequest, category_id: int) -> HttpResponse:
    """Give a category other limits."""
    return _category(request, found_or_404(policy_topics.category(category_id)))


def _category(request: HttpRequest, row: PatronCategory | None) -> HttpResponse:
    now = row.limits() if row else None

    def save(form: CategoryForm) -> HttpResponse:
        data = form.cleaned_data
        verbs.set_category(
            code=data["code"],
            name=data["name"],
            limits=form.instance.limits(),
            reason=data["reason"],
            in_place_of=row and policy_topics.category(row.pk),
            by=clerk(request),
            now=clock.now(),
        )
        messages.success(request, _("利用者区分「%(name)s」を保存しました。") % {"name": data["name"]})
        return redirect("admin:desk-patron-categories")

    def effect(form: CategoryForm) -> LimitsEffect:
        limits = form.instance.limits()
        return LimitsEffect(limits, objections.to_limits(limits))

    return look_then_save(
        request,
        CategoryForm(request.POST or None, instance=row),
        template="admin/okalib/policy/category.html",
        effect=effect,
        save=save,
        now=now,
        back=reverse("admin:desk-patron-categories"),
    )
