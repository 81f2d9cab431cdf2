"""The post of a rehearsal: letters go nowhere, and some addresses fail as real ones do.

The real worker sends through it (`notifications.actions.send_due`), so retries, the phone list and dead addresses
happen. An address is dead, or its server slow, by its own letters: the same one always, in every rehearsal.
"""

from __future__ import annotations

import smtplib
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

ONE_ADDRESS_IN = 30
DEAD, SLOW = 0, 1  # of thirty addresses one is dead, one has a slow server

letters: Counter[str] = Counter()


class Backend(BaseEmailBackend):
    """Takes letters, and refuses some, with the words of a mail server."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Take each letter or refuse it."""
        for message in email_messages:
            self._take(message.to[0])
        return len(email_messages)

    def _take(self, address: str) -> None:
        if is_dead(address):
            letters["refused"] += 1
            raise smtplib.SMTPRecipientsRefused({address: (550, b"5.1.1 no such mailbox")})
        letters[address] += 1
        if _fate(address) == SLOW and letters[address] % 2:
            letters["put off"] += 1
            raise smtplib.SMTPRecipientsRefused({address: (450, b"4.2.0 try again later")})
        letters["taken"] += 1


def is_dead(address: str) -> bool:
    """Whether nobody has had this address for a long time."""
    return _fate(address) == DEAD


def _fate(address: str) -> int:
    return zlib.crc32(address.encode()) % ONE_ADDRESS_IN


@contextmanager
def in_place_of_mail() -> Iterator[None]:
    """Let nothing leave the house as long as the block lasts, whatever mail server is configured."""
    before = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = f"{__name__}.Backend"
    letters.clear()
    try:
        yield
    finally:
        settings.EMAIL_BACKEND = before
