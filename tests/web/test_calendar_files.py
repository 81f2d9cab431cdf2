"""Calendar files: the closed days of a library for everybody, and a patron's own dates at a secret address."""

import logging
from datetime import date, time

import icalendar
import pytest

from circulation import actions as desk
from okalib import clock, days
from okalib.logs import logging_config
from okalib.models import Closure, SpecialOpening


def entries(answer):
    """The entries of a file as (first day, last day, title)."""
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    calendar = icalendar.Calendar.from_ical(answer.content)
    return [
        (event.decoded("dtstart"), days.plus(event.decoded("dtend"), -1), str(event["summary"]))
        for event in calendar.walk("VEVENT")
    ]


def at(month, day, year=2026):
    return clock.standing_at(days.at(date(year, month, day), time(10)))


# --- closed days ---------------------------------------------------------------------------------------------------


def test_closed_days_are_entries_of_whole_days_and_days_on_end_are_one(home, client, ten):
    """CAL-2, CAL-3, CAL-4: from the calendar that the rules use."""
    Closure.objects.create(
        library=home, first_on=date(2027, 1, 19), last_on=date(2027, 1, 22), public_note="蔵書点検のため休館"
    )
    with clock.standing_at(ten):
        found = entries(client.get("/calendar/home.ics"))
    assert found[0] == (date(2026, 12, 7), date(2026, 12, 7), "休館（県立図書館）")
    assert (date(2026, 12, 29), date(2027, 1, 3), "休館（県立図書館）") in found
    assert (date(2027, 1, 19), date(2027, 1, 22), "休館（県立図書館）") in found
    assert (date(2027, 1, 12), date(2027, 1, 12), "休館（県立図書館）") in found  # for the holiday Monday before
    assert not [entry for entry in found if entry[0] <= date(2027, 1, 11) <= entry[1] and "休館" in entry[2]]
    assert max(entry[1] for entry in found) <= date(2027, 12, 1)


def test_unusual_hours_are_entries_too(home, client, ten):
    """CAL-1, CAL-4: a holiday Monday, and an evening that closes early."""
    SpecialOpening.objects.create(
        library=home, day=date(2026, 12, 18), opens=time(9), closes=time(15), note="館内作業のため"
    )
    with clock.standing_at(ten):
        found = entries(client.get("/calendar/home.ics"))
    assert (date(2026, 12, 18), date(2026, 12, 18), "9:00–15:00 開館（県立図書館）") in found
    assert (date(2027, 1, 11), date(2027, 1, 11), "10:00–18:00 開館（県立図書館）") in found
    assert not [entry for entry in found if entry[0] == date(2026, 12, 8)]  # an ordinary Tuesday


def test_each_library_has_a_file_of_its_own_linked_from_its_calendar(home, bizen, client, ten):
    """CAL-4."""
    Closure.objects.create(library=bizen, first_on=date(2026, 12, 8), last_on=date(2026, 12, 8), public_note="工事")
    with clock.standing_at(ten):
        assert "/calendar/bizen.ics" in client.get("/calendar/?library=bizen").content.decode()
        assert date(2026, 12, 8) in [first for first, _last, _title in entries(client.get("/calendar/bizen.ics"))]
        assert date(2026, 12, 8) not in [first for first, _last, _title in entries(client.get("/calendar/home.ics"))]
        assert client.get("/calendar/nowhere.ics").status_code == 404


def test_the_file_of_closed_days_is_public_and_kept_for_an_hour(home, client, ten):
    with clock.standing_at(ten):
        answer = client.get("/calendar/home.ics")
    assert answer["Cache-Control"] == "public, max-age=3600"
    assert not answer.cookies
    assert b"CLASS:PUBLIC" in answer.content


def test_an_entry_has_the_same_name_from_one_fetch_to_the_next(home, client):
    """Or a calendar would show it twice."""

    def names():
        events = icalendar.Calendar.from_ical(client.get("/calendar/home.ics").content).walk("VEVENT")
        return [str(event["uid"]) for event in events]

    with at(12, 1):
        today = names()
    with at(12, 2):
        tomorrow = names()
    assert len(today) == len(set(today))
    assert set(today[:20]) <= set(tomorrow)


# --- a patron's own dates ------------------------------------------------------------------------------------------


@pytest.fixture
def feed(lively, akari, ten):
    """Akari's feed, without titles."""
    return desk.open_feed(patron=akari, shows_titles=False, now=ten)


def address(feed):
    return f"/feeds/{feed.secret}/loans.ics"


def test_the_feed_has_due_dates_deadlines_and_windows(feed, client):
    """LON-1, SHF-2, DLV-1: each with its day and its place; what is not announced has no window yet (DLV-5)."""
    assert entries(client.get(address(feed))) == [
        (date(2026, 12, 2), date(2026, 12, 2), "返却期限：1点（県立図書館）"),
        (date(2026, 12, 12), date(2026, 12, 12), "返却期限：1点（県立図書館）"),
        (date(2026, 12, 17), date(2026, 12, 17), "返却期限：1点（備前市立図書館）"),
        (date(2026, 12, 24), date(2026, 12, 24), "返却期限：1点（備前市立図書館）"),
        (date(2026, 12, 5), date(2026, 12, 5), "取置期限：1点（県立図書館）"),
        (date(2026, 11, 27), date(2026, 12, 3), "受渡期間：1点（備前市立図書館）"),
    ]


def test_titles_are_in_it_by_wish_alone(feed, client, akari, ten):
    """Calendars are shared."""
    assert "吾輩は猫である" not in client.get(address(feed)).content.decode()
    feed = desk.open_feed(patron=akari, shows_titles=True, now=ten)
    titles = [title for _first, _last, title in entries(client.get(address(feed)))]
    assert "返却期限：吾輩は猫である（県立図書館）" in titles


def test_what_is_due_on_one_day_at_one_place_is_one_entry(home, akari, kusamakura, botchan, desk_clerk, client, ten):
    for bib in (kusamakura, botchan):
        desk.check_out(item=bib.items.first(), patron=akari, by=desk_clerk, now=ten)
    feed = desk.open_feed(patron=akari, shows_titles=True, now=ten)
    with clock.standing_at(ten):
        answer = client.get(address(feed))
    assert [title for _first, _last, title in entries(answer)] == ["返却期限：2点（県立図書館）"]
    (event,) = icalendar.Calendar.from_ical(answer.content).walk("VEVENT")
    assert set(str(event["description"]).splitlines()) == {"草枕", "坊っちゃん"}


def test_what_has_ended_vanishes(feed, client, lively, desk_clerk, bizen, ten):
    """Returned, received elsewhere, cancelled by its end."""
    desk.check_in(item=lively.loans["due_soon"].item, by=desk_clerk, now=ten)
    desk.receive(item=lively.loans["delivered"].item, library=bizen, by=None, now=ten)
    found = entries(client.get(address(feed)))
    assert date(2026, 12, 2) not in [first for first, _last, _title in found]
    assert date(2026, 12, 17) not in [first for first, _last, _title in found]
    assert not [title for _first, _last, title in found if "受渡期間" in title]


def test_a_renewed_loan_is_there_once_on_its_new_day(feed, client, lively, akari, ten):
    """REN-1."""
    desk.renew(loan=lively.loans["due_soon"], by=akari.user, now=ten)
    days_of_return = [first for first, _last, title in entries(client.get(address(feed))) if "返却期限" in title]
    assert date(2026, 12, 15) in days_of_return
    assert date(2026, 12, 2) not in days_of_return


def test_entries_make_nobody_busy_and_ring_no_bell(feed, client):
    text = client.get(address(feed)).content.decode()
    assert "VALARM" not in text
    assert text.count("TRANSP:TRANSPARENT") == text.count("BEGIN:VEVENT")
    assert text.count("CLASS:PRIVATE") == text.count("BEGIN:VEVENT")
    assert text.count("DTSTART;VALUE=DATE:") == text.count("BEGIN:VEVENT")
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))


def test_two_patrons_in_one_calendar_do_not_cover_each_other(lively, akari, aya, client, ten):
    """A family subscribes to both."""
    texts = [
        client.get(address(desk.open_feed(patron=patron, shows_titles=False, now=ten))).content
        for patron in (akari, aya)
    ]
    names = [{str(event["uid"]) for event in icalendar.Calendar.from_ical(text).walk("VEVENT")} for text in texts]
    assert names[0]
    assert names[1]
    assert not names[0] & names[1]


def test_the_feed_speaks_the_language_of_its_patron(feed, client, akari):
    akari.language = "en"
    akari.save()
    assert "県立図書館" not in client.get(address(feed)).content.decode()


@pytest.mark.parametrize("secret", ["x", "a" * 43, "é" * 43, "a" * 5000, "%00"])
def test_an_unknown_address_is_a_plain_404(feed, client, secret):
    answer = client.get(f"/feeds/{secret}/loans.ics")
    assert answer.status_code == 404
    assert secret not in answer.content.decode()


def test_the_feed_is_stored_nowhere_and_sets_no_cookie(feed, client):
    for answer in (client.get(address(feed)), client.get("/feeds/unknown/loans.ics")):
        assert "no-store" in answer["Cache-Control"]
        assert not answer.cookies
        assert "Cookie" not in answer.get("Vary", "")


def test_a_lapsed_and_a_dead_card_end_the_feed(feed, client, akari, ten):
    """PAT-1, PAT-2: and fetching it keeps no card alive."""
    akari.refresh_from_db()
    before = akari.last_used_on
    client.get(address(feed))
    akari.refresh_from_db()
    assert akari.last_used_on == before
    with at(12, 1, year=2028):
        assert client.get(address(feed)).status_code == 404
    akari.cards.update(ended_at=ten)
    assert client.get(address(feed)).status_code == 404


def test_the_secret_stands_in_no_log(feed, client, caplog):
    """The log has names of routes; Django's own line about a missing page, which has the address, is shut off."""
    ours = logging_config("INFO")["loggers"]
    assert ours["django.request"]["level"] == "CRITICAL"
    assert ours["django.server"]["level"] == "ERROR"
    caplog.set_level("CRITICAL", "django.request")
    with caplog.at_level(logging.DEBUG):
        client.get(address(feed))
        client.get(f"/feeds/{feed.secret}x/loans.ics")
    assert caplog.text.count("'route': 'loans_feed'") == 2
    assert feed.secret not in caplog.text


def test_a_calendar_may_only_be_read(feed, client):
    assert client.post(address(feed)).status_code == 405
