"""How long a session still lasts, its end, and what was typed when it had ended (A225)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from okalib import idle, queries, typed
from okalib.web import PatronRequest, came_from, patron_page, safe_path, unstored


@require_http_methods(["GET", "HEAD", "POST"])
def session(request: HttpRequest) -> HttpResponse:
    """Tell how many seconds are left, 0 for visitors; asking is no use of the session, a POST is one."""
    if request.method == "POST":
        idle.note_use(request)
        if "application/json" not in request.headers.get("Accept", ""):
            return unstored(redirect(came_from(request)))
    patience: idle.Idle | None = getattr(request, idle.KEY, None)
    return unstored(JsonResponse({"left": patience.left if patience else 0}))


@require_safe
def session_end(request: HttpRequest) -> HttpResponse:
    """Say that the session has ended for want of use, and lead back; shows nothing personal.

    Another window may have kept the session alive: then the page says so, and coming here is no use of it, or two
    forgotten windows would keep each other awake.
    """
    context = {
        "back": safe_path(request, request.GET.get("next", "")),
        "is_kept": typed.is_kept(request),
        "is_end": True,
        "policy": queries.policy(),
    }
    return unstored(render(request, "okalib/session_end.html", context))


@require_safe
@patron_page
def unsent(request: PatronRequest) -> HttpResponse:
    """Show what was typed before the log-in, to be sent again or not."""
    waiting = typed.kept(request)
    if waiting is None:
        return redirect("my")
    what, back = waiting
    return render(request, "okalib/unsent.html", {"typed": what, "back": back, "policy": queries.policy()})
