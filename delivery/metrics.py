"""`/metrics`: what a monitoring system asks every minute, in the words of Prometheus; nothing about persons.

It stands on the top floor, like the consistency check, because it looks at the whole house. Without METRICS_TOKEN in
the environment nobody is let in; with it, whoever sends it as `Authorization: Bearer …`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, InterfaceError, connection
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from notifications import queries as notices
from okalib import clock, job_standings


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer whoever knows the token; 403 for everybody else, and for all where none is set."""
    if not _knows_token(request):
        return HttpResponse("forbidden\n", content_type="text/plain", status=403)
    parts = [_counted_by_the_web(), _house()]
    return HttpResponse(b"".join(generate_latest(part) for part in parts), content_type=CONTENT_TYPE_LATEST)


def _knows_token(request: HttpRequest) -> bool:
    sent = request.headers.get("Authorization", "")
    return bool(settings.METRICS_TOKEN) and constant_time_compare(sent, f"Bearer {settings.METRICS_TOKEN}")


def _counted_by_the_web() -> CollectorRegistry:
    """What okalib.metering counts: of all processes together, or of this one."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    together = CollectorRegistry()
    MultiProcessCollector(together)
    return together


def _house() -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(House())
    return registry


class House(Collector):
    """The gauges of the house, asked at the moment of the question."""

    def collect(self) -> Iterator[Metric]:
        """Yield them; those that are in the database only where it answers."""
        yield _gauge("okalib_redis_up", "Whether Redis answers.", cache.answers())  # type: ignore[attr-defined]
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
            found = list(self._in_the_database())
        except (DatabaseError, InterfaceError):
            yield _gauge("okalib_database_up", "Whether PostgreSQL answers.", False)
            return
        yield _gauge("okalib_database_up", "Whether PostgreSQL answers.", True)
        yield from found

    def _in_the_database(self) -> Iterator[Metric]:
        outbox = GaugeMetricFamily("okalib_notices", "Notices of the outbox, by state.", labels=["state"])
        for state, number in notices.numbers_by_state().items():
            outbox.add_metric([state], number)
        yield outbox
        ages = GaugeMetricFamily(
            "okalib_job_success_age_seconds", "Seconds since a job last ended well.", labels=["job"]
        )
        troubles = GaugeMetricFamily(
            "okalib_job_in_trouble", "Whether a job has failed, hangs or is missing.", labels=["job"]
        )
        now = clock.now()
        for standing in job_standings.standings(now):
            troubles.add_metric([standing.name], standing.trouble is not None)
        for job, ended_at in job_standings.last_successes(now).items():
            ages.add_metric([job], (now - ended_at).total_seconds())
        yield from (ages, troubles)
        broken = job_standings.last_counts("consistency_check").get("broken")
        if broken is not None:
            yield _gauge("okalib_invariants_broken", "Broken invariants at the last consistency check.", broken)


def _gauge(name: str, words: str, value: bool | int) -> Metric:
    return GaugeMetricFamily(name, words, value=float(value))
