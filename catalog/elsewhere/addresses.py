"""Addresses of questions."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit


def with_parameters(address: str, parameters: Mapping[str, str]) -> str:
    """Return the address with these parameters behind those it has; blanks are %20, which everybody understands.

    >>> with_parameters("https://example.jp/sru?a=1#x", {"query": 'title="雪 国"', "empty": ""})
    'https://example.jp/sru?a=1&query=title%3D%22%E9%9B%AA%20%E5%9B%BD%22'
    """
    parts = urlsplit(address)
    asked = [*parse_qsl(parts.query), *((name, value) for name, value in parameters.items() if value)]
    return urlunsplit((parts.scheme, parts.netloc, parts.path or "/", urlencode(asked, quote_via=quote), ""))
