"""The small machinery of the pages: `{% load okalib_ui %}`."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import urlencode

import barcode
import segno
from django import template
from django.http import HttpRequest
from django.template.context import Context
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from okalib import queries, wording
from okalib.days import Hours
from okalib.rules import Refusal

register = template.Library()

SHORTEST_NUMBER = 3  # as 110
_NUMBER = re.compile(r"\+?[0-9][0-9\s().-]*")

BAR_WIDTH = 2
BAR_HEIGHT = 72
QR_MODULE = 8  # pixels for each of its small squares
QR_QUIET_ZONE = 4  # squares of white all around, as the standard asks
QUIET_ZONE = 10  # modules of white on either side, without which a scanner does not see the first bar


@register.filter
def in_my_language(refusal: Refusal) -> str:
    """Write a refusal in the reader's language."""
    return refusal.in_language(get_language() or "ja")


@register.filter
def telephone(number: str) -> str:
    """Write a telephone number as a link that a phone dials, without an extension; what is no number stays a text."""
    found = _NUMBER.search(unicodedata.normalize("NFKC", number or ""))
    dialled = re.sub(r"[^+\d]", "", found[0]) if found else ""
    if len(dialled) < SHORTEST_NUMBER:
        return number
    return format_html('<a class="phone" href="tel:{}">{}</a>', dialled, number)


@register.filter
def hours(value: Hours | None) -> str:
    """Write the hours of a day, or that it is closed."""
    return str(value) if value else _("休館")


@register.filter
def month_name(value: object) -> str:
    """Write the month of a day: 2026年12月, December 2026."""
    year, number = value.year, value.month  # type: ignore[attr-defined]
    if (get_language() or "ja").startswith("en"):
        return f"{wording.MONTHS_EN[number - 1]} {year}"
    return f"{year}年{number}月"


@register.simple_tag
def site_name() -> str:
    """Return the name of the prefectural library in the reader's language."""
    home = queries.home_library_name()
    return home or _("図書館")


@register.simple_tag(takes_context=True)
def language_address(context: Context, language: str) -> str:
    """Return the address that shows this very page in another language; after a form, the page that it was on."""
    request: HttpRequest | None = context.get("request")
    here = "/"
    if request is not None:
        here = request.get_full_path() if request.method == "GET" else str(context.get("page_address") or "/")
    return f"{reverse('language', args=[language])}?{urlencode({'next': here})}"


@register.simple_tag
def card_barcode(number: str) -> SafeString:
    """Draw a card number as NW-7 bars, an SVG without style or script; nothing for a number NW-7 cannot hold."""
    try:
        modules = barcode.get("nw-7", f"A{number}A").build()[0]
    except barcode.errors.BarcodeError:
        return mark_safe("")
    width = (len(modules) + 2 * QUIET_ZONE) * BAR_WIDTH
    bars = "".join(
        f'<rect x="{(QUIET_ZONE + place) * BAR_WIDTH}" y="0" width="{BAR_WIDTH * length}" height="{BAR_HEIGHT}"/>'
        for place, length in _runs(modules)
    )
    return mark_safe(  # noqa: S308 - nothing in it but numbers
        f'<svg viewBox="0 0 {width} {BAR_HEIGHT}" width="{width}" height="{BAR_HEIGHT}" fill="#000" '
        f'preserveAspectRatio="none" shape-rendering="crispEdges" aria-hidden="true" focusable="false">{bars}</svg>'
    )


@register.simple_tag
def card_qr_code(number: str) -> SafeString:
    """Draw a card number as a QR code, an SVG without style or script; nothing for no number."""
    if not number:
        return mark_safe("")
    code = segno.make_qr(number, error="m")
    modules = code.symbol_size(border=QR_QUIET_ZONE)[0]
    dark = "".join(
        f"M{QR_QUIET_ZONE + place} {QR_QUIET_ZONE + row}h{length}v1h-{length}z"
        for row, cells in enumerate(code.matrix)
        for place, length in _runs("".join(str(int(cell)) for cell in cells))
    )
    return mark_safe(  # noqa: S308 - nothing in it but numbers
        f'<svg viewBox="0 0 {modules} {modules}" width="{modules * QR_MODULE}" height="{modules * QR_MODULE}" '
        f'fill="#000" shape-rendering="crispEdges" aria-hidden="true" focusable="false"><path d="{dark}"/></svg>'
    )


def _runs(modules: str) -> list[tuple[int, int]]:
    """Return start and length of each black run, so that no hairline of white divides a wide bar."""
    runs: list[tuple[int, int]] = []
    for place, module in enumerate(modules):
        if module != "1":
            continue
        if runs and sum(runs[-1]) == place:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        else:
            runs.append((place, 1))
    return runs
