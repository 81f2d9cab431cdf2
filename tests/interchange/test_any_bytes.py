"""Whatever a file contains, reading it ends, raises nothing and says what it left out."""

from __future__ import annotations

import io
import time
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.interchange import BibRecord, ColumnError, Reject, json_lines, read_stream, text
from tests.interchange.marc_builder import iso2709, record

SOUND = iso2709(record(("245", "a", "電子書籍の話 /", "c", "萩野正昭 著."), ("300", "a", "301p ;", "c", "19cm")))


def outcome(content: bytes) -> list[BibRecord | Reject]:
    try:
        return list(read_stream(io.BytesIO(content)))
    except ColumnError:  # a table with other columns: the one thing that is said for the whole file
        return []


@given(st.binary(max_size=400))
def test_any_bytes_are_read_to_their_end(content):
    for start in (b"", b"<c>", b'{"id":"1",', b"\x1f\x8b", "書名,著者\n".encode(), SOUND):
        assert all(isinstance(each, BibRecord | Reject) for each in outcome(start + content))


@given(st.integers(0, len(SOUND) - 2), st.binary(min_size=1, max_size=3))
@settings(max_examples=300)
def test_a_record_with_spoilt_bytes_never_spoils_the_one_after_it(place, bytes_put_there):
    spoilt = bytearray(SOUND)
    spoilt[place : place + len(bytes_put_there)] = bytes_put_there
    found = outcome(bytes(spoilt).rstrip(b"\x1d") + b"\x1d" + SOUND)
    assert isinstance(found[-1], BibRecord)
    assert found[-1].title == "電子書籍の話"


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20), lambda inner: st.lists(inner, max_size=3)
)


@given(
    st.dictionaries(st.sampled_from(["title", "creators", "isbn", "ndc", "date", "contents", "year", "resp"]), values)
)
def test_values_of_any_shape_give_a_description_or_a_plain_error(entry):
    with suppress(TypeError, ValueError, AttributeError, KeyError):  # the reader of lines makes rejects of these
        json_lines.bib_record({"id": "1", **entry})


@pytest.mark.parametrize("piece", ["　", "1", "[著]", "-", " / ", "a. ", ", ", "=", "(", '"'])
def test_long_runs_of_anything_cost_no_more_than_their_length(piece):
    long = piece * 20_000
    began = time.monotonic()
    json_lines.bib_record(
        {"id": "1", "title": "題" + long, "resp": long, "extent": long, "isbn_raw": long, "ndc": [long], "date": long}
    )
    text.without_isbd(long + "。")
    assert time.monotonic() - began < 5
