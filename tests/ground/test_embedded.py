"""The embedded servers: first one in starts them, last one out stops them, whatever was killed in between."""

import os
import time

import pytest

from tests.ground.running import manage, place_of_its_own, processes_of, start_managing, wait_until_nothing_is_left

SLEEP = "import time; from okalib.models import JobRun; print('here', flush=True); time.sleep({})"


@pytest.mark.faults
def test_two_commands_at_once_share_the_servers_and_the_last_one_out_stops_them():
    with place_of_its_own() as state:
        short = start_managing(state, "shell", "--verbosity=0", "-c", SLEEP.format(1))
        long = start_managing(state, "shell", "--verbosity=0", "-c", SLEEP.format(6))
        assert short.wait(60) == 0
        servers = [line for line in processes_of(state) if "bin/postgres" in line]
        assert len(servers) == 1, "the long one still works"
        assert long.wait(60) == 0
        wait_until_nothing_is_left(state)


@pytest.mark.faults
def test_a_killed_command_leaves_servers_that_the_next_one_uses_and_stops():
    with place_of_its_own() as state:
        killed = start_managing(state, "shell", "--verbosity=0", "-c", SLEEP.format(60))
        assert killed.stdout.readline() == b"here\n"
        killed.kill()
        killed.wait()
        time.sleep(0.5)
        assert [line for line in processes_of(state) if "bin/postgres" in line], "nobody was left to stop them"
        done = manage(state, "migrate", "--plan")
        assert done.returncode == 0, done.stderr
        wait_until_nothing_is_left(state)


@pytest.mark.faults
def test_a_first_start_that_was_killed_in_the_middle_is_made_good():
    """Half a data folder is no database: it is made anew."""
    with place_of_its_own() as state:
        half = state / "postgres"
        half.mkdir(parents=True)
        (half / "PG_VERSION").write_text("18\n")
        done = manage(state, "migrate", "--plan")
        assert done.returncode == 0, done.stderr


@pytest.mark.faults
def test_a_place_with_a_long_name_still_has_room_for_its_sockets():
    """A Unix socket has a path of about a hundred characters; the rest of the name must not matter."""
    with place_of_its_own() as folder:
        state = folder / ("long" * 30) / "state"
        done = manage(state, "migrate", "--plan")
        assert done.returncode == 0, done.stderr
        assert (state / "postgres" / "PG_VERSION").exists()
        wait_until_nothing_is_left(state)


@pytest.mark.faults
@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_a_trial_leaves_behind_is_for_its_owner_alone():
    with place_of_its_own() as state:
        manage(state, "migrate", "--plan")
        assert state.stat().st_mode & 0o077 == 0


@pytest.mark.django_db
def test_the_database_knows_japanese_letters():
    """With libc's locale C, PostgreSQL takes Japanese letters for no letters, and search by trigrams misses them."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT 'ＡÉ' ILIKE 'ａé', '日本' ~ '^[[:alpha:]]+$'")
        assert cursor.fetchone() == (True, True)
