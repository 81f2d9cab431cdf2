"""A real PostgreSQL and a real Redis for every test that asks for them.

Pure tests start nothing. The servers are those of DATABASE_URL and REDIS_URL, or embedded ones under `.okalib/tests`
without safety against power cuts. The migrated database is kept as a template, named after the migrations it comes
from, and each session works on a copy.
"""

import hashlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil
import psycopg
import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.utils import translation
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis

from okalib import embedded
from okalib.celery import app
from okalib.rehearsal import scratch

# A machine is slow or quick: a test that says so proves nothing about the library. On a new one the first text takes
# seconds, because the tables of all letters are made then.
hypothesis.register_profile("okalib", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis.load_profile("okalib")

pytest_plugins = ["tests.cast"]  # libraries, patrons, staff, titles and days, as fixtures

ROOT = Path(__file__).resolve().parent.parent
KINDS_LEFT_OUT = {
    "slow": "takes longer than a developer waits",
    "browser": "drives Chromium",
    "races": "two or more real connections",
    "faults": "kills workers and servers",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the browser come last: its loop lives in a context of its own, and Django opens that a second connection.

    The first one stays open beside it, and PostgreSQL copies no database that somebody holds open.
    """
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


@pytest.fixture(scope="session")
def servers() -> Iterator[None]:
    """PostgreSQL and Redis, running."""
    with embedded.servers("postgres", durable=False):
        yield


@pytest.fixture(scope="session")
def django_db_modify_db_settings(servers: None, django_db_blocker: pytest.FixtureRequest) -> None:
    """Have the servers running, and a template from which the test database is copied in a moment."""
    if "DATABASE_URL" not in os.environ:
        with django_db_blocker.unblock():  # type: ignore[attr-defined]
            connection.settings_dict["TEST"]["TEMPLATE"] = _template()


@pytest.fixture(scope="session")
def migrated(servers: None, django_db_blocker: Any) -> str:
    """The name of a migrated database to copy from; "" on a server of somebody else, where there is none."""
    with django_db_blocker.unblock():
        return "" if "DATABASE_URL" in os.environ else _template()


@pytest.fixture(scope="module")
def fresh_library(migrated: str, django_db_blocker: Any) -> Iterator[None]:
    """An empty database for all tests of a module together, in which many connections may write."""
    with django_db_blocker.unblock():
        cache.clear()
        with scratch.fresh_database(template=migrated):
            yield
        cache.clear()


@pytest.fixture(autouse=True)
def our_own_language() -> None:
    """Begin in Japanese: a page that was read in English leaves its language behind."""
    translation.deactivate()


@pytest.fixture
def redis(servers: None) -> Iterator[None]:
    """An empty cache, before and after."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def worker(transactional_db: None, servers: None, tmp_path: Path) -> Iterator[psutil.Process]:
    """A Celery worker of its own process on the test's database and broker; tasks are sent with `run_job.delay`."""
    name = f"test{settings.SESSION}@localhost"
    with app.connection_for_write() as broker:
        broker.default_channel.client.flushdb()
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "okalib.settings",
        "DATABASE_URL": database_url(),
        "REDIS_URL": settings.BROKER_AS_REDIS_URL,
    }
    with (tmp_path / "worker.log").open("w") as log:
        process = psutil.Popen(
            [sys.executable, "-m", "celery", "-A", "okalib", "worker", "--concurrency=1", "--hostname", name],
            env=environment,
            stdout=log,
            stderr=log,
        )
    try:
        while not app.control.ping([name], timeout=0.2):
            assert process.poll() is None, (tmp_path / "worker.log").read_text()
        yield process
    finally:
        process.terminate()
        process.wait(30)


def database_url() -> str:
    """The address of the test's database, for another process."""
    at = connection.settings_dict
    if str(at["HOST"]).startswith("/"):
        return f"postgres://{at['USER']}@/{at['HOST']}/{at['NAME']}"
    return f"postgres://{at['USER']}:{quote(at['PASSWORD'])}@{at['HOST']}:{at['PORT'] or 5432}/{at['NAME']}"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which kinds of tests were left out, and how to run them."""
    left_out = [kind for kind in KINDS_LEFT_OUT if f"not {kind}" in terminalreporter.config.option.markexpr]
    if left_out:
        terminalreporter.section("left out")
        for kind in left_out:
            terminalreporter.line(f"{kind:8} ({KINDS_LEFT_OUT[kind]}): pytest -m {kind}")


def _template() -> str:
    """Return the name of a migrated database that fits the migrations as they are now; make it where it is missing."""
    name = f"template_{_mark_of_migrations()}"
    address = {"host": connection.settings_dict["HOST"], "user": connection.settings_dict["USER"]}
    with psycopg.connect(dbname="postgres", autocommit=True, **address) as server:
        server.execute("SELECT pg_advisory_lock(1)")  # sessions side by side make it once
        found = {row[0] for row in server.execute(r"SELECT datname FROM pg_database WHERE datname LIKE 'template\_%'")}
        if name not in found:
            for outdated in found | {"unfinished"}:
                server.execute(f'DROP DATABASE IF EXISTS "{outdated}" WITH (FORCE)')
            server.execute('CREATE DATABASE "unfinished"')
            _migrate("unfinished")
            server.execute(f'ALTER DATABASE "unfinished" RENAME TO "{name}"')
    return name


def _migrate(database: str) -> None:
    """Bring a database up to the migrations, through Django's own connection."""
    own_name = connection.settings_dict["NAME"]
    connection.settings_dict["NAME"] = database
    try:
        call_command("migrate", verbosity=0)
    finally:
        connection.close()
        connection.settings_dict["NAME"] = own_name


def _mark_of_migrations() -> str:
    """A mark that changes with any migration of ours and with any package that may bring some."""
    packages = Path(pytest.__file__).parents[1].glob("*.dist-info")
    mark = hashlib.sha256(" ".join(sorted(package.name for package in packages)).encode())
    for migration in sorted(ROOT.glob("*/migrations/*.py")):
        mark.update(migration.name.encode() + migration.read_bytes())
    return mark.hexdigest()[:12]
