"""What the pages and papers of the desk write: `{% load okalib_desk %}`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import template
from django.utils.safestring import SafeString

from okalib import clock, staff_words
from okalib.models import Patron
from okalib.templatetags.okalib_ui import card_barcode

register = template.Library()


@register.simple_tag
def nw7(number: str) -> SafeString:
    """Draw a number as NW-7 bars for paper and screen."""
    return card_barcode(number)


@register.simple_tag
def training_clock() -> datetime | None:
    """The moment at which the clock of a training stands, so that the pages say so; None in earnest."""
    return clock.stands_at()


@register.filter
def last_digits(patron: Patron | None) -> str:
    """Write the last four digits of a patron's card: enough to find a slip, too few to use."""
    return f"*{patron.card_number[-4:]}" if patron and patron.card_number else ""


@register.filter
def of(key: Any, mapping: dict[Any, Any]) -> Any:
    """Look a key up: `{{ hold.pk|of:places }}`."""
    return mapping.get(key)


@register.filter
def action_word(verb: str) -> str:
    """Write what staff did, in the words of the pages."""
    return str(staff_words.word(verb))
