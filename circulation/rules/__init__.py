"""The desk: who may borrow what until when, what may be renewed, and where a returned item goes.

LIM-1  On loan at once: a number of books and magazines, and a number of audio-visual items.
SHF-3  Not lent, each with its reason: before the mail was sent, patron overdue, limit reached.
LON-1  The loan period counts the day of lending; a due date on a closed day of the place of return moves on.
LON-2  Loan periods can be overridden for dates, a channel, a kind of item; renewals and interlibrary items excepted.
LON-3  At most one open loan per item.
LON-4  An item kept for one patron is not lent to another, and the message names nobody.
LON-5  After a renewed loan the same patron waits a week for the same title.
LON-6  Due on a day: overdue from midnight after it.
REN-1  Renewal by the patron from the day before the due date until the due date, once, unless somebody waits.
REN-2  Where it is not possible the page says why and, if it will be, from when.
REN-3  A renewal and a new reservation at the same moment: one is first, the other obeys.
RET-1  At the counter the loan is closed and the screen says where the item goes.
RET-2  The book drop is back-dated to the drop: not before the loan, not in the future.
RET-3  Received at a pickup library: the patron is no longer overdue, the loan stays until it arrives.
RET-4  Three flags: pickup point, returns of delivered items, mutual return; an unexpected closure opens all counters.
RET-5  Returning cuts the link between patron and item at once, unless a reading record is wanted.
"""

from __future__ import annotations

from circulation.rules.dates import (
    Period,
    due_on,
    is_overdue,
    period_for,
    period_objections,
    rest_until,
    rival_of,
    ruling,
)
from circulation.rules.lending import Lending, check_out_objections, due_date_objections
from circulation.rules.offline import OfflineState, card_missing, offline_objections
from circulation.rules.renewing import Renewal, renew_objections, renewal_opens_on, renewed_due_on
from circulation.rules.returning import (
    Destination,
    check_in_messages,
    default_drop_day,
    drop_objections,
    gone_on,
    limit_filled_since,
    not_disputed,
    not_on_loan,
    patron_gone,
    reason_missing,
    receive_objections,
    received,
    reserved_since,
    told_since,
    withdrawn,
)
from okalib.rules import Channel

__all__ = [
    "Channel",
    "Destination",
    "Lending",
    "OfflineState",
    "Period",
    "Renewal",
    "card_missing",
    "check_in_messages",
    "check_out_objections",
    "default_drop_day",
    "drop_objections",
    "due_date_objections",
    "due_on",
    "gone_on",
    "is_overdue",
    "limit_filled_since",
    "not_disputed",
    "not_on_loan",
    "offline_objections",
    "patron_gone",
    "period_for",
    "period_objections",
    "reason_missing",
    "receive_objections",
    "received",
    "renew_objections",
    "renewal_opens_on",
    "renewed_due_on",
    "reserved_since",
    "rest_until",
    "rival_of",
    "ruling",
    "told_since",
    "withdrawn",
]
