"""`/metrics`: for whom, and what it says: how the house works, and nothing about who uses it."""

import os
import re
import subprocess
import sys
from datetime import date, time, timedelta

import pytest
import redis as redis_client
from django.core.cache.backends.redis import RedisCache
from django.db import OperationalError, connection
from django.test import Client
from django.urls import reverse
from prometheus_client.parser import text_string_to_metric_families

from notifications.models import Notice
from okalib import clock, days
from okalib.models import JobRun

NOON = days.at(date(2026, 12, 1), time(12))

pytestmark = pytest.mark.django_db


@pytest.fixture
def token(settings):
    """The token of the monitoring system, as it sends it."""
    settings.METRICS_TOKEN = "open-sesame"
    return {"Authorization": "Bearer open-sesame"}


def samples(client, token):
    """What is told, by name and labels, these in the order of their names."""
    with clock.standing_at(NOON):
        answer = client.get("/metrics", headers=token)
    assert answer.status_code == 200
    return {
        (sample.name, *(label for _name, label in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.content.decode())
        for sample in family.samples
    }


def test_nobody_is_let_in_where_no_token_is_set(client, settings):
    """Denied by default, an empty token included."""
    settings.METRICS_TOKEN = ""
    assert client.get("/metrics").status_code == 403
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 403


@pytest.mark.parametrize(
    "sent", ["", "open-sesame", "Bearer", "Bearer open", "Bearer Open-Sesame", "Basic open-sesame"]
)
def test_nobody_is_let_in_with_another_token(client, token, sent):
    assert client.get("/metrics", headers={"Authorization": sent}).status_code == 403


def test_not_even_an_administrator_comes_in_by_session(client, token, django_user_model):
    """The token alone counts, so that no browser can be made to ask."""
    client.force_login(django_user_model.objects.create_superuser("admin"))
    assert client.get("/metrics").status_code == 403


def test_requests_are_counted_by_class_of_route_method_and_status(client, token, home):
    """The class is the module that answers; what nobody answers is `none`; a word of one's own as method is `other`."""
    names = [
        ("okalib_requests_total", "GET", "okalib.house", "200"),
        ("okalib_requests_total", "GET", "none", "404"),
        ("okalib_requests_total", "other", "okalib.health", "200"),
        ("okalib_request_seconds_count", "okalib.house"),
    ]
    before = samples(client, token)
    client.get("/")
    client.get("/no/such/page/20000011/")
    client.generic("PLUNDER20000011", "/livez")
    after = samples(client, token)
    assert [after[name] - before.get(name, 0) for name in names] == [1, 1, 1, 1]


def test_the_outbox_is_told_by_state(client, token, akari):
    """NTF-2: how many wait, and how many are in doubt."""
    for number, state in enumerate(["queued", "queued", "unknown"]):
        Notice.objects.create(
            key=f"ready:{number}", kind="ready", patron=akari, state=state, posted_at=NOON,
            next_try_at=NOON if state == "queued" else None, taken_at=NOON, handed_over_at=NOON,
        )  # fmt: skip
    told = samples(client, token)
    assert (told["okalib_notices", "queued"], told["okalib_notices", "unknown"]) == (2, 1)


def test_of_each_job_it_is_told_how_long_ago_it_ended_well_and_whether_it_is_in_trouble(client, token):
    """OPS-2: a job that has failed since is in trouble, whatever it did before."""
    for job, state, hours in (("expiry", "done", 11), ("pull_list", "done", 28), ("pull_list", "failed", 4)):
        ended = NOON - timedelta(hours=hours)
        JobRun.objects.create(job=job, day=days.day_of(ended), state=state, started_at=ended, finished_at=ended)
    told = samples(client, token)
    age, trouble = "okalib_job_success_age_seconds", "okalib_job_in_trouble"
    assert (told[age, "expiry"], told[trouble, "expiry"]) == (11 * 3600, 0)
    assert (told[age, "pull_list"], told[trouble, "pull_list"]) == (28 * 3600, 1)


def test_the_last_consistency_check_is_told(client, token):
    """OPS-4: an alarm can hang on it; before the first check there is nothing to tell."""
    assert ("okalib_invariants_broken",) not in samples(client, token)
    facts = {"state": "done", "started_at": NOON, "finished_at": NOON, "counts": {"broken": 2}}
    JobRun.objects.create(job="consistency_check", day=NOON.date(), **facts)
    assert samples(client, token)["okalib_invariants_broken",] == 2


def test_it_answers_where_database_and_redis_do_not(client, token, monkeypatch):
    """What is out of reach is told, not failed over."""

    def silent(*_args, **_words):
        raise redis_client.ConnectionError

    def closed():
        raise OperationalError

    assert samples(client, token)["okalib_database_up",] == 1
    monkeypatch.setattr(RedisCache, "get", silent)
    monkeypatch.setattr(connection, "cursor", closed)
    told = samples(client, token)
    assert (told["okalib_database_up",], told["okalib_redis_up",]) == (0, 0)
    assert ("okalib_notices", "queued") not in told


def test_nothing_is_told_about_persons(token, akari, aya, kusamakura):
    """RET-5: no card, no name, no title, no address of a page or of the network, whatever was asked."""
    client = Client(REMOTE_ADDR="192.0.2.77")
    client.get("/search/", {"q": "草枕"})
    client.get(reverse("record", args=[kusamakura.pk]))
    client.post("/login/", {"username": "20000011", "password": "青木あかり"})
    told = client.get("/metrics", headers=token).content.decode()
    for word in ("草枕", "20000011", "青木", "192.0.2.77", "/bibs/", "akari@"):
        assert word not in told
    assert set(re.findall(r'(\w+)="', told)) <= {
        "routes", "method", "status", "le", "state", "job", "implementation", "major", "minor", "patchlevel",
        "version", "generation",
    }  # fmt: skip


COUNT = """
from okalib import metering
metering.REQUESTS.labels("okalib.house", "GET", 200).inc()
"""
TELL = """
from django.conf import settings
settings.configure(METRICS_TOKEN="")
import django; django.setup()
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
registry = CollectorRegistry(); MultiProcessCollector(registry)
print(generate_latest(registry).decode())
"""


def test_the_processes_of_a_web_server_count_together(tmp_path):
    """Two processes with one folder: whichever is asked tells of both."""
    environment = os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    for _process in range(2):
        subprocess.run([sys.executable, "-c", COUNT], env=environment, check=True)
    told = subprocess.run([sys.executable, "-c", TELL], env=environment, check=True, capture_output=True, text=True)
    assert 'okalib_requests_total{method="GET",routes="okalib.house",status="200"} 2.0' in told.stdout
