"""What people read when something cannot be shown: what happened, what to do now, and whom to call."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import loader

from okalib import queries, typed
from okalib.web import came_from, unstored


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """What was sent cannot be read; nothing of it is asked or shown."""
    return _bare("400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Not for you."""
    return render(request, "403.html", {"policy": queries.policy()}, status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """No such page."""
    return render(request, "404.html", {"policy": queries.policy()}, status=404)


def too_many(request: HttpRequest, *, wait: timedelta) -> HttpResponse:
    """Not now; says after how long at the most, and not how often is too often (PAT-3)."""
    seconds = int(wait.total_seconds())
    context = {"policy": queries.policy(), "minutes": seconds // 60}
    response = unstored(render(request, "429.html", context, status=429))
    response.headers["Retry-After"] = str(seconds)
    return response


def failed(request: HttpRequest) -> HttpResponse:
    """Our mistake; the page asks nothing of database or cache, which may be what failed."""
    return _bare("500.html", status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form was too old, or did not come from our page; nothing was done (A218).

    What was typed into a page of ours is shown again with a button that sends it once more; of a form from elsewhere
    nothing is shown.
    """
    again = typed.read(request) if typed.is_ours(request) else None
    context = {"typed": again, "back": came_from(request), "policy": queries.policy()}
    return unstored(render(request, "403_csrf.html", context, status=403))


def _bare(template: str, *, status: int) -> HttpResponse:
    page = loader.get_template(template).render({"request": None, "policy": queries.policy_last_known()})
    return unstored(HttpResponse(page, status=status))
