"""Days as people read them, in plain functions and in templates (A124 for the day of an instant)."""

from datetime import UTC, date, datetime

import pytest
from django.template import Context, Template
from django.utils import translation

from okalib import clock
from okalib.days import each_day
from okalib.wording import day_en, day_ja

TUESDAY = date(2026, 12, 1)
NEW_YEAR_MONDAY = date(2027, 1, 4)


def _shown(value, language="ja", template="{{ value|day }}", **context):
    """Render `value` by the filter on Tuesday, 2026-12-01, for a reader of that language."""
    with clock.standing_at(datetime(2026, 12, 1, 1, tzinfo=UTC)), translation.override(language):
        return Template("{% load okalib_days %}" + template).render(Context({"value": value} | context))


def test_a_week_is_written_in_japanese():
    week = [day_ja(day) for day in each_day(TUESDAY, date(2026, 12, 7))]
    assert week == [
        *("12月1日（火）", "12月2日（水）", "12月3日（木）", "12月4日（金）"),
        *("12月5日（土）", "12月6日（日）", "12月7日（月）"),
    ]


def test_a_week_is_written_in_english():
    week = [day_en(day) for day in each_day(TUESDAY, date(2026, 12, 7))]
    assert week == [
        *("Tue 1 December", "Wed 2 December", "Thu 3 December", "Fri 4 December"),
        *("Sat 5 December", "Sun 6 December", "Mon 7 December"),
    ]


@pytest.mark.parametrize("month", range(1, 13))
def test_every_month_has_its_english_name(month):
    day = date(2026, month, 15)
    assert day_en(day).split()[2] == f"{day:%B}"


def test_the_year_is_told_only_where_it_is_another_one():
    assert day_ja(NEW_YEAR_MONDAY, today=TUESDAY) == "2027年1月4日（月）"
    assert day_en(NEW_YEAR_MONDAY, today=TUESDAY) == "Mon 4 January 2027"
    assert day_ja(TUESDAY, today=NEW_YEAR_MONDAY) == "2026年12月1日（火）"
    assert day_ja(TUESDAY, today=date(2026, 1, 1)) == "12月1日（火）"
    assert day_en(TUESDAY, today=date(2026, 1, 1)) == "Tue 1 December"


@pytest.mark.parametrize(
    ("language", "written"),
    [("ja", "12月8日（火）"), ("en", "Tue 8 December"), ("en-gb", "Tue 8 December"), ("fr", "12月8日（火）")],
)
def test_a_template_writes_a_day_in_the_language_of_its_reader_and_japanese_for_want_of_another(language, written):
    assert _shown(date(2026, 12, 8), language) == written


def test_a_template_outside_any_language_is_japanese():
    with translation.override(None):
        assert Template("{% load okalib_days %}{{ value|day:value }}").render(Context({"value": TUESDAY})) == (
            "12月1日（火）"
        )


def test_a_template_tells_the_year_by_the_clock_of_the_house():
    assert _shown(NEW_YEAR_MONDAY) == "2027年1月4日（月）"
    assert _shown(NEW_YEAR_MONDAY, "en") == "Mon 4 January 2027"


def test_a_template_may_name_the_day_from_which_it_speaks():
    assert _shown(NEW_YEAR_MONDAY, template="{{ value|day:sent_on }}", sent_on=date(2027, 1, 1)) == "1月4日（月）"


def test_an_instant_is_written_as_its_day_in_tokyo():
    """A124: half past midnight in Tokyo is the evening before in UTC."""
    assert _shown(datetime(2026, 12, 1, 15, 30, tzinfo=UTC)) == "12月2日（水）"


@pytest.mark.parametrize("nothing", [None, ""])
def test_no_day_is_written_as_nothing(nothing):
    assert _shown(nothing) == ""
