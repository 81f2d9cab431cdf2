"""The values of a facet as links: `{% load catalog_facets %}`, `{% facet_links facet.shown %}`.

Written out here and not as a template: a page of results has forty and more of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

if TYPE_CHECKING:
    from catalog.views.narrowing import FacetLink

register = template.Library()

CHOSEN = (
    '<svg class="facet-mark" viewBox="0 0 12 12" aria-hidden="true" focusable="false">'
    '<path d="M1.5 6.5l3 3 6-7" fill="none" stroke="currentColor" stroke-width="2"/></svg>'
    '<span class="visually-hidden">{}</span>'
)
COUNT = '<span class="quiet">{}<span class="visually-hidden">{}</span></span>'
LINK = '<li><a href="{}" rel="nofollow"{}><span>{}<span class="facet-value">{}</span></span>{}</a></li>'


@register.simple_tag
def facet_links(links: Iterable[FacetLink]) -> SafeString:
    """Write the values of a facet, each with its number and, if the search is narrowed by it, a mark."""
    titles = pgettext("count", "件")
    chosen = mark_safe(' class="chosen"'), format_html(CHOSEN, _("選択中、はずす："))
    rows = (
        (
            link.address,
            *(chosen if link.is_chosen else ("", "")),
            link.words,
            "" if link.count is None else format_html(COUNT, link.count, titles),
        )
        for link in links
    )
    return format_html_join("", LINK, rows)
