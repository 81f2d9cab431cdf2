"""The queue: who waits, who is next, until when an item is kept, and what stands in a reservation's way.

LIM-2   Open reservations are counted apart from loans, books and magazines apart from audio-visual items.
LIM-3   Who has an overdue loan can neither reserve nor borrow; on the due date itself nothing is overdue.
LIM-4   Limits hold under any concurrency; only a staff override with right, reason and log exceeds them.
HLD-1   A reservation is for a bib at a pickup library; any lendable item of the bib can fill it.
HLD-2   First come, first served; the position is computed, never stored.
HLD-3   A refusal names every reason at once, and changes nothing.
HLD-4   Waiting has three faces: all on loan, still on the shelf, on order.
HLD-5   Once an item is bound, the patron asks, and staff decide.
HLD-6   A particular item is reserved by staff and filled by that item alone.
HLD-7   What ends a reservation gives its item to the next in the same transaction, or to the clearance list.
HLD-8   A paused reservation keeps its place and is skipped; a need-by date ends an unfilled one.
HLD-9   In order: no later volume before the earlier one has ended. Any of: when k are secured, the rest end.
HLD-10  A basket reserves many titles in one go; each refusal stands beside its title.
HLD-11  A form sent twice makes one reservation and shows it.
HLD-12  A forecast is a range, computed and never promised.
PUL-1   Each open morning one list of what to fetch for reservations accepted before that day.
PUL-2   One line per item, as many as eligible reservations need, in walking order.
PUL-3   A fetched item is secured for the first eligible reservation; scanning twice changes nothing.
PUL-4   A visitor who was quicker comes first; the reservation keeps its place and the desk is warned.
PUL-5   Not found: the item is searched for, the next one is tried, the patron keeps the place.
PUL-6   Made twice in a morning, the list shows the same work and marks what is new.
SHF-1   The day after an item was secured a mail goes out, and with it the reservation becomes ready.
SHF-2   The shelf period is a number of open days, the contact day included; the deadline is stored and never shortened.
SHF-4   After the deadline the reservation expires; the item is free for the next when staff scan it off the shelf.
SHF-5   Staff may lengthen the period once.
REQ-1   A form of the patron is a task with a state, an answer and a mail.
"""

from __future__ import annotations

from holds.rules.forecast import Forecast, forecast
from holds.rules.requests import PLAIN_ANSWERS, REQUEST_NAMES, ask_objections, unknown_item
from holds.rules.reserving import (
    PickupPoint,
    Wish,
    basket_objections,
    cancel_objections,
    give_up_objections,
    need_by_objections,
    nobody_behind,
    objections,
    overdue,
    pause_objections,
    pickup_objections,
)
from holds.rules.shelf import (
    DEADLINE_LABEL,
    extended,
    holds_no_item,
    keep_until,
    may_extend,
    not_ready,
    recomputed_deadline,
)
from holds.rules.states import (
    BOUND,
    NEXT,
    OPEN,
    REQUEST_NEXT,
    EndReason,
    GroupKind,
    HoldState,
    NotAllowed,
    PullOutcome,
    RequestKind,
    RequestState,
    WaitingFace,
    is_paused,
    step,
    waiting_face,
)
from okalib.rules import MaterialClass

__all__ = [
    "BOUND",
    "DEADLINE_LABEL",
    "NEXT",
    "OPEN",
    "PLAIN_ANSWERS",
    "REQUEST_NAMES",
    "REQUEST_NEXT",
    "EndReason",
    "Forecast",
    "GroupKind",
    "HoldState",
    "MaterialClass",
    "NotAllowed",
    "PickupPoint",
    "PullOutcome",
    "RequestKind",
    "RequestState",
    "WaitingFace",
    "Wish",
    "ask_objections",
    "basket_objections",
    "cancel_objections",
    "extended",
    "forecast",
    "give_up_objections",
    "holds_no_item",
    "is_paused",
    "keep_until",
    "may_extend",
    "need_by_objections",
    "nobody_behind",
    "not_ready",
    "objections",
    "overdue",
    "pause_objections",
    "pickup_objections",
    "recomputed_deadline",
    "step",
    "unknown_item",
    "waiting_face",
]
