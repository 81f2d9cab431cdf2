"""A PostgreSQL and a Redis of our own under `.okalib/`, for the demonstration, for tests and for trying things out.

Where DATABASE_URL or REDIS_URL name a server, that one is used and ours is not started.
Every process that needs the servers enters `servers()`. The first one in starts them, the last one out stops them: each
holds a shared lock on a file, and whoever can make it exclusive on leaving was the last. A killed process loses its
lock by itself, so nothing stays counted; servers that it left behind are found and used by the next one.
Importing this package starts nothing and needs no Django.
"""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from okalib.embedded import postgres, redis
from okalib.embedded.places import STATE, private_folder, remove_socket_folder, sockets

__all__ = ["STATE", "broker_url", "database_url", "private_folder", "redis_url", "secret_key", "servers"]


def database_url(name: str = "okalib") -> str:
    """The address of a database on our own PostgreSQL, running or not."""
    return f"postgres://{postgres.SUPERUSER}@/{sockets('postgres')}/{name}"


def redis_url(number: int = 0) -> str:
    """The address of our own Redis, running or not; `number` chooses one of its databases."""
    return f"unix://{redis.socket_path()}?db={number}"


def broker_url(address: str) -> str:
    """Say a Redis address in Celery's words: `unix://path?db=N` is `redis+socket://path?virtual_host=N` there."""
    if not address.startswith("unix:"):
        return address
    parts = urlsplit(address)
    return f"redis+socket://{parts.path}?{parts.query.replace('db=', 'virtual_host=')}"


def secret_key() -> str:
    """The key of a trial, made once and kept beside its data, so that log-ins outlast a restart."""
    path = STATE / "secret_key"
    if not path.exists():
        private_folder()
        with _locked("secret_key.lock"):
            if not path.exists():
                with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                    file.write(secrets.token_urlsafe(50))
    return path.read_text()


@contextmanager
def servers(database: str = "okalib", *, durable: bool = True) -> Iterator[None]:
    """Let our servers run as long as the block lasts, and as long as anybody else needs them.

    `durable=False` trades safety against a power cut for speed (tests). Raises embedded.postgres.ServerError or
    embedded.redis.ServerError with the tail of the server's log.
    """
    wants_postgres, wants_redis = "DATABASE_URL" not in os.environ, "REDIS_URL" not in os.environ
    if not (wants_postgres or wants_redis):
        yield
        return
    private_folder()
    with (STATE / "in_use.lock").open("w") as presence:
        with _locked("starting.lock"):
            fcntl.flock(presence, fcntl.LOCK_SH)
            if wants_postgres:
                postgres.start(database, durable=durable)
            if wants_redis:
                redis.start(durable=durable)
        try:
            yield
        finally:
            _leave(presence)


def _leave(presence: IO[str]) -> None:
    """Stop the servers if nobody else holds the lock."""
    with _locked("starting.lock"):
        try:
            fcntl.flock(presence, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        redis.stop()
        postgres.stop()
        for server in ("redis", "postgres"):
            remove_socket_folder(server)


@contextmanager
def _locked(name: str) -> Iterator[None]:
    """Hold a lock of this folder's processes; the system lets go of it when the process dies."""
    with Path(STATE / name).open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
