"""The calendars of libraries in the database: pattern, holidays, exceptions (CAL-1 … CAL-4, CAL-7)."""

from datetime import date, time

import pytest

from okalib import days
from okalib.actions import calendar
from okalib.days import ClosedReason, Hours
from okalib.models import Holiday, Library, StaffAction
from okalib.rules import Refused

EARLY = Hours(time(10), time(18))
SUBSTITUTED_TUESDAY = date(2026, 11, 24)


def opening_days(library):
    """The calendar as it is in the database now."""
    return Library.objects.with_calendar().get(pk=library.pk).opening_days()


# ── The pattern ──


def test_the_prefectural_pattern_is_that_of_the_rules(home, monday, tuesday, saturday):
    """CAL-1, CAL-2, CAL-3."""
    opening = opening_days(home)
    assert str(opening.hours_on(tuesday)) == "9:00–19:00"
    assert opening.hours_on(saturday) == EARLY
    assert opening.why_closed(monday) is ClosedReason.WEEKLY
    assert opening.hours_on(date(2026, 11, 23)) == EARLY
    assert opening.why_closed(SUBSTITUTED_TUESDAY) is ClosedReason.SUBSTITUTE
    assert opening.why_closed(date(2026, 12, 31)) is ClosedReason.YEARLY
    assert opening.hours_on(date(2028, 1, 4)) == Hours(time(12), time(19))


def test_giving_the_pattern_again_leaves_one_pattern(home, tuesday):
    before = opening_days(home)
    calendar.give_prefectural_pattern(library=home)
    assert opening_days(home) == before
    assert home.opening_hours.count() == 6
    assert home.yearly_days.count() == 2


# ── National holidays ──


@pytest.mark.django_db
def test_holidays_come_from_the_package_with_both_names():
    """CAL-7."""
    new = calendar.seed_holidays(first_year=2026, last_year=2028)
    assert new == Holiday.objects.count() > 45
    thanksgiving = Holiday.objects.get(day=date(2026, 11, 23))
    assert thanksgiving.name == "勤労感謝の日"
    assert thanksgiving.name_en.startswith("Lab")
    assert {day.year for day in Holiday.all_days()} == {2026, 2027, 2028}


def test_seeding_again_brings_nothing_back_that_staff_have_changed(home):
    """CAL-7, OPS-2: holidays may be edited, and a job may run again."""
    calendar.seed_holidays(first_year=2028, last_year=2028)
    Holiday.objects.get(day=date(2028, 11, 23)).delete()
    Holiday.objects.filter(day=date(2028, 11, 3)).update(name="特別な日")
    assert calendar.seed_holidays(first_year=2028, last_year=2028) == 0
    assert not Holiday.objects.filter(day=date(2028, 11, 23)).exists()
    assert Holiday.objects.get(day=date(2028, 11, 3)).name == "特別な日"


def test_a_holiday_entered_by_hand_does_not_keep_its_year_from_being_seeded(db):
    """CAL-7: a day of ceremony is known before the year comes within reach."""
    Holiday.objects.create(day=date(2029, 5, 1), name="即位の日")
    calendar.seed_holidays(first_year=2029, last_year=2029)
    assert Holiday.objects.get(day=date(2029, 5, 1)).name == "即位の日"
    assert Holiday.objects.filter(day__year=2029).count() > 15


def test_a_holiday_added_by_staff_opens_a_monday_at_once(home, monday):
    """CAL-2, CAL-7."""
    assert not opening_days(home).is_open(monday)
    Holiday.objects.create(day=monday, name="臨時の祝日")
    assert opening_days(home).hours_on(monday) == EARLY
    assert not opening_days(home).is_open(days.plus(monday, 1))


# ── Exceptions ──


def test_a_closure_closes_its_days_in_one_library_and_in_no_other(home, bizen, coop, ten, wednesday, friday):
    """CAL-4, A118."""
    before = opening_days(bizen)
    calendar.close_period(
        library=home, first_on=wednesday, last_on=friday, reason="蔵書点検", public_note="特別整理", by=coop, now=ten
    )
    assert opening_days(home).open_days(wednesday, friday) == []
    assert opening_days(home).is_open(days.plus(friday, 1))
    assert opening_days(bizen) == before


def test_overlapping_closures_are_allowed_and_mean_closed(home, coop, ten, wednesday, friday, saturday):
    """CAL-4: and taking one back leaves the other."""
    inventory = calendar.close_period(
        library=home, first_on=wednesday, last_on=friday, reason="蔵書点検", by=coop, now=ten
    )
    calendar.close_period(library=home, first_on=friday, last_on=saturday, reason="停電", by=coop, now=ten)
    calendar.remove(exception=inventory, by=coop, now=ten)
    assert opening_days(home).open_days(wednesday, saturday) == [wednesday, days.plus(wednesday, 1)]


def test_a_closure_ends_no_earlier_than_it_begins(home, coop, ten, wednesday, friday):
    with pytest.raises(Refused) as refused:
        calendar.close_period(library=home, first_on=friday, last_on=wednesday, reason="", by=coop, now=ten)
    assert refused.value.codes == {"last_before_first"}
    assert not home.closures.exists()


def test_an_exceptional_opening_opens_a_closed_day_of_one_library(home, bizen, coop, ten):
    """CAL-4, A119."""
    calendar.open_specially(library=home, on=[SUBSTITUTED_TUESDAY], hours=EARLY, by=coop, now=ten, note="臨時開館")
    assert opening_days(home).hours_on(SUBSTITUTED_TUESDAY) == EARLY
    assert not opening_days(bizen).is_open(SUBSTITUTED_TUESDAY)


def test_a_day_is_opened_specially_once(home, coop, ten, monday):
    calendar.open_specially(library=home, on=[monday], hours=EARLY, by=coop, now=ten)
    with pytest.raises(Refused) as refused:
        calendar.open_specially(library=home, on=[monday], hours=Hours(time(9), time(12)), by=coop, now=ten)
    assert refused.value.codes == {"already_opened_specially"}
    assert opening_days(home).hours_on(monday) == EARLY


def test_every_change_of_a_calendar_is_written_down(home, coop, ten, monday, wednesday):
    """OPS-5."""
    closure = calendar.close_period(
        library=home, first_on=wednesday, last_on=wednesday, reason="停電", by=coop, now=ten
    )
    [opening] = calendar.open_specially(library=home, on=[monday], hours=EARLY, by=coop, now=ten)
    calendar.remove(exception=closure, by=coop, now=ten, reason="復旧")
    calendar.remove(exception=opening, by=coop, now=ten)
    written = list(StaffAction.objects.order_by("id").values_list("verb", "by", "reason"))
    assert written == [
        ("close_period", coop.pk, "停電"),
        ("open_specially", coop.pk, ""),
        ("remove_closure", coop.pk, "復旧"),
        ("remove_special_opening", coop.pk, ""),
    ]
