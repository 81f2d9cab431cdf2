"""`manage.py demo`: the whole library on one machine, with one command."""

import fcntl
import os
import signal
import socket
import time
import urllib.error
import urllib.request
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from okalib import clock, embedded, trial
from okalib.embedded import children

HOST = "127.0.0.1"  # sample passwords are printed, so only this machine may come in
SECONDS_FOR_THE_WEB = 60
SECONDS_FOR_A_DYING_DEMO = 15

console = Console()


class Command(BaseCommand):
    """Live a whole library on this machine.

    1. Look whether the port is free, before anything is started.
    2. Start PostgreSQL and Redis, unless DATABASE_URL and REDIS_URL name others.
    3. Bring the database up to the migrations.
    4. Fill the demonstration library, if the database is empty or an earlier filling was cut off.
    5. Start web, worker and beat, and wait until the web answers.
    6. Print the addresses and the log-ins.
    7. Watch, until Ctrl-C or a SIGTERM; then stop all of it.
    """

    help = "Start the demonstration library: servers, sample data, web, worker and timetable. Ctrl-C stops everything."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--reset", action="store_true", help="forget everything and fill the library afresh")
        parser.add_argument("--port", type=_port, default=8000, help="the port of the web pages (default: 8000)")
        parser.add_argument(
            "--catalogue",
            action="append",
            default=[],
            metavar="FILE",
            type=Path,
            help="import this file as well (MARC21, MARCXML, CSV or JSON lines); may be given several times",
        )

    def handle(self, *args: Any, reset: bool, port: int, catalogue: list[Path], **options: Any) -> None:
        """Do the seven steps."""
        for file in catalogue:
            if not file.is_file():
                raise CommandError(f"There is no file {file}.")
        os.environ.setdefault("SITE_URL", _address(port))  # the links in the mails of the worker
        with _one_demo_at_a_time(port), _stopping_on_signals():
            try:
                with ExitStack() as house:
                    with console.status("Starting PostgreSQL and Redis…"):
                        house.enter_context(embedded.servers())
                    _prepare(reset=reset, catalogue=catalogue)
                    _serve(port)
            except KeyboardInterrupt:
                console.print("\nStopped. The data are kept for the next start.")


def _port(text: str) -> int:
    """Read a port number."""
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
        raise ArgumentTypeError(f"{text!r} is no port; give a number from 1 to 65535.")
    return int(text)


@contextmanager
def _one_demo_at_a_time(port: int) -> Iterator[None]:
    """Hold the lock of the demonstration and make sure of the port; else one clear sentence."""
    embedded.private_folder()
    with (embedded.STATE / "demo.lock").open("a+") as lock:
        lock.seek(0)
        left_behind = lock.read()
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CommandError(f"The demonstration is running already, at {left_behind or 'another port'}.") from None
        # The web of a demonstration that was killed needs a moment to notice.
        patience = SECONDS_FOR_A_DYING_DEMO if left_behind == _address(port) else 0
        if not _becomes_free(port, patience):
            raise CommandError(f"Port {port} is taken by another program; choose another one with --port.")
        lock.truncate(0)
        lock.write(_address(port))
        lock.flush()
        try:
            yield
        finally:
            lock.truncate(0)


def _becomes_free(port: int, patience: float) -> bool:
    """Tell whether we could listen at the port, now or within `patience` seconds."""
    deadline = time.monotonic() + patience
    while True:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
                return True
            except PermissionError:
                raise CommandError(f"Port {port} is for administrators; choose one above 1023 with --port.") from None
            except OSError:
                if time.monotonic() > deadline:
                    return False
        time.sleep(0.2)


@contextmanager
def _stopping_on_signals() -> Iterator[None]:
    """Turn the first SIGTERM, SIGHUP or Ctrl-C into a KeyboardInterrupt; later ones do not disturb the stopping."""
    signals = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)

    def interrupt(_number: int, _frame: object) -> None:
        for each in signals:
            signal.signal(each, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {each: signal.signal(each, interrupt) for each in signals}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _prepare(*, reset: bool, catalogue: list[Path]) -> None:
    """Have a migrated database with a library in it."""
    from okalib.rehearsal import demonstration

    if reset and not trial.may_be_emptied():
        raise CommandError("This database was not filled by the demonstration; --reset does not touch it.")
    if reset or trial.was_cut_off():
        console.print("Emptying the library…" if reset else "The first filling was cut off; it starts afresh.")
        trial.empty()
    with console.status("Bringing the database up to date…"):
        call_command("migrate", verbosity=0, interactive=False)
    if trial.is_empty():
        console.print("Filling the library; this happens once.")
        with trial.filling(clock.now()), _bars() as progress:
            missed = demonstration.fill(progress=progress, now=clock.now())
        for line in missed:
            console.print(f"Left out: {line}")
    for file in catalogue:
        console.print(f"Importing {file}…")
        call_command("import_bibs", str(file), "--items")


@contextmanager
def _bars() -> Iterator[Callable[[str, int, int], None]]:
    """Yield `progress(what, done, total)`, which draws one bar for each thing that is done."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        bars: dict[str, TaskID] = {}

        def draw(what: str, done: int, total: int) -> None:
            if what not in bars:
                bars[what] = progress.add_task(what, total=total)
            progress.update(bars[what], completed=done, total=total)

        yield draw


def _serve(port: int) -> None:
    """Run web, worker and beat until somebody stops us or one of them ends."""
    running: list[children.Child] = []
    try:
        with console.status("Starting web, worker and timetable…"):
            web = children.start(
                "web", "gunicorn", "okalib.wsgi", f"--bind={HOST}:{port}", "--workers=2", "--threads=4"
            )
            running.append(web)
            celery = ("celery", "-A", "okalib", "--quiet")
            running.append(children.start("worker", *celery, "worker", "--concurrency=2", "--loglevel=WARNING"))
            running.append(children.start("beat", *celery, "beat", "--loglevel=WARNING"))
            _wait_for_the_web(port, web)
        _welcome(port)
        while not any(child.has_ended for child in running):
            time.sleep(0.5)
        ended = next(child for child in running if child.has_ended)
        raise CommandError(f"The {ended.name} has ended by itself. The end of {ended.log}:\n{ended.last_words()}")
    finally:
        with console.status("Stopping…"):
            children.stop(running)


def _wait_for_the_web(port: int, web: children.Child) -> None:
    """Wait until the pages can be opened."""
    deadline = time.monotonic() + SECONDS_FOR_THE_WEB
    while time.monotonic() < deadline and not web.has_ended:
        try:
            with urllib.request.urlopen(f"{_address(port)}/readyz", timeout=5):  # noqa: S310
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise CommandError(f"The web does not answer. The end of {web.log}:\n{web.last_words()}")


def _welcome(port: int) -> None:
    """Print where to go and as whom."""
    from okalib.rehearsal import demonstration

    if trial.is_ours():
        table = Table(title="okalib demonstration library", title_justify="left", box=None, pad_edge=False)
        table.add_column(overflow="fold")
        for heading in ("address", "user", "password"):
            table.add_column(heading, no_wrap=True)  # to be copied, so never cut
        for role, path, user, password in demonstration.LOGINS:
            table.add_row(role, f"{_address(port)}{path}", user, password)
        console.print(table)
    else:
        console.print("This database had a library in it already: nothing was added, log in with its own accounts.")
    console.print(f"The catalogue is open to everybody at {_address(port)}/ . Logs are in {embedded.STATE / 'logs'}.")
    console.print("Ctrl-C stops everything; the data are kept.")


def _address(port: int) -> str:
    return f"http://localhost:{port}"
