"""Opening calendars for tests without a database: the prefectural pattern of the winter of 2026/27."""

from datetime import date, time

from okalib.days import Hours, OpeningDays, YearlyRule
from tests.cast import HOLIDAYS

LATE, EARLY = Hours(time(9), time(19)), Hours(time(10), time(18))


def prefectural(*closures: tuple[date, date], openings: tuple[date, ...] = ()) -> OpeningDays:
    """Tuesday to Sunday, holidays too, closed from December 29 to January 3, and in `closures`."""
    return OpeningDays(
        name="県立図書館",
        weekly=(None, LATE, LATE, LATE, LATE, EARLY, EARLY),
        holiday_hours=EARLY,
        holidays=frozenset(HOLIDAYS),
        substitutes_holiday_closing=True,
        yearly=(YearlyRule((12, 29), (1, 3)), YearlyRule((1, 4), (1, 4), Hours(time(12), time(19)))),
        closures=closures,
        openings=tuple((day, LATE) for day in openings),
    )


def every_day(*closures: tuple[date, date]) -> OpeningDays:
    """A library that is open on every day but those."""
    return OpeningDays(name="年中無休の図書館", weekly=(LATE,) * 7, closures=closures)


NEVER_OPEN = OpeningDays(name="休館中の図書館", weekly=(None,) * 7)
