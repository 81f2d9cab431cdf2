"""The morning's work: what to fetch, and what was not there (PUL-1…PUL-6)."""

from datetime import date, time, timedelta

import pytest

from catalog.models import Item
from circulation import actions as circulation
from holds import actions as holds
from holds import queries
from holds.models import Hold, PullLine
from notifications.models import Notice
from okalib import days
from okalib.models import PolicySettings, StaffAction
from tests.factories import BibFactory, ItemFactory, LocationFactory, PatronFactory

pytestmark = pytest.mark.django_db


def morning(day):
    return days.at(day, time(8))


def made(day):
    """The list of a morning, made or made again."""
    number = holds.make_pull_list(day=day, now=morning(day))
    lines = queries.pull_list(day)
    assert len(lines) == number
    return lines


def fetched(day):
    return [line.item for line in made(day)]


def test_a_title_reserved_today_is_fetched_on_the_next_open_day_not_today(
    akari, botchan, home, ten, tuesday, wednesday
):
    """A25, PUL-1: a reservation is never ready on the day it is made."""
    holds.reserve(patron=akari, bib=botchan, pickup_at=home, by=None, now=ten)
    assert fetched(tuesday) == []
    assert fetched(wednesday) == [botchan.items.get()]


def test_what_was_reserved_on_closed_days_is_on_the_next_open_mornings_list(akari, botchan, home, monday, tuesday):
    """A213, PUL-1."""
    holds.reserve(patron=akari, bib=botchan, pickup_at=home, by=None, now=days.at(monday, time(23, 59)))
    assert fetched(tuesday) == [botchan.items.get()]


def test_midnight_in_tokyo_parts_the_days(akari, aya, botchan, kusamakura, home, tuesday):
    """PUL-1, A124."""
    midnight = days.midnight(tuesday)
    holds.reserve(patron=akari, bib=botchan, pickup_at=home, by=None, now=midnight - timedelta(seconds=1))
    holds.reserve(patron=aya, bib=kusamakura, pickup_at=home, by=None, now=midnight)
    assert [item.bib for item in fetched(tuesday)] == [botchan]


def test_as_many_items_as_reservations_need_each_once_and_no_more(home, ten, wednesday):
    """PUL-2, A208, A210."""
    bib = BibFactory(items=15)
    for _number in range(12):
        holds.reserve(patron=PatronFactory(), bib=bib, pickup_at=home, by=None, now=ten)
    items = fetched(wednesday)
    assert len(items) == len(set(items)) == 12


def test_the_list_is_in_walking_order(home, ten, wednesday):
    """PUL-2, A208."""
    stacks = LocationFactory(code="B1", floor="地下1階", walking_order=30)
    open_shelf = LocationFactory(code="1F", walking_order=10)
    marks = [(stacks, "210"), (open_shelf, "913.6"), (open_shelf, "007")]
    for location, mark in marks:
        item = ItemFactory(location=location, class_mark=mark)
        holds.reserve(patron=PatronFactory(), bib=item.bib, pickup_at=home, by=None, now=ten)
    assert [(item.location.code, item.class_mark) for item in fetched(wednesday)] == [
        ("1F", "007"),
        ("1F", "913.6"),
        ("B1", "210"),
    ]


def test_within_a_section_the_list_goes_by_the_marks_on_the_backs(home, ten, wednesday):
    """PUL-2, A208: what stands apart (K) stands apart, and volume 2 comes before volume 10; additions join in place."""
    marks = [("K", "007", "1"), ("", "913.6", "10"), ("", "913.6", "2"), ("", "913", "3")]
    for shelf_mark, class_mark, volume in marks:
        item = ItemFactory(shelf_mark=shelf_mark, class_mark=class_mark, book_mark="ナツ", volume_mark=volume)
        holds.reserve(patron=PatronFactory(), bib=item.bib, pickup_at=home, by=None, now=ten)
    in_order = ["913/ナツ/3", "913.6/ナツ/2", "913.6/ナツ/10", "K007/ナツ/1"]
    assert [item.call_number for item in fetched(wednesday)] == in_order
    assert list(Item.objects.by_call_number().values_list("volume_mark", flat=True)) == ["3", "2", "10", "1"]


def test_what_is_all_on_loan_is_not_on_the_list(akari, aya, botchan, home, desk, ten, wednesday):
    """A212."""
    circulation.check_out(item=botchan.items.get(), patron=aya, by=desk, now=ten)
    holds.reserve(patron=akari, bib=botchan, pickup_at=home, by=None, now=ten)
    assert fetched(wednesday) == []


def test_paused_ones_and_those_held_up_by_their_order_are_not_fetched(akari, aya, botchan, home, ten, wednesday):
    """PUL-1, HLD-8, HLD-9."""
    hold = holds.reserve(patron=akari, bib=botchan, pickup_at=home, by=None, now=ten)
    holds.pause(hold=hold, by=None, now=ten)
    volumes = [BibFactory(items=1), BibFactory(items=1)]
    for bib in volumes:
        holds.add_to_basket(patron=aya, bib=bib, now=ten)
    holds.reserve_basket(patron=aya, pickup_at=home, by=None, now=ten, order="in_order")
    assert [item.bib for item in fetched(wednesday)] == volumes[:1]


def test_a_particular_copy_is_fetched_for_who_asked_for_it(akari, aya, kusamakura, home, desk, ten, wednesday):
    """HLD-6, PUL-2."""
    _first, second = kusamakura.items.order_by("book_mark")
    holds.reserve(patron=akari, bib=kusamakura, pickup_at=home, by=desk, now=ten, only_item=second)
    assert fetched(wednesday) == [second]


def test_scanning_a_fetched_item_secures_it_once(akari, aya, botchan, home, desk, ten, wednesday):
    """PUL-3, A67, A68, A74."""
    first = holds.reserve(patron=akari, bib=botchan, pickup_at=home, by=None, now=ten)
    second = holds.reserve(patron=aya, bib=botchan, pickup_at=home, by=None, now=ten)
    item = botchan.items.get()
    assert circulation.check_in(item=item, by=desk, now=morning(wednesday)).hold == first
    assert circulation.check_in(item=item, by=desk, now=morning(wednesday)).hold == first
    item.refresh_from_db()
    assert item.status == "being_prepared"
    assert Hold.objects.get(pk=second.pk).is_waiting
    assert fetched(wednesday) == []


def test_a_second_item_fetched_for_the_same_need_goes_back_to_its_shelf(akari, kusamakura, home, desk, ten, wednesday):
    """PUL-3: not needed."""
    holds.reserve(patron=akari, bib=kusamakura, pickup_at=home, by=None, now=ten)
    first, second = kusamakura.items.all()
    circulation.check_in(item=first, by=desk, now=morning(wednesday))
    answer = circulation.check_in(item=second, by=desk, now=morning(wednesday))
    assert (answer.destination, answer.hold) == ("shelf", None)


def test_a_visitor_who_was_quicker_comes_first_and_the_desk_is_warned(akari, aya, botchan, home, desk, ten, wednesday):
    """A69, PUL-4."""
    hold = holds.reserve(patron=akari, bib=botchan, pickup_at=home, by=None, now=ten)
    assert len(fetched(wednesday)) == 1
    lent = circulation.check_out(item=botchan.items.get(), patron=aya, by=desk, now=morning(wednesday))
    assert [warning.code for warning in lent.warnings] == ["wanted"]
    assert Hold.objects.get(pk=hold.pk).is_waiting
    assert queries.pull_list(wednesday) == []
    assert queries.position(hold, PolicySettings.current()).position == 1


def test_no_warning_where_other_copies_are_enough_for_the_queue(akari, aya, kusamakura, home, desk, ten):
    """A105."""
    holds.reserve(patron=akari, bib=kusamakura, pickup_at=home, by=None, now=ten)
    lent = circulation.check_out(item=kusamakura.items.first(), patron=aya, by=desk, now=ten)
    assert lent.warnings == ()


@pytest.mark.parametrize("outcome", ["not_found", "in_use"])
def test_what_is_not_there_is_searched_for_and_the_next_item_is_tried(
    akari, kusamakura, home, desk, ten, wednesday, outcome
):
    """PUL-5."""
    hold = holds.reserve(patron=akari, bib=kusamakura, pickup_at=home, by=None, now=ten)
    (line,) = made(wednesday)
    instead = holds.mark_missing(line=line, outcome=outcome, by=desk, now=morning(wednesday))
    line.item.refresh_from_db()
    assert line.item.status == "searched_for"
    assert instead.item != line.item and instead.item.bib == kusamakura
    assert queries.pull_list(wednesday) == [instead]
    assert Hold.objects.get(pk=hold.pk).is_waiting
    assert not Notice.objects.exists()
    assert StaffAction.objects.filter(verb="mark_missing", by=desk).exists()


def test_with_no_item_left_the_reservation_cannot_be_filled_and_staff_tell_the_patron(
    akari, botchan, home, desk, ten, wednesday
):
    """PUL-5, NTF-1."""
    hold = holds.reserve(patron=akari, bib=botchan, pickup_at=home, by=None, now=ten)
    assert list(queries.cannot_be_filled(PolicySettings.current())) == []
    (line,) = made(wednesday)
    assert holds.mark_missing(line=line, outcome="not_found", by=desk, now=morning(wednesday)) is None
    assert list(queries.cannot_be_filled(PolicySettings.current())) == [hold]
    holds.give_up(hold=hold, by=desk, now=morning(wednesday), reason="所在が分からないため")
    assert Hold.objects.get(pk=hold.pk).end_reason == "cannot_be_filled"
    assert Notice.objects.get().kind == "cannot_be_filled"


def test_a_found_item_is_told_so_and_goes_to_who_waits(akari, botchan, home, desk, ten, wednesday):
    """PUL-5."""
    hold = holds.reserve(patron=akari, bib=botchan, pickup_at=home, by=None, now=ten)
    (line,) = made(wednesday)
    holds.mark_missing(line=line, outcome="not_found", by=desk, now=morning(wednesday))
    answer = circulation.check_in(item=line.item, by=desk, now=morning(wednesday))
    assert answer.hold == hold
    assert [message.code for message in answer.messages] == ["found"]


def test_a_damaged_item_is_not_tried_again(akari, botchan, home, desk, ten, wednesday, thursday):
    """PUL-5, A27."""
    holds.reserve(patron=akari, bib=botchan, pickup_at=home, by=None, now=ten)
    (line,) = made(wednesday)
    holds.mark_missing(line=line, outcome="damaged", by=desk, now=morning(wednesday))
    assert fetched(thursday) == []


def test_made_twice_in_a_morning_it_shows_the_same_work_and_marks_what_is_new(
    akari, aya, botchan, kusamakura, home, ten, wednesday
):
    """PUL-6, A76."""
    holds.reserve(patron=akari, bib=botchan, pickup_at=home, by=None, now=ten)
    paused = holds.reserve(patron=aya, bib=kusamakura, pickup_at=home, by=None, now=ten)
    holds.pause(hold=paused, by=None, now=ten)
    first = made(wednesday)
    assert made(wednesday) == first
    assert [line.is_addition for line in first] == [False]
    holds.resume(hold=paused, by=None, now=morning(wednesday))
    again = made(wednesday)
    assert {line.item.bib: line.is_addition for line in again} == {botchan: False, kusamakura: True}
    assert PullLine.objects.count() == 2


def test_making_it_again_does_not_send_staff_for_another_copy(akari, kusamakura, home, ten, wednesday):
    """PUL-6: a copy that was listed stays the one to fetch."""
    holds.reserve(patron=akari, bib=kusamakura, pickup_at=home, by=None, now=ten)
    first = fetched(wednesday)
    ItemFactory(bib=kusamakura, class_mark="000")
    assert fetched(wednesday) == first


def test_a_cancelled_reservation_leaves_the_list(akari, botchan, home, ten, wednesday):
    """PUL-6."""
    hold = holds.reserve(patron=akari, bib=botchan, pickup_at=home, by=None, now=ten)
    assert len(fetched(wednesday)) == 1
    holds.cancel(hold=hold, by=akari.user, now=morning(wednesday))
    assert queries.pull_list(wednesday) == []


def test_the_list_costs_the_same_number_of_queries_however_long_it_is(
    home, ten, wednesday, django_assert_max_num_queries
):
    """PUL-2."""
    for _number in range(15):
        holds.reserve(patron=PatronFactory(), bib=BibFactory(items=2), pickup_at=home, by=None, now=ten)
    with django_assert_max_num_queries(12):
        assert holds.make_pull_list(day=wednesday, now=morning(wednesday)) == 15


def test_no_line_is_made_for_a_day_of_the_year_without_reservations(home, desk):
    """A212."""
    assert made(date(2026, 12, 8)) == []
