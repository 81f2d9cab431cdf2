"""The verbs of the outbox. The life of a notice:

1. `post` writes it in the transaction of its cause: queued, on the phone list, or noted as not wanted.
2. `withdraw` takes it back when the cause goes away before it is sent.
3. `send_due`, the worker's verb, takes what is due, asks the cause again, hands it to the mail server, records.
4. What the server refuses for now waits longer each time; what it refuses for good goes on the phone list.
5. `sweep` finds what a dead worker left in flight: back to the queue, or "unknown" if the server may have it.
6. Staff `resend`, `mark_phoned`, `mark_not_reached`, `close`, or note that it `bounced`.
7. `change_password`, `mail_password_link`, `set_lost_password` and `mail_activation_code` are verbs of the lowest
   floor with the notice that belongs to them.
8. `tell_new_arrivals` writes the mails of the day about new titles in saved searches.
9. `erase_old` erases the words after a time; `forget` erases those of one cause at once.
"""

from notifications.actions.accounts import (
    change_password,
    mail_activation_code,
    mail_password_link,
    set_lost_password,
)
from notifications.actions.desk import bounced, close, mark_not_reached, mark_phoned, resend
from notifications.actions.new_arrivals import tell_new_arrivals
from notifications.actions.posting import Letter, post, post_all, withdraw
from notifications.actions.retention import erase_old, forget
from notifications.actions.sending import send_due
from notifications.actions.sweeping import sweep

__all__ = [
    "Letter",
    "bounced",
    "change_password",
    "close",
    "erase_old",
    "forget",
    "mail_activation_code",
    "mail_password_link",
    "mark_not_reached",
    "mark_phoned",
    "post",
    "post_all",
    "resend",
    "send_due",
    "set_lost_password",
    "sweep",
    "tell_new_arrivals",
    "withdraw",
]
