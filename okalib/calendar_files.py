"""Days as an iCalendar file (RFC 5545) that telephones and calendars subscribe to.

Every entry is one of whole days, by the calendar of Tokyo, so that no time zone moves it. It makes nobody busy and
rings no bell: what reminds is the library's notice, and a bell is the reader's own choice.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import icalendar
from django.http import HttpResponse

from okalib import days

MAKER = "-//okalib//NONSGML okalib//JA"
ASK_AGAIN_AFTER = timedelta(hours=6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of whole days, both included; `uid` stays the same for the same thing, from one fetch to the next."""

    uid: str
    first_on: date
    last_on: date
    title: str
    text: str = ""
    place: str = ""
    address: str = ""


def calendar_file(
    name: str, entries: Iterable[Entry], *, now: datetime, language: str = "ja", is_private: bool = False
) -> bytes:
    """Return an iCalendar file of some entries; private ones say so to whoever shares the calendar."""
    file = icalendar.Calendar()
    file.add("prodid", MAKER)
    file.add("version", "2.0")
    file.add("calscale", "GREGORIAN")
    file.add("method", "PUBLISH")
    for wanted in ("name", "x-wr-calname"):  # the standard's name, and the one that older programs read
        file.add(wanted, name)
    file.add("x-wr-timezone", "Asia/Tokyo")
    file.add("refresh-interval", ASK_AGAIN_AFTER, parameters={"value": "DURATION"})
    file.add("x-published-ttl", icalendar.vDuration(ASK_AGAIN_AFTER).to_ical().decode())
    for entry in entries:
        file.add_component(_event(entry, now, language, is_private))
    return file.to_ical()


def _event(entry: Entry, now: datetime, language: str, is_private: bool) -> icalendar.Event:
    event = icalendar.Event()
    event.add("uid", entry.uid)
    event.add("dtstamp", now)
    event.add("dtstart", entry.first_on)
    event.add("dtend", days.plus(entry.last_on, 1))  # the standard's end is the first day that is no longer meant
    event.add("summary", entry.title, parameters={"language": language})
    for field, value in (("description", entry.text), ("location", entry.place), ("url", entry.address)):
        if value:
            event.add(field, value)
    event.add("transp", "TRANSPARENT")
    event.add("class", "PRIVATE" if is_private else "PUBLIC")
    return event


def calendar_response(content: bytes, file_name: str) -> HttpResponse:
    """Give an iCalendar file to subscribe to, or to open once."""
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    response.headers["Content-Disposition"] = f'inline; filename="{file_name}.ics"'
    return response
