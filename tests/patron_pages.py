"""Every page that a patron can open, by a name: what is asked of all pages is asked of these.

`public_pages` open for everybody, `own_pages` after Akari has logged in. A page that is missing here is named by
tests/web/test_all_pages.py.
"""

from __future__ import annotations

from urllib.parse import urlencode

from django.urls import reverse

from okalib.models import News


def public_pages(lively) -> dict[str, str]:
    """The address of each page for everybody."""
    library = lively.holds["waiting"].pickup_at
    news, _is_new = News.objects.get_or_create(
        title="年末年始の開館", text="1月4日は正午から開館します。", first_on="2026-11-01"
    )
    return {
        "home": "/",
        "results": _search(q="夏目"),
        "results-many-conditions": _search(
            q="の", material=["book", "video"], year_from="1900", language="jpn", per="50"
        ),
        "results-nothing": _search(q="吾輩は犬である", material="book"),
        "detailed": reverse("detailed_search"),
        "suggestions": f"{reverse('suggestions')}?q=なつ",
        "browse": reverse("browse"),
        "new": reverse("new_arrivals"),
        "most-reserved": reverse("most_reserved"),
        "classes": reverse("classes"),
        "class": reverse("class", args=["91"]),
        "shelf": reverse("shelf"),
        "elsewhere": f"{reverse('cross_search')}?q=夏目",
        "record": _record(lively, "waiting"),
        "record-inside": _record(lively, "reference"),
        "calendar": "/calendar/?month=2027-01",
        "libraries": reverse("libraries"),
        "library": reverse("library", args=[library.code]),
        "deliveries": reverse("deliveries"),
        "guide": reverse("guide"),
        "questions": reverse("questions"),
        "news": reverse("news"),
        "news-item": reverse("news_item", args=[news.pk]),
        "login": "/login/?next=/my/",
        "activation": reverse("activation"),
        "lost-password": reverse("lost_password"),
        "password-link-sent": reverse("password_link_sent"),
        "session-end": reverse("session_end"),
        "missing": "/records/0/",
    }


def own_pages(lively) -> dict[str, str]:
    """The address of each page of Akari's own, and of pages that say more to her."""
    holds = {f"hold-{name}": reverse("hold", args=[lively.holds[name].pk]) for name in ("waiting", "paused", "ready")}
    return holds | {
        "my": reverse("my"),
        "card": reverse("card"),
        "notices": reverse("notices"),
        "basket": reverse("basket"),
        "requests": reverse("requests"),
        "settings": reverse("own_settings"),
        "reading-record": reverse("reading_record"),
        "saved-searches": reverse("saved_searches"),
        "own-home": "/",
        "own-results": _search(q="夏目"),
        "own-record": _record(lively, "film"),
        "own-record-reserved": _record(lively, "waiting"),
        "own-record-refused": _record(lively, "reference"),
    }


def _search(**parameters) -> str:
    return f"{reverse('search')}?{urlencode(parameters, doseq=True)}"


def _record(lively, name) -> str:
    return reverse("record", args=[lively.bibs[name].pk])
