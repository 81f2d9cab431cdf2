"""A forecast in words: `{% load holds_forecast %}{{ forecast|in_words }}`."""

from __future__ import annotations

from django import template
from django.utils.translation import get_language

from holds.rules import Forecast
from okalib import clock, wording

register = template.Library()


@register.filter
def in_words(forecast: Forecast | None) -> str:
    """Write by when something will probably be ready, in the reader's language; nothing for no forecast (HLD-12)."""
    if forecast is None:
        return ""
    write = wording.about_en if (get_language() or "ja").startswith("en") else wording.about_ja
    return write(forecast.earliest, forecast.latest, clock.today())
