"""National holidays: imported by a visible act, mended by hand, the same for every library (CAL-2, CAL-7)."""

from datetime import date

import pytest

from okalib import clock
from okalib.actions import calendar
from okalib.models import Holiday, Library, StaffAction
from tests.web.desk import at, at_work, clerk, text
from tests.web.test_desk_calendar import look, save

pytestmark = pytest.mark.django_db


@pytest.fixture
def chief(home, ten):
    """The administrator, at ten on Tuesday, 2026-12-01."""
    with clock.standing_at(ten):
        yield at_work(clerk("administrator"))


def is_open(library, day):
    return Library.objects.with_calendar().get(pk=library.pk).opening_days().is_open(day)


def test_the_import_shows_what_is_new_and_what_differs_before_it_is_done(chief):
    """CAL-7: a name that somebody has mended stays, unless it is ticked."""
    calendar.seed_holidays(first_year=2028, last_year=2028)
    Holiday.objects.filter(day=date(2028, 11, 3)).update(name="特別な日")
    Holiday.objects.filter(day=date(2028, 11, 23)).delete()
    Holiday.objects.create(day=date(2028, 6, 1), name="開館記念日")
    years = {"first_year": "2028", "last_year": "2028"}
    page = text(chief.get(at("holiday-import"), years))
    assert 'value="2028-11-23" checked' in page
    assert 'value="2028-11-03">' in page and "「特別な日」を「文化の日」に改める" in page
    assert "開館記念日" in page.split("パッケージにない日")[1]
    answer = chief.post(at("holiday-import"), years | {"chosen": ["2028-11-23"]}, follow=True)
    assert "新しい祝日 1日、名称を改めた祝日 0日" in text(answer)
    assert Holiday.objects.get(day=date(2028, 11, 3)).name == "特別な日"
    chief.post(at("holiday-import"), years | {"chosen": ["2028-11-03", "2028-11-23", "2028-06-01", "x"]})
    assert Holiday.objects.get(day=date(2028, 11, 3)).name == "文化の日"
    assert Holiday.objects.filter(day=date(2028, 6, 1)).exists()
    assert StaffAction.objects.filter(verb="import_holidays").count() == 2


def test_importing_again_finds_nothing_and_leaves_no_trace(chief):
    """CAL-7, OPS-2."""
    years = {"first_year": "2029", "last_year": "2030"}
    chosen = [each.day.isoformat() for each in calendar.compare_holidays(first_year=2029, last_year=2030).differences]
    chief.post(at("holiday-import"), years | {"chosen": chosen})
    assert Holiday.objects.filter(day__year__in=(2029, 2030)).count() == len(chosen) > 30
    assert "取り込むものはありません" in text(chief.get(at("holiday-import"), years))
    chief.post(at("holiday-import"), years | {"chosen": chosen})
    assert StaffAction.objects.filter(verb="import_holidays").count() == 1


@pytest.mark.parametrize("years", [{"first_year": "2030", "last_year": "2029"}, {"first_year": "x", "last_year": ""}])
def test_years_that_are_none_are_refused(chief, years):
    assert chief.get(at("holiday-import"), years).status_code == 422


def test_a_holiday_entered_by_hand_says_what_it_opens_in_which_libraries(chief, home, bizen, monday):
    """CAL-2: a Monday opens, the day after closes, here and in 備前."""
    form = {"day": "2026-12-07", "name": "即位の日", "reason": "政令"}
    page = text(look(chief, at("holiday-new"), form))
    assert "開館になる日：1日" in page and "休館になる日：1日" in page
    assert "ほかに開館日の変わる受渡館：1館" in page and "備前市立図書館" in page
    save(chief, at("holiday-new"), form)
    assert is_open(home, date(2026, 12, 7)) and not is_open(home, date(2026, 12, 8))


def test_a_holiday_is_renamed_moved_and_taken_away(chief, home):
    """CAL-2, CAL-7, OPS-5."""
    row = Holiday.objects.get(day=date(2027, 1, 11))
    named = {"day": "2027-01-11", "name": "成人の日（改）", "reason": "訂正"}
    assert "開館日も変わりません" in text(look(chief, at("holiday", row.pk), named))
    save(chief, at("holiday", row.pk), named)
    taken = named | {"day": "2027-02-11"}
    assert "すでに祝日として登録されています" in text(save(chief, at("holiday", row.pk), taken))
    assert "休館になる日：1日" in text(chief.get(at("holiday-removal", row.pk)))
    chief.post(at("holiday-removal", row.pk), {"reason": "廃止"})
    assert not is_open(home, date(2027, 1, 11)) and is_open(home, date(2027, 1, 12))
    assert list(StaffAction.objects.order_by("id").values_list("verb", flat=True)) == ["set_holiday", "remove_holiday"]


def test_others_read_the_holidays_and_change_none(home):
    """A193."""
    row = Holiday.objects.first()
    for role in ("desk", "cooperation"):
        browser = at_work(clerk(role))
        assert browser.get(at("holidays"), {"year": "2026"}).status_code == 200
        for address in (at("holiday-import"), at("holiday-new"), at("holiday", row.pk), at("holiday-removal", row.pk)):
            assert browser.get(address).status_code == 403
            assert browser.post(address, {"reason": "試し"}).status_code == 403
