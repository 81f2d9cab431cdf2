"""`manage.py demo` as a person meets it: it starts, answers, stops, and survives what happens to it."""

import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.ground.running import Demo, kill_all, manage, place_of_its_own, wait_until_nothing_is_left

pytestmark = pytest.mark.faults

MINUTES_FOR_THE_FIRST_START = 8


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    """A place with a filled library, made by a first start; later starts are quick."""
    with place_of_its_own() as state:
        first = Demo(state)
        first.wait_until_it_is_up(MINUTES_FOR_THE_FIRST_START * 60)
        assert first.ends_by(signal.SIGINT) == 0
        assert "Stopped." in first.printed
        wait_until_nothing_is_left(state)
        yield state


def test_a_second_start_is_quick_and_keeps_the_data(place):
    began = time.monotonic()
    demo = Demo(place)
    demo.wait_until_it_is_up()
    assert time.monotonic() - began < 30
    assert demo.ends_by(signal.SIGTERM) == 0
    wait_until_nothing_is_left(place)


def test_after_a_kill_nothing_blocks_the_next_start_at_the_same_port(place):
    """Web and workers die with the demonstration; the servers that it left are used again and stopped in the end."""
    demo = Demo(place)
    demo.wait_until_it_is_up()
    demo.process.kill()
    demo.process.wait()
    again = Demo(place, demo.port)
    again.wait_until_it_is_up()
    assert again.ends_by(signal.SIGINT) == 0
    wait_until_nothing_is_left(place)


def test_killed_servers_leave_files_that_the_next_start_clears_away(place):
    demo = Demo(place)
    demo.wait_until_it_is_up()
    kill_all(place)
    demo.process.wait()
    pid_file = place / "postgres" / "postmaster.pid"
    # In a container the number of the dead server soon belongs to somebody else: here, to ourselves.
    pid_file.write_text("\n".join([str(os.getpid()), *pid_file.read_text().splitlines()[1:]]))
    again = Demo(place)
    again.wait_until_it_is_up()
    assert again.ends_by(signal.SIGINT) == 0
    wait_until_nothing_is_left(place)


def test_a_taken_port_is_one_clear_sentence_before_anything_is_started():
    with place_of_its_own() as state, socket.create_server(("127.0.0.1", 0)) as somebody:
        port = somebody.getsockname()[1]
        demo = Demo(state, port)
        assert demo.process.wait(30) == 1
        said = demo.printed.strip()
        assert said == f"CommandError: Port {port} is taken by another program; choose another one with --port."
        assert not (state / "postgres").exists()


def test_a_second_demonstration_beside_the_first_is_sent_there(place):
    demo = Demo(place)
    demo.wait_until_it_is_up()
    other = Demo(place)
    assert other.process.wait(30) == 1
    said = other.printed.strip()
    assert said == f"CommandError: The demonstration is running already, at http://localhost:{demo.port}."
    assert demo.answers()
    assert demo.ends_by(signal.SIGINT) == 0


def test_when_the_worker_dies_the_demonstration_says_so_and_stops(place):
    demo = Demo(place)
    demo.wait_until_it_is_up()
    for process in psutil.Process(demo.process.pid).children():
        if "worker" in process.cmdline():
            process.kill()
    assert demo.process.wait(60) == 1
    assert "The worker has ended by itself." in demo.printed
    wait_until_nothing_is_left(place)


def test_a_job_by_hand_uses_the_running_servers_and_leaves_them_running(place):
    """OPS-3, beside the running demonstration."""
    demo = Demo(place)
    demo.wait_until_it_is_up()
    done = manage(place, "job", "pull_list")
    assert done.returncode == 0, done.stderr
    assert "pull_list done" in done.stdout
    assert demo.answers()
    assert demo.ends_by(signal.SIGINT) == 0
    wait_until_nothing_is_left(place)


@pytest.mark.slow
def test_a_filling_that_was_killed_starts_afresh():
    with place_of_its_own() as state:
        demo = Demo(state)
        demo.wait_for_words("Filling the library", 90)
        demo.process.kill()
        demo.process.wait()
        assert "Ctrl-C" not in demo.printed, "the machine was too quick for this test: the filling had ended"
        again = Demo(state)
        again.wait_for_words("The first filling was cut off", 60)
        again.wait_until_it_is_up(MINUTES_FOR_THE_FIRST_START * 60)
        assert again.ends_by(signal.SIGINT) == 0
        wait_until_nothing_is_left(state)
