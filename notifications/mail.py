"""The port to the mail server: one letter at a time, and an honest answer about each (NTF-2).

`Courier.deliver` calls `before_data` at the last moment before the server may take the letter over, so that a crash
after it can be told from a crash before it. What goes wrong comes back as one `NotDelivered` with a verdict.
"""

from __future__ import annotations

import smtplib
from collections.abc import Callable
from email.mime.image import MIMEImage
from types import TracebackType
from typing import Any, Self

import barcode.errors
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.smtp import EmailBackend
from django.utils.module_loading import import_string

from notifications import barcodes
from notifications.rules import About, Verdict, judge
from notifications.texts import Letter

TIMEOUT = 20  # seconds for each answer of the mail server


class NotDelivered(Exception):  # noqa: N818 - the outcome of an attempt
    """A letter was not delivered, or may not have been; the verdict says what follows."""

    def __init__(self, verdict: Verdict, why: str) -> None:
        super().__init__(why)
        self.verdict = verdict
        self.why = why


class Abandoned(Exception):  # noqa: N818 - raised by before_data
    """The letter is no longer ours to send."""


def compose(letter: Letter, *, to: str, message_id: str) -> EmailMultiAlternatives:
    """Build the mail: text with HTML beside it, and the card's barcode as a picture inside it (DLV-7)."""
    message = EmailMultiAlternatives(
        subject=letter.subject,
        body=letter.text,
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[to],
        headers=_headers(letter, message_id),
    )
    message.attach_alternative(letter.html, "text/html")
    if letter.card_number:
        try:
            picture = MIMEImage(barcodes.card_png(letter.card_number), "png")
        except barcode.errors.BarcodeError:
            return message  # the number stands in the text as well
        picture.add_header("Content-ID", "<library-card>")
        picture.add_header("Content-Disposition", "inline", filename="card.png")
        message.mixed_subtype = "related"
        message.attach(picture)
    return message


def _headers(letter: Letter, message_id: str) -> dict[str, str]:
    headers = {"Message-ID": message_id, "Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}
    if letter.stop_address:
        headers |= {
            "List-Unsubscribe": f"<{letter.stop_address}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }
    return headers


class Courier:
    """One connection for several letters; opened for the first, closed at the end or when it breaks."""

    def __init__(self) -> None:
        self._backend: BaseEmailBackend | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: type[BaseException] | None, _e: BaseException | None, _t: TracebackType | None) -> None:
        self._close()

    def deliver(self, message: EmailMultiAlternatives, *, before_data: Callable[[], None]) -> None:
        """Deliver one mail. Raises NotDelivered, or Abandoned if `before_data` did.

        Servers hang up after so many letters or so many seconds; on a connection used before, one more try is fair.
        """
        is_used = self._backend is not None
        try:
            self._deliver(message, before_data)
        except NotDelivered as outcome:
            if not (is_used and outcome.verdict is Verdict.SERVER_DOWN):
                raise
            self._deliver(message, before_data)

    def _deliver(self, message: EmailMultiAlternatives, before_data: Callable[[], None]) -> None:
        handed_over = False

        def note_hand_over() -> None:
            nonlocal handed_over
            before_data()
            handed_over = True

        try:
            backend = self._open()
            if isinstance(backend, SmtpBackend):
                backend.before_data = note_hand_over
            else:
                note_hand_over()
            backend.send_messages([message])
        except Abandoned:
            self._close()
            raise
        except Exception as problem:
            self._close()
            raise _as_outcome(problem, handed_over=handed_over) from problem

    def _open(self) -> BaseEmailBackend:
        if self._backend is None:
            backend = _backend()
            backend.open()
            self._backend = backend
        return self._backend

    def _close(self) -> None:
        backend, self._backend = self._backend, None
        if backend is not None:
            try:
                backend.close()
            except (OSError, smtplib.SMTPException):
                return  # it was broken already


def _backend() -> BaseEmailBackend:
    """Return the configured way of sending; SMTP in the form that tells us when the letter is handed over."""
    configured = import_string(settings.EMAIL_BACKEND)
    return SmtpBackend(timeout=TIMEOUT) if issubclass(configured, EmailBackend) else get_connection()


def _as_outcome(problem: Exception, *, handed_over: bool) -> NotDelivered:
    """Translate what the SMTP library raised."""
    about, code, answer = About.SESSION, None, str(problem)
    match problem:
        case smtplib.SMTPRecipientsRefused(recipients=refused):
            about, (code, text) = About.RECIPIENT, next(iter(refused.values()))
            answer = _plain(text)
        case smtplib.SMTPDataError():
            about, code, answer = About.MESSAGE, problem.smtp_code, _plain(problem.smtp_error)
        case smtplib.SMTPSenderRefused(smtp_code=552):  # the letter is too large for this server
            about, code, answer = About.MESSAGE, 552, _plain(problem.smtp_error)
        case smtplib.SMTPResponseException():
            code, answer = problem.smtp_code, _plain(problem.smtp_error)
        case smtplib.SMTPNotSupportedError():
            return NotDelivered(Verdict.GIVE_UP, answer)
        case OSError():  # no connection, no answer, broken off; SMTPServerDisconnected is one of them
            pass
        case _:
            # The letter itself could not be built, or a backend of another kind failed.
            verdict = Verdict.UNKNOWN if handed_over else Verdict.GIVE_UP
            return NotDelivered(verdict, f"{type(problem).__name__}: {problem}")
    why = f"{code} {answer}" if code else f"{type(problem).__name__}: {answer}"
    return NotDelivered(judge(about=about, code=code, answer=answer, handed_over=handed_over), why)


def _plain(text: bytes | str) -> str:
    return text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)


# ── SMTP that says when it begins to hand over ───────────────────────────────────────────────────


class _Announcing:
    """Calls `before_data` between the server's yes to the recipient and the letter itself."""

    before_data: Callable[[], None] | None = None

    def data(self, msg: Any) -> Any:
        if self.before_data is not None:
            self.before_data()
        return super().data(msg)  # type: ignore[misc]


class _Smtp(_Announcing, smtplib.SMTP):
    pass


class _SmtpOverTls(_Announcing, smtplib.SMTP_SSL):
    pass


class SmtpBackend(EmailBackend):
    """Django's SMTP backend, with Django's settings, that calls `before_data` before each letter is handed over."""

    before_data: Callable[[], None] | None = None

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return _SmtpOverTls if self.use_ssl else _Smtp

    def send_messages(self, email_messages: Any) -> int:
        """Send on the open connection."""
        if isinstance(self.connection, _Announcing):
            self.connection.before_data = self.before_data
        return super().send_messages(email_messages) or 0
