"""The verbs of the weekly delivery. The life of a run:

1. `plan` makes the runs a year ahead from the weekly pattern; staff `reschedule` one, `cancel_run`, or
   `leave_out` a library.
2. On its day `run` lends what is secured for pickup libraries and makes the bags and their slips; who fails is an
   exception. The job does that, and staff `ask_to_lend` have a worker do it now.
3. At the packing table each item is scanned into its bag (`pack`) and the bag closed (`seal`). What should not have
   been packed is taken out again (`take_out`).
4. `send` sends the bags; `announce` tells the patrons when they can collect. A run that is late is moved by `shift`,
   which `preview_shift` shows before; the slips that say old days are printed again (`slips_replaced`).
5. Pickup libraries, or we for them, `mark` the bags on their way (`arrive`, `hand_over`,
   `take_back`, `send_back`);
   `keep_longer` gives a patron more time.
6. A returned item is scanned by `circulation.check_in` like any other; a bag is closed when all its loans are.

`close_in_emergency` and `undo_emergency` bend dates on every floor below, so they stand on this one (CAL-8).
"""

from delivery.actions.bags import arrive, hand_over, keep_longer, mark, send, send_back, take_back, take_out
from delivery.actions.emergency import close_in_emergency, preview_emergency
from delivery.actions.emergency_undone import undo_emergency
from delivery.actions.mailing import announce
from delivery.actions.packing import pack, seal, slips_replaced
from delivery.actions.planning import cancel_run, leave_out, plan, reschedule, restore_run, take_in_again
from delivery.actions.running import Planned, RunResult, ask_to_lend, preview, run
from delivery.actions.shifting import Shift, preview_shift, shift, shifted_by

__all__ = [
    "Planned",
    "RunResult",
    "Shift",
    "announce",
    "arrive",
    "ask_to_lend",
    "cancel_run",
    "close_in_emergency",
    "hand_over",
    "keep_longer",
    "leave_out",
    "mark",
    "pack",
    "plan",
    "preview",
    "preview_emergency",
    "preview_shift",
    "reschedule",
    "restore_run",
    "run",
    "seal",
    "send",
    "send_back",
    "shift",
    "shifted_by",
    "slips_replaced",
    "take_back",
    "take_in_again",
    "take_out",
    "undo_emergency",
]
