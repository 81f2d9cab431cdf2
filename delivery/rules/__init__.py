"""The weekly delivery: the dates of a run, who is left out and why, and the way of a bag.

DLV-1   A run has its own dates: cut-off, lending and bagging, mail, pickup window; made a year ahead, each editable.
DLV-2   A run can leave out a pickup library, with a reason that patrons see when they choose it.
DLV-3   At the run limits and overdue are checked; who fails stays secured, with the reason, and is tried next week.
DLV-4   Who passes is lent in the run and put into a bag with a slip; no address, no telephone.
DLV-5   From then on the patron sees it under loans, with the words that it is being sent.
DLV-6   Due date of a delivered item: end of the pickup window and a number of days.
DLV-7   One mail per patron, pickup library and run, with all titles; it serves instead of the card.
DLV-8   Branches get theirs through the central library of their town.
DLV-9   The states of a bag; pickup libraries may mark them, the prefectural library can do every step.
DLV-10  Not collected by the end of the window: sent back, counted as returned when scanned, and given to the next.
DLV-11  Returned in a bag, in parts, without slip or straight to us: reconciled by item number.
DLV-12  The patron sees each item's way.
CAL-8   An emergency closure moves dates, never earlier, can be undone, and applied twice changes nothing.
OPS-4   A consistency check names every broken invariant, with what to do about it.
"""

from delivery.rules.bags import (
    BAG_NEXT,
    BAG_STATES_JA,
    BagState,
    WayStep,
    bag_id,
    bag_number,
    bag_objections,
    dissolved,
    keep_longer_objections,
    not_packed,
    packing_objections,
    sealing_objections,
)
from delivery.rules.dates import (
    RunDates,
    arrival_day,
    date_objections,
    due_on,
    moved_date,
    overlap_objections,
    same_cut_off,
    same_week,
    shift_objections,
    shifted,
    weekly_run,
    year_of_runs,
)
from delivery.rules.running import (
    cancel_objections,
    exclusion_objections,
    left_out,
    lending_objections,
    pickup_shut,
)

__all__ = [
    "BAG_NEXT",
    "BAG_STATES_JA",
    "BagState",
    "RunDates",
    "WayStep",
    "arrival_day",
    "bag_id",
    "bag_number",
    "bag_objections",
    "cancel_objections",
    "date_objections",
    "dissolved",
    "due_on",
    "exclusion_objections",
    "keep_longer_objections",
    "left_out",
    "lending_objections",
    "moved_date",
    "not_packed",
    "overlap_objections",
    "packing_objections",
    "pickup_shut",
    "same_cut_off",
    "same_week",
    "sealing_objections",
    "shift_objections",
    "shifted",
    "weekly_run",
    "year_of_runs",
]
