"""What real catalogues answer is read; what is no answer is said to be none (REQ-3)."""

import pytest

from catalog.elsewhere import Outcome, Wanted, opensearch, sru
from catalog.elsewhere.answers import Unreadable
from catalog.models import SearchTarget
from tests.elsewhere.conftest import rss

SRU = """<?xml version="1.0" encoding="UTF-8"?><zs:searchRetrieveResponse xmlns:zs="http://www.loc.gov/zing/srw/">
  <zs:version>1.2</zs:version><zs:numberOfRecords>{total}</zs:numberOfRecords><zs:records>{records}</zs:records>
  </zs:searchRetrieveResponse>"""
RECORD = "<zs:record><zs:recordData>{}</zs:recordData></zs:record>"


def answer(*records, total=0):
    """An answer of SRU with these records inside."""
    return SRU.format(total=total or len(records), records="".join(map(RECORD.format, records))).encode()


# ── recorded ──


def test_every_recorded_answer_is_read(recorded):
    """Those of NDL Search and CiNii: each gives titles with a link, says that there is nothing, or why not."""
    told = {}
    for name, body in recorded.items():
        if name.startswith(("ndl-sru", "ndl-opensearch", "cinii-opensearch")) and name != "cinii-opensearch-006":
            read = (sru if "sru" in name else opensearch).read(body)
            told.setdefault(read.outcome, []).append(name)
            for hit in read.hits:
                assert hit.title and hit.address.startswith("http"), name
    assert len(told[Outcome.FOUND]) == 101
    assert sorted(told[Outcome.REFUSED]) == ["ndl-sru-073", "ndl-sru-147"]
    assert set(told) == {Outcome.FOUND, Outcome.REFUSED, Outcome.NOTHING}


def test_a_record_in_dc_ndl_is_read_whole(recorded):
    """NDL Search packs the record as text into its answer."""
    (hit,) = sru.read(recorded["ndl-sru-008"]).hits
    assert (hit.title, hit.creators) == ("暗号技術入門 : 秘密の国のアリス", ("結城浩 著",))
    assert (hit.publisher, hit.year, hit.isbns) == ("ソフトバンククリエイティブ", 2008, ("9784797350999",))
    assert hit.address == "https://ndlsearch.ndl.go.jp/books/R100000002-I000009899346"


def test_a_volume_stands_behind_its_title(recorded):
    assert opensearch.read(recorded["ndl-opensearch-114"]).hits[0].title == "天地明察 下"


def test_cinii_tells_the_isbn_of_its_parts_and_how_many_there_are(recorded):
    found = opensearch.read(recorded["cinii-opensearch-007"])
    assert (found.total, found.hits[0].isbns) == (185_060, ("9780902205604",))


def test_nothing_found_is_no_fault(recorded):
    """NDL Search calls it an error; others count nought."""
    for name in ("ndl-sru-079", "ndl-opensearch-158", "cinii-opensearch-085"):
        assert (sru if "sru" in name else opensearch).read(recorded[name]).outcome == Outcome.NOTHING, name


def test_what_the_target_refuses_is_told_to_staff(recorded):
    read = sru.read(recorded["loc-sru-mods-036"])
    assert (read.outcome, read.message.split(" / ")[0]) == (Outcome.REFUSED, "Permanent system error")


# ── made by hand ──


def test_marcxml_is_read_as_the_import_reads_it():
    record = """<record xmlns="http://www.loc.gov/MARC21/slim"><leader>00000nam a2200000 a 4500</leader>
      <controlfield tag="001">1</controlfield><datafield tag="020"><subfield code="a">4103534228</subfield></datafield>
      <datafield tag="245" ind1="0" ind2="0"><subfield code="a">こころ /</subfield></datafield>
      <datafield tag="260"><subfield code="b">岩波書店,</subfield><subfield code="c">1914.</subfield></datafield>
      </record>"""
    (hit,) = sru.read(answer(record)).hits
    assert (hit.title, hit.publisher, hit.year, hit.isbns) == ("こころ", "岩波書店", 1914, ("9784103534228",))


def test_plain_dublin_core_is_read():
    record = """<srw_dc:dc xmlns:srw_dc="info:srw/schema/1/dc-schema" xmlns:dc="http://purl.org/dc/elements/1.1/">
      <dc:title>草枕</dc:title><dc:creator>夏目漱石</dc:creator><dc:date>明治39年</dc:date>
      <dc:identifier>urn:isbn:9784103534228</dc:identifier>
      <dc:identifier>https://example.jp/kusamakura</dc:identifier></srw_dc:dc>"""
    (hit,) = sru.read(answer(record)).hits
    assert (hit.title, hit.creators, hit.year) == ("草枕", ("夏目漱石",), 1906)
    assert (hit.isbns, hit.address) == (("9784103534228",), "https://example.jp/kusamakura")


def test_atom_is_read():
    body = """<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>門</title><link rel="self" href="https://example.jp/s"/>
      <link href="https://example.jp/mon"/><author><name>夏目漱石</name></author></entry></feed>""".encode()
    (hit,) = opensearch.read(body).hits
    assert (hit.title, hit.creators, hit.address) == ("門", ("夏目漱石",), "https://example.jp/mon")


def test_a_link_leads_to_the_web_or_nowhere():
    for link in (
        "javascript:alert(1)",
        "data:text/html,1",
        "file:///etc/passwd",
        "//example.jp/",
        "https://a@b.jp/",
        "/staff/",
    ):
        (hit,) = opensearch.read(rss("草枕", link=link)).hits
        assert (hit.title, hit.address) == ("草枕", ""), link


def test_a_wrong_isbn_is_left_out_and_endless_lines_are_cut():
    (hit,) = opensearch.read(rss("長" * 9999, isbn="4103534229999")).hits
    assert (len(hit.title), hit.isbns) == (300, ())


def test_at_most_ten_titles_are_shown_of_all_that_there_are():
    read = opensearch.read(rss(*(f"第{number}巻" for number in range(40)), total=7000))
    assert (len(read.hits), read.total) == (10, 7000)


LAUGHS = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "ha"}">' for n in range(12))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"Service Unavailable",
        b"<rss><channel>",
        b"<html><body>maintenance</body></html>",
        b"<!DOCTYPE html><html><body>maintenance</body></html>",
        b'<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss><channel><item><title>&x;</title></item></channel></rss>',
        f"<!DOCTYPE rss [{LAUGHS}]><rss><channel><item><title>&e11;</title></item></channel></rss>".encode(),
        f'<!DOCTYPE rss [{LAUGHS}]><rss a="&e11;"><channel/></rss>'.encode(),
        '<?xml version="1.0" encoding="UTF-8"?><rss><channel><item><title>草枕</title></item></channel></rss>'.encode(
            "cp932"
        ),
        b'<?xml version="1.0" encoding="klingon"?><rss/>',
        b"<rss>" * 5000 + b"</rss>" * 5000,
        b"\xff\xfe\x00",
        b'{"items": []}',
    ],
)
def test_what_is_no_answer_is_unreadable(body):
    """HTML, entities, bombs, broken or wrongly encoded XML."""
    for protocol in (sru, opensearch):
        with pytest.raises(Unreadable):
            protocol.read(body)


def test_an_encoding_that_is_named_rightly_is_read():
    body = rss("草枕").decode().replace("UTF-8", "Shift_JIS").encode("cp932")
    assert opensearch.read(body).hits[0].title == "草枕"


def test_records_without_any_title_are_no_answer():
    assert sru.read(answer("<x/>")).outcome == Outcome.UNREADABLE


def test_a_bomb_inside_a_record_that_came_as_text_is_unreadable():
    text = f"<!DOCTYPE dc [{LAUGHS}]><dc>&e11;</dc>".replace("&", "&amp;").replace("<", "&lt;")
    with pytest.raises(Unreadable):
        sru.read(answer(text))


# ── the question ──


def test_the_question_is_put_in_the_targets_own_terms():
    target = SearchTarget(
        protocol="sru",
        address="https://example.jp/sru?db=all",
        version="1.1",
        record_schema="dc",
        any_index="anywhere",
        title_index="title",
        fixed_parameters="onlyBib=true&maximumRecords=5",
    )
    asked = sru.question(target, Wanted.read({"q": '" OR "1"="1', "title": "a\\"}))
    assert asked.startswith("https://example.jp/sru?db=all&operation=searchRetrieve&version=1.1&query=")
    assert "&maximumRecords=5&recordSchema=dc&onlyBib=true" in asked
    assert sru.cql(target, Wanted(text='" OR', title="a\\")) == r'anywhere="\"" AND anywhere="OR" AND title="a\\"'
