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
from django.http import HttpRequest, HttpResponse

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
            # axes writes the user name, which is a card number, and the address.
            "axes": {"level": "CRITICAL"},
            # Our jobs write their own events, and not each time that they have nothing to do.
            "celery": {"level": "WARNING"},
            "celery.app.trace": {"level": "CRITICAL"},  # it repeats the words of an error
            "pyBarcode": {"level": "WARNING"},
        },
    }


log = structlog.get_logger("okalib.web")


class RequestLog:
    """Write one event per answered request: method, name of the route, status and milliseconds."""

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
                log.info("answered", method=request.method, route=route, status=response.status_code, ms=milliseconds)
        response["X-Request-ID"] = request_id
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        """Write that a view failed, and where."""
        log.error("failed", route=getattr(request.resolver_match, "view_name", "-"), exc_info=exception)
