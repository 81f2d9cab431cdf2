"""The verbs about patrons: they are registered, get cards and passwords, and are looked after (PAT).

The life of a card: `register` issues the first, `issue_activation_code` prints a one-time code for its owner, who
`activate`s the log-in with a password of their own choice. Whoever forgets it asks for a link by mail
(`ask_for_password_link`, `set_lost_password`) or for another code at the counter. Every use keeps the card alive;
unused for two years it lapses, and `renew_card` at the counter revives it. Lost, it dies at once by
`replace_lost_card`, and its owner goes on with a new number, the same password, loans and reservations.
"""

from okalib.actions.patrons.cards import issue_card, register, renew_card, replace_lost_card
from okalib.actions.patrons.care import block, lift_block, set_contact
from okalib.actions.patrons.passwords import (
    ACTIVATION_FAILED,
    LINK_DEAD,
    PASSWORD_WRONG,
    activate,
    ask_for_password_link,
    change_password,
    issue_activation_code,
    lift_log_in_lock,
    password_link_opens,
    set_lost_password,
)
from okalib.actions.patrons.views import note_view

__all__ = [
    "ACTIVATION_FAILED",
    "LINK_DEAD",
    "PASSWORD_WRONG",
    "activate",
    "ask_for_password_link",
    "block",
    "change_password",
    "issue_activation_code",
    "issue_card",
    "lift_block",
    "lift_log_in_lock",
    "note_view",
    "password_link_opens",
    "register",
    "renew_card",
    "replace_lost_card",
    "set_contact",
    "set_lost_password",
]
