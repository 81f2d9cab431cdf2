"""The phone list: whom to call, about what, and what came of it (PAT-4)."""

from __future__ import annotations

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from notifications import actions, queries
from notifications.models import Notice
from okalib import clock
from okalib.admin_site import desk_context, desk_page
from okalib.desk import clerk
from okalib.rules import Refused
from okalib.web import say_refusals

CALL = "notifications.change_notice"
NOTICES_SHOWN = 100

OUTCOMES = [
    ("told", gettext_lazy("ご本人に伝えた")),
    ("family", gettext_lazy("ご家族に伝言を頼んだ")),
    ("recorded", gettext_lazy("留守番電話に入れた")),
]


class CallForm(forms.Form):
    """What came of a call."""

    notices = forms.ModelMultipleChoiceField(Notice.objects.all())
    result = forms.ChoiceField(choices=[("reached", ""), ("not_reached", "")])
    outcome = forms.ChoiceField(label=gettext_lazy("伝えた相手"), choices=OUTCOMES, required=False)
    note = forms.CharField(label=gettext_lazy("メモ"), max_length=150, required=False)


@desk_page("phone-list/", gettext_lazy("電話連絡リスト"), CALL, order=55)
@require_safe
def phone_list(request: HttpRequest) -> HttpResponse:
    """Show the calls to make, with what is to be said; those that nobody answered today come last."""
    number = queries.phone_list().count()
    context = {
        "calls": queries.calls(today=clock.today(), limit=NOTICES_SHOWN),
        "number": number,
        "more": max(0, number - NOTICES_SHOWN),
        "outcomes": OUTCOMES,
        "today": clock.today(),
        "now": clock.now(),
    }
    return render(request, "admin/notifications/phone_list.html", desk_context(request, **context))


@desk_page("phone-list/calls/", gettext_lazy("電話の結果"), CALL, is_listed=False)
@require_POST
def call(request: HttpRequest) -> HttpResponse:
    """Note what came of one call for everything that was to be said in it: all of it, or nothing."""
    form = CallForm(request.POST)
    back = HttpResponseRedirect(reverse("admin:desk-phone-list"))
    if not form.is_valid():
        messages.error(request, _("電話の結果を読み取れませんでした。もう一度選んでください。"))
        return back
    notices = list(form.cleaned_data["notices"].order_by("pk"))
    reached = form.cleaned_data["result"] == "reached"
    spoken = [str(dict(OUTCOMES).get(form.cleaned_data["outcome"] or "told"))] if reached else []
    reason = " ".join([*spoken, form.cleaned_data["note"].strip()]).strip()
    try:
        _note(request, actions.mark_phoned if reached else actions.mark_not_reached, notices, reason)
    except Refused as refused:
        say_refusals(request, refused.refusals)
        return back
    done = ngettext("%(n)d件を連絡済にしました。", "%(n)d件を連絡済にしました。", len(notices))
    again = ngettext("つながらなかったと記録しました。", "つながらなかったと記録しました。", len(notices))
    messages.success(request, (done if reached else again) % {"n": len(notices)})
    return back


@transaction.atomic
def _note(request: HttpRequest, verb: Callable[..., Notice], notices: list[Notice], reason: str) -> None:
    now = clock.now()
    for notice in notices:
        verb(notice=notice, by=clerk(request), reason=reason, now=now)
