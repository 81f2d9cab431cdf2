"""The first password by the code of the counter, and a new one by a mailed link (PAT-3)."""

from __future__ import annotations

import time

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from notifications import actions as notifications
from okalib import clock, guessing, numbers, queries
from okalib.actions import patrons
from okalib.forms import ActivationForm, LostPasswordForm, NewPassword
from okalib.rules import Refusal, Refused
from okalib.views.doors import locked_out
from okalib.web import unstored

TOKEN = "password_link"  # noqa: S105 - where the session keeps it


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
def activation(request: HttpRequest) -> HttpResponse:
    """Set the first password by the code of the counter (PAT-3)."""
    form = ActivationForm(request.POST or None)
    refusals: list[Refusal] = []
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            guess = guessing.begin(request, guessing.code_of(numbers.scanned(data["card_number"])))
            patrons.activate(card_number=data["card_number"], code=data["code"], password=data["new"], now=clock.now())
        except guessing.MustWait:
            return locked_out(request)
        except Refused as refused:
            refusals = refused.refusals
            if not any(refusal.code == patrons.ACTIVATION_FAILED.code for refusal in refusals):
                guess.was_none()  # the password would not do, and the code was not looked at
        else:
            guess.was_right()
            messages.success(request, _("パスワードを登録しました。ログインしてください。"))
            return unstored(redirect("login"))
    return _page(request, "okalib/activation.html", form=form, refusals=refusals)


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
def lost(request: HttpRequest) -> HttpResponse:
    """Mail a link to a new password to the address on file (PAT-3).

    The answer is the same, after the same time, whether the card exists, has lapsed, or has another address or none.
    Requests are counted like guesses: nobody finds out addresses here, or fills a stranger's letterbox.
    """
    form = LostPasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        number, started = numbers.scanned(form.cleaned_data["card_number"]), time.monotonic()
        try:
            guessing.begin(request, guessing.link_for(number))
        except guessing.MustWait:
            return locked_out(request)
        notifications.mail_password_link(card_number=number, email=form.cleaned_data["email"], now=clock.now())
        time.sleep(max(settings.LOST_PASSWORD_SECONDS - (time.monotonic() - started), 0))
        return unstored(redirect("password_link_sent"))
    return _page(request, "okalib/password_lost.html", form=form)


@require_safe
def link_sent(request: HttpRequest) -> HttpResponse:
    """Say what happens now, in words that fit every case (PAT-3)."""
    return _page(request, "okalib/password_link_sent.html")


@require_safe
def link(request: HttpRequest, token: str) -> HttpResponse:
    """Take the token of a mailed link out of the address, where others could read it, and go on without it."""
    if not patrons.password_link_opens(token=token, now=clock.now()):
        return _dead_link(request)
    request.session[TOKEN] = token
    response = redirect("new_password")
    response.headers["Referrer-Policy"] = "no-referrer"
    return unstored(response)


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
def new(request: HttpRequest) -> HttpResponse:
    """Set a new password by a mailed link; every session ends, and a mail says so (PAT-3, A224, NTF-1)."""
    token = request.session.get(TOKEN, "")
    if not patrons.password_link_opens(token=token, now=clock.now()):
        request.session.pop(TOKEN, None)
        return _dead_link(request)
    form = NewPassword(request.POST or None)
    refusals: list[Refusal] = []
    if request.method == "POST" and form.is_valid():
        try:
            notifications.set_lost_password(token=token, password=form.cleaned_data["new"], now=clock.now())
        except Refused as refused:
            refusals = refused.refusals
        else:
            del request.session[TOKEN]
            messages.success(request, _("新しいパスワードを登録しました。ログインしてください。"))
            return unstored(redirect("login"))
    return _page(request, "okalib/password_new.html", form=form, refusals=refusals)


def _dead_link(request: HttpRequest) -> HttpResponse:
    return _page(request, "okalib/password_link_dead.html", status=410)


def _page(request: HttpRequest, template: str, *, status: int | None = None, **more: object) -> HttpResponse:
    """Show a page with the counter's telephone number and hours, for whom the mail does not help."""
    library, today = queries.home_library(), clock.today()
    context = {
        "library": library,
        "opening": queries.today_at(library, today) if library else None,
        "policy": queries.policy(),
        "today": today,
        "page_address": reverse("activation") if "activation" in template else reverse("lost_password"),
    }
    refused = 422 if request.method == "POST" else 200
    return unstored(render(request, template, context | more, status=status or refused))
