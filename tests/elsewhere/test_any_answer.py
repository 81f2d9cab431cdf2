"""Whatever another catalogue answers, it is read, found to be nothing, or said to be unreadable (REQ-3)."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from catalog.elsewhere import Outcome, opensearch, sru
from catalog.elsewhere.answers import LONGEST_LINE, MOST_HITS, Answer, Unreadable
from tests.elsewhere.conftest import rss
from tests.elsewhere.test_reading import answer

SOUND = {
    opensearch: rss("草枕", link="https://example.jp/1", isbn="9784103534228"),
    sru: answer(
        '<dc:dc xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>草枕</dc:title><dc:date>明治39年</dc:date></dc:dc>'
    ),
}


def is_bearable(protocol, body):
    try:
        read = protocol.read(body)
    except Unreadable as error:
        return len(str(error)) < 1000
    hits = isinstance(read, Answer) and isinstance(read.outcome, Outcome) and len(read.hits) <= MOST_HITS
    return hits and all(len(hit.title) <= LONGEST_LINE and hit.address[:4] in ("", "http") for hit in read.hits)


@given(st.sampled_from([sru, opensearch]), st.binary(max_size=300))
@example(sru, b'<?xml version="1.0" encoding="utf-7"?><a/>')
@example(opensearch, b"<" * 100_000)
def test_any_bytes_are_an_answer_or_none(protocol, body):
    assert is_bearable(protocol, body)


@given(st.sampled_from([sru, opensearch]), st.floats(0, 1), st.binary(min_size=1, max_size=6), st.booleans())
@settings(max_examples=300)
def test_a_sound_answer_with_spoilt_bytes_is_an_answer_or_none(protocol, place, put_there, replaces):
    """Numbers that are none, names that end elsewhere, letters in no encoding."""
    sound = SOUND[protocol]
    at = int(place * len(sound))
    assert is_bearable(protocol, sound[:at] + put_there + sound[at + len(put_there) * replaces :])


@given(st.sampled_from([sru, opensearch]), st.text(max_size=30))
def test_any_number_of_hits_that_is_claimed_is_borne(protocol, number):
    """The total is shown to readers: what is no number must not reach the page."""
    body = SOUND[protocol].decode()
    for name in ("numberOfRecords>1<", "totalResults>1<"):
        body = body.replace(name, name[:-2] + "".join(c for c in number if c not in "<&") + "<")
    assert is_bearable(protocol, body.encode("utf-8", "replace"))
