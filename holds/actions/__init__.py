"""The verbs of the queue. The life of a reservation:

1. A patron reserves a bib (`reserve`, or several with `reserve_basket`); it waits.
2. Each open morning `make_pull_list` says what to fetch; what is missing is marked (`mark_missing`, `unmark_missing`).
3. A fetched or returned item is claimed for the first in the queue (`claim`, called by the desk): secured.
4. At the prefectural library the patron is told the day after (`announce`): ready, the deadline runs (`extend`).
5. Lending it fulfils it (`fulfil`, called by the desk and by the Sunday run).
6. Not collected, it expires (`expire`); not wanted any more, it is cancelled (`cancel`, `end_unneeded`).
7. Whatever ends it gives its item to the next in the queue in the same transaction, or to the clearance list.
8. Meanwhile it can be paused and resumed, moved, or sent elsewhere (`pause`, `resume`, `move`, `yield_place`,
   `change_pickup`).
9. What the patron cannot do alone is asked for (`ask`) and answered by staff (`answer`).

Every verb locks patron first (where limits matter), then the bib with its items and its queue.
"""

from holds.actions.basket import BasketResult, add_to_basket, move_in_basket, remove_from_basket, reserve_basket
from holds.actions.binding import (
    Forgotten,
    claim,
    forget,
    fulfil,
    fulfil_kept,
    lock_to_reopen,
    lock_with_group,
    relink,
    reopen,
    unclaim,
)
from holds.actions.expiring import expire
from holds.actions.fetching import make_pull_list, mark_missing, unmark_missing
from holds.actions.merging import end_one_of_two, lock_titles
from holds.actions.order import move, yield_place
from holds.actions.queue import (
    cancel,
    change_pickup,
    end_unneeded,
    give_up,
    objections,
    pause,
    reserve,
    resume,
    set_need_by,
)
from holds.actions.requests import answer, ask
from holds.actions.retention import forget_ended
from holds.actions.shelf import announce, extend, mark_kept_missing, move_deadlines

__all__ = [
    "BasketResult",
    "Forgotten",
    "add_to_basket",
    "announce",
    "answer",
    "ask",
    "cancel",
    "change_pickup",
    "claim",
    "end_one_of_two",
    "end_unneeded",
    "expire",
    "extend",
    "forget",
    "forget_ended",
    "fulfil",
    "fulfil_kept",
    "give_up",
    "lock_titles",
    "lock_to_reopen",
    "lock_with_group",
    "make_pull_list",
    "mark_kept_missing",
    "mark_missing",
    "move",
    "move_deadlines",
    "move_in_basket",
    "objections",
    "pause",
    "relink",
    "remove_from_basket",
    "reopen",
    "reserve",
    "reserve_basket",
    "resume",
    "set_need_by",
    "unclaim",
    "unmark_missing",
    "yield_place",
]
