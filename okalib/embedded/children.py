"""Web, worker and beat as children of one process: started, watched, and stopped with it, whatever happens to it."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from okalib.embedded.places import STATE, private_folder

PR_SET_PDEATHSIG = 1
SECONDS_TO_STOP = 15


@dataclass(slots=True)
class Child:
    """One child process and the file that takes its log."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def has_ended(self) -> bool:
        """Whether it is gone, of itself or by somebody's hand."""
        return self.process.poll() is not None

    def last_words(self, lines: int = 15) -> str:
        """Return the end of its log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


def start(name: str, *arguments: str) -> Child:
    """Start `python -m ARGUMENTS…` as a child with its log in `.okalib/logs/NAME.log`, which begins afresh.

    It has a session of its own, so that Ctrl-C reaches only us, and dies with us even if we are killed (on Linux).
    """
    log = private_folder(STATE / "logs") / f"{name}.log"
    with log.open("wb") as file:
        process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            start_new_session=True,
            preexec_fn=die_with(os.getpid()) if sys.platform == "linux" else None,
        )
    return Child(name, process, log)


def stop(children: list[Child]) -> None:
    """Ask all of them to end, and kill those that have not after a while."""
    for child in children:
        if not child.has_ended:
            child.process.terminate()
    deadline = time.monotonic() + SECONDS_TO_STOP
    for child in children:
        try:
            child.process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(child.process.pid, signal.SIGKILL)
            child.process.wait()


def die_with(parent: int) -> Callable[[], None]:
    """Return what a child does first: ask the system for a SIGTERM on the day its parent dies."""
    system = ctypes.CDLL(None)

    def promise() -> None:
        system.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it died before the promise was made
            os._exit(1)

    return promise
