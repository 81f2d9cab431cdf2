"""Papers as PDF, where WeasyPrint is installed: `pip install okalib[pdf]` and Debian's Pango.

Without it everything prints as HTML; the pages say so instead of showing a button that fails.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from django.contrib.staticfiles import finders

STYLE = "admin-okalib/delivery_paper.css"


@lru_cache(maxsize=1)
def can_write_pdf() -> bool:
    """Tell whether WeasyPrint and the libraries of the system that it needs are there."""
    try:
        import weasyprint  # noqa: F401 - it loads Pango, and fails here where that is missing
    except (ImportError, OSError):
        return False
    return True


def pdf(html: str) -> bytes:
    """Set a page of ours on A4 by the style sheet of the papers; nothing is fetched from anywhere."""
    import weasyprint

    style = Path(str(finders.find(STYLE))).read_text(encoding="utf-8")
    page = weasyprint.HTML(string=html, url_fetcher=_fetch_nothing)
    written = page.write_pdf(stylesheets=[weasyprint.CSS(string=style, url_fetcher=_fetch_nothing)])
    return bytes(written or b"")


def _fetch_nothing(url: str, *_args: Any, **_options: Any) -> dict[str, Any]:
    raise ValueError(f"A paper has no links to fetch: {url}")
