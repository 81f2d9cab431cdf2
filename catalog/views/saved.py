"""The searches that a patron keeps: saving, looking, mails on and off (SDI)."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalog import actions, queries, stop_links
from catalog.forms.saved import NameForm, SaveSearchForm, query_at
from okalib import clock
from okalib import queries as house
from okalib.rules import Refused
from okalib.web import PatronRequest, came_from, found_or_404, patron_page

TITLES_SHOWN = 3


@require_safe
@patron_page
def show(request: PatronRequest) -> HttpResponse:
    """Show the searches that this patron keeps, and what is new in each since they looked."""
    return _page(request)


def _page(request: PatronRequest, *, status: int = 200, **more: object) -> HttpResponse:
    searches = queries.saved_searches(request.patron)
    context = {
        "rows": queries.unseen(searches, read=query_at, most=TITLES_SHOWN),
        "most": house.policy().saved_searches_most,
        "can_be_mailed": request.patron.can_be_mailed,
        "page_address": reverse("saved_searches"),
    }
    return render(request, "catalog/saved_searches.html", context | more, status=status)


@require_POST
@patron_page
def save(request: PatronRequest) -> HttpResponse:
    """Keep the search of the results page and go back there; a second time it is the same one (HLD-11)."""
    form = SaveSearchForm(request.POST, can_be_mailed=request.patron.can_be_mailed)
    if not form.is_valid():
        return _page(request, status=422, form=form)
    try:
        actions.save_search(patron=request.patron, now=clock.now(), **form.cleaned_data)
    except Refused as refused:
        return _page(request, status=409, form=form, refusals=refused.refusals)
    messages.success(request, _("検索を保存しました。「マイライブラリ」の「保存した検索」で見られます。"))
    return redirect(came_from(request, default=reverse("saved_searches")))


@require_POST
@patron_page
def visit(request: PatronRequest, search_id: int) -> HttpResponse:
    """Note that the patron looks at the results now, and show them at their stable address."""
    search = found_or_404(queries.saved_search(request.patron, search_id))
    actions.note_look(search=search)
    return redirect(f"{reverse('search')}?{search.address}")


@require_POST
@patron_page
def rename(request: PatronRequest, search_id: int) -> HttpResponse:
    """Give it another name."""
    search = found_or_404(queries.saved_search(request.patron, search_id))
    form = NameForm(request.POST)
    again = {"renaming": search_id, "typed_name": request.POST.get("name", "")}
    if not form.is_valid():
        return _page(request, status=422, name_errors=form.errors.get("name"), **again)
    try:
        actions.rename_search(search=search, name=form.cleaned_data["name"])
    except Refused as refused:
        return _page(request, status=409, refusals=refused.refusals, **again)
    messages.success(request, _("検索の名前を変更しました。"))
    return redirect("saved_searches")


@require_POST
@patron_page
def set_mail(request: PatronRequest, search_id: int) -> HttpResponse:
    """Begin or stop to mail what is new."""
    search = found_or_404(queries.saved_search(request.patron, search_id))
    wanted = request.POST.get("wanted") == "yes"
    actions.set_search_mail(search=search, wanted=wanted)
    done = (
        _("「%(name)s」の新着をメールでお送りします。") if wanted else _("「%(name)s」の新着のメールを停止しました。")
    )
    messages.success(request, done % {"name": search.name})
    return redirect("saved_searches")


@require_POST
@patron_page
def remove(request: PatronRequest, search_id: int) -> HttpResponse:
    """Forget it."""
    search = found_or_404(queries.saved_search(request.patron, search_id))
    actions.remove_search(search=search)
    messages.success(request, _("保存した検索「%(name)s」を削除しました。") % {"name": search.name})
    return redirect("saved_searches")


@csrf_exempt  # a mail program posts here without a page of ours (RFC 8058); the signed address is the permission
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """Stop the mails of a patron by the address in each of them, without logging in; a look alone stops nothing."""
    patron_id = found_or_404(stop_links.patron_of(token))
    is_done = request.method == "POST"
    if is_done:
        actions.stop_search_mails(patron_id=patron_id)
    return render(request, "catalog/stop_search_mails.html", {"is_done": is_done, "page_address": request.path})
