"""New titles come in, searches are saved and mails are written at the same moment (SDI, OPS-2)."""

import os
from collections import Counter
from datetime import date, time, timedelta
from functools import partial

import pytest

from catalog import actions as catalog
from catalog.forms.saved import query_at
from catalog.interchange import BibRecord
from catalog.models import SavedSearch
from notifications import actions as notifications
from notifications.models import Notice
from okalib import days

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]

TIMES = range(int(os.environ.get("OKALIB_RACES", "10")))
MORNING = days.at(date(2026, 12, 2), time(6))


def take_in(name):
    return partial(catalog.import_records, records=[BibRecord(source="test", source_id=name, title=name)], now=MORNING)


def save(patron, word="猫"):
    return partial(catalog.save_search, patron=patron, address=f"q={word}", name=word, wants_mail=True, now=MORNING)


def tell(day=0):
    return partial(notifications.tell_new_arrivals, read=query_at, now=MORNING + timedelta(days=day))


def test_what_comes_in_while_the_mails_are_written_is_told_once_today_or_tomorrow(at_once, akari):
    """Nothing lost, nothing twice, whoever commits first."""
    save(akari)()
    for number in TIMES:
        at_once(*(take_in(f"猫 {number}-{copy}") for copy in range(3)), tell(2 * number), catalog.close_batch)
        tell(2 * number + 1)()
    told = Counter(
        line["title"]
        for notice in Notice.objects.all()
        for search in notice.context["searches"]
        for line in search["titles"]
    )
    assert told == Counter({f"猫 {number}-{copy}": 1 for number in TIMES for copy in range(3)})


def test_two_workers_write_one_mail_to_a_patron(at_once, akari, aya):
    save(akari)(), save(aya)()
    for number in TIMES:
        take_in(f"猫 {number}")()
        at_once(tell(number), tell(number), tell(number))
        assert Notice.objects.count() == 2 * (number + 1)


def test_a_double_click_saves_one_search_and_the_last_place_is_given_once(at_once, akari, policy):
    """HLD-11."""
    policy.saved_searches_most = 1
    policy.save()
    for number in TIMES:
        SavedSearch.objects.all().delete()
        race = at_once(save(akari, f"猫{number}"), save(akari, f"猫{number}"), save(akari, f"犬{number}"))
        assert SavedSearch.objects.count() == 1
        assert len(race.won) + len(race.refused) == 3
        assert all(codes == {"too_many_searches"} for codes in race.refused)
