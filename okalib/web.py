"""What the pages of every app share: who may open them, how a refusal is said, and where to go back to."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers, patch_cache_control
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language

from okalib import replicas, typed
from okalib.models import Patron, User, rules_read_once
from okalib.rules import Refusal

View = Callable[..., HttpResponse]
T = TypeVar("T")


class PatronRequest(HttpRequest):
    """A request of a patron who has logged in."""

    patron: Patron
    user: User


def patron_of(request: HttpRequest) -> Patron | None:
    """Return the patron who has logged in, None for visitors and staff."""
    return getattr(request.user, "patron", None) if request.user.is_authenticated else None


def patron_page(view: View) -> View:
    """Let only patrons in, as `request.patron`; others are asked to log in. Nothing of it is stored (A225).

    What a visitor has typed waits until they have logged in, and is forgotten when it has been sent (`okalib.typed`).
    """

    @wraps(view)
    def opened(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return ask_to_log_in(request)
        patron = patron_of(request)
        if patron is None:
            return unstored(render(request, "okalib/not_a_patron.html", status=403))
        request.patron = patron
        if request.method == "POST":
            typed.forget(request, sent_to=request.get_full_path())
        return unstored(view(request, *args, **kwargs))

    return opened


def ask_to_log_in(request: HttpRequest) -> HttpResponse:
    """Lead to the log-in and back; whoever was idle for too long is told so first."""
    back = came_from(request)
    typed.keep(request, back=back)
    if hasattr(request, "ended_for"):
        return unstored(redirect(f"{reverse('session_end')}?{urlencode({'next': back})}"))
    return unstored(redirect_to_login(back))


def public_page(view: View) -> View:
    """Let everybody in; for who has logged in, the page is personal and is not stored (A225).

    Where there are replicas of the database, one of them may answer (okalib.replicas).
    """

    @wraps(view)
    def opened(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        response = replicas.answered(view, request, *args, **kwargs)
        return unstored(response) if request.user.is_authenticated else response

    return opened


def found_or_404(thing: T | None) -> T:
    """Return what a query found; nothing found is a page that does not exist (A215)."""
    if thing is None:
        raise Http404
    return thing


def unstored(response: HttpResponse) -> HttpResponse:
    """Let neither browser nor proxy keep an answer (A225)."""
    add_never_cache_headers(response)
    patch_cache_control(response, no_store=True)
    return response


def came_from(request: HttpRequest, default: str = "/") -> str:
    """Return the page of ours that the reader was on: this one, or the one whose form was sent."""
    if request.method in ("GET", "HEAD"):
        return request.get_full_path()
    return safe_path(request, request.POST.get("next") or _path(request.headers.get("Referer", "")), default)


def safe_path(request: HttpRequest, path: str, default: str = "/") -> str:
    """Return `path` if it is the path of a page of ours, else `default`."""
    is_ours = path.startswith("/") and url_has_allowed_host_and_scheme(
        path, {request.get_host()}, require_https=request.is_secure()
    )
    return path if is_ours else default


def _path(address: str) -> str:
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def in_my_language(refusals: Iterable[Refusal]) -> list[str]:
    """Return the sentences of some refusals in the reader's language."""
    language = get_language() or "ja"
    return [refusal.in_language(language) for refusal in refusals]


def say_refusals(request: HttpRequest, refusals: Iterable[Refusal]) -> None:
    """Say every reason on the next page (HLD-3)."""
    for sentence in in_my_language(refusals):
        messages.error(request, sentence)


class ReadRulesOnce:
    """Middleware: a page that only shows something sees one policy and one calendar, and asks once which."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in ("GET", "HEAD"):
            return self.get_response(request)
        with rules_read_once():
            return self.get_response(request)
