"""OpenSearch: a question in named parameters, an answer as RSS 2.0 (NDL Search), RSS 1.0 (CiNii) or Atom."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from catalog.elsewhere.addresses import with_parameters
from catalog.elsewhere.answers import RDF, Answer, Hit, Unreadable, described, line, name_of, parsed
from catalog.elsewhere.wanted import Wanted
from catalog.models import SearchTarget

_ATOM = "{http://www.w3.org/2005/Atom}"


def question(target: SearchTarget, wanted: Wanted) -> str:
    """Return the address that asks the target.

    >>> target = SearchTarget(address="https://example.jp/os?lang=ja", any_index="q", isbn_index="isbn")
    >>> question(target, Wanted(text="a & b", author="漱石"))
    'https://example.jp/os?lang=ja&q=a%20%26%20b%20%E6%BC%B1%E7%9F%B3'
    """
    indexed = (
        (target.any_index, wanted.text),
        (target.title_index, wanted.title),
        (target.creator_index, wanted.author),
        (target.isbn_index, wanted.isbn),
    )
    asked: dict[str, str] = {}
    for index, words in indexed:
        if words:
            name = index or target.any_index
            asked[name] = f"{asked[name]} {words}" if name in asked else words
    return with_parameters(target.address, asked | dict(parse_qsl(target.fixed_parameters)))


def read(body: bytes) -> Answer:
    """Read an answer; raises Unreadable."""
    root = parsed(body)
    match name_of(root):
        case "rss" | "RDF":
            entries = list(root.iter("{*}item"))
        case "feed":
            entries = list(root.iterchildren(_ATOM + "entry"))
        case other:
            raise Unreadable(f"<{other}> is no answer of OpenSearch")
    total = line(next((found.text for found in root.iter("{*}totalResults")), ""))
    hits = [_hit(entry) for entry in entries]
    return Answer.of(hits, int(total) if total.isascii() and total.isdigit() else 0, len(entries))


def _hit(entry: Any) -> Hit | None:
    title = next((found.text or "" for found in entry.iterchildren("{*}title")), "")
    authors = [found.text or "" for found in entry.iterfind(f"{_ATOM}author/{_ATOM}name")]
    return described(entry, address=_address(entry), title=title, creators=authors)


def _address(entry: Any) -> str:
    for link in entry.iterchildren("{*}link"):
        if link.get("rel", "alternate") == "alternate" and (address := link.get("href") or link.text):
            return str(address)
    return str(entry.get(RDF + "about", ""))
