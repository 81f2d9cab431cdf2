"""What patrons are told about their own log-in; the verbs themselves are those of the lowest floor (PAT-3, NTF-1)."""

from __future__ import annotations

from datetime import datetime

from notifications.actions.desk import NO_ADDRESS
from notifications.actions.posting import post, withdraw
from notifications.causes import still_true
from notifications.models import Notice
from notifications.rules import Kind
from okalib import days, rules
from okalib.actions import patrons
from okalib.models import PasswordLink, Patron, PolicySettings, User
from okalib.rules import Refused
from okalib.transactions import verb

NEWER_LINK = "新しい依頼があったか、すでに再設定されたため"


@verb
def change_password(*, patron: Patron, old: str, new: str, now: datetime) -> Notice:
    """Change a patron's password and tell the owner of the address, who may not be the one who did it (PAT-3, NTF-1).

    Raises Refused as `okalib.actions.patrons.change_password` does.
    """
    patrons.change_password(patron=patron, old=old, new=new, now=now)
    return _tell_of_change(patron=patron, now=now)


def _tell_of_change(*, patron: Patron, now: datetime) -> Notice:
    return post(
        key=f"password_changed:{patron.pk}:{now.isoformat()}",
        kind=Kind.PASSWORD_CHANGED,
        patron=patron,
        context={"changed_on": days.day_of(now)},
        cause=f"patron:{patron.pk}",
        now=now,
    )


@verb
def mail_password_link(*, card_number: str, email: str, now: datetime) -> Notice | None:
    """Mail a link to a new password to the address on file, whatever contact the patron wishes otherwise (PAT-3).

    Only the newest link is sent and opens. Returns None where there is nobody to write to, which the page must not
    tell. The link itself is made when the mail is sent (`okalib.links`).
    """
    link = patrons.ask_for_password_link(card_number=card_number, email=email, now=now)
    if link is None:
        return None
    cause = f"password_link:{link.pk}"
    withdraw(cause=cause, kind=Kind.PASSWORD_RESET, reason=NEWER_LINK, now=now)
    return post(
        key=f"password_reset:{link.pk}:{link.serial}",
        kind=Kind.PASSWORD_RESET,
        patron=link.patron,
        context={"hours": PolicySettings.current().password_link_hours, "serial": link.serial},
        cause=cause,
        now=now,
        address=link.patron.email,
        useful_until=link.expires_at,
    )


@still_true(Kind.PASSWORD_RESET)
def why_not_to_mail_a_link(notice: Notice) -> str | None:
    """Withdraw the mail of a link that was used, or replaced by a newer one (NTF-2)."""
    link = PasswordLink.objects.filter(pk=notice.cause_id).first()
    return None if link is not None and link.serial == notice.context.get("serial") else NEWER_LINK


@verb
def set_lost_password(*, token: str, password: str, now: datetime) -> Notice:
    """Set a new password by a mailed link, and tell the owner of the address (PAT-3, NTF-1).

    Raises Refused as `okalib.actions.patrons.set_lost_password` does.
    """
    patron = patrons.set_lost_password(token=token, password=password, now=now)
    return _tell_of_change(patron=patron, now=now)


@verb
def mail_activation_code(*, patron: Patron, by: User, now: datetime) -> Notice:
    """Issue a one-time code and mail it, where the patron cannot take the printed one along (PAT-3, NTF-1).

    The code is erased here once it is sent, and no longer sent once it is dead. Raises Refused (no_address): a code
    is not read out on the telephone.
    """
    if not patron.can_be_mailed:
        raise Refused([NO_ADDRESS])
    expires_at = rules.activation_expires_at(now, PolicySettings.current())
    return post(
        key=f"activation_code:{patron.pk}:{now.isoformat()}",
        kind=Kind.ACTIVATION_CODE,
        patron=patron,
        context={
            "code": patrons.issue_activation_code(patron=patron, by=by, now=now),
            "valid_until": days.day_of(expires_at),
        },
        cause=f"patron:{patron.pk}",
        now=now,
        useful_until=expires_at,
    )
