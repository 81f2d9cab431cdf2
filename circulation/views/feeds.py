"""A patron's dates for their own calendar: the feed at its secret address, and switching it on and off.

The address is all that a calendar program has to show, so it is treated like a password: 256 bits, a hash in the
database, the name of the route in the log, nothing stored on the way. It opens dates, and titles only if the patron
wants them there, because calendars are shared. A feed ends with the card: once that has lapsed or is dead, the address
is as unknown as any other. Fetching it is no use of the card (PAT-1): machines do it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import translation
from django.utils.cache import add_never_cache_headers, patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from circulation import actions, queries
from circulation.views.ways import journeys
from delivery import queries as deliveries
from holds import queries as holds
from okalib import clock
from okalib import queries as house
from okalib.calendar_files import Entry, calendar_file, calendar_response
from okalib.web import PatronRequest, patron_page


@require_safe
def loans_feed(request: HttpRequest, secret: str) -> HttpResponse:
    """Give the due dates, the days to keep until and the pickup windows of whoever has this address."""
    feed, now = queries.feed_at(secret), clock.now()
    if feed is None or not _has_card(feed.patron):
        return _unstored(HttpResponse("404\n", status=404, content_type="text/plain; charset=utf-8"))
    with translation.override(feed.patron.language):
        name = _("図書館の期限（%(library)s）") % {"library": house.home_library_name() or _("図書館")}
        content = calendar_file(
            name, entries(feed, clock.today()), now=now, language=feed.patron.language, is_private=True
        )
    return _unstored(calendar_response(content, "loans"))


def _has_card(patron: Any) -> bool:
    """Whether the patron has a card in force that has not lapsed (PAT-1, PAT-2)."""
    return bool(patron.card_number) and not patron.is_lapsed(clock.today(), house.policy())


def _unstored(response: HttpResponse) -> HttpResponse:
    add_never_cache_headers(response)
    patch_cache_control(response, no_store=True)
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def entries(feed: queries.CalendarFeed, today: date) -> list[Entry]:
    """Return what is to be done on which day; what is alike on one day at one place is one entry."""
    loans, ways = deliveries.loans_and_ways(feed.patron)
    coming = {pk: journey for pk, journey in journeys(ways, loans, today).items() if journey.is_to_be_collected}
    kept = [hold for hold in holds.of_patron(feed.patron) if hold.is_ready]
    due = ((loan.due_on, loan.due_on, loan.return_to, loan.item.bib) for loan in loans if loan.received_on is None)
    bags = [(coming[loan.pk].way.bag, loan.item.bib) for loan in loans if loan.pk in coming]
    windows = ((bag.run.window_from, bag.last_day, bag.library, bib) for bag, bib in bags)
    deadlines = ((hold.keep_until, hold.keep_until, hold.pickup_at, hold.bib) for hold in kept if hold.keep_until)
    return [
        *_alike(feed, "due", _("返却期限"), due),
        *_alike(feed, "keep", _("取置期限"), deadlines),
        *_alike(feed, "window", _("受渡期間"), windows),
    ]


def _alike(
    feed: queries.CalendarFeed, kind: str, words: str, found: Iterable[tuple[date, date, Any, Any]]
) -> list[Entry]:
    """Return one entry for each stretch of days and place; its uid is theirs, whatever is returned or renewed."""
    bibs: dict[tuple[date, date, int], list[Any]] = {}
    places: dict[int, Any] = {}
    for first_on, last_on, library, bib in found:
        bibs.setdefault((first_on, last_on, library.pk), []).append(bib)
        places[library.pk] = library
    return [
        Entry(
            uid=f"{kind}-{last_on:%Y%m%d}-{places[place].code}-{feed.pk}@okalib",
            first_on=first_on,
            last_on=last_on,
            title=_heading(feed, words, places[place].label, wanted),
            text="\n".join(bib.full_title for bib in wanted) if feed.shows_titles else "",
            place=places[place].label,
        )
        for (first_on, last_on, place), wanted in sorted(bibs.items(), key=lambda each: each[0])
    ]


def _heading(feed: queries.CalendarFeed, words: str, place: str, wanted: list[Any]) -> str:
    """Return what the entry is called: a single title by its name if that is wanted, else how many there are."""
    if feed.shows_titles and len(wanted) == 1:
        return _("%(words)s：%(title)s（%(place)s）") % {"words": words, "title": wanted[0].full_title, "place": place}
    return _("%(words)s：%(n)d点（%(place)s）") % {"words": words, "n": len(wanted), "place": place}


@require_POST
@patron_page
def set_feed(request: PatronRequest) -> HttpResponse:
    """Switch the feed on, or change whether it names titles."""
    shows_titles = request.POST.get("shows_titles") == "yes"
    actions.open_feed(patron=request.patron, shows_titles=shows_titles, now=clock.now())
    said = (
        _("カレンダーに期限と書名を配信します。")
        if shows_titles
        else _("カレンダーに期限を配信します。書名は含めません。")
    )
    messages.success(request, said)
    return redirect("own_settings")


@require_POST
@patron_page
def move_feed(request: PatronRequest) -> HttpResponse:
    """Give the feed another address; the old one is dead at once."""
    if actions.move_feed(patron=request.patron, now=clock.now()) is not None:
        messages.success(request, _("カレンダーのアドレスを新しくしました。以前のアドレスは使えません。"))
    return redirect("own_settings")


@require_POST
@patron_page
def close_feed(request: PatronRequest) -> HttpResponse:
    """Switch the feed off."""
    actions.close_feed(patron=request.patron)
    messages.success(request, _("カレンダーへの配信をやめました。以前のアドレスは使えません。"))
    return redirect("own_settings")
