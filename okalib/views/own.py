"""What a patron decides for themselves: how to be reached, and the password (PAT-4, A224)."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from circulation import queries as circulation
from notifications import actions as notifications
from okalib import clock, guessing
from okalib.actions import patrons
from okalib.forms import ContactForm, PasswordForm
from okalib.rules import Refused
from okalib.views.doors import locked_out
from okalib.web import PatronRequest, patron_page

CONTACT_FIELDS = ("contact", "email", "phone", "language", "wants_due_reminders")


@require_safe
@patron_page
def settings(request: PatronRequest) -> HttpResponse:
    """Show what can be changed."""
    return _page(request)


def _page(request: PatronRequest, *, status: int = 200, **more: object) -> HttpResponse:
    feed = circulation.feed_of(request.patron)
    path = reverse("loans_feed", args=[feed.secret]) if feed and feed.secret else ""
    context = {
        "feed": feed,
        "feed_address": request.build_absolute_uri(path) if path else "",
        "feed_subscription": f"webcal://{request.get_host()}{path}",  # what calendar programs listen to
        "contact_form": ContactForm(initial={name: getattr(request.patron, name) for name in CONTACT_FIELDS}),
        "password_form": PasswordForm(),
        "patron": request.patron,
        "page_address": reverse("own_settings"),
    }
    return render(request, "okalib/settings.html", context | more, status=status)


@require_POST
@sensitive_post_parameters()
@patron_page
def set_contact(request: PatronRequest) -> HttpResponse:
    """Change how notices come (PAT-4); another address only for who knows the password (PAT-3).

    With the address goes the way back in for who has lost the password, so that a page left open is not enough.
    """
    form = ContactForm(request.POST)
    if not form.is_valid():
        return _page(request, status=422, contact_form=form)
    wanted = dict(form.cleaned_data)
    password = wanted.pop("present_password")
    try:
        if wanted["email"].strip() != request.patron.email:
            _confirm(request, password)
        patrons.set_contact(patron=request.patron, by=request.user, now=clock.now(), **wanted)
    except guessing.MustWait:
        return locked_out(request)
    except Refused as refused:
        return _page(request, status=409, contact_form=form, refusals=refused.refusals)
    messages.success(request, _("連絡方法を変更しました。"))
    return redirect("own_settings")


def _confirm(request: PatronRequest, password: str) -> None:
    """Make sure that it is the patron who sits here; raises MustWait, or Refused (password_wrong)."""
    guess = guessing.begin(request, request.patron.card_number)
    if not request.user.check_password(password):
        raise Refused([patrons.PASSWORD_WRONG])
    guess.was_right()


@require_POST
@sensitive_post_parameters()
@patron_page
def set_password(request: PatronRequest) -> HttpResponse:
    """Change the password; every other session ends, and a mail says so (A224, NTF-1).

    Whoever sits down at a page left open guesses no faster than at the door (PAT-3).
    """
    form = PasswordForm(request.POST)
    if not form.is_valid():
        return _page(request, status=422, password_form=form)
    try:
        guess = guessing.begin(request, request.patron.card_number)
        notifications.change_password(
            patron=request.patron, old=form.cleaned_data["old"], new=form.cleaned_data["new"], now=clock.now()
        )
    except guessing.MustWait:
        return locked_out(request)
    except Refused as refused:
        if not any(refusal.code == patrons.PASSWORD_WRONG.code for refusal in refused.refusals):
            guess.was_right()
        return _page(request, status=409, password_form=form, refusals=refused.refusals)
    guess.was_right()
    request.user.refresh_from_db()
    update_session_auth_hash(request, request.user)
    messages.success(request, _("パスワードを変更しました。"))
    return redirect("own_settings")
