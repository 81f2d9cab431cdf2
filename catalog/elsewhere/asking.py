"""One GET to a stranger, within limits of time, size and direction."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from functools import cache
from ssl import SSLContext
from urllib.parse import SplitResult, urljoin, urlsplit

import httpcore
from django.conf import settings

from catalog.elsewhere.network import Deadline, Guard

MOST_BYTES = 2_000_000
MOST_REDIRECTS = 3
_REDIRECTS = (301, 302, 303, 307, 308)
_PORTS = {"http": 80, "https": 443}
_GZIP = zlib.MAX_WBITS | 16


class NotAnswered(Exception):  # noqa: N818 - it says what happened
    """There is no answer; `str` says why, for staff and logs, without the words that were asked for."""


class TooLate(NotAnswered):
    """Not within the time."""


class Unreachable(NotAnswered):
    """Dead, broken, leading elsewhere, or not allowed."""


class Refused(NotAnswered):
    """The target says that the question is wrong."""


class TooLong(NotAnswered):
    """More than anybody reads."""


class Garbled(NotAnswered):
    """Packed in a way that cannot be unpacked."""


def fetch(address: str, *, seconds: float, allows_private: bool = False, most_bytes: int = MOST_BYTES) -> bytes:
    """Return the body at an address, all within `seconds`; raises one of the kinds of NotAnswered.

    Only http and https; redirects only to the same host; TLS is verified; `most_bytes` counts what is unpacked.
    """
    certificates = _certificates()
    guard = Guard(Deadline.after(seconds), allows_private=allows_private)
    try:
        with httpcore.ConnectionPool(ssl_context=certificates, network_backend=guard, max_connections=1) as pool:
            return _fetch(pool, address, most_bytes)
    except httpcore.TimeoutException:
        raise TooLate("no answer in time") from None
    except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol) as error:
        raise Unreachable(f"{type(error).__name__}: {error}") from None


@cache
def _certificates() -> SSLContext:
    return httpcore.default_ssl_context()


def _fetch(pool: httpcore.ConnectionPool, address: str, most_bytes: int) -> bytes:
    for _hop in range(MOST_REDIRECTS + 1):
        if urlsplit(address).scheme not in _PORTS:
            raise Unreachable("neither http nor https")
        headers = [
            ("User-Agent", settings.ELSEWHERE_USER_AGENT),
            ("Accept", "application/xml, text/xml;q=0.9, */*;q=0.1"),
            ("Accept-Encoding", "gzip, identity"),
            ("Connection", "close"),
        ]
        with pool.stream("GET", address, headers=headers) as response:
            if response.status in _REDIRECTS:
                address = _redirected(address, _header(response, b"location"))
                continue
            return _body(response, most_bytes)
    raise Unreachable("too many redirects")


def _redirected(address: str, location: str) -> str:
    """Return where a redirect leads if that is the same host, by https if it was so before; raises Unreachable."""
    here = urlsplit(address)
    try:
        there = urlsplit(urljoin(address, location))
        is_same = there.hostname == here.hostname and _port(there) in (_port(here), *_ports_to_encrypt(here))
    except ValueError:
        raise Unreachable("a redirect to nowhere") from None
    if not location or not is_same or (here.scheme, there.scheme) == ("https", "http"):
        raise Unreachable("a redirect to another place")
    return there.geturl()


def _port(parts: SplitResult) -> int | None:
    return parts.port or _PORTS.get(parts.scheme)


def _ports_to_encrypt(here: SplitResult) -> tuple[int, ...]:
    """The port of https, which http at its own port may lead to."""
    return (_PORTS["https"],) if (here.scheme, _port(here)) == ("http", _PORTS["http"]) else ()


def _body(response: httpcore.Response, most_bytes: int) -> bytes:
    if response.status in (400, 422):
        raise Refused(f"HTTP {response.status}")
    if response.status != 200:
        raise Unreachable(f"HTTP {response.status}")
    if int("0" + "".join(filter(str.isdigit, _header(response, b"content-length")[:12]))) > most_bytes:
        raise TooLong("too long")
    packing = _header(response, b"content-encoding").lower()
    match packing:
        case "" | "identity":
            pieces: Iterator[bytes] = response.iter_stream()
        case "gzip" | "x-gzip":
            pieces = _unpacked(response.iter_stream(), most_bytes)
        case _:
            raise Garbled("unknown packing")
    body = bytearray()
    for piece in pieces:
        body += piece
        if len(body) > most_bytes:
            raise TooLong("too long")
    return bytes(body)


def _unpacked(packed: Iterator[bytes], most_bytes: int) -> Iterator[bytes]:
    """Unpack in pieces that are never longer than what is allowed in all, and read no more than that either."""
    unpacking, read = zlib.decompressobj(_GZIP), 0
    try:
        for piece in packed:
            read += len(piece)
            if read > most_bytes:
                raise TooLong("too long")
            yield unpacking.decompress(piece, most_bytes + 1)
            if unpacking.unconsumed_tail:
                raise TooLong("too long")
    except zlib.error:
        raise Garbled("broken gzip") from None
    if not unpacking.eof:
        raise Garbled("gzip cut off")


def _header(response: httpcore.Response, name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in response.headers if key.lower() == name), "").strip()
