"""MARC that goes out: what our own reader makes of it is the same bib."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime

import pymarc
import pytest

from catalog.interchange import BibRecord, Contributor, read, read_stream
from catalog.interchange.marc_writer import LONGEST_RECORD, marc, marcxml
from catalog.rules import Material

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)

FULL = BibRecord(
    source="own",
    source_id="12",
    title="これからの本の話をしよう",
    title_kana="コレカラ ノ ホン ノ ハナシ オ シヨウ",
    subtitle="紙と電子",
    subtitle_kana="カミ ト デンシ",
    volume="上",
    alt_titles=("Let's talk about books",),
    contributors=(
        Contributor("萩野, 正昭", "ハギノ, マサアキ", "著"),
        Contributor("日本図書館協会", "ニホン トショカン キョウカイ", "編"),
        Contributor("髙﨑, 花子", "タカサキ, ハナコ", "絵"),
    ),
    publisher="晶文社",
    place="東京 ; 大阪",
    year=2019,
    date_text="2019.2",
    edition="第2版",
    series=("MF文庫J ; あ-22-02",),
    ndc=("023", "007.1"),
    ndc_edition="10",
    subjects=("電子書籍 -- 歴史", "電子出版"),
    language="jpn",
    isbns=("9784794970756",),
    wrong_isbns=("4000000001",),
    jpno="23173255",
    extent="301p + 録音ディスク(1枚 12cm)",
    size="19cm",
    price="1700円",
    notes=("付属資料あり", "索引あり"),
    contents=("出版契約 / 張睿暎 著", "展望"),
    audience="児童",
)


def read_back(content: bytes) -> BibRecord:
    [found] = read_stream(io.BytesIO(content))
    return found


@pytest.mark.parametrize("write", [marc, marcxml])
def test_a_full_description_comes_back_word_for_word(write):
    assert read_back(write(FULL, NOON)) == FULL


@pytest.mark.parametrize("write", [marc, marcxml])
def test_all_records_of_japan_marc_come_back_word_for_word(shared_data, write):
    bibs = list(read(shared_data / "marc" / "japan_marc_ndl.mrc.gz"))
    assert [read_back(write(bib, NOON)) for bib in bibs] == bibs


def test_a_thousand_other_records_come_back_with_what_they_are_found_and_cited_by(shared_data):
    """What differs is what the reader says more plainly: a full stop after a note, the reading of a title in kana."""
    kept = "source_id title subtitle volume year series ndc ndc_edition subjects language isbns issn jpno material"
    for bib in list(read(shared_data / "bib_ja.jsonl.gz"))[::50]:
        found = read_back(marc(bib, NOON))
        for name in kept.split():
            assert getattr(found, name) == getattr(bib, name), bib.source_id
        assert {person.name.replace(", ", "") for person in found.contributors} == {
            person.name.replace(", ", "") for person in bib.contributors
        }


def test_each_reading_is_an_880_linked_to_its_field_in_katakana_and_romaji_as_in_japan_marc():
    record = next(pymarc.MARCReader(marc(FULL, NOON)))
    assert record["245"]["6"] == "880-01"
    links = [(field["6"], field["a"]) for field in record.get_fields("880")]
    assert links[:2] == [
        ("245-01/$1", "コレカラ ノ ホン ノ ハナシ オ シヨウ"),
        ("245-01/(B", "Korekara no hon no hanashi o shiyou"),
    ]
    assert [field.tag for field in record.get_fields("700", "710")] == ["700", "710", "700"]
    assert str(record.leader)[9] == "a"
    assert record["084"]["2"] == "njb/10"


@pytest.mark.parametrize(
    ("kana", "title"), [("アイパッド", "iPad"), ("ハリー ポッター", "ハリー・ポッター"), ("eBook", "eBook 入門")]
)
def test_a_title_that_is_not_written_in_kanji_keeps_its_reading(kana, title):
    bib = replace(FULL, title=title, title_kana=kana, subtitle="", subtitle_kana="", contributors=())
    found = read_back(marc(bib, NOON))
    assert (found.title, found.title_kana) == (title, kana)


@pytest.mark.parametrize("material", [one for one in Material if one is not Material.PICTURE_BOOK])
def test_every_kind_of_publication_comes_back_as_that_kind(material):
    assert read_back(marc(replace(FULL, material=material, extent="1枚"), NOON)).material is material


def test_a_picture_book_is_known_by_its_class():
    book = replace(FULL, material=Material.PICTURE_BOOK, ndc=("E",), extent="32p")
    assert read_back(marc(book, NOON)).material is Material.PICTURE_BOOK


def test_a_year_without_a_date_is_written_as_the_date_too():
    found = read_back(marc(replace(FULL, date_text=""), NOON))
    assert (found.year, found.date_text) == (2019, "2019")
    assert read_back(marc(replace(FULL, year=None, date_text="[江戸後期]"), NOON)).year is None


def test_the_marks_of_the_format_in_a_text_do_not_break_the_record():
    nasty = "改\x1e行\x1fと\x1d終わり\x00<b>&amp;</b>"
    for write in (marc, marcxml):
        assert read_back(write(replace(FULL, title=nasty, title_kana=""), NOON)).title == "改行と終わり<b>&amp;</b>"


def test_a_long_table_of_contents_becomes_several_fields_and_what_no_record_holds_is_left_out():
    """ISO 2709 has four digits for the length of a field and five for that of a record."""
    many = replace(FULL, contents=tuple(f"第{number}章 {'長い題名' * 20}" for number in range(200)))
    assert read_back(marc(many, NOON)).contents == many.contents
    endless = replace(FULL, contents=many.contents * 20, notes=("長" * 9_000,))
    written = marc(endless, NOON)
    assert len(written) <= LONGEST_RECORD
    assert read_back(written).title == FULL.title
    assert len(read_back(marcxml(endless, NOON)).contents) == 4_000
