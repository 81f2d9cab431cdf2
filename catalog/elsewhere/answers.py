"""What a target says, in our terms: how it went, and the titles it has."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext_lazy as _
from lxml import etree

from catalog.interchange.isbn import read_isbns
from catalog.interchange.text import clean, distinct
from catalog.interchange.years import year_of

MOST_HITS = 10
LONGEST_LINE = 300
MOST_CREATORS = 5
LONGEST_ADDRESS = 1000


class Outcome(StrEnum):
    """How it went."""

    FOUND = "found"
    NOTHING = "nothing"
    LATE = "late"
    DOWN = "down"
    RESTING = "resting"
    UNREADABLE = "unreadable"
    REFUSED = "refused"
    BUSY = "busy"
    TOO_OFTEN = "too_often"


SENTENCES = {
    Outcome.NOTHING: _("見つかりませんでした。"),
    Outcome.LATE: _("時間内に回答がありませんでした。"),
    Outcome.DOWN: _("ただいま、この図書館の検索につながりません。"),
    Outcome.RESTING: _("この図書館の検索は応答のない状態が続いているため、数分のあいだ問い合わせを休んでいます。"),
    Outcome.UNREADABLE: _("回答を読み取れませんでした。"),
    Outcome.REFUSED: _("この条件ではさがせない、という回答でした。言葉を変えてお試しください。"),
    Outcome.BUSY: _("この図書館への問い合わせが混み合っています。少したってからもう一度お試しください。"),
    Outcome.TOO_OFTEN: _("短い時間に多くの検索がありました。1分ほどたってからもう一度お試しください。"),
}

BRIEFLY = {
    Outcome.NOTHING: _("なし"),
    Outcome.LATE: _("回答なし"),
    Outcome.DOWN: _("つながりません"),
    Outcome.RESTING: _("休止中"),
    Outcome.UNREADABLE: _("読み取れません"),
    Outcome.REFUSED: _("さがせません"),
    Outcome.BUSY: _("混雑中"),
    Outcome.TOO_OFTEN: _("しばらくお待ちください"),
}


@dataclass(frozen=True, slots=True)
class Hit:
    """A title that a target has. `isbns` are right ones of 13 digits, `address` is http(s) or ""."""

    title: str
    creators: tuple[str, ...] = ()
    publisher: str = ""
    year: int | None = None
    isbns: tuple[str, ...] = ()
    address: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """The outcome, the first hits and how many there are in all; `message` is what staff are told beside it."""

    outcome: Outcome
    hits: tuple[Hit, ...] = ()
    total: int = 0
    message: str = ""

    @classmethod
    def of(cls, hits: Iterable[Hit | None], total: int, records: int) -> Answer:
        """Make the answer of `records` records, of which some could be read."""
        readable = tuple(hit for hit in hits if hit is not None)
        if readable:
            return cls(Outcome.FOUND, readable[:MOST_HITS], max(total, len(readable)))
        return cls(Outcome.UNREADABLE, message="no title in any record") if records else cls(Outcome.NOTHING)

    @property
    def is_found(self) -> bool:
        """Whether there are titles to show."""
        return self.outcome == Outcome.FOUND

    @property
    def is_too_often(self) -> bool:
        """Whether whoever asked has to wait."""
        return self.outcome == Outcome.TOO_OFTEN

    @property
    def may_be_asked_again(self) -> bool:
        """Whether the same question may be answered in a while."""
        return self.outcome in (Outcome.LATE, Outcome.DOWN, Outcome.RESTING, Outcome.BUSY, Outcome.TOO_OFTEN)

    @property
    def sentence(self) -> Any:
        """Why there is nothing to show."""
        return SENTENCES.get(self.outcome, "")

    @property
    def briefly(self) -> Any:
        """The same in a word."""
        return BRIEFLY.get(self.outcome, "")


class Unreadable(Exception):  # noqa: N818 - it says what happened
    """The answer is not what the target's protocol says."""


# --- XML from strangers --------------------------------------------------------------------------------------------


def parsed(body: bytes) -> Any:
    """Return the root element, without entities, network and whatever a document type brings; raises Unreadable."""
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        recover=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        raise Unreadable(f"not XML: {str(error)[:LONGEST_LINE]}") from None
    if root.getroottree().docinfo.doctype:
        raise Unreadable("XML with a document type")
    return root


def parsed_text(text: str) -> Any:
    """Return the root element of XML that came as text inside other XML."""
    return parsed(re.sub(r"^\s*<\?xml[^>]*\?>", "", text).strip().encode("utf-8", "replace"))


def name_of(element: Any) -> str:
    """Return the name of an element without its namespace."""
    return etree.QName(element).localname


# --- descriptions --------------------------------------------------------------------------------------------------

RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
DC = "{http://purl.org/dc/elements/1.1/}"
DCTERMS = "{http://purl.org/dc/terms/}"
DCNDL = "{http://ndl.go.jp/dcndl/terms/}"
FOAF = "{http://xmlns.com/foaf/0.1/}"
PRISM = "{http://prismstandard.org/namespaces/basic/2.0/}"
XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"

_ISBN_URN = re.compile(r"^(?:urn:)?isbn[:\s]", re.I)


def described(element: Any, *, address: str = "", title: str = "", creators: Iterable[str] = ()) -> Hit | None:
    """Read an element whose children are Dublin Core in any of its dresses: plain, DC-NDL simple, DC-NDL (RDF).

    `address`, `title` and `creators` are what the envelope says; None where there is no title at all.
    """
    named = _first(element, DCTERMS + "title", DC + "title") or line(title)
    if not named:
        return None
    volume = _first(element, DCNDL + "volume")
    whole = named if named.endswith(volume) else f"{named} {volume}"
    by = _all(element, DC + "creator") or _all(element, DCTERMS + "creator") or distinct(map(line, creators))
    dates = _all(element, PRISM + "publicationDate", DCTERMS + "issued", DCTERMS + "date", DC + "date")
    return Hit(
        title=line(whole),
        creators=by[:MOST_CREATORS],
        publisher=_first(element, DCTERMS + "publisher", DC + "publisher"),
        year=next((year for date in dates if (year := year_of(date))), None),
        isbns=read_isbns(_isbns(element)).right,
        address=web_address(address) or next(_own_addresses(element), ""),
    )


def web_address(text: str) -> str:
    """Return an address that a link may lead to, else nothing: no script, no file, no other page of ours.

    >>> web_address(" https://example.jp/1 "), web_address("javascript:alert(1)"), web_address("//example.jp/1")
    ('https://example.jp/1', '', '')
    """
    address = text.strip()
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    is_good = parts.scheme in ("http", "https") and parts.hostname and len(address) < LONGEST_ADDRESS
    return address if is_good and address.isprintable() and "@" not in parts.netloc else ""


def line(text: str | None) -> str:
    """Return one clean line of bearable length."""
    return clean(" ".join((text or "").split()))[:LONGEST_LINE]


def _all(element: Any, *names: str) -> tuple[str, ...]:
    return distinct(_words(child) for name in names for child in element.iterchildren(name))


def _first(element: Any, *names: str) -> str:
    return next(iter(_all(element, *names)), "")


def _words(element: Any) -> str:
    """The words of an element: its own, or those of the value or the name of an agent that it describes."""
    inner = next(element.iter(RDF + "value", FOAF + "name"), None)
    return line((element if inner is None else inner).text)


def _isbns(element: Any) -> Iterator[str]:
    """Yield what is said to be an ISBN: by its type, or by an urn."""
    for child in element.iterchildren(DCTERMS + "identifier", DC + "identifier"):
        kind = child.get(RDF + "datatype") or child.get(XSI_TYPE) or ""
        text = line(child.text)
        if re.search(r"[/:#]ISBN(?:13)?$", kind) or _ISBN_URN.match(text):
            yield _ISBN_URN.sub("", text)
    for child in element.iterchildren(DCTERMS + "hasPart"):
        resource = line(child.get(RDF + "resource"))
        if _ISBN_URN.match(resource):
            yield _ISBN_URN.sub("", resource)


def _own_addresses(element: Any) -> Iterator[str]:
    """Yield the addresses that a description gives itself."""
    for child in element.iterchildren(DCTERMS + "identifier", DC + "identifier"):
        if address := web_address(child.text or ""):
            yield address
