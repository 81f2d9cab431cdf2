"""The desk without a network: a screen out of the computer's own memory, and what comes of its scans later (A247).

`static/admin-okalib/offline_ready.js` keeps the screen on each computer that has opened a scan screen;
`offline_worker.js` shows it where the network is silent; `offline.js` writes down what is scanned there, and
`offline_upload.js` sends it, removing only what this server says to have.
"""

from __future__ import annotations

import json
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from circulation import actions, queries
from circulation.actions import OfflineEntry
from circulation.admin.check_out import LEND
from circulation.desk_forms import OfflineEntryForm
from circulation.models import OfflineScan
from okalib import clock
from okalib.admin_site import desk_context, desk_page
from okalib.desk import can_go_over, carry_out, clerk, override_from
from okalib.one_by_one import one_by_one
from okalib.web import in_my_language

WORKER = settings.BASE_DIR / "static" / "admin-okalib" / "offline_worker.js"
LONGEST_BATCH = 200
"""Scans of one sending; the script sends the next ones after it."""


@desk_page("offline/", gettext_lazy("オフライン窓口"), LEND, order=30)
@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    """Show what waits on this computer, what could not be done, and what has to leave its place."""
    conflicts = [
        {
            "scan": scan,
            "item": item,
            "reasons": in_my_language(scan.refusals),
            "can_go_over": bool(scan.reasons) and can_go_over(request, scan.refusals),
        }
        for scan, item in queries.offline_conflicts()
    ]
    context = {"conflicts": conflicts, "set_aside": queries.returned_for_somebody(clock.now())}
    return render(request, "admin/circulation/offline.html", desk_context(request, **context))


@desk_page("offline/screen/", gettext_lazy("オフライン窓口"), LEND, is_listed=False)
@require_safe
def screen(request: HttpRequest) -> HttpResponse:
    """The screen that each computer keeps; it names nobody, since it stays there after the log-out."""
    return render(request, "admin/circulation/offline_screen.html")


@desk_page("offline/worker.js", gettext_lazy("オフライン窓口"), LEND, name="offline-worker", is_listed=False)
@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker, from an address above the pages that it may answer for."""
    return HttpResponse(WORKER.read_bytes(), content_type="text/javascript; charset=utf-8")


@desk_page("offline/upload/", gettext_lazy("オフラインの記録を送る"), LEND, is_listed=False)
@require_POST
def upload(request: HttpRequest) -> HttpResponse:
    """Record each scan once and name those that are safe here: `{"kept": [key, …]}`; the desk keeps the others."""
    now = clock.now()
    entries = _entries(request.POST.get("scans", ""), now)
    if entries is None:
        return JsonResponse({"error": _("記録を読み取れませんでした。記録はこの端末に残っています。")}, status=400)
    by, by_key = clerk(request), {entry.key: entry for entry in entries}  # a failure is logged by its key, not the card
    scans = one_by_one(
        sorted(by_key, key=lambda key: by_key[key].scanned_at),
        lambda key: actions.record_offline(entry=by_key[key], by=by, now=now),
        what="offline scan",
    )
    return JsonResponse({"kept": [str(scan.key) for scan in scans]})


@desk_page("offline/<int:scan_id>/retry/", gettext_lazy("もう一度登録する"), LEND, is_listed=False)
@require_POST
def retry(request: HttpRequest, scan_id: int) -> HttpResponse:
    """Do it as of now, with a decision where one is needed."""
    scan = get_object_or_404(OfflineScan, pk=scan_id)
    carry_out(
        request,
        lambda: actions.retry_offline(scan=scan, by=clerk(request), now=clock.now(), override=override_from(request)),
        _("登録しました。"),
    )
    return HttpResponseRedirect(reverse("admin:desk-offline"))


@desk_page("offline/<int:scan_id>/close/", gettext_lazy("登録せずに終える"), LEND, is_listed=False)
@require_POST
def close(request: HttpRequest, scan_id: int) -> HttpResponse:
    """End it without doing it, with the reason."""
    scan = get_object_or_404(OfflineScan, pk=scan_id)
    reason = request.POST.get("reason", "")
    carry_out(
        request,
        lambda: actions.close_offline(scan=scan, by=clerk(request), now=clock.now(), reason=reason),
        _("登録せずに終えました。"),
    )
    return HttpResponseRedirect(reverse("admin:desk-offline"))


def _entries(text: str, now: datetime) -> list[OfflineEntry] | None:
    """Read what a desk has sent; None where one of them is none, since a desk must not believe that it was kept."""
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, list) or not 0 < len(said) <= LONGEST_BATCH:
        return None
    forms = [OfflineEntryForm({name: str(one[name]) for name in one}) for one in said if isinstance(one, dict)]
    if len(forms) != len(said) or not all(form.is_valid() for form in forms):
        return None
    return [form.entry(now) for form in forms]
