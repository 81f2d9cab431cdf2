"""The basket in the frame of every page: `{% load holds_basket %}`."""

from __future__ import annotations

from django import template
from django.template.context import Context

from okalib.web import patron_of

register = template.Library()


@register.simple_tag(takes_context=True)
def basket_size(context: Context) -> int:
    """Return how many titles the patron who looks at the page has in the basket; 0 for others."""
    if "basket_size" in context:  # a page that has read it already
        return int(context["basket_size"])
    request = context.get("request")
    patron = patron_of(request) if request is not None else None
    return patron.basket.count() if patron else 0
