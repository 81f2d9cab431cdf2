"""A real SMTP server for tests: it keeps what it accepts, and refuses, drops or waits as a test asks.

def test_…(post_office): post_office.refuse["hanako@example.jp"] = "550 5.1.1 No such user"
"""

from __future__ import annotations

import email
import email.policy
import socket
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller


class PostOffice:
    """What stands behind the SMTP port."""

    def __init__(self) -> None:
        self.port = _free_port()
        self.letters: list[EmailMessage] = []
        self.receivers: list[str] = []
        self.refuse: dict[str, str] = {}
        """The answer to a recipient, by address."""
        self.refuse_letters: str | None = None
        """The answer to every letter, once it is there."""
        self.hangs_up_after_data = False
        """Takes the letter and breaks the connection instead of answering."""
        self.hangs_up_at: set[str] = set()
        """Breaks the connection when it hears one of these recipients."""
        self.on_letter: Callable[[], None] = lambda: None
        """Called when a letter has been taken, before it is answered."""
        self._controller: Controller | None = None

    def opens(self) -> None:
        """Begin to listen."""
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port, server_hostname="post.example.jp")
        self._controller.start()

    def closes(self) -> None:
        """Listen no longer."""
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    @property
    def subjects(self) -> list[str]:
        """The subjects of the letters taken."""
        return [str(letter["subject"]) for letter in self.letters]

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        """Say yes or no to a recipient."""
        if address in self.hangs_up_at:
            server.transport.abort()
        answer = self.refuse.get(address, "250 OK")
        if answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        """Take a letter, or do what the test asks instead."""
        if self.refuse_letters is not None:
            return self.refuse_letters
        self.receivers += envelope.rcpt_tos
        self.letters.append(email.message_from_bytes(envelope.content, policy=email.policy.default))  # type: ignore[arg-type]
        self.on_letter()
        if self.hangs_up_after_data:
            server.transport.abort()
        return "250 2.0.0 Taken"


@pytest.fixture
def post_office(settings: Any) -> Iterator[PostOffice]:
    """An open post office to which Django's mail goes."""
    office = PostOffice()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", office.port
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    office.opens()
    yield office
    office.closes()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
