"""Coming in, going out, and the language of the pages."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.views import LoginView, LogoutView
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from okalib import queries, typed
from okalib.forms import LogInForm
from okalib.views.errors import too_many
from okalib.web import patron_of, safe_path, unstored


class LogIn(LoginView):
    """Let patrons in by card number, staff by user name; a lapsed card is told whom to call (PAT-1, PAT-3)."""

    template_name = "okalib/login.html"
    authentication_form = LogInForm
    redirect_authenticated_user = True

    def get_default_redirect_url(self) -> str:
        """Patrons go to My Library, staff to their start page, those of a pickup library to its bags."""
        if getattr(self.request.user, "library_id", None) is not None:
            return reverse("pickup")
        if self.request.user.is_staff:
            return reverse("admin:index")
        return reverse("my") if patron_of(self.request) else reverse("home")

    def get_success_url(self) -> str:
        """Back to the page they came from; first to what they had typed when their session had ended."""
        return reverse("unsent") if typed.kept(self.request) else super().get_success_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the refusal of a lapsed card, and the telephone number."""
        refusal = getattr(self.request, "card_refusal", None)
        more = {
            "refusals": [refusal] if refusal else [],
            "policy": queries.policy(),
            "is_kept": typed.is_kept(self.request),
            "page_address": reverse("login"),
        }
        return super().get_context_data(**kwargs) | more

    def form_valid(self, form: Any) -> HttpResponse:
        """Come in; the pages speak the patron's language unless another one was chosen here."""
        self.request.is_own_device = form.cleaned_data["own_device"]  # type: ignore[attr-defined]  # okalib.idle asks
        response = super().form_valid(form)
        patron = patron_of(self.request)
        if patron is not None and settings.LANGUAGE_COOKIE_NAME not in self.request.COOKIES:
            _remember_language(response, patron.language)
        return response


class LogOut(LogoutView):
    """End the session; leafing back shows nothing of it (A225)."""

    next_page = "home"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Log out, and have the browser forget the pages that it still holds."""
        response = unstored(super().post(request, *args, **kwargs))
        response.headers["Clear-Site-Data"] = '"cache"'
        return response


def locked_out(request: HttpRequest, *_what_axes_knows: Any) -> HttpResponse:
    """Say that guesses have to wait, for how long at most and whom to call; the same whatever was typed (PAT-3)."""
    return too_many(request, wait=settings.GUESSES_LONGEST_WAIT)


@require_safe
def language(request: HttpRequest, code: str) -> HttpResponse:
    """Show the page that the reader was on in another language; only a cookie of the reader changes."""
    if code not in dict(settings.LANGUAGES):
        raise Http404
    response = HttpResponseRedirect(safe_path(request, request.GET.get("next", "")))
    _remember_language(response, code)
    return response


def _remember_language(response: HttpResponse, code: str) -> None:
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        code,
        max_age=60 * 60 * 24 * 365,
        path=settings.LANGUAGE_COOKIE_PATH,
        secure=not settings.ON_TRIAL,
        httponly=True,
        samesite="Lax",
    )
