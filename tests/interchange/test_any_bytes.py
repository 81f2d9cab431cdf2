"""Whatever a file contains, reading it ends, raises nothing and says what it left out."""

from __future__ import annotations

import io
import time
from contextlib import suppress
from dataclasses import astuple, is_dataclass

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from catalog.interchange import BibRecord, ColumnError, Format, Reject, format_of, json_lines, read_stream, text
from okalib.plain import UNTYPED
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
@example(0, b"\x1f\x8b")
@settings(max_examples=300)
def test_a_record_with_spoilt_bytes_never_spoils_the_one_after_it(place, bytes_put_there):
    spoilt = bytearray(SOUND)
    spoilt[place : place + len(bytes_put_there)] = bytes_put_there
    is_packed = spoilt.startswith(b"\x1f\x8b\x08")
    assume(format_of(bytes(spoilt)) is Format.ISO2709 and not is_packed)  # else it would be another kind of file
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


@given(st.lists(st.text(max_size=10), min_size=2, max_size=2))
def test_what_is_kept_of_any_cell_can_be_stored(cells):
    """CSV with a NUL, controls, halves of pairs: PostgreSQL takes no NUL, UTF-8 no half of a pair."""
    table = f'書名,著者,出版者\n"題{cells[0]}","{cells[1]}","\x00{cells[0]}"\n'
    for found in outcome(table.encode("utf-8", "surrogatepass")):
        if isinstance(found, BibRecord):
            assert not any(UNTYPED.search(text) for text in _texts(found)), found


def test_a_cell_that_is_too_long_is_rejected_and_the_next_row_read():
    content = f"書名,著者\n題,{'著' * 200_000}\n" + f"題,{'著' * 2_000_000}\n草枕,夏目漱石\n"
    *rejects, last = outcome(content.encode())
    assert [reject.reason for reject in rejects] == ["bad_row", "too_long"]
    assert [reject.position for reject in rejects] == [2, 3]
    assert last.title == "草枕"


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if is_dataclass(value) and not isinstance(value, type):
        value = astuple(value)
    if isinstance(value, dict):
        value = [*value, *value.values()]
    return [text for each in value for text in _texts(each)] if isinstance(value, list | tuple) else []
