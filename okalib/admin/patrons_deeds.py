"""What the counter does for a patron with one button, after a question (PAT-1 … PAT-3)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from okalib import clock, people
from okalib import queries as house
from okalib.actions import patrons
from okalib.admin_site import desk_context, desk_page
from okalib.desk import clerk
from okalib.models import Patron
from okalib.rules import Refused
from okalib.web import found_or_404, unstored

CHANGE = "okalib.change_patron"


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that is done for a patron after a question; some deeds take the number of a printed card."""

    title: Any
    question: Any
    verb: Callable[..., Any]
    takes_card: bool = False


DEEDS = {
    "activation-code": Deed(
        gettext_lazy("登録コードの発行"),
        gettext_lazy("パスワード登録用のコードを発行し、お渡しする紙を表示します。以前のコードは使えなくなります。"),
        patrons.issue_activation_code,
    ),
    "renewal": Deed(
        gettext_lazy("カードの更新"),
        gettext_lazy("カードの有効期間を今日から数え直します。住所などに変更がないか確認してください。"),
        patrons.renew_card,
    ),
    "lost-card": Deed(
        gettext_lazy("紛失による再発行"),
        gettext_lazy("現在のカードをただちに無効にし、新しい番号のカードを発行します。貸出と予約は引き継がれます。"),
        patrons.replace_lost_card,
        takes_card=True,
    ),
    "log-in-lock": Deed(
        gettext_lazy("ログイン制限の解除"),
        gettext_lazy("パスワードの誤りによるログインの制限を解除します。ご本人であることを確認してください。"),
        patrons.lift_log_in_lock,
    ),
}


def offered(request: HttpRequest) -> list[tuple[str, Any]]:
    """Return name and title of the deeds that this clerk may do."""
    if not request.user.has_perm(CHANGE):
        return []
    return [(name, deed.title) for name, deed in DEEDS.items()]


@desk_page("patrons/<int:patron_id>/deeds/<slug:name>/", "", CHANGE, name="patron-deed", is_listed=False)
def deed(request: HttpRequest, patron_id: int, name: str) -> HttpResponse:
    """Ask, do, and show what came of it: a code to print, or the patron's page again."""
    patron = found_or_404(people.patron(patron_id))
    if name not in DEEDS:
        raise Http404
    deed = DEEDS[name]
    context = desk_context(request, title=deed.title, deed=deed, patron=patron)
    if request.method != "POST":
        patrons.note_view(patron=patron, by=clerk(request), now=clock.now())
        return render(request, "admin/okalib/patron/deed.html", context)
    typed = {"card_number": request.POST.get("card_number", "").strip() or None} if deed.takes_card else {}
    try:
        outcome = deed.verb(patron=patron, by=clerk(request), now=clock.now(), **typed)
    except Refused as refused:
        context |= {"refusals": refused.refusals, "card_number": typed.get("card_number") or ""}
        return render(request, "admin/okalib/patron/deed.html", context, status=409)
    if name == "activation-code":
        return _slip(request, patron, outcome)
    messages.success(request, _("%(what)s：完了しました。") % {"what": deed.title})
    return redirect("admin:desk-patron", patron.pk)


def _slip(request: HttpRequest, patron: Patron, code: str) -> HttpResponse:
    """Show the code on the paper that its owner takes home; nobody sees it again (PAT-3)."""
    context = {
        "title": _("登録コード"),
        "patron": patron,
        "code": code,
        "card_number": patron.card_number,
        "expires_at": patron.activation.expires_at,
        "address": settings.SITE_URL.rstrip("/") + reverse("activation"),
        "phone": house.policy().counter_phone,
    }
    page = render(request, "admin/okalib/patron/activation_code.html", desk_context(request, **context))
    return unstored(page)
