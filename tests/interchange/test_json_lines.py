"""JSON lines: the conventions of ten sources, and lines that are none."""

from __future__ import annotations

import json

import pytest

from catalog.interchange import Contributor, Reason
from catalog.rules import Material


@pytest.fixture
def describe(read_bytes):
    """Describe one object."""

    def described(**entry):
        [bib], rejects = read_bytes(json.dumps({"id": "x:1", "src": "test", "title": "書名", **entry}).encode())
        assert rejects == []
        return bib

    return described


def test_a_thirteen_digit_isbn_whose_978_was_cut_off_is_recovered(describe):
    assert describe(isbn_raw="4-10-353422-8").isbns == ("9784103534228",)


def test_a_wrong_isbn_is_kept_as_typed(describe):
    bib = describe(isbn=["4-10-353422-9"])
    assert (bib.isbns, bib.wrong_isbns) == ((), ("4103534229",))


@pytest.mark.parametrize(
    ("classes", "ndc", "audience", "material"),
    [
        (["K933"], ("933",), "児童", Material.BOOK),
        (["E"], ("E",), "児童", Material.PICTURE_BOOK),
        (["913.6 914.6"], ("913.6", "914.6"), "", Material.BOOK),
        (["911.15", "911.158"], ("911.15", "911.158"), "", Material.BOOK),
        (["NLM:WS200"], (), "", Material.BOOK),
    ],
)
def test_classes_are_read_with_their_marks_and_two_in_one_field(describe, classes, ndc, audience, material):
    bib = describe(ndc=classes)
    assert (bib.ndc, bib.audience, bib.material) == (ndc, audience, material)


@pytest.mark.parametrize(
    ("date", "year"),
    [
        ("1957（昭和32）年5月20日", 1957),
        ("[2004.1]", 2004),
        ("[江戸後期]", None),
        ("[199-]", None),
        ("明39", 1906),
        ("天保14", 1843),
        ("1968（昭和43）年11月15日、1984（昭和59）年12月25日38刷改版", 1968),
        ("2003-10-01", 2003),
        ("1999.3-", 1999),
        ("1987-1989", 1987),
        ("[1980-]", 1980),
        ("1999--", None),
    ],
)
def test_the_year_is_what_the_date_says_and_its_text_stays(describe, date, year):
    bib = describe(date=date, year=1800)
    assert (bib.year, bib.date_text) == (year, date)


def test_parallel_titles_and_subtitles_of_nacsis_are_taken_apart(describe):
    bib = describe(title="草木染め = Naturally dyed", subtitle="いま・未来 = Present : future", alt_title="染色 : 全")
    assert (bib.title, bib.subtitle) == ("草木染め", "いま・未来")
    assert bib.alt_titles == ("Naturally dyed", "Present : future", "染色 : 全")


def test_an_equals_sign_inside_a_title_is_part_of_it(describe):
    assert describe(title="1+2=パラダイス").title == "1+2=パラダイス"


def test_full_width_digits_of_a_reading_become_plain(describe):
    assert describe(title_kana="オトロエ　１２").title_kana == "オトロエ 12"


def test_a_title_that_begins_with_a_bracket_keeps_it(describe):
    assert describe(title="〔手紙〕").title == "〔手紙〕"


def test_joined_names_are_parted_with_their_readings_and_roles(describe):
    joined = [{"name": "[著]園田健一　／　[編]西野司　／　他", "kana": "ソノダケンイチ,ニシノツカサ", "role": "著"}]
    assert describe(creators=joined).contributors == (
        Contributor("園田健一", "ソノダケンイチ", "著"),
        Contributor("西野司", "ニシノツカサ", "編"),
    )


def test_a_heading_takes_its_role_from_the_statement_and_loses_its_life_dates(describe):
    bib = describe(creators=[{"name": "結城, 浩, 1963-", "kana": "ユウキ, ヒロシ, 1963-"}], resp="結城浩 著")
    assert bib.contributors == (Contributor("結城, 浩", "ユウキ, ヒロシ", "著"),)


def test_a_statement_stands_in_for_missing_headings(describe):
    bib = describe(resp="E.E.スミス著 ; 小隅黎 [ほか] 訳")
    assert bib.contributors == (Contributor("E.E.スミス", "", "著"), Contributor("小隅黎", "", "訳"))


def test_extent_and_size_are_parted_and_the_carrier_says_the_material(describe):
    bib = describe(extent="録音ディスク 1枚 : CD ; 12cm")
    assert (bib.extent, bib.size, bib.material) == ("録音ディスク 1枚 : CD", "12cm", Material.MUSIC)


def test_what_has_no_field_of_its_own_is_a_note(describe):
    bib = describe(product_no="KIBA-91964", note="文献あり", publisher="[発売元・販売元]日本コロムビア")
    assert (bib.notes, bib.publisher) == (("文献あり", "商品番号: KIBA-91964"), "日本コロムビア")


def test_characters_that_cannot_be_stored_are_dropped(describe):
    assert describe(title="書\x00名\ud800").title == "書名"


def test_bad_lines_are_rejected_with_their_line_and_stop_nothing(read_bytes):
    good = '{"id":"1","src":"t","title":"一"}'.encode()
    lines = [
        good,
        b"{not json",
        b'{"id":"2"}',
        b"[1]",
        b'{"id":"3","title":"\xff"}',
        b"",
        b'{"id":"4","title":{"a":1},"contents":5}',
        good,
    ]
    bibs, rejects = read_bytes(b"\n".join(lines))
    assert [bib.source_id for bib in bibs] == ["1", "1"]
    assert [(each.position, each.reason) for each in rejects] == [
        (2, Reason.NOT_JSON),
        (3, Reason.NO_TITLE),
        (4, Reason.NOT_JSON),
        (5, Reason.ENCODING),
        (7, Reason.NOT_JSON),
    ]
