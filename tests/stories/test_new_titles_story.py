"""A reader who keeps a search, the mail when something came, and the address in it that ends the mails (SDI)."""

import re
from datetime import date, time

import pytest
from django.test import Client

from catalog import actions as catalog
from catalog import queries as titles
from catalog.forms.saved import query_at
from catalog.interchange import BibRecord
from okalib import days

pytestmark = pytest.mark.django_db


def at(day, hour=10):
    return days.at(day, time(hour))


def december(day):
    return date(2026, 12, day)


def take_in(now, *names):
    catalog.import_records(records=[BibRecord(source="test", source_id=name, title=name) for name in names], now=now)


def test_a_search_is_kept_told_looked_at_and_stopped(akari, aya, home, job, mailbox, all_is_well):
    """SDI, NTF-2, OPS-2, RFC 8058."""
    # Tuesday: two books on castles are there, Akari keeps the search by mail, Aya only on her page
    take_in(at(december(1), 9), "岡山城", "備中松山城")
    search = catalog.save_search(patron=akari, address="q=城", name="お城", wants_mail=True, now=at(december(1)))
    quiet = catalog.save_search(patron=aya, address="q=城", name="城", wants_mail=False, now=at(december(1)))

    # Wednesday morning: nothing has come since, and no mail says so
    assert job("new_arrivals", december(2)) == {}
    assert mailbox(akari) == []

    # During the day one comes and something else, and on Thursday morning the mail names the one
    take_in(at(december(2)), "姫路城の四季", "魚の図鑑")
    assert job("new_arrivals", december(3)) == {"told": 1}
    (letter,) = mailbox(akari)
    assert "姫路城の四季" in letter and "お城" in letter
    assert "岡山城" not in letter and "魚の図鑑" not in letter
    assert mailbox(aya) == []

    # Both see it on their pages until they look
    assert [news.total for news in titles.unseen([search, quiet], read=query_at, most=3)] == [1, 1]
    catalog.note_look(search=quiet)
    assert [news.total for news in titles.unseen(titles.saved_searches(aya), read=query_at, most=3)] == [0]

    # Run twice, the job tells nobody twice
    assert job("new_arrivals", december(3)) == {}

    # The address in the mail ends the mails, and leaves the search
    (address,) = re.findall(r"https?://[^/]+(/new-titles/stop/\S+/)", letter)
    Client().post(address, {"List-Unsubscribe": "One-Click"})
    take_in(at(december(3)), "松江城")
    assert job("new_arrivals", december(4)) == {}
    assert len(mailbox(akari)) == 1
    assert [news.total for news in titles.unseen(titles.saved_searches(akari), read=query_at, most=3)] == [2]
    all_is_well(december(4))
