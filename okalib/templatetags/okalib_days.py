"""Days in templates: `{% load okalib_days %}`, then `{{ loan.due_on|day }}`."""

from datetime import date, datetime

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from okalib import clock, wording
from okalib.days import day_of

register = template.Library()


@register.filter
def day(value: date | datetime | None, today: date | None = None) -> str:
    """Write a day, or the Tokyo day of an instant, in the reader's language; nothing for no day.

    The year is shown if it is not that of `today`, by default the day that the clock shows. A text that is kept,
    as in `{{ due_on|day:sent_on }}`, names the day from which it speaks.
    """
    if not value:
        return ""
    shown = day_of(value) if isinstance(value, datetime) else value
    write = wording.day_en if (get_language() or "ja").startswith("en") else wording.day_ja
    return write(shown, today or clock.today())


@register.filter
def is_over(value: date) -> bool:
    """Whether a day has passed: what was expected for it is late."""
    return value < clock.today()


@register.simple_tag
def period(first: date, last: date, today: date | None = None) -> SafeString:
    """Write a day, or from which day to which; no line breaks within a day."""
    ends = [format_html('<span class="whole">{}</span>', day(each, today)) for each in dict.fromkeys((first, last))]
    if len(ends) == 1:
        return ends[0]
    return mark_safe(_("%(first)sから%(last)s") % {"first": ends[0], "last": ends[1]})  # noqa: S308 - both are escaped
