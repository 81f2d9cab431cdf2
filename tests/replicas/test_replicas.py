"""Public pages from a streaming replica: who may be answered by it, and what happens when it is late or dead."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.test import Client

from catalog.search import index_bibs
from tests.replicas.cluster import Server, embedded_conninfo
from tests.replicas.reader import Reader

FOUND = f"/search/?{urlencode({'q': '草枕'})}"

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def akaris_session(akari, kusamakura, redis) -> str:
    """The key of Akari's session, opened before the servers are copied."""
    index_bibs([kusamakura])
    client = Client()
    client.force_login(akari.user, backend="okalib.auth.CardBackend")
    return client.cookies["sessionid"].value


@pytest.fixture
def primary(akaris_session):
    server = Server(embedded_conninfo(), follows=False)
    yield server
    server.remove()


@pytest.fixture
def standby(primary):
    server = Server(primary.conninfo, follows=True)
    yield server
    server.remove()


@pytest.fixture
def start_web(tmp_path):
    """Starts a web server on databases that are named; returns its port."""
    started = []

    def start(database_url: str, replica_url: str, max_lag: float) -> int:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        named = {
            "DJANGO_SETTINGS_MODULE": "okalib.settings",
            "DATABASE_URL": database_url,
            "DATABASE_REPLICA_URLS": replica_url,
            "DATABASE_POOL_SIZE": "4",
            "REDIS_URL": settings.CACHES["default"]["LOCATION"],
            "REPLICA_MAX_LAG_SECONDS": str(max_lag),
            "OKALIB_CLOCK": "2026-12-01T10:00",
        }
        with (tmp_path / f"web{port}.log").open("w") as log:
            command = [sys.executable, "-m", "gunicorn", "okalib.wsgi", f"--bind=127.0.0.1:{port}", "--threads=2",
                       "--no-control-socket", "--timeout=120"]  # fmt: skip
            started.append(subprocess.Popen(command, env=os.environ | named, stdout=log, stderr=log))
        deadline = time.monotonic() + 60
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=10).close()
                return port
            except (urllib.error.URLError, OSError):
                assert time.monotonic() < deadline, (tmp_path / f"web{port}.log").read_text()
                time.sleep(0.2)

    yield start
    for process in started:
        process.terminate()
        process.wait(30)


def retitle(server: Server, bib, title: str) -> None:
    """Change a title where the primary alone knows it until a replica follows."""
    server.ask("UPDATE catalog_bib SET title = %s WHERE id = %s", title, bib.pk)


def wait_for(standby: Server, primary: Server) -> None:
    """Wait until the standby has all that the primary has written."""
    [[written]] = primary.ask("SELECT pg_current_wal_flush_lsn()::text")
    deadline = time.monotonic() + 30
    while not standby.ask("SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn", written)[0][0]:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_visitors_read_from_the_replica_and_a_patron_never_sees_less_than_what_they_did(
    primary, standby, start_web, kusamakura, akaris_session
):
    port = start_web(primary.url, standby.url, max_lag=600)
    record, visitor, akari = f"/records/{kusamakura.pk}/", Reader(port), Reader(port, akaris_session)
    assert visitor.title_of(record) == "草枕"
    wait_for(standby, primary)
    standby.ask("SELECT pg_wal_replay_pause()")
    time.sleep(1.5)  # what the web server knows of the replica is a second old at most
    assert visitor.title_of(record) == "草枕"
    retitle(primary, kusamakura, "草まくら")
    assert visitor.title_of(record) == "草枕", "the replica answers, and has not heard of it"
    assert akari.title_of(record) == "草枕", "who has changed nothing is answered by the replica too"
    assert "草まくら" not in visitor.read(FOUND), "a search too"

    akari.send("/basket/lines/", bib=kusamakura.pk)
    assert akari.title_of(record) == "草まくら", "what she has done is on the primary alone"
    assert visitor.title_of(record) == "草枕"

    standby.ask("SELECT pg_wal_replay_resume()")
    wait_for(standby, primary)
    time.sleep(1.5)
    assert visitor.title_of(record) == "草まくら"
    assert "草まくら" in visitor.read(FOUND)


def test_a_late_replica_is_left_aside_and_a_dead_one_costs_no_answer(primary, standby, start_web, kusamakura):
    port = start_web(primary.url, standby.url, max_lag=1)
    record, visitor = f"/records/{kusamakura.pk}/", Reader(port)
    assert visitor.title_of(record) == "草枕"
    wait_for(standby, primary)
    standby.ask("SELECT pg_wal_replay_pause()")
    retitle(primary, kusamakura, "草まくら")
    time.sleep(2.5)
    assert visitor.title_of(record) == "草まくら", "late by more than a second: the primary answers"
    standby.ask("SELECT pg_wal_replay_resume()")
    wait_for(standby, primary)
    time.sleep(1.5)
    assert visitor.title_of(record) == "草まくら"
    standby.kill()
    for _time in range(5):
        assert visitor.title_of(record) == "草まくら"


def test_when_the_primary_dies_its_standby_takes_over(primary, standby, start_web, kusamakura, akaris_session):
    """The web servers are given both hosts and find the one that may be written to."""
    both = primary.url.replace(primary.host_and_port, f"{primary.host_and_port},{standby.host_and_port}")
    port = start_web(f"{both}?target_session_attrs=read-write", standby.url, max_lag=600)
    record, visitor, akari = f"/records/{kusamakura.pk}/", Reader(port), Reader(port, akaris_session)
    assert visitor.title_of(record) == "草枕"
    wait_for(standby, primary)
    time.sleep(1.5)
    assert visitor.title_of(record) == "草枕"
    primary.kill()
    assert visitor.title_of(record) == "草枕", "the replica goes on answering what anybody may read"
    standby.ask("SELECT pg_promote()")
    akari.send("/basket/lines/", bib=kusamakura.pk)
    assert standby.ask("SELECT count(*) FROM holds_basketline WHERE bib_id = %s", kusamakura.pk) == [(1,)]
    assert akari.title_of(record) == "草枕"
