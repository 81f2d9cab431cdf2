"""Commands run as a person runs them, each in a place of its own, and what they leave alive."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def place_of_its_own() -> Iterator[Path]:
    """Yield a folder for `.okalib`, and leave nothing of it: no process and no file.

    Not pytest's own: as root, PostgreSQL runs as another user, and each new session of pytest bars others from that.
    """
    folder = Path(tempfile.mkdtemp(prefix="okalib-"))
    state = folder / "state"
    try:
        yield state
    finally:
        kill_all(state)
        shutil.rmtree(folder, ignore_errors=True)


class Demo:
    """One run of the command in a place of its own."""

    def __init__(self, state: Path, port: int | None = None) -> None:
        self.port = port or _free_port()
        self.output = state.with_name(f"printed-{time.monotonic_ns()}")
        with self.output.open("w") as printed:
            self.process = subprocess.Popen(
                [sys.executable, str(ROOT / "manage.py"), "demo", "--port", str(self.port)],
                env=environment_of(state),
                stdout=printed,
                stderr=subprocess.STDOUT,
            )

    @property
    def printed(self) -> str:
        return self.output.read_text()

    def wait_until_it_is_up(self, seconds: float = 60) -> None:
        self.wait_for_words("Ctrl-C stops everything", seconds)
        assert self.answers()

    def wait_for_words(self, words: str, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while words not in self.printed:
            assert self.process.poll() is None, self.printed
            assert time.monotonic() < deadline, self.printed
            time.sleep(0.1)

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://localhost:{self.port}/readyz", timeout=5) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False

    def ends_by(self, number: int) -> int:
        """Send a signal and return the exit code."""
        self.process.send_signal(number)
        return self.process.wait(60)


def environment_of(state: Path) -> dict[str, str]:
    """Our environment without what the test session has set in it."""
    foreign = ("DJANGO_", "DATABASE_", "REDIS_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    return kept | {"OKALIB_STATE": str(state), "COLUMNS": "200"}


def start_managing(state: Path, *arguments: str) -> subprocess.Popen[bytes]:
    """Begin another command in the same place."""
    command = [sys.executable, str(ROOT / "manage.py"), *arguments]
    return subprocess.Popen(command, env=environment_of(state), stdout=subprocess.PIPE)


def manage(state: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run another command in the same place to its end."""
    command = [sys.executable, str(ROOT / "manage.py"), *arguments]
    return subprocess.run(command, env=environment_of(state), capture_output=True, text=True, check=False, timeout=90)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _lives_in(process: psutil.Process, state: Path) -> bool:
    """Whether a process is of this place: a server by its path, a child by its environment."""
    return str(state) in " ".join(process.cmdline()) or process.environ().get("OKALIB_STATE") == str(state)


def processes_of(state: Path) -> list[str]:
    """The command lines of everything that still lives in this place."""
    found = []
    for process in psutil.process_iter():
        try:
            if _lives_in(process, state) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(" ".join(process.cmdline()))
        except psutil.Error:
            continue
    return found


def wait_until_nothing_is_left(state: Path, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while left := processes_of(state):
        assert time.monotonic() < deadline, left
        time.sleep(0.2)


def kill_all(state: Path, *names: str) -> None:
    """Kill what lives in this place, or only the programs of these names."""
    for process in psutil.process_iter():
        try:
            if _lives_in(process, state) and (not names or process.name() in names):
                process.kill()
        except psutil.Error:
            continue
