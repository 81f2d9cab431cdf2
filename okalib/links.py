"""The link that is mailed to whoever has forgotten their password (PAT-3).

A link is made when its mail is sent and kept nowhere: it says which request for a link it belongs to, and is signed
together with the password that it replaces. So it dies with its use, with a newer request, with any other change of the
password or of the address, and after the hours of the policy; neither database nor log could tell it to anybody.
"""

from __future__ import annotations

from datetime import date

from django.core import signing
from django.utils.crypto import constant_time_compare, salted_hmac

from okalib.models import PasswordLink
from okalib.rules import Policy

SALT = "okalib.password_link"


def token_of(link: PasswordLink) -> str:
    """Return the secret part of the link's address."""
    return signing.dumps([link.pk, link.serial, _mark(link)], salt=SALT)


def link_of(token: str) -> PasswordLink | None:
    """Return the latest request for a link that `token` belongs to, None where it fits none; it may have expired."""
    try:
        pk, serial, mark = signing.loads(token, salt=SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    link = PasswordLink.objects.select_related("patron__user").filter(pk=pk, serial=serial).first()
    return link if link is not None and constant_time_compare(mark, _mark(link)) else None


def may_open(link: PasswordLink, today: date, policy: Policy) -> bool:
    """Tell whether a link may be mailed: the card lives, and its owner once had a password.

    The first password comes by the code of the counter, and a lapsed card is renewed there (PAT-1, PAT-3).
    """
    patron = link.patron
    return patron.user is not None and patron.user.has_usable_password() and not patron.is_lapsed(today, policy)


def _mark(link: PasswordLink) -> str:
    """A mark of the password and the address that the link was asked for; tells neither."""
    password = link.patron.user.password if link.patron.user else ""
    return salted_hmac(SALT, f"{link.pk}:{link.serial}:{link.patron.email}:{password}", algorithm="sha256").hexdigest()
