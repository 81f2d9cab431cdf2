"""Setting up the second factor, and showing it after the password: for every member of staff, about themselves."""

from __future__ import annotations

from typing import Any

import segno
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe
from django_otp.plugins.otp_totp.models import TOTPDevice

from okalib import clock, second_factor
from okalib.actions import second_factor as verbs
from okalib.admin_site import desk_context, desk_page
from okalib.desk import clerk
from okalib.logs import note_second_factor
from okalib.web import safe_path, unstored

TITLE = gettext_lazy("二段階認証")


@desk_page("second-factor/", TITLE, None, is_listed=False)
@require_safe
def state(request: HttpRequest) -> HttpResponse:
    """Say whether this member of staff has a second factor, and what can be done about it."""
    user = clerk(request)
    has_one = user.second_factor_id is not None
    context = {
        "has_one": has_one,
        "is_compulsory": user.needs_second_factor,
        "codes_left": verbs.codes_left(user) if has_one else 0,
    }
    return _page(request, "state", **context)


@desk_page("second-factor/device/", TITLE, None, is_listed=False)
def device(request: HttpRequest) -> HttpResponse:
    """Begin with a device (POST), and show the picture that it has to read."""
    if request.method == "POST":
        verbs.begin(user=clerk(request))
        return redirect("admin:desk-second-factor-device")
    begun = verbs.begun(clerk(request))
    return _device_page(request, begun) if begun else redirect("admin:desk-second-factor")


@desk_page("second-factor/confirmation/", TITLE, None, is_listed=False)
@require_POST
def confirm(request: HttpRequest) -> HttpResponse:
    """Take the device into use by its first number, and show the codes for its loss, once."""
    user = clerk(request)
    checked, codes = verbs.confirm(user=user, number=request.POST.get("code", ""), now=clock.now())
    if checked.is_right and checked.device_id is not None:
        second_factor.remember(request, checked.device_id)
        return _page(request, "codes", codes=codes, is_new=True)
    begun = verbs.begun(user)
    return _device_page(request, begun, _wrong(checked), status=409) if begun else redirect("admin:desk-second-factor")


@desk_page("second-factor/recovery-codes/", TITLE, None, is_listed=False)
@require_POST
def renew_codes(request: HttpRequest) -> HttpResponse:
    """Make new codes and show them, once."""
    if not second_factor.is_shown(request):
        return redirect("admin:desk-second-factor")
    return _page(request, "codes", codes=verbs.renew_codes(user=clerk(request), now=clock.now()))


@desk_page("second-factor/code/", TITLE, None, is_listed=False)
def ask(request: HttpRequest) -> HttpResponse:
    """Ask for the number that the device shows, or for a code from the paper, and lead on."""
    back = safe_path(request, request.POST.get("next") or request.GET.get("next", ""), reverse("admin:index"))
    if request.method != "POST":
        return _page(request, "ask", next=back)
    checked = verbs.check(user=clerk(request), typed=request.POST.get("code", ""), now=clock.now())
    note_second_factor(user=request.user, is_right=checked.is_right)
    if not checked.is_right or checked.device_id is None:
        return _page(request, "ask", next=back, problem=_wrong(checked), status=409)
    second_factor.remember(request, checked.device_id)
    left = verbs.codes_left(clerk(request))
    if left < 3:
        messages.warning(
            request, _("回復コードの残りが%(number)d個です。新しいコードを作ってください。") % {"number": left}
        )
    return redirect(back)


def _device_page(request: HttpRequest, begun: TOTPDevice, problem: str = "", status: int = 200) -> HttpResponse:
    code = segno.make_qr(begun.config_url, error="m")
    picture = mark_safe(code.svg_inline(scale=5, border=4, light="#fff"))  # noqa: S308 - drawn here from our own text
    key = begun.config_url.partition("secret=")[2].partition("&")[0].rstrip("=")
    spaced = " ".join(key[start : start + 4] for start in range(0, len(key), 4))
    return _page(request, "device", picture=picture, key=spaced, problem=problem, status=status)


def _wrong(checked: verbs.Checked) -> str:
    if checked.waits_until is None:
        return _("番号が正しくありません。")
    seconds = max(1, round(checked.waits_until.timestamp() - clock.seconds()))
    return _("番号が正しくありません。%(wait)s待ってから、新しい番号を入力してください。") % {"wait": _span(seconds)}


def _span(seconds: int) -> str:
    if seconds < 60:
        return _("%(number)d秒") % {"number": seconds}
    return _("%(number)d分") % {"number": -(-seconds // 60)}


def _page(request: HttpRequest, name: str, status: int = 200, **context: Any) -> HttpResponse:
    template = f"admin/okalib/second_factor/{name}.html"
    return unstored(render(request, template, desk_context(request, **context), status=status))
