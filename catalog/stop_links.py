"""The address in each mail about new titles that stops them without logging in (SDI, RFC 8058).

It is signed, opens nothing but this, tells nobody's name, and does not expire: who gets mails can stop them.
"""

from __future__ import annotations

from django.core import signing

SALT = "catalog.stop_links"


def token_of(patron_id: int) -> str:
    """Return the secret part of the address for a patron."""
    return signing.Signer(salt=SALT).sign_object(patron_id)


def patron_of(token: str) -> int | None:
    """Return the id of the patron whose mails a token stops, None if it is none of ours."""
    try:
        return int(signing.Signer(salt=SALT).unsign_object(token))
    except (signing.BadSignature, ValueError, TypeError):
        return None
