"""Logs as events, without anything personal.

A line says what was asked for by the *name of the route*, never by its address: an address holds card numbers, titles
and search words, and those beside an address of the network would be a reading history (dependencies.md, RET-5).
"""

import sys
import time
import traceback
import uuid
from collections.abc import Callable
from typing import Any

import structlog
from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

REFUSALS = (Http404, PermissionDenied, SuspiciousOperation, BadRequest)
QUIET = {"livez", "readyz", "metrics"}

LINES_OF_A_FAILURE = 6


def failure_without_words(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    """Say of an exception its kind and where it came from; its message may quote a person, and stays out."""
    given = event.pop("exc_info", None)
    error = sys.exc_info()[1] if given is True else given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        frames = traceback.extract_tb(error.__traceback__)[-LINES_OF_A_FAILURE:]
        event["kind"] = type(error).__name__
        event["places"] = [f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno} {frame.name}" for frame in frames]
    return event


PROCESSORS: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    failure_without_words,
]


def logging_config(level: str) -> dict[str, Any]:
    """Give Django's LOGGING: one line of JSON per event on standard error, our own and those of the libraries."""
    structlog.configure(
        processors=[*PROCESSORS, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "events": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": PROCESSORS,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.JSONRenderer(ensure_ascii=False),
                ],
            },
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "events"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # Django has handlers of its own here, and its lines carry the whole address.
            "django": {"handlers": [], "level": level, "propagate": True},
            "django.server": {"handlers": [], "level": "ERROR", "propagate": True},
            "django.request": {"level": "CRITICAL", "propagate": True},
            # Its lines name the address of a form; ours say that one was refused, by its route.
            "django.security.csrf": {"level": "CRITICAL"},
            # axes writes the user name, which is a card number, and the address.
            "axes": {"level": "CRITICAL"},
            # Our jobs write their own events, and not each time that they have nothing to do.
            "celery": {"level": "WARNING"},
            "celery.app.trace": {"level": "CRITICAL"},  # it repeats the words of an error
            "pyBarcode": {"level": "WARNING"},
        },
    }


log = structlog.get_logger("okalib.web")
doors = structlog.get_logger("okalib.doors")


def note_log_in(*, user: Any, **_signal: Any) -> None:
    """Write that somebody has come in: which member of staff, of patrons only that one has (RET-5)."""
    if hasattr(user, "patron"):
        doors.info("logged in", kind="patron")
    else:
        doors.info("logged in", kind="staff", staff=user.pk)


def note_failure(*, credentials: dict[str, Any], **_signal: Any) -> None:
    """Write that somebody has not; guesses at one account have one mark, which tells nobody what was typed."""
    doors.warning("log-in refused", account=mark(str(credentials.get("username", ""))))


def note_log_out(*, user: Any, **_signal: Any) -> None:
    """Write that somebody has left."""
    doors.info("logged out", kind="patron" if user is None or hasattr(user, "patron") else "staff")


def note_second_factor(*, user: Any, is_right: bool) -> None:
    """Write how the second factor of a member of staff went."""
    doors.info("second factor", staff=user.pk, is_right=is_right)


def mark(text: str) -> str:
    """Return a mark that is the same for the same text, and from which nobody finds it without our key."""
    return salted_hmac("okalib.logs", text, algorithm="sha256").hexdigest()[:12]


class RequestLog:
    """Write one event per answered request: method, name of the route, status, milliseconds; of a refusal who it was.

    Who it was is said of staff alone, by number.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        request_id = uuid.uuid4().hex[:12]
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            response = self.get_response(request)
            match = request.resolver_match
            route = match.view_name if match else "-"
            if route not in QUIET:
                milliseconds = round((time.perf_counter() - started) * 1000, 1)
                staff = {"staff": request.user.pk} if response.status_code == 403 and _is_staff(request) else {}
                status = response.status_code
                log.info("answered", method=request.method, route=route, status=status, ms=milliseconds, **staff)
        response["X-Request-ID"] = request_id
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        """Write that a view failed, and where; a refusal is none."""
        if isinstance(exception, REFUSALS):
            return
        log.error("failed", route=getattr(request.resolver_match, "view_name", "-"), exc_info=exception)


def _is_staff(request: HttpRequest) -> bool:
    user = getattr(request, "user", None)
    return user is not None and user.is_authenticated and not hasattr(user, "patron")
