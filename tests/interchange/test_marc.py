"""MARC 21 by content: scripts, encodings, broken structure."""

from __future__ import annotations

import gzip
import re

import pytest

from catalog.interchange import Reason
from catalog.rules import Material
from tests.interchange.marc_builder import in_encoding, iso2709, record

TITLE = ("245", "a", "電子書籍の話 /", "c", "萩野正昭 著.")


def test_japan_marc_shows_the_field_and_takes_the_katakana_880_as_its_reading(read_bytes):
    made = record(
        ("245", "880-01", "a", "これからの本 :", "b", "紙と電子 /", "c", "萩野正昭 著."),
        ("260", "880-02", "a", "東京 :", "b", "晶文社,", "c", "2019.2."),
        ("700", "880-03", "a", "萩野, 正昭,", "d", "1946-"),
        ("880", "245-01/$1", "a", "コレカラ ノ ホン :", "b", "カミ ト デンシ."),
        ("880", "245-01/(B", "a", "Korekara no hon."),
        ("880", "260-02/$1", "b", "ショウブンシャ."),
        ("880", "700-03/(B", "a", "Hagino, Masaki"),
        ("880", "700-03/$1", "a", "ハギノ, マサアキ,", "d", "1946-"),
    )
    [bib], _ = read_bytes(iso2709(made))
    assert (bib.title, bib.title_kana) == ("これからの本", "コレカラ ノ ホン")
    assert (bib.subtitle, bib.subtitle_kana) == ("紙と電子", "カミ ト デンシ")
    [person] = bib.contributors
    assert (person.name, person.kana, person.role) == ("萩野, 正昭", "ハギノ, マサアキ", "著")
    assert (bib.place, bib.publisher, bib.date_text, bib.year) == ("東京", "晶文社", "2019.2", 2019)
    assert bib.alt_titles == ()


def test_lc_shows_the_880_in_japanese_and_keeps_the_romaji_findable(read_bytes):
    made = record(
        ("100", "880-01", "a", "Natsume, Sōseki,", "d", "1867-1916."),
        ("245", "880-02", "a", "Kokoro no naka /", "c", "Natsume Sōseki."),
        ("880", "100-01/$1", "a", "夏目漱石,", "d", "1867-1916."),
        ("880", "245-02/$1", "a", "心の中 /", "c", "夏目漱石著."),
    )
    [bib], _ = read_bytes(iso2709(made))
    assert (bib.title, bib.alt_titles) == ("心の中", ("Kokoro no naka",))
    assert (bib.contributors[0].name, bib.contributors[0].role) == ("夏目漱石", "著")


def test_an_all_katakana_880_is_the_title_at_lc_and_a_reading_in_japan_marc(read_bytes):
    lc = record(
        ("245", "880-01", "a", "Norowēji no mori /"),
        ("260", "880-02", "a", "Tōkyō :"),
        ("880", "245-01/$1", "a", "ノルウェーイ /"),
        ("880", "260-02/$1", "a", "東京 :"),
        number="lc",
    )
    ndl = record(
        ("245", "880-01", "a", "Kindle fire /"),
        ("880", "245-01/$1", "a", "キンドル ファイア"),
        ("880", "245-01/(B", "a", "Kindoru faia"),
        number="ndl",
    )
    (from_lc, from_ndl), _ = read_bytes(iso2709(lc, ndl))
    assert (from_lc.title, from_lc.title_kana) == ("ノルウェーイ", "ノルウェーイ")
    assert (from_ndl.title, from_ndl.title_kana) == ("Kindle fire", "キンドル ファイア")


def test_a_reading_that_is_all_latin_is_known_by_its_mark(read_bytes):
    made = record(
        ("245", "880-01", "a", "eBook"),
        ("260", "880-02", "b", "晶文社"),
        ("880", "245-01/(B", "a", "Ibukku"),
        ("880", "245-01/$1", "a", "eBook"),
        ("880", "260-02/$1", "b", "ショウブンシャ"),
    )
    [bib], _ = read_bytes(iso2709(made))
    assert (bib.title, bib.title_kana) == ("eBook", "eBook")


def test_an_880_without_its_field_or_without_a_link_stops_nothing(read_bytes):
    made = record(("880", "245-00/$1", "a", "孤児の書名"), ("880", "a", "リンクなし"))
    [bib], _ = read_bytes(iso2709(made))
    assert bib.title == "孤児の書名"


def test_parallel_title_volume_price_class_and_numbers_are_taken_apart(read_bytes):
    made = record(
        ("015", "a", "23173255", "2", "jnb"),
        ("020", "a", "978-4-7949-7075-6 :", "c", "1700円"),
        ("020", "a", "4-10-353422-8", "z", "4-00-000000-1"),
        ("084", "a", "UE13", "2", "kktb"),
        ("084", "a", "007.1", "2", "njb/09"),
        ("084", "a", "023", "2", "njb/10"),
        ("245", "a", "研究報告 =", "b", "Annual review.", "n", "平成26年度."),
        ("300", "a", "94p ;", "c", "21cm +", "e", "CD 1枚"),
        ("490", "a", "MF文庫J ;", "v", "あ-22-02"),
        ("505", "t", "出版契約 /", "r", "張睿暎 著.", "t", "展望."),
        ("650", "a", "電子書籍", "x", "歴史", "0", "01194148", "2", "ndlsh"),
    )
    [bib], _ = read_bytes(iso2709(made))
    assert (bib.title, bib.alt_titles, bib.volume) == ("研究報告", ("Annual review",), "平成26年度")
    assert (bib.isbns, bib.wrong_isbns) == (("9784794970756", "9784103534228"), ("4000000001",))
    assert (bib.price, bib.jpno, bib.ndc, bib.ndc_edition) == ("1700円", "23173255", ("023", "007.1"), "10")
    assert (bib.extent, bib.size, bib.series) == ("94p + CD 1枚", "21cm", ("MF文庫J ; あ-22-02",))
    assert bib.contents == ("出版契約 / 張睿暎 著", "展望")
    assert (bib.subjects, bib.language, bib.material) == (("電子書籍 -- 歴史",), "jpn", Material.BOOK)


def test_variant_kanji_stay_as_they_are_and_split_voicing_marks_are_joined(read_bytes):
    made = record(("245", "a", "髙村と﨑山の塚カ\u3099イド"))
    [bib], _ = read_bytes(iso2709(made))
    assert bib.title == "髙村と﨑山の塚ガイド"


@pytest.mark.parametrize("encoding", ["utf-8", "cp932", "euc_jp"])
def test_the_encoding_is_seen_in_the_bytes_whatever_the_leader_says(read_bytes, encoding):
    [bib], rejects = read_bytes(in_encoding(record(TITLE, ("500", "a", "これは注記です。")), encoding))
    assert (bib.title, rejects) == ("電子書籍の話", [])


def test_bytes_in_no_known_encoding_are_rejected_and_not_guessed_at(read_bytes):
    spoilt = iso2709(record(TITLE)).replace("話".encode(), b"\xff\xfe\x81")
    bibs, [reject] = read_bytes(spoilt)
    assert (bibs, reject.reason, reject.position) == ([], Reason.ENCODING, 1)


def test_a_record_whose_stated_lengths_are_wrong_is_read_by_its_terminators(read_bytes):
    sound = iso2709(record(TITLE))
    wrong_length = b"99999" + sound[5:]
    wrong_directory = re.sub(rb"(245)(\d{4})", rb"\g<1>0007", sound, count=1)
    bibs, rejects = read_bytes(wrong_length + wrong_directory)
    assert ([bib.title for bib in bibs], rejects) == (["電子書籍の話"] * 2, [])


def test_reading_goes_on_after_a_broken_record(read_bytes):
    good = iso2709(record(TITLE))
    broken = good[:40] + b"\x1d"
    bibs, [reject] = read_bytes(good + broken + b"\r\n" + good)
    assert len(bibs) == 2
    assert (reject.reason, reject.position, reject.offset) == (Reason.BROKEN, 2, len(good))


def test_a_record_that_lost_its_end_does_not_take_the_next_one_with_it(read_bytes):
    good = iso2709(record(TITLE))
    bibs, [reject] = read_bytes(good[:100] + good)
    assert [bib.title for bib in bibs] == ["電子書籍の話"]
    assert (reject.reason, reject.position) == (Reason.TRUNCATED, 1)


def test_a_file_cut_off_says_so_packed_or_not(read_bytes):
    content = iso2709(*(record(TITLE, number=str(number)) for number in range(400)))
    bibs, [reject] = read_bytes(content[:-10])
    assert (len(bibs), reject.reason, reject.position) == (399, Reason.TRUNCATED, 400)
    _, rejects = read_bytes(gzip.compress(content)[:-20])
    assert [each.reason for each in rejects] == [Reason.TRUNCATED]


def test_a_run_of_a_million_bytes_without_an_end_is_one_reject(read_bytes):
    good = iso2709(record(TITLE))
    bibs, [reject] = read_bytes(good + b"0" * 3_000_000 + b"\x1d" + good)
    assert (len(bibs), reject.reason) == (2, Reason.TOO_LONG)


def test_records_without_a_title_and_deletions_are_rejected_with_their_reason(read_bytes):
    untitled = record(("500", "a", "注記だけ"))
    deleted = record(TITLE, leader="00000dam a2200000zi 4500")
    _, rejects = read_bytes(iso2709(untitled, deleted))
    assert [each.reason for each in rejects] == [Reason.NO_TITLE, Reason.DELETED]


def test_a_record_without_a_number_keeps_its_key_when_a_note_changes(read_bytes):
    first, second = record(TITLE, number=""), record(TITLE, ("500", "a", "注記"), number="")
    (one, other), _ = read_bytes(iso2709(first, second))
    assert one.source_id.startswith("content:")
    assert one.source_id == other.source_id


@pytest.mark.parametrize(
    ("leader", "fields", "material"),
    [
        ("00000cas a2200000zi 4500", (), Material.MAGAZINE),
        ("00000cgm a2200000zi 4500", (), Material.VIDEO),
        ("00000cjm a2200000zi 4500", (), Material.MUSIC),
        ("00000cem a2200000zi 4500", (), Material.MAP),
        ("00000cam a2200000zi 4500", (("084", "a", "Y84", "2", "kktb"),), Material.COMIC),
    ],
)
def test_the_material_comes_from_the_leader_and_the_class(read_bytes, leader, fields, material):
    [bib], _ = read_bytes(iso2709(record(TITLE, *fields, leader=leader)))
    assert bib.material == material
