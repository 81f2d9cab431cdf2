"""The way out: to public addresses only, and never longer than there is time.

httpcore asks the `Guard` for every connection. It looks the name up once, refuses what is not public, and connects to
the very address that it has looked at, so that a name cannot mean one machine when it is checked and another when it
is used. Each read, write and handshake gets what is left of one deadline, so that a body that drips ends with it.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotFinished
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any

import httpcore

Address = IPv4Address | IPv6Address

_TRANSLATED = IPv6Network("64:ff9b::/96")  # IPv4 behind a translator: the last four bytes are where it leads
_LOOKUPS = ThreadPoolExecutor(max_workers=8, thread_name_prefix="lookup")  # a lookup knows no time limit of its own


class NotPublic(httpcore.ConnectError):
    """The name leads to a machine inside, which nobody is to reach through us."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment of the monotonic clock by which all must be over."""

    at: float

    @classmethod
    def after(cls, seconds: float) -> Deadline:
        """The deadline so many seconds from now."""
        return cls(time.monotonic() + seconds)

    def left(self) -> float:
        """Return the seconds that are left; raises ReadTimeout when there are none."""
        left = self.at - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the time is over")
        return left


def is_reachable(address: Address, *, allows_private: bool = False) -> bool:
    """Whether we go to an address: to public ones, to private ones if allowed, never to those of the link itself.

    The link's own addresses (169.254…, fe80…) are where clouds keep the keys of their machines.

    >>> [is_reachable(ip_address(text)) for text in ("202.214.216.10", "127.0.0.1", "10.0.0.1", "100.64.0.1", "::1")]
    [True, False, False, False, False]
    >>> [is_reachable(ip_address(text)) for text in ("::ffff:10.0.0.1", "64:ff9b::a00:1", "fd00::1", "224.0.0.1")]
    [False, False, False, False]
    >>> [is_reachable(ip_address(text), allows_private=True) for text in ("127.0.0.1", "169.254.169.254", "fe80::1")]
    [True, False, False]
    """
    address = _meant(address)
    if address.is_link_local or address.is_multicast or address.is_unspecified:
        return False
    return address.is_global or (allows_private and (address.is_private or address.is_loopback))


def _meant(address: Address) -> Address:
    """Return the IPv4 address that is written inside an IPv6 one, else the address."""
    if isinstance(address, IPv6Address):
        if address in _TRANSLATED:
            return IPv4Address(int(address) & 0xFFFFFFFF)
        return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else address)
    return address


class Guard(httpcore.NetworkBackend):
    """Opens connections for one question."""

    def __init__(self, deadline: Deadline, *, allows_private: bool) -> None:
        self._deadline = deadline
        self._allows_private = allows_private
        self._network = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address of a host that answers; raises NotPublic, ConnectError, TimeoutException."""
        addresses = self._addresses(host, port)
        failure: Exception = httpcore.ConnectError("no address")
        for place, address in enumerate(addresses):
            share = self._deadline.left() / (len(addresses) - place)  # a dead one leaves time for the next
            try:
                stream = self._network.connect_tcp(str(address), port, timeout=share, socket_options=socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return _TimedStream(stream, self._deadline)
        raise failure

    def _addresses(self, host: str, port: int) -> list[Address]:
        asked = _LOOKUPS.submit(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
        try:
            found = asked.result(timeout=self._deadline.left())
        except NotFinished:
            asked.cancel()
            raise httpcore.ConnectTimeout("the name was not looked up in time") from None
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(str(error)) from None
        addresses = [ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
        reachable = [one for one in addresses if is_reachable(one, allows_private=self._allows_private)]
        if not reachable:
            raise NotPublic("not a public address")
        return reachable


class _TimedStream(httpcore.NetworkStream):
    """A connection whose every step ends by the deadline."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._deadline.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._deadline.left())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        encrypted = self._stream.start_tls(ssl_context, server_hostname, self._deadline.left())
        return _TimedStream(encrypted, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
