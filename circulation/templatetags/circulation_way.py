"""The way of a delivered item in words: `{% load circulation_way %}`."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext_lazy as _

register = template.Library()

STEP_WORDS = {
    "secured": _("確保"),
    "packed": _("袋詰め"),
    "sent": _("発送済"),
    "at_central": _("中央館に到着"),
    "arrived": _("受渡館に到着"),
    "handed_over": _("お渡し済"),
    "on_the_way_back": _("返送中"),
    "returned": _("返却済"),
}


@register.filter
def step_words(step: str) -> str:
    """Write one step of an item's way (DLV-12)."""
    return str(STEP_WORDS.get(step, step))
