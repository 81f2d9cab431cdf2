"""Charts in templates: `{% load okalib_charts %}`, then `{% picture sheet %}` and the cells of its table."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from okalib.templatetags.okalib_days import day

register = template.Library()


@register.simple_tag
def picture(sheet: Any) -> SafeString:
    """Draw the picture of a sheet; `okalib.charts` has escaped every text in it."""
    return mark_safe(sheet.picture)  # noqa: S308


@register.simple_tag
def cell_of(sheet: Any, column: int, cell: object) -> SafeString:
    """Write one cell: the first of a row is its heading, a number stands right, nothing is a dash."""
    text = (
        "—" if cell is None else day(cell) if isinstance(cell, date) else f"{cell:,}" if isinstance(cell, int) else cell
    )
    if column == 0:
        return format_html('<th scope="row">{}</th>', text)
    return format_html('<td class="desk-number" data-label="{}">{}</td>', sheet.header[column], text)
