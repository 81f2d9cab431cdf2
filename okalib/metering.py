"""How many requests are answered, with what and how quickly: counted by each web process for `/metrics`.

A request is counted by its *class of route*, the module that answers it (`catalog.searching`), never by its address: an
address holds card numbers and search words. Where PROMETHEUS_MULTIPROC_DIR names an empty folder, the processes of a
web server count there together; else each counts for itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from prometheus_client import Counter, Histogram

BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

REQUESTS = Counter("okalib_requests", "Answered requests.", ["routes", "method", "status"])
SECONDS = Histogram("okalib_request_seconds", "Seconds from request to answer.", ["routes"], buckets=BUCKETS)

METHODS = {"GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"}


def meter(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: count each answer and how long it took."""

    def respond(request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        response = get_response(request)
        routes = class_of_route(request)
        # whoever sends words of their own as a method must not make rows of ours
        method = request.method if request.method in METHODS else "other"
        REQUESTS.labels(routes, method, response.status_code).inc()
        SECONDS.labels(routes).observe(time.perf_counter() - began)
        return response

    return respond


def class_of_route(request: HttpRequest) -> str:
    """Say who answered: `staff` for the staff's site, else app and topic, such as `holds.basket`; `none` for nobody."""
    match = request.resolver_match
    if match is None:
        return "none"
    if match.namespaces:
        return "staff"
    return match.func.__module__.replace(".views", "")
