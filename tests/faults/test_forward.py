"""A filled database goes forward while the desk is at work: no lock is waited for long, on either side.

`PGOPTIONS='-c lock_timeout=…' manage.py migrate` gives up rather than let everybody queue up behind it; it may be tried
again, because a migration is done wholly or not at all.
"""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import psycopg
import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from tests.conftest import database_url
from tests.faults import databases

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]

ROOT = Path(__file__).parents[2]
ITEMS = int(os.environ.get("OKALIB_FORWARD_ITEMS", "5000"))
FROM = {"okalib": "0012", "catalog": "0008", "notifications": "0003", "holds": "0003", "circulation": "0004"}
"""Where it begins: the last migrations are then run on filled tables."""


@pytest.fixture
def an_older_library():
    """A database some migrations ago, with items in it; yields the words by which psycopg finds it."""
    name = f"{connection.settings_dict['NAME']}_forward"
    databases.drop(name)
    with databases.outside() as server:
        server.execute(f'CREATE DATABASE "{name}"')
    with databases.working_in(name):
        executor = MigrationExecutor(connection)
        names = executor.loader.disk_migrations
        targets = [next(key for key in sorted(names) if key[0] == app and key[1].startswith(number))
                   for app, number in FROM.items()]  # fmt: skip
        executor.migrate(targets)
        _fill(executor.loader.project_state(targets).apps)
        at = connection.settings_dict
        yield {"host": at["HOST"], "user": at["USER"], "dbname": name}
    databases.drop(name)


def _fill(apps):
    bib = apps.get_model("catalog", "Bib").objects.create(source_id="1", title="草枕")
    place = apps.get_model("catalog", "Location").objects.create(code="1F", floor="1階", section="開架")
    item = apps.get_model("catalog", "Item")
    made = (item(bib=bib, location=place, item_number=f"{number:010}") for number in range(ITEMS))
    item.objects.bulk_create(made, batch_size=2000)


class Desk(threading.Thread):
    """Touches one item after another in short transactions, as scans do, and notes how long each had to wait."""

    def __init__(self, address):
        super().__init__(daemon=True)
        self.address, self.waits, self.errors, self.goes_home = address, [], [], False

    def run(self):
        with psycopg.connect(**self.address, autocommit=True) as session:
            number = 0
            while not self.goes_home:
                began = time.monotonic()
                try:
                    with session.transaction():
                        session.execute("SELECT id FROM catalog_bib FOR NO KEY UPDATE")
                        session.execute(
                            "UPDATE catalog_item SET whereabouts_since = now() WHERE item_number = %s",
                            [f"{number % ITEMS:010}"],
                        )
                except psycopg.Error as error:
                    self.errors.append(repr(error))
                self.waits.append(time.monotonic() - began)
                number += 1
                time.sleep(0.01)


def migrate(*words, lock_timeout):
    environment = os.environ | {
        "DATABASE_URL": database_url(),
        "DJANGO_SETTINGS_MODULE": "okalib.settings",
        "PGOPTIONS": f"-c lock_timeout={lock_timeout}",
    }
    command = [sys.executable, "manage.py", "migrate", "--noinput", *words]
    return subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)


def test_it_goes_forward_while_the_desk_is_at_work(an_older_library):
    """Where a lock is not to be had it gives up; tried again it goes forward, and no scan fails or waits for long."""
    with psycopg.connect(**an_older_library) as slow:
        slow.execute("SELECT count(*) FROM catalog_item")  # a report that is still being read
        gave_up = migrate("catalog", "0009", lock_timeout="200ms")
        assert gave_up.returncode != 0
        assert "lock timeout" in gave_up.stderr
        assert slow.execute("SELECT count(*) FROM catalog_item").fetchone() == (ITEMS,)
    desk = Desk(an_older_library)
    desk.start()
    began = time.monotonic()
    done = migrate(lock_timeout="5s")
    seconds = time.monotonic() - began
    desk.goes_home = True
    desk.join(10)
    assert done.returncode == 0, done.stderr[-2000:]
    assert desk.errors == []
    assert len(desk.waits) > 10
    assert not MigrationExecutor(connection).migration_plan(MigrationExecutor(connection).loader.graph.leaf_nodes())
    print(f"{ITEMS} items, forward in {seconds:.1f} s; {len(desk.waits)} scans, longest {max(desk.waits):.2f} s")
