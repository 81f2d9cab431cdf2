"""SRU searchRetrieve 1.1 and 1.2: a question in CQL, an answer of records in one of several schemas."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

from lxml import etree

from catalog import interchange
from catalog.elsewhere.addresses import with_parameters
from catalog.elsewhere.answers import (
    MOST_CREATORS,
    MOST_HITS,
    RDF,
    Answer,
    Hit,
    Outcome,
    Unreadable,
    described,
    line,
    name_of,
    parsed,
    parsed_text,
)
from catalog.elsewhere.wanted import Wanted
from catalog.models import SearchTarget

# How NDL Search says that it has found nothing.
_NOTHING = re.compile(r"record does not exist", re.I)


def question(target: SearchTarget, wanted: Wanted) -> str:
    """Return the address that asks the target."""
    return with_parameters(
        target.address,
        {
            "operation": "searchRetrieve",
            "version": target.version,
            "query": cql(target, wanted),
            "startRecord": "1",
            "maximumRecords": str(MOST_HITS),
            "recordSchema": target.record_schema,
            **dict(parse_qsl(target.fixed_parameters)),
        },
    )


def cql(target: SearchTarget, wanted: Wanted) -> str:
    r"""Return the question in CQL: every word must be there, each in the index that it was meant for.

    >>> target = SearchTarget(any_index="anywhere", title_index="title", isbn_index="isbn")
    >>> cql(target, Wanted(text="C\\D*", title='雪 "国"', author="川端"))
    'anywhere="C\\\\D\\*" AND title="雪" AND title="\\"国\\"" AND anywhere="川端"'
    >>> cql(target, Wanted(isbn="9784103534228"))
    'isbn="9784103534228"'
    """
    indexed = (
        (target.any_index, wanted.text),
        (target.title_index, wanted.title),
        (target.creator_index, wanted.author),
        (target.isbn_index, wanted.isbn),
    )
    return " AND ".join(
        f"{index or target.any_index}={quoted(word)}" for index, words in indexed for word in words.split()
    )


def quoted(word: str) -> str:
    r"""Return a word as a CQL string in which nothing is a sign: no quote, no mask, no anchor.

    >>> print(quoted('say "a\\b" or not?'))
    "say \"a\\b\" or not\?"
    """
    return '"' + re.sub(r'(["\\*?^])', r"\\\1", word) + '"'


def read(body: bytes) -> Answer:
    """Read an answer; raises Unreadable."""
    root = parsed(body)
    if name_of(root) != "searchRetrieveResponse":
        raise Unreadable(f"<{name_of(root)}> is no answer of SRU")
    records = list(_records(root))
    total = line(root.findtext("{*}numberOfRecords"))
    diagnostic = _diagnostic(root)
    if diagnostic and not records:
        return Answer(Outcome.NOTHING if _NOTHING.search(diagnostic) else Outcome.REFUSED, message=diagnostic)
    hits = [_hit(record) for record in records]
    return Answer.of(hits, int(total) if total.isascii() and total.isdigit() else 0, len(records))


def _records(root: Any) -> Iterator[Any]:
    """Yield the inner element of every record, whether it came as XML or as text."""
    for data in root.iterfind("{*}records/{*}record/{*}recordData"):
        inner = next(data.iterchildren(), None)
        if inner is None and (data.text or "").strip():
            inner = parsed_text(data.text)
        if inner is not None and name_of(inner) != "diagnostic":
            yield inner


def _diagnostic(root: Any) -> str:
    for found in root.iterfind("{*}diagnostics/{*}diagnostic"):
        said = (found.findtext("{*}" + part) for part in ("message", "details", "uri"))
        return " / ".join(filter(None, map(line, said))) or "diagnostic"
    return ""


def _hit(record: Any) -> Hit | None:
    match name_of(record):
        case "record" | "collection":
            return _marc(record)
        case "RDF":
            return _linked(record)
        case _:
            return described(record)


def _linked(record: Any) -> Hit | None:
    """Read DC-NDL (RDF): the resource that has a title, and the address of its record."""
    about = record.find("{*}BibAdminResource")
    address = "" if about is None else about.get(RDF + "about", "")
    resources = (described(resource, address=address) for resource in record.iterfind("{*}BibResource"))
    return next((hit for hit in resources if hit), None)


def _marc(record: Any) -> Hit | None:
    """Read MARCXML as the import does."""
    for bib in interchange.read_stream(io.BytesIO(etree.tostring(record, encoding="utf-8"))):
        if isinstance(bib, interchange.BibRecord) and bib.title:
            title = line(" ".join(part for part in (bib.title, bib.volume) if part))
            creators = tuple(line(contributor.name) for contributor in bib.contributors[:MOST_CREATORS])
            return Hit(title, creators, line(bib.publisher), bib.year, bib.isbns)
    return None
