"""References: SIST 02 for paper, RIS and BibTeX for reference managers."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from catalog.interchange import BibRecord, Contributor, read
from catalog.interchange.bibtex import bibtex
from catalog.interchange.citation import citation
from catalog.interchange.ris import ris
from catalog.rules import Material

ADDRESS = "https://library.example/records/12/"
BOOK = BibRecord(
    source="own",
    source_id="12",
    title="種の起原",
    volume="上",
    contributors=(Contributor("ダーウィン, チャールズ", "", "著"), Contributor("八杉, 龍一", "", "訳")),
    publisher="岩波書店",
    place="東京",
    year=1990,
    series=("岩波文庫",),
    subjects=("進化論",),
    isbns=("9784003391242",),
    extent="xii, 446p",
)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {},
            "ダーウィン, チャールズ. 種の起原 上. 八杉龍一訳. 岩波書店, 1990, 446p, （岩波文庫）. "
            "ISBN 978-4-00-339124-2.",
        ),
        (
            {"contributors": tuple(Contributor(name) for name in ("甲野, 一", "乙野, 二", "丙野, 三", "丁野, 四"))},
            "甲野一ほか. 種の起原 上. 岩波書店, 1990, 446p, （岩波文庫）. ISBN 978-4-00-339124-2.",
        ),
        (
            {"contributors": (Contributor("大野, 晋", "", "編"),), "series": (), "isbns": (), "extent": "2冊"},
            "大野晋編. 種の起原 上. 岩波書店, 1990.",
        ),
        (
            {"material": Material.VIDEO, "contributors": (Contributor("小津, 安二郎", "", "監督"),), "isbns": ()},
            "小津安二郎. 種の起原 上［映像資料］. 岩波書店, 1990, 446p, （岩波文庫）.",
        ),
        (
            {"contributors": (), "publisher": "", "year": None, "series": (), "isbns": (), "extent": "", "volume": ""},
            "種の起原.",
        ),
    ],
)
def test_a_reference_has_authors_title_translators_publisher_year_pages_series_and_number(changes, expected):
    assert citation(replace(BOOK, **changes)) == expected


def test_ris_has_one_field_a_line_from_type_to_end():
    lines = ris([(BOOK, ADDRESS)]).split("\r\n")
    assert lines[0] == "TY  - BOOK"
    assert lines[-2:] == ["ER  - ", ""]
    assert "AU  - ダーウィン, チャールズ" in lines
    assert "A4  - 八杉, 龍一" in lines
    assert "UR  - https://library.example/records/12/" in lines


def test_a_line_break_in_a_title_begins_no_field_of_its_own():
    text = ris([(replace(BOOK, title="表題\r\nER  - \r\nTY  - BOOK"), ADDRESS)])
    assert len(re.findall(r"^TY  - ", text, re.M)) == 1
    assert len(re.findall(r"^ER  - ", text, re.M)) == 1


def test_bibtex_lets_nothing_in_a_title_command_latex():
    text = bibtex([(replace(BOOK, title=r"C# & 100% {TeX}\input{/etc/passwd}", publisher="$_$^~ }"), ADDRESS, 12)])
    assert text.startswith("@book{bib12,\n")
    assert r"C\# \& 100\% \textbraceleft{}TeX\textbraceright{}\textbackslash{}input" in text
    assert text.count("{") == text.count("}")
    assert r"\$\_\$\textasciicircum{}\textasciitilde{} \textbraceright{}" in text


def test_bibtex_does_not_take_a_name_apart_where_it_is_one():
    names = ("Simon and Schuster", "村上 春樹", "Park, Linda Sue", "夏目漱石", "A, B, C")
    text = bibtex([(replace(BOOK, contributors=tuple(Contributor(name) for name in names)), ADDRESS, 1)])
    assert "author = {{Simon and Schuster} and {村上 春樹} and Park, Linda Sue and 夏目漱石 and {A, B, C}}" in text


def test_every_real_record_gives_whole_entries(shared_data):
    """Braces in pairs, no line without a tag, a reference that ends with a full stop."""
    for bib in list(read(shared_data / "bib_ja.jsonl.gz"))[::20]:
        entry = bibtex([(bib, ADDRESS, 1)])
        assert entry.count("{") == entry.count("}"), entry
        for line in ris([(bib, ADDRESS)]).split("\r\n")[:-1]:
            assert re.match(r"[A-Z][A-Z0-9]  - ", line), line
        assert re.search(r"\S\.$", citation(bib))
