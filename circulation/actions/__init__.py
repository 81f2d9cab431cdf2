"""The verbs of the desk. The life of a loan:

1. `check_out` lends an item to a patron and fulfils the reservation that it answers; `undo_check_out` takes it back.
   `lend_kept` does so for a handful of reservations that go with the weekly delivery.
2. `renew` moves the due date, once, unless somebody waits.
3. `receive` notes that a counter elsewhere has the item: from then on nobody is overdue by it.
4. Where a patron says that an item was returned and nobody has it, `dispute` says so, until a scan, `end_dispute` or
   `give_up_search` ends that.
5. `check_in` closes the loan, forgets the patron, and says where the item goes: fetched, arrived or returned, an item
   in the hand is always the same question. For some minutes `undo_check_in` can take it back.

What a desk wrote down while the network was cut is done afterwards by `record_offline`, each scan once; what cannot be
done so waits for `retry_offline` or `close_offline`.

Beside it stands what patrons decide for themselves: a reading record, and a feed of their dates for their calendar;
and what the library decides: loan periods of their own.
"""

from circulation.actions.disputing import dispute, end_dispute, give_up_search
from circulation.actions.feeds import close_feed, move_feed, open_feed
from circulation.actions.lending import CheckOut, check_out
from circulation.actions.lending_kept import LentKept, lend_kept
from circulation.actions.memory import CheckInMemory, CheckOutMemory
from circulation.actions.merging import merge_patrons
from circulation.actions.offline import (
    OfflineEntry,
    close_offline,
    forget_offline,
    record_offline,
    retry_offline,
)
from circulation.actions.periods import remove_loan_period, set_loan_period
from circulation.actions.reading import erase_reading_line, erase_rest_periods, set_reading_record
from circulation.actions.reminding import remind, remind_of_lapse
from circulation.actions.renewing import move_due_date, move_due_dates, renew
from circulation.actions.returning import CheckIn, check_in, receive
from circulation.actions.undoing import undo_check_in, undo_check_out

__all__ = [
    "CheckIn",
    "CheckInMemory",
    "CheckOut",
    "CheckOutMemory",
    "LentKept",
    "OfflineEntry",
    "check_in",
    "check_out",
    "close_feed",
    "close_offline",
    "dispute",
    "end_dispute",
    "erase_reading_line",
    "erase_rest_periods",
    "forget_offline",
    "give_up_search",
    "lend_kept",
    "merge_patrons",
    "move_due_date",
    "move_due_dates",
    "move_feed",
    "open_feed",
    "receive",
    "record_offline",
    "remind",
    "remind_of_lapse",
    "remove_loan_period",
    "renew",
    "retry_offline",
    "set_loan_period",
    "set_reading_record",
    "undo_check_in",
    "undo_check_out",
]
