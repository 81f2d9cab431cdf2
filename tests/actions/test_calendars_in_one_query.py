"""A library fetched with its opening days has the calendar of a library that asks row by row (CAL-1 … CAL-5)."""

from datetime import date, time

from okalib.models import Closure, Library, SpecialOpening


def test_the_calendar_is_the_same_in_one_query(home, bizen, django_assert_num_queries):
    Closure.objects.create(library=home, first_on=date(2027, 1, 19), last_on=date(2027, 1, 22))
    SpecialOpening.objects.create(library=bizen, day=date(2026, 12, 7), opens=time(9), closes=time(12, 30))
    one_by_one = {library.pk: library.opening_days() for library in Library.objects.all()}
    assert one_by_one[home.pk].yearly
    with django_assert_num_queries(1):
        at_once = {library.pk: library.opening_days() for library in Library.objects.with_opening_days()}
    assert at_once == one_by_one
