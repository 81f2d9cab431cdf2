"""Every notice with its state, its text as it went out, and what staff do with it (NTF-4)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from notifications import actions, queries
from notifications.labels import STATES_EXPLAINED
from notifications.models import Notice
from notifications.rules import NEXT, State
from okalib import clock
from okalib.admin_site import LongList, desk_page
from okalib.desk import carry_out, clerk
from okalib.rules import Refused
from okalib.web import in_my_language


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that staff do with a notice: the verb, its button, and the state that it leads to."""

    name: str
    label: Any
    verb: Callable[..., Notice]
    to: State


DEEDS = {
    deed.name: deed
    for deed in (
        Deed("phoned", _("電話で連絡した"), actions.mark_phoned, State.CLOSED),
        Deed("not-reached", _("電話がつながらない"), actions.mark_not_reached, State.PHONE),
        Deed("resend", _("再送する"), actions.resend, State.QUEUED),
        Deed("bounced", _("宛先不明で返送された"), actions.bounced, State.PHONE),
        Deed("close", _("対応済にする"), actions.close, State.CLOSED),
    )
}


def deeds_for(notice: Notice) -> list[Deed]:
    """Return what can be done with a notice as it stands; what the worker has is left to the worker (NTF-2)."""
    state = State(notice.state)
    if state in (State.QUEUED, State.IN_FLIGHT):
        return []
    may_lead_to = NEXT[state] | ({State.PHONE} if state is State.PHONE else set())
    is_on_list = state is State.PHONE
    return [
        deed
        for deed in DEEDS.values()
        if deed.to in may_lead_to
        and (deed.name != "not-reached" or is_on_list)
        and (deed.name != "bounced" or (not is_on_list and notice.patron_id is not None))
        and (deed.name != "phoned" or notice.patron_id is not None)
        and (deed.name != "resend" or notice.erased_at is None)
    ]


class ReasonForm(ActionForm):
    """The reason that every decision of staff carries (OPS-5)."""

    reason = forms.CharField(label=_("理由・対応の内容"), max_length=200, required=False)


@admin.register(Notice)
class NoticeAdmin(LongList):
    """Every notice with its state; nothing is written by hand, everything goes through the verbs (NTF-4)."""

    list_display = ["posted_at", "kind", "patron", "telephone", "address", "state", "phone_reason", "error"]
    list_filter = ["state", "phone_reason", "kind", "posted_at"]
    ordering = ["-pk"]  # as they were posted, by an index
    list_select_related = ["patron"]
    search_fields = ["patron__name", "patron__name_kana", "patron__cards__number", "address", "subject"]
    action_form = ReasonForm
    actions = ["resend", "mark_phoned", "close", "bounced"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Notices come from their causes."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Notice | None = None) -> bool:
        """Nothing is lost (NTF-2)."""
        return False

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show a notice as it went out, what its state means, and what may be done with it (NTF-4)."""
        notice = self.get_object(request, object_id)
        if notice is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[attr-defined]
        if not self.has_view_or_change_permission(request, notice):
            raise PermissionDenied
        may_decide = self.has_change_permission(request, notice)
        context = self.admin_site.each_context(request) | {
            "title": notice.get_kind_display(),
            "notice": notice,
            "explanation": STATES_EXPLAINED[State(notice.state)],
            "text": self.text_as_sent(notice),
            "deeds": deeds_for(notice) if may_decide else [],
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/notifications/notice.html", context)

    @admin.display(description=_("電話番号"))
    def telephone(self, notice: Notice) -> str:
        """Whom to call."""
        return notice.patron.phone if notice.patron else ""

    def text_as_sent(self, notice: Notice) -> str:
        """The text as it went out (A189); before that, what there is to say, on the telephone too (PAT-4)."""
        letters = queries.letters_for([notice], today=clock.today())
        return letters[notice.pk].text if notice.pk in letters else ""

    @admin.action(description=_("再送する"), permissions=["change"])
    def resend(self, request: HttpRequest, notices: QuerySet[Notice]) -> None:
        """Send again."""
        self._each(request, notices, actions.resend, _("%(number)d件を送信待ちにしました。"))

    @admin.action(description=_("電話で連絡した"), permissions=["change"])
    def mark_phoned(self, request: HttpRequest, notices: QuerySet[Notice]) -> None:
        """Told by telephone."""
        self._each(request, notices, actions.mark_phoned, _("%(number)d件を電話連絡済にしました。"))

    @admin.action(description=_("対応済にする"), permissions=["change"])
    def close(self, request: HttpRequest, notices: QuerySet[Notice]) -> None:
        """Settled otherwise."""
        self._each(request, notices, actions.close, _("%(number)d件を対応済にしました。"))

    @admin.action(description=_("宛先不明で返送された"), permissions=["change"])
    def bounced(self, request: HttpRequest, notices: QuerySet[Notice]) -> None:
        """Came back."""
        self._each(request, notices, actions.bounced, _("%(number)d件を電話連絡待ちに移しました。"))

    def _each(self, request: HttpRequest, notices: QuerySet[Notice], verb: Callable[..., Notice], done: Any) -> None:
        """Do one verb with each chosen notice; those refused are named with the reason, the others go on."""
        number, now, reason = 0, clock.now(), request.POST.get("reason", "")
        for notice in notices.order_by("posted_at", "id"):
            try:
                verb(notice=notice, by=clerk(request), reason=reason, now=now)
                number += 1
            except Refused as refused:
                why = " ".join(in_my_language(refused.refusals))
                self.message_user(request, f"{notice}: {why}", messages.ERROR)
        if number:
            self.message_user(request, done % {"number": number}, messages.SUCCESS)


@desk_page("notices/<int:notice_id>/deeds/", _("お知らせの対応"), "notifications.change_notice", is_listed=False)
@require_POST
def deed(request: HttpRequest, notice_id: int) -> HttpResponse:
    """Do one thing with one notice and go back to its page; every reason against it is told there."""
    notice = get_object_or_404(Notice, pk=notice_id)
    chosen = DEEDS.get(request.POST.get("deed", ""))
    if chosen is not None:
        given = {"notice": notice, "by": clerk(request), "reason": request.POST.get("reason", ""), "now": clock.now()}
        address = request.POST.get("address", "").strip()
        if chosen.name == "resend" and address:
            given["address"] = address
        carry_out(request, lambda: chosen.verb(**given), _gettext("記録しました：%(deed)s") % {"deed": chosen.label})
    return HttpResponseRedirect(reverse("admin:notifications_notice_change", args=[notice.pk]))
