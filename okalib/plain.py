"""What no keyboard types, and no database keeps, is not there: NUL, control characters, halves of characters.

A scanner's separators, a broken program or somebody's mischief put them into addresses, forms and cookies; PostgreSQL
refuses a NUL and UTF-8 half a pair, and XML both. They are taken out once, at the front door, so that no page has to
think of it and whoever sent them gets the page that they meant.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse, QueryDict

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

UNTYPED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
"""Control characters but tab and line ends, halves of pairs, and what is no character."""

LONGEST_ADDRESS = 1 << 16
"""Bytes behind the question mark: a search with all fields full has a fraction of it, and a page repeats it often."""

FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


def plain(text: str) -> str:
    r"""Return what of `text` somebody may have typed.

    >>> plain("猫\x00の\x1d本\n")
    '猫の本\n'
    """
    return UNTYPED.sub("", text)


def in_our_encoding(application: WSGIApplication) -> WSGIApplication:
    """Return the web application with the sender's own idea of the encoding left aside: our pages are UTF-8.

    Django would follow it before anything of ours is asked, and Python knows encodings that are none.
    """

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        kind = environ.get("CONTENT_TYPE", "")
        environ["CONTENT_TYPE"] = ";".join(part for part in kind.split(";") if "charset" not in part.lower())
        return application(environ, start_response)

    return answer


class PlainText:
    """Middleware: read addresses, forms and cookies as something that was typed; stands before the others."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Clean what came, then go on; raises BadRequest for an address longer than any page of ours has."""
        if len(request.META.get("QUERY_STRING", "")) > LONGEST_ADDRESS:
            raise BadRequest("an address without end")
        request.COOKIES = {name: plain(value) for name, value in request.COOKIES.items()}
        request.GET = _cleaned(request.GET)  # type: ignore[assignment]
        if request.method == "POST" and request.content_type in FORMS:
            request.POST = _cleaned(request.POST)  # type: ignore[assignment]
        return self.get_response(request)

    def process_view(self, request: HttpRequest, _view: Any, _args: Any, parts: dict[str, Any]) -> None:
        """Raise Http404 for an address with such a part: nothing of ours is called so."""
        if any(UNTYPED.search(part) for part in parts.values() if isinstance(part, str)):
            raise Http404


def _cleaned(data: QueryDict) -> QueryDict:
    """Return the same where nothing has to be taken out, which is nearly always."""
    if not any(UNTYPED.search(text) for name, values in data.lists() for text in (name, *values)):
        return data
    clean = QueryDict(mutable=True, encoding=data.encoding)
    for name, values in data.lists():
        for value in values:
            clean.appendlist(plain(name), plain(value))
    clean._mutable = False
    return clean
