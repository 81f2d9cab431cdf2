"""What pages, lists and verbs ask of loans; views name by `Loan` and `CalendarFeed` what they are given."""

from circulation.models import CHANNELS, CLASSES, CalendarFeed, Loan, LoanPeriod, OfflineScan
from circulation.queries.desk import (
    Around,
    around,
    blocks,
    check_out_objections,
    lending,
    on_loan,
    open_loan_of,
    overdue,
    period_for,
    postcard_list,
    renewal,
)
from circulation.queries.feeds import feed_at, feed_of
from circulation.queries.kept import around_kept
from circulation.queries.merging import Merging, blank_fields, merging, parts
from circulation.queries.offline import offline_conflict_count, offline_conflicts, returned_for_somebody
from circulation.queries.patrons import (
    Calendars,
    Renewability,
    calendars_for,
    loan_of,
    of_patron,
    reading_line_of,
    reading_record,
    renewabilities,
)
from circulation.queries.periods import (
    NOT_YET_ENTERED,
    PeriodEffect,
    all_loan_periods,
    changes_of_periods,
    loan_period,
    loan_periods,
    period_effects,
)
from circulation.rules import Period

__all__ = [
    "CHANNELS",
    "CLASSES",
    "NOT_YET_ENTERED",
    "Around",
    "CalendarFeed",
    "Calendars",
    "Loan",
    "LoanPeriod",
    "Merging",
    "OfflineScan",
    "Period",
    "PeriodEffect",
    "Renewability",
    "all_loan_periods",
    "around",
    "around_kept",
    "blank_fields",
    "blocks",
    "calendars_for",
    "changes_of_periods",
    "check_out_objections",
    "feed_at",
    "feed_of",
    "lending",
    "loan_of",
    "loan_period",
    "loan_periods",
    "merging",
    "of_patron",
    "offline_conflict_count",
    "offline_conflicts",
    "on_loan",
    "open_loan_of",
    "overdue",
    "parts",
    "period_effects",
    "period_for",
    "postcard_list",
    "reading_line_of",
    "reading_record",
    "renewabilities",
    "renewal",
    "returned_for_somebody",
]
