"""The pages as gunicorn serves them, and browsers that ask for them."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from urllib.parse import quote, urlencode

import psutil
from django.db import connection
from django.test import Client

from okalib.models import User

LONGEST_PAUSE = 1.0
"""Seconds after which a browser connects anew: gunicorn hangs up after two."""

TOKEN = "a" * 32
"""The secret of a browser's forms: cookie and field are the same, as Django asks."""


@dataclass(frozen=True, slots=True)
class Served:
    """A running web server."""

    port: int
    process: psutil.Process

    def work(self) -> float:
        """The processor's seconds of the workers and of their sessions in PostgreSQL, so far."""
        server = psutil.Process(connection_pid()).parent()
        sessions = [child for child in server.children() if "[local]" in " ".join(child.cmdline())] if server else []
        seconds = 0.0
        for process in (*self.process.children(), *sessions):
            with suppress(psutil.NoSuchProcess):  # a session that has ended since was nobody's of ours
                times = process.cpu_times()
                seconds += times.user + times.system
        return seconds

    def memory(self) -> list[float]:
        """The memory of each worker in megabytes that it shares with nobody, the largest first."""
        return sorted((child.memory_full_info().uss / 1e6 for child in self.process.children()), reverse=True)


def connection_pid() -> int:
    """The process of our own session in PostgreSQL."""
    connection.ensure_connection()
    return connection.connection.info.backend_pid


@contextmanager
def served(*, workers: int = 2, threads: int = 2) -> Iterator[Served]:
    """Let gunicorn serve the database that Django's connection works on, until the block ends."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    at = connection.settings_dict
    address = f"postgres://{at['USER']}@/{at['HOST']}/{at['NAME']}"
    process = psutil.Popen(
        [
            *(sys.executable, "-m", "gunicorn", "okalib.wsgi", f"--bind=127.0.0.1:{port}"),
            *(f"--workers={workers}", f"--threads={threads}", "--log-level=warning", "--no-control-socket"),
        ],
        env=os.environ | {"DATABASE_URL": address},
        stdout=subprocess.DEVNULL,
    )
    try:
        _wait(port, process)
        yield Served(port, process)
    finally:
        process.terminate()
        process.wait(30)


def _wait(port: int, process: psutil.Popen) -> None:
    for _attempt in range(300):
        try:
            Browser(port).get("/livez")
        except (OSError, HTTPException):
            time.sleep(0.1)
            assert process.poll() is None, "gunicorn has ended"
        else:
            return
    raise AssertionError("gunicorn does not answer")


@dataclass(slots=True)
class Browser:
    """Asks for pages over one connection, as somebody who has logged in or as nobody."""

    port: int
    session: str = ""
    line: HTTPConnection | None = field(default=None, repr=False)
    asked_at: float = 0.0

    @classmethod
    def of(cls, port: int, user: User) -> Browser:
        """Log somebody in; by the database, since passwords are not what is measured."""
        client = Client()
        client.force_login(user, backend=f"okalib.auth.{'Card' if hasattr(user, 'patron') else 'Staff'}Backend")
        return cls(port, client.cookies["sessionid"].value)

    def get(self, address: str) -> bytes:
        """Ask for a page; anything but an answer of substance is an error."""
        return self._ask("GET", address, "", {})

    def post(self, address: str, form: dict[str, object], *, is_part: bool = False) -> bytes:
        """Send a form; `is_part` asks for the changed parts of the page alone, as the script of the desk does."""
        body = urlencode(form | {"csrfmiddlewaretoken": TOKEN})
        kind = {"Content-Type": "application/x-www-form-urlencoded"} | ({"X-Desk-Part": "1"} if is_part else {})
        return self._ask("POST", address, body, kind)

    def _ask(self, method: str, address: str, body: str, more: dict[str, str]) -> bytes:
        if self.line is None or time.monotonic() - self.asked_at > LONGEST_PAUSE:
            self.line = HTTPConnection("127.0.0.1", self.port, timeout=60)
        cookies = f"csrftoken={TOKEN}" + (f"; sessionid={self.session}" if self.session else "")
        self.line.request(method, quote(address, safe="/?=&%"), body, {"Cookie": cookies, **more})
        answer = self.line.getresponse()
        content, self.asked_at = answer.read(), time.monotonic()
        if answer.status not in (200, 302):
            raise AssertionError(f"{method} {address}: {answer.status} {content[:2000].decode(errors='replace')}")
        return content
