"""MARC records from MARCXML, one by one, without entities, without the network and without a tree in memory."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import IO, Any

from lxml import etree
from pymarc import Field, Indicators, Leader, Record, Subfield

from catalog.interchange.record import Reason, Reject

BLANK_LEADER = " " * 24
BLOCK = 1 << 16
LONGEST_END_TAG = 64
LONGEST_RECORD = 1 << 22
_END_OF_RECORD = re.compile(rb"</(?:[\w.-]{1,40}:)?record\s{0,9}>")


def records(stream: IO[bytes]) -> Iterator[Record | Reject]:
    """Yield a record or a reject for every `record` element, whatever its namespace or what wraps it.

    Broken XML is read on as far as the parser recovers; a record in which it had to is a reject, since it may have lost
    part of itself. The file is fed to the parser up to each end of a record, so that a fault is laid to the right one.
    """
    parser = etree.XMLPullParser(
        events=("end",),
        tag="{*}record",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        recover=True,
        remove_comments=True,
        remove_pis=True,
    )
    position = faults = waiting = 0
    for piece in _pieces(stream):
        waiting += len(piece)
        if waiting > LONGEST_RECORD:  # whatever is not yet a record stays in memory
            yield Reject.of(Reason.TOO_LONG, position + 1, piece[:LONGEST_END_TAG])
            return
        try:
            parser.feed(piece)
        except etree.XMLSyntaxError as error:
            yield Reject.of(Reason.NOT_XML, position + 1, piece, error)
            return
        errors = parser.feed_error_log
        for _event, element in parser.read_events():
            if next(element.iterchildren("{*}recordData", "{*}metadata"), None) is not None:
                continue  # the envelope of a search answer, whose inner record has been read
            position, waiting = position + 1, 0
            if len(errors) > faults:
                yield Reject.of(Reason.NOT_XML, position, _excerpt(element), errors[faults].message)
            else:
                yield _read(element, position)
            faults = len(errors)
            _forget(element)
    unclosed = _closing_fault(parser)
    if len(parser.feed_error_log) > faults or unclosed or not position:
        yield Reject.of(Reason.NOT_XML, position + 1, "", unclosed or "no MARC record")


def _pieces(stream: IO[bytes]) -> Iterator[bytes]:
    """Yield the file in pieces, each up to the end of a record or to where the next block begins."""
    tail = b""
    while block := stream.read(BLOCK):
        waiting, end = tail + block, 0
        for match in _END_OF_RECORD.finditer(waiting):
            yield waiting[end : match.end()]
            end = match.end()
        tail = waiting[max(end, len(waiting) - LONGEST_END_TAG) :]
        if rest := waiting[end : len(waiting) - len(tail)]:
            yield rest
    if tail:
        yield tail


def _closing_fault(parser: Any) -> str:
    """Return what is wrong at the end of the file, or nothing."""
    try:
        parser.close()
    except etree.XMLSyntaxError as error:
        return str(error)
    return ""


def _read(element: Any, position: int) -> Record | Reject:
    record = Record()
    try:
        for child in element:
            match etree.QName(child).localname:
                case "leader":
                    record.leader = Leader((_text(child) + BLANK_LEADER)[:24])
                case "controlfield":
                    record.add_field(Field(tag=child.get("tag", ""), data=_text(child)))
                case "datafield":
                    record.add_field(_field(child))
    except Exception as error:  # a file from outside never stops the import
        return Reject.of(Reason.BROKEN, position, _excerpt(element), error)
    return record


def _field(element: Any) -> Field:
    marks = Indicators(element.get("ind1") or " ", element.get("ind2") or " ")
    subfields = [
        Subfield(code=child.get("code", ""), value=_text(child))
        for child in element
        if etree.QName(child).localname == "subfield"
    ]
    return Field(tag=element.get("tag", ""), indicators=marks, subfields=subfields)


def _text(element: Any) -> str:
    """The text of an element; an entity reference, which is never resolved, gives nothing."""
    return "".join([element.text or "", *(child.tail or "" for child in element)])


def _excerpt(element: Any) -> str:
    return " ".join("".join(element.itertext()).split())


def _forget(element: Any) -> None:
    """Free the element and what stands before it."""
    element.clear()
    while element.getprevious() is not None:
        del element.getparent()[0]
