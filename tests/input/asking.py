"""What is sent to a door, and how its answer is judged; the doors are those of tests/rights."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

from django.db import transaction
from django.http import QueryDict
from django.test import Client

CAME_OF_IT = re.compile(
    r"psycopg|Traceback \(most recent|DataError|ProgrammingError|OperationalError|ValueError|UnicodeEncodeError"
    r"|\bSELECT\s+[\"\w]|\bINSERT INTO\b|\bFROM \"|relation \"",
)
"""What no reader is ever shown: what Python or the database said."""

LONGEST_NAME = 60
FORM = "application/x-www-form-urlencoded"

ODD = {
    "NUL": "\x00",
    "NUL within": "猫\x00の\x00本",
    "control characters": "\x01\x1b[31m\x7f\x1d",
    "half of a pair": "\ud800",
    "no character": "\ufffe\uffff",
    "right to left": "\u202e\u2066猫\u200d\ufeff",
    "many accents": "e" + "\u0301" * 500,
    "a quote": "'\"`;--",
    "SQL": "1); DROP TABLE okalib_patron;--",
    "percent signs": "%s%(x)s%%{x}{0}",
    "markup": "<script>alert(1)</script>{{ 7*7 }}{% now %}",
    "pattern": "((((a+)+)+)+$[\\",
    "a line's end": "x\r\nSet-Cookie: a=b\r\n\r\n",
    "nothing": "",
    "blank": " 　\t",
    "minus": "-1",
    "zero": "0",
    "huge": "9" * 30,
    "beyond 64 bits": str(2**63),
    "beyond 32 bits": str(2**31),
    "thousands of digits": "1" * 5000,
    "fraction": "1.5e308",
    "no number": "NaN",
    "infinite": "-Infinity",
    "superscript": "²",
    "circled": "①",
    "Arabic digits": "١٢٣",
    "full width": "１２３",
    "no day": "2026-02-30",
    "before all days": "0000-00-00",
    "first day": "0001-01-01",
    "last day": "9999-12-31",
    "no month": "2026-13",
    "far year": "99999-01-01",
    "no time": "25:61",
    "list": "[1,2]",
    "object": '{"a": 1}',
    "up": "../../../../etc/passwd",
    "elsewhere": "//evil.example/\\evil.example",
    "half an address": "http://[::1",
    "long": "猫" * 2_000,
    "without an end": "猫" * 20_000,
}
"""Values that nobody would type, each by what is odd about it."""


@contextmanager
def names_read() -> Iterator[set[str]]:
    """Collect the names that are looked for in any query or form meanwhile: so a new parameter is found by itself."""
    found: set[str] = set()
    kept = {name: QueryDict.__dict__.get(name) for name in ("__getitem__", "__contains__", "getlist", "get", "pop")}

    def noting(name: str) -> Any:
        original = getattr(QueryDict, name)

        def note(self: QueryDict, key: Any, *args: Any, **more: Any) -> Any:
            if isinstance(key, str):
                found.add(key)
            return original(self, key, *args, **more)

        return note

    for name in kept:
        setattr(QueryDict, name, noting(name))
    try:
        yield found
    finally:
        for name, original in kept.items():
            if original is None:
                delattr(QueryDict, name)
            else:
                setattr(QueryDict, name, original)


def names_of(browser: Client, method: str, address: str) -> set[str]:
    """Return the names that a door looks for, asked often enough to see those that follow upon others."""
    names: set[str] = set()
    for _time in range(2):
        with names_read() as found:
            ask(browser, method, address, [(name, "1") for name in sorted(names)])
        new = {name for name in found if len(name) < LONGEST_NAME} - {"csrfmiddlewaretoken"}
        if new <= names:
            break
        names |= new
    return names


def encoded(pairs: list[tuple[str, str]]) -> str:
    """Return pairs as a browser would send them, and half pairs as none would."""
    return urlencode(pairs, errors="surrogatepass")


def ask(browser: Client, method: str, address: str, pairs: list[tuple[str, str]] = (), **headers: Any) -> str:  # type: ignore[assignment]
    """Ask at a door, undo what it did, and return what is wrong with its answer, "" where nothing is."""
    sent = encoded(list(pairs))
    at = f"{address}{'&' if '?' in address else '?'}{sent}" if method == "GET" and sent else address
    try:
        with transaction.atomic():
            answer = browser.generic(method, at, "" if method == "GET" else sent, content_type=FORM, **headers)
            transaction.set_rollback(True)
    except Exception as error:
        return _in_short(error)
    return judged(answer)


def judged(answer: Any) -> str:
    """Return what is wrong with an answer, "" where nothing is."""
    if answer.status_code >= 500:
        return f"status {answer.status_code}"
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    if found := CAME_OF_IT.search(content.decode(errors="replace")):
        return f"says {found[0]!r}"
    return ""


def _in_short(error: Exception) -> str:
    place = error.__traceback__
    ours = ""
    while place is not None:
        name = place.tb_frame.f_code.co_filename
        if "site-packages" not in name and "/tests/" not in name:
            ours = f" at {name.rsplit('/', 2)[-2]}/{name.rsplit('/', 1)[-1]}:{place.tb_lineno}"
        place = place.tb_next
    return f"{type(error).__name__}: {str(error)[:100]!r}{ours}"
