"""MARC records from an ISO 2709 stream, one by one, whatever is wrong with any of them.

The end-of-record byte 0x1D never occurs inside text in any encoding in use, so it alone bounds records; the lengths
that the leader and the directory state are checked, not believed. A record whose directory is wrong is taken apart by
its end-of-field bytes instead. What cannot be read becomes a reject, and reading goes on after the next 0x1D.
"""

from __future__ import annotations

import io
import logging
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr
from functools import partial
from typing import IO

from pymarc import Field, Indicators, Record, Subfield
from pymarc.exceptions import BadSubfieldCodeWarning
from pymarc.marc8 import marc8_to_unicode

from catalog.interchange.record import Reason, Reject

END_OF_RECORD, END_OF_FIELD, DELIMITER = b"\x1d", b"\x1e", b"\x1f"
LEADER_LENGTH, ENTRY_LENGTH = 24, 12
BLOCK = 1 << 16
LONGEST_RECORD = 1 << 20  # the format allows 99,999 bytes; some systems write more
_BLANKS = b" \r\n\t\x00\x1a"
_LEADER = re.compile(rb"\d{5}[ -~]{5}22\d{5}[ -~]{3}45")
_ANSEL_ACCENT_ON_NOTHING = re.compile(rb"[\xe0-\xfe](?![\xe0-\xfe]?[\xe0-\xfe]?[A-Za-z\x88-\x8e ])")

# What pymarc mends by itself is no news for whoever imports 100,000 records.
logging.getLogger("pymarc").setLevel(logging.ERROR)
warnings.filterwarnings("ignore", category=BadSubfieldCodeWarning)

Decoder = Callable[[bytes], str]


class UnreadableError(Exception):
    """A record from which nothing sure can be had."""

    def __init__(self, reason: Reason, detail: object = "") -> None:
        super().__init__(reason, detail)
        self.reason, self.detail = reason, detail


def records(stream: IO[bytes]) -> Iterator[Record | Reject]:
    """Yield a record or a reject for every piece between end-of-record bytes, in order."""
    position = 0
    for offset, chunk in _chunks(stream):
        for start, piece in _resynchronized(chunk):
            position += 1
            try:
                yield _record(piece)
            except UnreadableError as fault:
                yield Reject.of(fault.reason, position, piece, fault.detail, offset + start)
            except Exception as error:  # a file from outside never stops the import
                yield Reject.of(Reason.BROKEN, position, piece, error, offset + start)


def _chunks(stream: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """Yield (offset, bytes) up to and with each end of record; blanks between records are skipped."""
    buffer, offset, at_end, too_long = b"", 0, False, False
    while not at_end or buffer:
        end = buffer.find(END_OF_RECORD)
        if end < 0 and not at_end:
            block = stream.read(BLOCK)
            at_end = not block
            buffer += block
            if len(buffer) > LONGEST_RECORD and END_OF_RECORD not in block:
                if not too_long:
                    yield offset, buffer[:LONGEST_RECORD]
                too_long, offset, buffer = True, offset + len(buffer), b""
            continue
        chunk = buffer[: end + 1] if end >= 0 else buffer
        bare = chunk.lstrip(_BLANKS)
        if bare and bare != END_OF_RECORD and not too_long:
            yield offset + len(chunk) - len(bare), bare
        too_long = False
        offset, buffer = offset + len(chunk), buffer[len(chunk) :]


def _resynchronized(chunk: bytes) -> Iterator[tuple[int, bytes]]:
    """Cut off what was left of a record that lost its end, where a sound record follows in the same chunk."""
    for match in _LEADER.finditer(chunk, 1):
        if int(match[0][:5]) == len(chunk) - match.start():
            yield 0, chunk[: match.start()]
            yield match.start(), chunk[match.start() :]
            return
    yield 0, chunk


def _record(chunk: bytes) -> Record:
    """Read one record. Raises UnreadableError, or what the parser raises."""
    if not chunk.endswith(END_OF_RECORD):
        raise UnreadableError(Reason.TOO_LONG if len(chunk) >= LONGEST_RECORD else Reason.TRUNCATED)
    if len(chunk) < LEADER_LENGTH + 2:
        raise UnreadableError(Reason.BROKEN, "shorter than a leader")
    encoding = _encoding(chunk)
    if encoding == "utf-8" and _is_sound(chunk):
        return Record(chunk, to_unicode=True, force_utf8=True)
    if encoding != "marc-8":
        return _by_terminators(chunk, partial(str, encoding=encoding))
    with redirect_stderr(io.StringIO()):  # its decoder of MARC-8 prints what it does not know
        if _is_sound(chunk):
            return Record(chunk, to_unicode=True, hide_utf8_warnings=True)
        return _by_terminators(chunk, partial(marc8_to_unicode, hide_utf8_warnings=True))


def _encoding(chunk: bytes) -> str:
    """Return the encoding that the bytes show, which leader/09 often does not. Raises UnreadableError."""
    has_escapes = b"\x1b" in chunk
    if chunk.isascii() and not has_escapes:
        return "utf-8"
    says_unicode = chunk[9:10] == b"a"
    if has_escapes and not says_unicode:
        return "marc-8"
    if _text(chunk, "utf-8") is not None:
        return "utf-8"
    for codec in ("cp932", "euc_jp"):
        text = _text(chunk, codec)
        if text and re.search("[ぁ-ヶ]", text):
            return codec
    if not re.search(rb"[\x80-\x87\x89-\x8c\x8f-\xa0]", chunk) and not _ANSEL_ACCENT_ON_NOTHING.search(chunk):
        return "marc-8"
    raise UnreadableError(Reason.ENCODING)


def _text(chunk: bytes, codec: str) -> str | None:
    try:
        return chunk.decode(codec)
    except UnicodeDecodeError:
        return None


def _directory(chunk: bytes) -> list[bytes]:
    """Return the entries of the directory. Raises UnreadableError where there is none."""
    end = chunk.find(END_OF_FIELD)
    if end < LEADER_LENGTH or (end - LEADER_LENGTH) % ENTRY_LENGTH:
        raise UnreadableError(Reason.BROKEN, "directory")
    entries = [chunk[at : at + ENTRY_LENGTH] for at in range(LEADER_LENGTH, end, ENTRY_LENGTH)]
    if not entries:
        raise UnreadableError(Reason.BROKEN, "no fields")
    return entries


def _is_sound(chunk: bytes) -> bool:
    """Whether the lengths that the record states agree with its bytes."""
    try:
        base = int(chunk[12:17])
        if int(chunk[:5]) != len(chunk) or chunk[base - 1 : base] != END_OF_FIELD:
            return False
        for entry in _directory(chunk):
            start = base + int(entry[7:12])
            end = start + int(entry[3:7]) - 1
            if chunk[start - 1 : start] != END_OF_FIELD or chunk[end : end + 1] != END_OF_FIELD:
                return False
    except ValueError:
        return False
    return True


def _by_terminators(chunk: bytes, decode: Decoder) -> Record:
    """Pair tags and fields by their order, which survives where every stated length is wrong."""
    entries = _directory(chunk)
    bodies = chunk[:-1].rstrip(END_OF_FIELD).split(END_OF_FIELD)[1:]
    if len(bodies) != len(entries) or not all(re.fullmatch(rb"[0-9A-Za-z]{3}[0-9]{9}", entry) for entry in entries):
        raise UnreadableError(Reason.BROKEN, "directory")
    tags = [entry[:3].decode() for entry in sorted(entries, key=lambda entry: int(entry[7:12]))]
    record = Record(leader=chunk[:LEADER_LENGTH].decode("ascii", "replace"))
    try:
        for tag, body in zip(tags, bodies, strict=True):
            record.add_field(_field(tag, body, decode))
    except UnicodeDecodeError as error:
        raise UnreadableError(Reason.ENCODING, error.reason) from error
    return record


def _field(tag: str, body: bytes, decode: Decoder) -> Field:
    if tag.isdigit() and tag < "010":
        return Field(tag=tag, data=decode(body))
    marks, *pieces = body.split(DELIMITER)
    indicators = marks.decode("ascii", "replace").ljust(2)
    subfields = [Subfield(code=piece[:1].decode("ascii"), value=decode(piece[1:])) for piece in pieces if piece]
    return Field(tag=tag, indicators=Indicators(indicators[0], indicators[1]), subfields=subfields)
