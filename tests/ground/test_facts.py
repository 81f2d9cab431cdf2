"""Many small questions as one, compiled once; and what is kept of the policy and the calendars."""

from datetime import date, time

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from catalog.models import Item
from circulation import actions as desk
from okalib.facts import Read, count, facts, first, rows
from okalib.models import Closure, Holiday, Library, PolicySettings, SpecialOpening

COMPILED = []


@facts(patron=int, today=date)
def held(*, patron: int, today: date, material_class: str) -> dict[str, Read]:
    COMPILED.append(material_class)
    mine = Item.objects.filter(holder=patron, material_class=material_class).order_by("item_number")
    return {
        "all": count(mine),
        "late": count(mine.filter(due_on__lt=today)),
        "first": first(mine.values("item_number", "due_on")),
        "numbers": rows(mine.values("item_number")),
    }


def test_the_answers_are_those_of_the_queries_whoever_asks(akari, aya, kusamakura, botchan, desk_clerk, ten):
    COMPILED.clear()
    copy = kusamakura.items.first()
    desk.check_out(item=copy, patron=akari, by=desk_clerk, now=ten)
    day = date(2026, 12, 1)
    nothing = {"all": 0, "late": 0, "first": None, "numbers": []}
    held(patron=aya.pk, today=day, material_class="print")  # the first one to ask leaves nothing behind
    one = held(patron=akari.pk, today=day, material_class="print")
    number = copy.item_number
    assert one == {
        "all": 1,
        "late": 0,
        "first": {"item_number": number, "due_on": "2026-12-15"},
        "numbers": [{"item_number": number}],
    }
    assert held(patron=akari.pk, today=date(2026, 12, 16), material_class="print")["late"] == 1
    assert held(patron=aya.pk, today=day, material_class="print") == nothing
    assert held(patron=akari.pk, today=day, material_class="av") == nothing
    assert COMPILED == ["print", "av"]


def test_they_are_one_query(akari, django_assert_num_queries):
    held(patron=akari.pk, today=date(2026, 12, 1), material_class="print")
    with django_assert_num_queries(1):
        held(patron=akari.pk, today=date(2026, 12, 1), material_class="print")


@pytest.fixture
def desk_clerk(desk):
    """The counter, under a name that does not hide the verbs of the desk."""
    return desk


def test_a_policy_changed_by_whatever_way_is_known_at_once(policy):
    assert PolicySettings.current().loan_days == 15
    with connection.cursor() as cursor:
        cursor.execute("UPDATE okalib_policysettings SET loan_days = 22")
    assert PolicySettings.current().loan_days == 22
    PolicySettings.objects.update(loan_days=8)
    assert PolicySettings.current().loan_days == 8


def test_what_was_rolled_back_is_not_kept(policy):
    class UndoneError(Exception):
        pass

    for days in (22, 29):
        with pytest.raises(UndoneError), transaction.atomic():
            PolicySettings.objects.update(loan_days=days)
            assert PolicySettings.current().loan_days == days
            raise UndoneError
        assert PolicySettings.current().loan_days == 15


def test_a_calendar_is_read_anew_after_each_kind_of_change_and_else_not_at_all(home, bizen, django_assert_num_queries):
    """CAL-4, CAL-7: however it is changed, and whichever copy of the library asks."""
    tuesday, monday = date(2026, 12, 8), date(2026, 12, 7)
    stale = Library.objects.get(pk=home.pk)
    assert stale.opening_days().is_open(tuesday)
    with django_assert_num_queries(1):
        assert stale.opening_days().is_open(tuesday)
    Closure.objects.create(library=home, first_on=tuesday, last_on=tuesday)
    assert not stale.opening_days().is_open(tuesday)
    assert bizen.opening_days().is_open(tuesday)
    Closure.objects.all().delete()
    assert stale.opening_days().is_open(tuesday)
    SpecialOpening.objects.bulk_create([SpecialOpening(library=home, day=monday, opens=time(9), closes=time(12))])
    assert Library.objects.home().opening_days().is_open(monday)
    Holiday.objects.filter(day=date(2027, 1, 11)).delete()
    assert not home.opening_days().is_open(date(2027, 1, 11))


def test_a_page_that_only_shows_something_asks_once_which_rules_hold(client, home, redis):
    """However often the policy, a calendar or the holidays are needed for it."""
    client.get("/calendar/")
    with CaptureQueriesContext(connection) as asked:
        client.get("/calendar/")
    assert sum("okalib_rulesmark" in query["sql"] and "okalib_library" not in query["sql"] for query in asked) == 1


@facts(number=int)
def with_constants(*, number: int) -> dict[str, Read]:
    return {"found": count(Item.objects.filter(pk=number, volume_mark__contains="100%", book_mark="'ナ'"))}


def test_constants_stand_in_the_statement_and_numbers_of_any_size_do_not(kusamakura):
    copy = kusamakura.items.first()
    Item.objects.update(volume_mark="100% 上", book_mark="'ナ'")
    for number in (1, 2**15, 2**40, copy.pk):
        assert with_constants(number=number)["found"] == (number == copy.pk)


def test_they_go_on_after_a_rollback_and_after_an_index_is_gone(akari):
    """Whatever the server had planned before."""
    nothing = held(patron=akari.pk, today=date(2026, 12, 1), material_class="print")
    for _time in range(3):
        with transaction.atomic():
            held(patron=akari.pk, today=date(2026, 12, 1), material_class="print")
            connection.cursor().execute("DROP INDEX item_holder")
            assert held(patron=akari.pk, today=date(2026, 12, 1), material_class="print") == nothing
            transaction.set_rollback(True)
        assert held(patron=akari.pk, today=date(2026, 12, 1), material_class="print") == nothing


def test_the_connection_keeps_no_text_of_other_statements(akari):
    """An import inserts megabytes at a time."""
    held(patron=akari.pk, today=date(2026, 12, 1), material_class="print")
    Item.objects.filter(item_number="x" * 10_000).exists()
    assert all(len(text) < 10_000 for text, _types in connection.connection._prepared._counts)
