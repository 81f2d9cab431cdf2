"""PostgreSQL servers of a test's own, copied from the test's server with pg_basebackup."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg
from django.db import connection

from okalib.embedded.postgres import as_service_user, programs


class Server:
    """A copy of another server, heard on a port of this machine; as a standby it follows the one it was copied from."""

    def __init__(self, source: str, *, follows: bool) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="okalib-replica-"))
        self.data = self.folder / "data"
        owner = as_service_user()
        if owner:
            os.chown(self.folder, owner["user"], owner["group"])
        backup = [str(programs() / "pg_basebackup"), "-D", str(self.data), "-d", source, "-X", "stream", "-c", "fast"]
        subprocess.run([*backup, *(["-R"] if follows else [])], check=True, cwd="/", **owner)
        self.port = _free_port()
        self.start()

    def start(self) -> None:
        settings = {"listen_addresses": "127.0.0.1", "port": self.port, "unix_socket_directories": "", "fsync": "off"}
        given = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [str(programs() / "postgres"), "-D", str(self.data), *given],
                stdout=log, stderr=log, cwd="/", start_new_session=True, **as_service_user(),
            )  # fmt: skip
        deadline = time.monotonic() + 60
        while True:
            try:
                self.ask("SELECT 1")
                return
            except psycopg.OperationalError:
                assert self.process.poll() is None, (self.folder / "log").read_text()
                assert time.monotonic() < deadline, (self.folder / "log").read_text()
                time.sleep(0.1)

    @property
    def conninfo(self) -> str:
        """Where it is, for a copy of it."""
        return f"host=127.0.0.1 port={self.port} user={_user()} dbname=postgres"

    @property
    def host_and_port(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"postgres://{_user()}@{self.host_and_port}/{connection.settings_dict['NAME']}"

    def ask(self, statement: str, *params: object) -> list[tuple]:
        """Run a statement in the test's database; return its rows."""
        with psycopg.connect(self.url, autocommit=True, connect_timeout=5) as session:
            answer = session.execute(statement, params)
            return answer.fetchall() if answer.description else []

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.send_signal(signal.SIGQUIT)  # to its children too: a killed parent would leave them for a while
        self.process.wait(30)

    def remove(self) -> None:
        if self.process.poll() is None:
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


def embedded_conninfo() -> str:
    """Where the test's own server is."""
    at = connection.settings_dict
    return f"host={at['HOST']} user={at['USER']} dbname=postgres"


def _user() -> str:
    return connection.settings_dict["USER"]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
