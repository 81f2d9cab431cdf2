"""A process of its own, with little memory, that reads bombs of each kind: what one letter a million times may be.

    python -m tests.input.unpacking MEGABYTES KIND…

It is given 300 MB more than it has when it begins, and prints kind and seconds of each bomb that it has read.
"""

from __future__ import annotations

import gzip
import io
import resource
import sys
import time
from pathlib import Path

from catalog.interchange import Reject, read_stream

HEADINGS = "書名,著者\n".encode()
BOMBS = {
    "blanks": (b"", b" "),
    "one long line": (b"", b"a"),
    "one long cell": (HEADINGS, b"a"),
    "quotes": (HEADINGS, b'"'),
    "commas": (HEADINGS, b","),
    "NULs": (b"", b"\x00"),
    "CP932": (HEADINGS.decode().encode("cp932"), "＝".encode("cp932")),
    "UTF-16": (b"\xff\xfe", b"a\x00"),
    "one object": (b'{"id": "1", "title": "', b"a"),
    "lists in lists": (b'{"id": "1", "title": ', b"["),
    "one text in XML": (b"<c><record>", b"a"),
    "one attribute": (b'<c><record a="', b"a"),
    "elements in a record": (b"<c><record>", b"<a/>"),
    "elements in elements": (b"<c><record>", b"<a>"),
    "elements and no record": (b"<c>", b"<a/>"),
    "a MARC record without an end": (b"00024nam a2200025 a 4500", b"\x1e"),
}
"""How each begins, and what follows for as long as it lasts."""

ROOM = 300 << 20
MEGABYTE = 1 << 20


def packed(kind: str, megabytes: int) -> io.BytesIO:
    """Return a bomb: so many megabytes in some thousandths of that."""
    head, piece = BOMBS[kind]
    block, file = piece * (MEGABYTE // len(piece)), io.BytesIO()
    with gzip.GzipFile(fileobj=file, mode="wb", compresslevel=1) as pack:
        pack.write(head)
        for _number in range(megabytes):
            pack.write(block)
    file.seek(0)
    return file


def main(megabytes: int, kinds: list[str]) -> None:
    """Read each bomb; a MemoryError ends the process."""
    files = {kind: packed(kind, megabytes) for kind in kinds}
    has = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (has + ROOM, has + ROOM))
    for kind, file in files.items():
        began = time.monotonic()
        found = list(read_stream(file))
        assert all(isinstance(one, Reject) for one in found) and len(found) < 10, (kind, found[:3])
        print(f"{kind}: {time.monotonic() - began:.1f} s", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:] or list(BOMBS))
