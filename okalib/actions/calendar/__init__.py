"""The verbs of the opening calendars: pattern, rules of every year, exceptions, holidays (CAL-1 … CAL-4, CAL-7).

Each edits the calendar of one library and touches no other (CAL-4); national holidays alone are those of all. None may
leave a calendar without an open day in reach (CAL-6). Moving the dates that a closure touches is another matter: that
is the emergency closure of the delivery floor (CAL-8).
"""

from okalib.actions.calendar.exceptions import change_closure, change_opening, close_period, open_specially, remove
from okalib.actions.calendar.holidays import (
    Comparison,
    Difference,
    compare_holidays,
    import_holidays,
    remove_holiday,
    seed_holidays,
    set_holiday,
)
from okalib.actions.calendar.pattern import give_prefectural_pattern, remove_yearly, set_pattern, set_yearly

__all__ = [
    "Comparison",
    "Difference",
    "change_closure",
    "change_opening",
    "close_period",
    "compare_holidays",
    "give_prefectural_pattern",
    "import_holidays",
    "open_specially",
    "remove",
    "remove_holiday",
    "remove_yearly",
    "seed_holidays",
    "set_holiday",
    "set_pattern",
    "set_yearly",
]
