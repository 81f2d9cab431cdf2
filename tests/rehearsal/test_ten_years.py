"""In ten years, no date that a patron is told falls on a closed day of any library (A251, LON-1, SHF-2, DLV-6)."""

from dataclasses import replace
from datetime import date

import pytest

from circulation import rules as circulation
from delivery import rules as delivery
from holds import rules as holds
from okalib import days
from okalib.actions import calendar
from okalib.models import Library
from okalib.rehearsal import furnishing
from okalib.rules import Policy

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

FIRST = date(2026, 1, 1)
TEN_YEARS = 3650


def test_every_calendar_of_the_demonstration_keeps_its_dates_on_open_days_for_ten_years(redis):
    """Each library's own calendar, those alike but once; the holidays are those of the package (CAL-7)."""
    furnishing.open_libraries(now=furnishing.opened_on(FIRST))
    calendar.seed_holidays(first_year=2025, last_year=2037)
    libraries = list(Library.objects.with_calendar())
    different = {replace(library.opening_days(), name="") for library in libraries}
    assert len(libraries) > 50 and len(different) > 3
    policy = Policy()
    wrong = [
        (opening.weekly, day, told)
        for opening in different
        for day in days.each_day(FIRST, days.plus(FIRST, TEN_YEARS - 1))
        for told in (
            circulation.due_on(day, policy.loan_days, opening, policy),
            circulation.renewed_due_on(day, day, opening, policy),
            holds.keep_until(day, opening, policy),
            delivery.due_on(day, opening, policy),
        )
        if not opening.is_open(told)
    ]
    assert wrong[:3] == []
