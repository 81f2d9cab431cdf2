"""One mail a day with what is new in the searches that a patron keeps (SDI).

1. Note what became findable without anybody noting it, and close the batch: what comes later is tomorrow's.
2. Go through the patrons who keep searches by mail, whom mail reaches, and who were not told up to this batch yet.
3. Ask their searches of the new titles alone, many in one statement, and have done with those for which nothing came.
4. For each patron who is left, in one transaction: lock the searches, ask again, write one notice under the key of
   patron and day, and note how far they were told. With a mail of this day already written, leave them for tomorrow.

Killed anywhere and run again, it goes on with whoever was not told yet (OPS-2).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction
from django.urls import reverse

from catalog import actions as catalog
from catalog import queries as titles
from catalog import stop_links
from catalog.models import Bib
from catalog.queries.saved import Read, SearchNews
from notifications import queries
from notifications.actions.posting import post
from notifications.causes import still_true
from notifications.models import Notice
from notifications.rules import Kind
from okalib import days
from okalib.models import Patron, PolicySettings
from okalib.transactions import verb

CHUNK = 500
LOT = 50
"""Searches of one statement."""

USEFUL_FOR = timedelta(days=3)
STOPPED = "新着のメールが停止されたため"
UNREACHABLE = "メールで連絡できなくなったため"
GONE = "お知らせする資料がなくなったため"

log = structlog.get_logger("notifications")


def tell_new_arrivals(*, read: Read, now: datetime) -> Counter[str]:
    """Write the mails of the day about new titles; returns how many patrons were told, and how many titles are new.

    `read` reads the address of a search. A search that cannot be asked stops no other patron's mail (NTF-2).
    """
    counts: Counter[str] = Counter()
    catalog.note_missed(now=now)
    batch, today, last = catalog.close_batch(), days.day_of(now), 0
    most = PolicySettings.current().new_titles_listed
    while patrons := titles.patrons_to_tell(batch, after=last, number=CHUNK, today=today):
        last = patrons[-1]
        with_news = _with_news(patrons, batch, read)
        counts["nothing_new"] += len(patrons) - len(with_news)
        for patron_id in with_news:
            try:
                counts[_tell(patron_id=patron_id, batch=batch, read=read, most=most, now=now)] += 1
            except Exception as problem:  # neither whose search it was nor what it asked for is anybody's business
                log.error("new titles not told", kind=type(problem).__name__)
                counts["put_aside"] += 1
    return +counts


def _with_news(patrons: Sequence[int], batch: int, read: Read) -> list[int]:
    """Return the patrons for whom something may have come, and note that the searches of the others know of it all.

    A lot of searches of which one cannot be asked is left to the patrons one by one.
    """
    found: set[int] = set()
    searches = titles.untold_searches(patrons, batch)
    for start in range(0, len(searches), LOT):
        lot = searches[start : start + LOT]
        try:
            with transaction.atomic():
                answers = titles.has_news(lot, up_to=batch, read=read)
        except Exception:
            answers = [True] * len(lot)
        catalog.note_told(searches=[one for one, news in zip(lot, answers, strict=True) if not news], up_to=batch)
        found |= {one.patron_id for one, news in zip(lot, answers, strict=True) if news}
    return sorted(found)


@verb
def _tell(*, patron_id: int, batch: int, read: Read, most: int, now: datetime) -> str:
    """Tell one patron; returns what became of it."""
    searches = titles.untold_searches([patron_id], batch, locked=True)
    key = key_of(patron_id, days.day_of(now))
    if queries.of_key(key) is not None:
        return "told_already"
    found = [news for news in titles.untold(searches, up_to=batch, read=read, most=most) if news.total]
    if found:
        post(
            key=key,
            kind=Kind.NEW_ARRIVALS,
            patron=Patron.objects.get(pk=patron_id),
            context=_words(patron_id, found),
            cause=f"saved_searches:{patron_id}",
            now=now,
            useful_until=now + USEFUL_FOR,
        )
    catalog.note_told(searches=searches, up_to=batch)
    return "told" if found else "nothing_new"


def key_of(patron_id: int, day: date) -> str:
    """The key of the one mail of a patron and day."""
    return f"{Kind.NEW_ARRIVALS}:{patron_id}:{day}"


def _words(patron_id: int, found: Sequence[SearchNews]) -> dict[str, Any]:
    site = settings.SITE_URL.rstrip("/")
    searches = [
        {
            "search": news.search.pk,
            "name": news.search.name,
            "total": news.total,
            "titles": [{"bib": bib.pk, "title": _title(bib)} for bib in news.bibs],
            "more": news.total - len(news.bibs),
            "address": f"{site}{reverse('search')}?{news.search.address}",
        }
        for news in found
    ]
    return {
        "total": sum(news.total for news in found),
        "searches": searches,
        "stop_address": f"{site}{reverse('stop_search_mails', args=[stop_links.token_of(patron_id)])}",
    }


def _title(bib: Bib) -> str:
    author = next((contributor.get("name", "") for contributor in bib.contributors), "")
    return f"{bib.full_title} / {author}" if author else bib.full_title


@still_true(Kind.NEW_ARRIVALS)
def no_longer_news(notice: Notice) -> str | None:
    """Drop the searches that were deleted or stopped and the titles that were hidden since (NTF-2, A178)."""
    if notice.patron is None or not notice.patron.can_be_mailed:
        return UNREACHABLE
    mailed = titles.mailed_searches(notice.patron.pk)
    searches = [search for search in notice.context.get("searches", []) if search["search"] in mailed]
    if not searches:
        return STOPPED
    visible = titles.still_visible([line["bib"] for search in searches for line in search["titles"]])
    for search in searches:
        standing = [line for line in search["titles"] if line["bib"] in visible]
        search["total"] -= len(search["titles"]) - len(standing)
        search["titles"] = standing
    notice.context["searches"] = [search for search in searches if search["total"]]
    notice.context["total"] = sum(search["total"] for search in searches)
    return None if notice.context["searches"] else GONE
