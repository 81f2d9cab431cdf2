"""The one line of a title on whether it can be had: `{% load catalog_availability %}`, `{% availability_line … %}`.

Written out here and not as a template: every list has twenty and more of them.
"""

from __future__ import annotations

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from catalog.queries import Availability
from catalog.templatetags.catalog_words import place
from okalib.templatetags.okalib_days import day, is_over

register = template.Library()


@register.simple_tag
def availability_line(found: Availability | None, waiting: int = 0, *, is_on_order: bool = False) -> SafeString:
    """Write whether a title can be had, where or when, and how many wait for it (CAT-6, CAT-7, CAT-8)."""
    if not found:
        return _line("inside", _("注文中") if is_on_order else _("所蔵なし"), "")
    if found.free:
        return _line("good", _("借りられます"), f"　{_where(found)}{_copies(found)}{_waiting(waiting)}")
    if found.copies:
        word = _("貸出中") if found.due_on else found.best.status_label
        queue = _waiting(waiting) or _("・予約なし")
        here = _("・館内では今読めます") if found.to_read_here else ""
        return _line("wait", word, f"{_due(found)}{queue}{here}")
    if found.to_read_here:
        return _line("inside", _("館内閲覧のみ"), f"　{_where(found)}")
    return _line("inside", found.best.status_label, f"　{_('館内閲覧のみの資料です')}")


def _line(tone: str, word: object, rest: str) -> SafeString:
    return format_html('<p class="availability availability-{}"><strong>{}</strong>{}</p>', tone, word, rest)


def _where(found: Availability) -> str:
    return f"{place(found.best.location)} {found.best.call_number}"


def _copies(found: Availability) -> str:
    words = _("（%(copies)s点中%(free)s点）") if found.is_av else _("（%(copies)s冊中%(free)s冊）")
    return words % {"copies": found.copies, "free": found.free}


def _waiting(waiting: int) -> str:
    return _("・予約%(waiting)s人") % {"waiting": waiting} if waiting else ""


def _due(found: Availability) -> str:
    if not found.due_on:
        return ""
    is_late = is_over(found.due_on)
    words = _("返却が遅れています（返却期限 %(due)s）") if is_late else _("返却予定 %(due)s")
    return f"　{words % {'due': day(found.due_on)}}"
