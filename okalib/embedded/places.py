"""Where the embedded servers keep their data, their logs and their sockets."""

import contextlib
import hashlib
import os
import tempfile
from pathlib import Path

STATE = Path(os.environ.get("OKALIB_STATE") or Path(__file__).resolve().parents[2] / ".okalib").absolute()
"""Everything that a trial leaves behind: delete it and the trial never was."""

LONGEST_SOCKET_PATH = 100  # the system allows 107 characters; PostgreSQL's file name takes 13 of the folder's share


class UnsafeFolderError(Exception):
    """A folder of ours in a public place belongs to somebody else."""


def private_folder(path: Path = STATE) -> Path:
    """Make STATE and a folder in it, where missing, for us alone: sessions, mails and logs lie there."""
    STATE.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def sockets(server: str) -> Path:
    """Name the folder of a server's socket: below STATE, or in the temporary folder where that path is too long."""
    folder = STATE / "sockets" / server
    if len(str(folder / ".s.PGSQL.5432")) <= LONGEST_SOCKET_PATH:
        return folder
    mark = hashlib.sha256(f"{os.geteuid()} {STATE}".encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"okalib-{mark}-{server}"


def make_socket_folder(server: str, owner: int | None = None) -> Path:
    """Make the folder of a server's socket, open to its `owner` (a user id; default: ourselves) and nobody else.

    The servers trust whoever reaches the socket, so a folder that somebody else has put there is refused.
    """
    folder = sockets(server)
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    rightful = {os.geteuid(), os.geteuid() if owner is None else owner}
    if folder.is_symlink() or folder.stat().st_uid not in rightful:
        raise UnsafeFolderError(f"{folder} belongs to another user; remove it or set OKALIB_STATE to a shorter path.")
    folder.chmod(0o700)
    if owner is not None:
        os.chown(folder, owner, -1)
    return folder


def remove_socket_folder(server: str) -> None:
    """Take the folder of a stopped server's socket away again, if it is empty."""
    with contextlib.suppress(OSError):
        sockets(server).rmdir()
